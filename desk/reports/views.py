"""The pages of the reports and their downloads."""

from datetime import timedelta
from functools import partial
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from config import clock
from desk.exports import download
from desk.local import told, zone_of_staff
from desk.reports import reading
from desk.reports.chart import chart_data, chart_options
from desk.reports.download import as_csv, as_xlsx
from desk.reports.hearing import flagged, not_understood
from desk.reports.period import Period, PeriodForm
from desk.reports.reports import FIRST, GROUPS, REPORTS, Report
from desk.reports.tables import Table, percent
from desk.wording import LED

VIEW = "calls.view_callattempt"
CHANGE_PROMPTS = "reminders.change_clinic"
WRITERS = {"csv": as_csv, "xlsx": as_xlsx}
#: Beat counts every minute; after this long something is wrong.
STALE = timedelta(minutes=10)


def urls(wrap: Any) -> list[URLPattern]:
    """The pages, for the site."""
    return [
        path("reports/", wrap(reports), name="reports"),
        path("reports/<slug:slug>/", wrap(reports), name="report"),
        *(
            path(
                f"reports/<slug:slug>.{kind}",
                wrap(partial(_download, write=write, format=kind)),
                name=f"report_{kind}",
            )
            for kind, write in WRITERS.items()
        ),
    ]


def _report(request: HttpRequest, slug: str) -> Report:
    if not request.user.has_perm(VIEW):
        raise PermissionDenied
    if slug not in REPORTS:
        raise Http404(_("There is no such report."))
    return REPORTS[slug]


def _asked(request: HttpRequest, report: Report) -> tuple[PeriodForm, Period | None]:
    """The form, and the period where the form makes sense."""

    def form(data: Any) -> PeriodForm:
        by_practitioner = report.by_practitioner
        return PeriodForm(data, request.user, clock.now(), by_practitioner=by_practitioner)

    sent = form(request.GET)
    if not sent.is_valid():
        return sent, None
    period = sent.period()
    # Shown again with the days that were taken where none were given.
    return form(period.asked), period


def _table(request: HttpRequest, report: Report, period: Period) -> Table:
    if report.table is not_understood:
        return not_understood(period, may_add=request.user.has_perm(CHANGE_PROMPTS))
    return report.table(period)


def reports(request: HttpRequest, slug: str = FIRST.slug) -> HttpResponse:
    """The page of one report."""
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET"])
    report = _report(request, slug)
    form, period = _asked(request, report)
    context = admin.site.each_context(request) | {
        "title": report.title,
        "report": report,
        "form": form,
        "tabs": _tabs(report, period),
    }
    if period:
        context |= _shown(_table(request, report, period), report, period)
        context |= _counted(period, request.user)
        context["links"] = _links(request, report, period)
    return TemplateResponse(request, "desk/reports/report.html", context)


def _may_download(request: HttpRequest, report: Report) -> bool:
    """Counts are for whoever sees them; what patients said leaves the house as a list does."""
    return not report.of_words or request.user.has_perm(download.PERMISSION)


def _download(request: HttpRequest, slug: str, write: Any, format: str) -> HttpResponseBase:
    """A period that makes no report leads back to the form, which says why."""
    report = _report(request, slug)
    if not _may_download(request, report):
        raise PermissionDenied
    _, period = _asked(request, report)
    if period is None:
        return redirect(f"{reverse('admin:report', args=[slug])}?{request.GET.urlencode()}")
    name = f"ringwell-{slug}-{period.first}-{period.last}"
    table = _table(request, report, period)
    if report.of_words:
        download.note(request, f"report {slug}", format, len(table.rows), clock.now())
    response: HttpResponseBase = write(name, table)
    return response


def _tabs(current: Report, period: Period | None) -> list[dict[str, Any]]:
    """The other reports of the same days."""
    query = f"?{period.query}" if period else ""
    return [
        {
            "name": name,
            "tabs": [
                {
                    "title": report.tab,
                    "link": reverse("admin:report", args=[report.slug]) + query,
                    "is_current": report is current,
                }
                for report in group
            ],
        }
        for name, group in GROUPS
    ]


def _links(request: HttpRequest, report: Report, period: Period) -> list[tuple[str, str]]:
    """The downloads of the table, for who may have them."""
    kinds = WRITERS if _may_download(request, report) else ()
    return [
        (kind.upper(), f"{reverse(f'admin:report_{kind}', args=[report.slug])}?{period.query}")
        for kind in kinds
    ]


def _shown(table: Table, report: Report, period: Period) -> dict[str, Any]:
    is_empty = not any(cell.value for row in table.rows for cell in row.cells)
    return {
        "period": period,
        "before": period.before if table.compares else None,
        "table": table,
        "is_empty": is_empty,
        "chart": chart_data(table),
        "chart_options": chart_options(),
        "warning": flagged(table),
        "has_actions": any(row.action[0] for row in table.rows),
        "cards": _cards(period) if report is FIRST else [],
    }


def _cards(period: Period) -> list[dict[str, str]]:
    """The whole period in figures, beside the one before."""
    now, before = (
        reading.total(reading.reminders(each, reading.CLINIC)) for each in (period, period.before)
    )
    over, over_before = (each["reminders"] - each["under_way"] for each in (now, before))
    cards = [
        {
            "name": _("Reminders"),
            "figure": _grouped(now["reminders"]),
            "about": _("before: %(count)s") % {"count": _grouped(before["reminders"])},
        }
    ]
    for key in ("reached", "confirmed", "cancelled", "other_time", "unanswered"):
        share = percent(before[key], over_before) or "–"
        cards.append(
            {
                "name": LED.get(key, _("Reached")),
                "figure": percent(now[key], over) or "–",
                "about": _("%(count)s of %(over)s that are over; before: %(share)s")
                % {"count": _grouped(now[key]), "over": _grouped(over), "share": share},
            }
        )
    return cards


def _grouped(number: int) -> str:
    return number_format(number, force_grouping=True)


def _counted(period: Period, user: Any) -> dict[str, Any]:
    """Up to when the numbers hold, and whether more are to come."""
    at, waiting = reading.counted(period)
    now = clock.now()
    zone = period.clinic.zone if period.clinic else zone_of_staff(user)
    today = now.astimezone(zone).date()
    return {
        "counted_at": f"{told(at, zone, now)} ({zone.key})" if at else "",
        "waiting": waiting,
        "is_stale": bool(at and period.last >= today and now - at > STALE),
    }
