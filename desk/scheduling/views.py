"""The page that makes appointments, and the questions that it asks while somebody types."""

from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from desk import reach, seeing
from desk.appointments.plan import sentence
from desk.base import admin_url
from desk.calendar import choosing
from desk.local import told
from desk.scheduling import finding
from desk.scheduling.form import USUAL_MINUTES, zone_names
from desk.scheduling.sheet import Sheet
from reminders.models import Appointment, Practitioner

ADD = "reminders.add_appointment"
#: Where one may have come from, and is led back to.
BACK = frozenset({"calendar"})


def schedule(request: HttpRequest) -> HttpResponse:
    """The page; a press of a button checks, or saves and leads on to the next."""
    _ask(request, ADD)
    if request.method != "POST":
        return _show(Sheet(request, _initial(request)))
    sheet = Sheet(request)
    if request.POST.get("press") == "check":
        sheet.complain()
        return _show(sheet)
    visits = sheet.save()
    if not visits:
        return _show(sheet)
    _tell(request, visits, sheet.now)
    return redirect(_onward(request, visits[0], sheet.form.cleaned_data["back"]))


def check(request: HttpRequest) -> HttpResponse:
    """What the page would say of what is typed so far; stores nothing."""
    _ask(request, ADD)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    sheet = Sheet(request)
    context = _context(sheet) | {"live": True}
    return JsonResponse(
        {
            "plan": render_to_string("desk/scheduling/preview.html", context, request),
            "number": render_to_string("desk/scheduling/number.html", context, request),
            "clock": context["zone"],
            "zone": render_to_string("desk/scheduling/zone.html", context, request),
        }
    )


def patients(request: HttpRequest) -> HttpResponse:
    """Patients by a part of their name, an id, a number; by POST, since names and
    numbers are not for addresses, which servers log."""
    _ask(request, ADD)
    _ask(request, "reminders.view_patient")
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    rows = finding.search(request.user, request.POST.get("q", "")[:200])
    found = [finding.told(row, request) for row in rows[: finding.MOST_FOUND]]
    return JsonResponse(
        {
            "results": [
                {"id": one.pk, "name": one.name, "about": one.about, "trouble": one.trouble}
                for one in found
            ],
            "more": len(rows) > len(found),
        }
    )


def _ask(request: HttpRequest, permission: str) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied


def _initial(request: HttpRequest) -> dict[str, Any]:
    """What the address asks to be filled in already; nonsense is left out."""
    asked, initial = request.GET, dict[str, Any]()
    for name, rows in (
        ("clinic", reach.clinics(request.user)),
        ("practitioner", reach.within(Practitioner.objects.all(), request.user)),
        ("patient", finding.patients(request.user)),
    ):
        key = asked.get(name, "")
        row = rows.filter(pk=int(key)).first() if key.isdecimal() and len(key) < 19 else None
        if row is not None:
            initial[name] = row
    try:
        start = datetime.fromisoformat(asked.get("start", ""))
    except ValueError:
        pass
    else:
        initial |= {"day": f"{start:%Y-%m-%d}", "hour": f"{start:%H:%M}"}
    if asked.get("minutes", "").isdecimal():
        initial["minutes"] = asked["minutes"]
    if asked.get("back") in BACK:
        initial["back"] = asked["back"]
    return initial


def _show(sheet: Sheet) -> HttpResponse:
    request = sheet.request
    context = admin.site.each_context(request) | _context(sheet)
    return TemplateResponse(request, "desk/scheduling/page.html", context)


def _context(sheet: Sheet) -> dict[str, Any]:
    chosen = sheet.chosen or _prefilled(sheet)
    return {
        "title": _("Schedule"),
        "sheet": sheet,
        "form": sheet.form,
        "new": sheet.new,
        "chosen": chosen,
        "warned": sheet.warned if sheet.form.is_bound else "",
        "usual_minutes": USUAL_MINUTES,
        "zones": zone_names(),
        "zone": sheet.clinic.zone.key if sheet.clinic else "",
    }


def _prefilled(sheet: Sheet) -> finding.Found | None:
    """The patient whom the address names."""
    row = None if sheet.form.is_bound else sheet.form.initial.get("patient")
    return finding.told(row, sheet.request) if row else None


def _tell(request: HttpRequest, visits: list[Appointment], now: datetime) -> None:
    first = Appointment.objects.select_related("clinic", "patient").get(pk=visits[0].pk)
    count = ngettext("%(count)d visit saved", "%(count)d visits saved", len(visits))
    zone = first.clinic.zone
    days = told(first.starts_at, zone, now)
    if len(visits) > 1:
        last = told(visits[-1].starts_at, zone, now)
        days = _("%(first)s to %(last)s") % {"first": days, "last": last}
    text = format_html(
        '{}: <a class="desk-link" href="{}">{}, {}</a>. {}.',
        count % {"count": len(visits)},
        admin_url(first),
        seeing.name(first.patient, request),
        days,
        sentence(first, now),
    )
    messages.success(request, text)


def _onward(request: HttpRequest, visit: Appointment, back: str) -> str:
    """To the calendar's day, which stays as it was chosen where that shows the visit;
    or to the next visit of the same day."""
    start = visit.starts_at.astimezone(visit.clinic.zone)
    keep = {"clinic": str(visit.clinic_id)}
    if visit.practitioner_id:
        keep["practitioner"] = str(visit.practitioner_id)
    if back in BACK:
        keep = {} if choosing.keeps(request, visit) else keep
        return f"{reverse(f'admin:{back}')}?{urlencode(keep | {'day': f'{start:%Y-%m-%d}'})}"
    keep |= {"start": f"{start:%Y-%m-%dT%H:%M}", "minutes": str(visit.minutes)}
    return f"{admin_url('reminders_appointment', 'add')}?{urlencode(keep)}"
