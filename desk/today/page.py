"""The home page, whole and as the part that renews itself."""

from datetime import datetime
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from config import clock
from desk.local import clinic_zones, house_zone
from desk.today import figures, lines, room
from desk.today.strips import strips
from desk.worklist.rows import Row, row_of, soonest, visible
from reminders.models import Installation
from reminders.models.installation import STOP

#: Of the work list.
FIRST = 5


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """What unfold asks us to add to the home page; never ``opts``, which is its own."""
    return context | {"title": _("Today")} | _day(request)


def live(request: HttpRequest) -> HttpResponse:
    """The part of the home page that changes by itself, alone."""
    return TemplateResponse(request, "desk/today/live.html", _day(request))


def _day(request: HttpRequest) -> dict[str, Any]:
    now, user, zones = clock.now(), request.user, clinic_zones()
    may = user.has_perm
    shows_calls, shows_work = may("calls.view_callattempt"), may("reminders.view_workitem")
    work = figures.work(user) if shows_work else []
    return {
        "figures": [
            *figures.figures(user, now, zones),
            *([figures.to_do(work)] if shows_work else []),
        ],
        "work": [figures.chip(*entry) for entry in work],
        "first": _first(request, now) if shows_work else [],
        "strips": strips(user, now, house_zone(zones)),
        "room": room.told_room(user, now, zones) if may("reminders.view_appointment") else None,
        "may_stop": may(STOP),
        "is_stopped": Installation.get().paused_at is not None,
        "shows_calls": shows_calls,
        "under_way": lines.under_way(request, now) if shows_calls else [],
        "finished": lines.finished(request, now) if shows_calls else [],
        "now": now,
    }


def _first(request: HttpRequest, now: datetime) -> list[Row]:
    """The top of the work list: what is not somebody else's."""
    others = Q(owner__isnull=False) & ~Q(owner=request.user.pk)
    rows = visible(request.user).filter(done_at=None).exclude(others).order_by(*soonest())
    return [row_of(row, request, now) for row in rows[:FIRST]]
