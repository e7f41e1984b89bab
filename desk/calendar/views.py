"""The calendar's page, its visits as JSON, and what is moved on it."""

from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from config import clock
from desk import reach
from desk.base import admin_url
from desk.calendar import choosing, moving
from desk.calendar.choosing import Choice
from desk.calendar.feed import MOST_DAYS, TONES, Window, feed_of
from reminders.models import Clinic
from reminders.policy.fence import MIDNIGHT

VIEW = "reminders.view_appointment"
CHANGE = "reminders.change_appointment"
ADD = "reminders.add_appointment"
VIEWS = ("day", "week", "list")


def calendar(request: HttpRequest) -> HttpResponse:
    """The page; without a script, one day of it as a list."""
    _ask(request, VIEW)
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET"])
    clinics = list(reach.clinics(request.user))
    context = admin.site.each_context(request) | {"title": _("Calendar"), "clinics": clinics}
    if clinics:
        context |= _shown(request, choosing.chosen(request, clinics))
    return TemplateResponse(request, "desk/calendar/page.html", context)


def feed(request: HttpRequest) -> HttpResponse:
    """The visits of the days [start, end) of some clinics."""
    _ask(request, VIEW)
    choice = choosing.asked(request, list(reach.clinics(request.user)))
    if choice is None:
        raise Http404
    first, after = _day(request, "start"), _day(request, "end")
    if first is None or after is None:
        return _problem(_("Give the days as 2026-11-26."))
    window = Window(choice.clinics, choice.people, first, after)
    if window.is_too_long:
        return _problem(_("Choose %(most)d days at the most.") % {"most": MOST_DAYS})
    return JsonResponse(feed_of(window, request).as_json())


def move(request: HttpRequest) -> HttpResponse:
    """A visit was dropped somewhere: 200 and done, 409 and a question, or 422 and why not."""
    _ask(request, CHANGE)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    sent = request.POST
    try:
        wish = moving.Wish(
            pk=int(sent.get("visit", "")[:18]),
            wall=datetime.fromisoformat(sent.get("start", "")).replace(tzinfo=None),
            minutes=int(sent.get("minutes", "")[:6]),
            seen=sent.get("seen", ""),
            agreed=sent.get("agreed", ""),
        )
    except ValueError:
        return _problem(_("Give a visit, a start and minutes."))
    try:
        done = moving.move(wish, user=request.user, now=clock.now())
    except moving.Refused as refusal:
        return JsonResponse({"refused": str(refusal)}, status=422)
    except moving.NotThere:
        raise Http404 from None
    if isinstance(done, moving.Question):
        return JsonResponse({"ask": done.words, "agreed": done.agreed}, status=409)
    return JsonResponse({"told": done.words, "undo": done.undo})


def undo(request: HttpRequest) -> HttpResponse:
    """The last move is taken back, while it can be."""
    _ask(request, CHANGE)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    try:
        words = moving.undo(request.POST.get("undo", ""), user=request.user, now=clock.now())
    except moving.Refused as refusal:
        return JsonResponse({"refused": str(refusal)}, status=422)
    except moving.NotThere:
        raise Http404 from None
    return JsonResponse({"told": words})


def _ask(request: HttpRequest, permission: str) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied


def _problem(words: str) -> HttpResponse:
    return JsonResponse({"refused": words}, status=400)


def _day(request: HttpRequest, name: str) -> date | None:
    """A day that the calendar can show, with room for a few weeks on both sides."""
    try:
        day = date.fromisoformat(request.GET.get(name, "")[:10])
    except ValueError:
        return None
    return day if 1900 <= day.year <= 9000 else None


def _shown(request: HttpRequest, choice: Choice) -> dict[str, Any]:
    now = clock.now().astimezone(choice.clinics[0].zone)
    day = _day(request, "day") or now.date()
    window = Window(choice.clinics, choice.people, day, day + timedelta(days=1))
    add = _add(request, choice)
    return {
        "choice": choice,
        "clinic": choice.clinic,
        "practitioners": choice.to_choose(),
        "day": day,
        "today": now.date(),
        "before": day - timedelta(days=1),
        "after": day + timedelta(days=1),
        "here": choice.query,
        "add": add,
        "feed": feed_of(window, request),
        "tones": TONES,
        "options": _options(request, choice, day, now) | {"add": add},
    }


def _options(request: HttpRequest, choice: Choice, day: date, now: datetime) -> dict[str, Any]:
    """What the script goes by; ``now`` on the wall of the first clinic."""
    view = request.GET.get("view", "")
    return {
        "feed": f"{reverse('admin:calendar_feed')}?{choice.query}",
        "move": reverse("admin:calendar_move"),
        "undo": reverse("admin:calendar_undo"),
        "day": day.isoformat(),
        "view": view if view in VIEWS else "",
        "now": now.replace(tzinfo=None).isoformat(timespec="seconds"),
        "locale": get_language() or "en",
        "hours": [span for one in choice.clinics for span in _hours(one)],
        "mayMove": request.user.has_perm(CHANGE),
    }


def _add(request: HttpRequest, choice: Choice) -> str:
    """Where a visit is scheduled, with what is known of it; nothing for who may not."""
    if not request.user.has_perm(ADD):
        return ""
    known = {"back": "calendar"}
    if choice.practitioner:
        known |= {"practitioner": str(choice.practitioner.pk)}
    if clinic := choice.practitioner.clinic if choice.practitioner else choice.clinic:
        known |= {"clinic": str(clinic.pk)}
    return f"{admin_url('reminders_appointment', 'add')}?{urlencode(known)}"


def _hours(clinic: Clinic) -> list[dict[str, Any]]:
    """The clinic's week as the calendar component wants it: Sunday is 0."""
    return [
        {
            "daysOfWeek": [weekday % 7],
            "startTime": f"{start:%H:%M}",
            "endTime": "24:00" if end == MIDNIGHT else f"{end:%H:%M}",
        }
        for weekday, pairs in sorted(clinic.opening_hours().week.items())
        for start, end in pairs
    ]
