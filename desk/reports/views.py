"""The report page and its downloads."""

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from config import clock
from desk.reports.chart import chart_data, chart_options
from desk.reports.download import Cells, as_csv, outcome_name, outcome_rows, phrase_rows
from desk.reports.figures import Report, report_of
from desk.reports.period import PeriodForm
from desk.wording import SENTIMENT_COLOURS, language_and_place


def _asked(request: HttpRequest) -> tuple[PeriodForm, Report | None]:
    """The form, and the report where the form makes sense."""
    if not request.user.has_perm("calls.view_callattempt"):
        raise PermissionDenied
    form = PeriodForm(request.GET, clock.now())
    if not form.is_valid():
        return form, None
    report = report_of(form.period())
    # Shown again with the days that were taken where none were given.
    return PeriodForm(report.period.asked, form.now), report


def reports(request: HttpRequest) -> HttpResponse:
    """The page."""
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET"])
    form, report = _asked(request)
    context = admin.site.each_context(request) | {"title": "Reports", "form": form}
    if report:
        context |= _shown(report)
    return TemplateResponse(request, "desk/reports/report.html", context)


def outcomes(request: HttpRequest) -> HttpResponse:
    """Outcomes by day as CSV."""
    return _table(request, "outcomes", outcome_rows)


def phrases(request: HttpRequest) -> HttpResponse:
    """What was heard most as CSV."""
    return _table(request, "phrases", phrase_rows)


def _table(
    request: HttpRequest, name: str, rows: Callable[[Report], Iterable[Cells]]
) -> HttpResponse:
    """A period that makes no report leads back to the form, which says why."""
    _, report = _asked(request)
    if report is None:
        return redirect(f"{reverse('admin:reports')}?{request.GET.urlencode()}")
    period = report.period
    return as_csv(f"ringwell-{name}-{period.first}-{period.last}.csv", rows(report))


def _shown(report: Report) -> dict[str, Any]:
    totals = report.totals
    return {
        "report": report,
        "calls": totals.total(),
        "chart": chart_data(report),
        "chart_options": chart_options(),
        "headings": [outcome_name(outcome) for outcome in report.outcomes],
        "days": [
            (day, counts.total(), [counts[outcome] for outcome in report.outcomes])
            for day, counts in reversed(report.by_day)
            if counts
        ],
        "total": [totals[outcome] for outcome in report.outcomes],
        "languages": [(language_and_place(tag), count) for tag, count in report.languages],
        "sentiments": [
            (word, count, SENTIMENT_COLOURS.get(word, "")) for word, count in report.sentiments
        ],
    }
