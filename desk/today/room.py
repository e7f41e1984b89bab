"""How many calls are to be placed today, and how many there is room for before closing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Avg, Count, F
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from calls.conversation.vocabulary import AttemptStatus
from calls.models import CallAttempt
from desk import reach
from desk.base import admin_url
from desk.local import on_days
from reminders.models import Appointment
from reminders.policy.facts import OpeningHours, RuleSet
from reminders.policy.fence import wall_spans

Span = tuple[datetime, datetime]

#: From the ring to the free line, where too few calls were measured.
ASSUMED_SECONDS = 60.0
#: The last calls that are measured, of this many days; fewer than the least say nothing.
MEASURED, LEAST, DAYS = 200, 20, 7
A_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Caller:
    """One caller id: what waits for it today, and what it can still do."""

    to_place: int
    #: Open hours that are left today, of all its clinics together.
    spans: Sequence[Span]
    #: Lines that it has, and calls that hold one just now.
    lines: int
    under_way: int


@dataclass(frozen=True)
class Room:
    """The answer: ``short`` are calls that will not fit, though another line may have room."""

    to_place: int
    room: int
    short: int


def spans_left(hours: OpeningHours, rules: RuleSet, now: datetime) -> list[Span]:
    """When a clinic still lets us ring today: its hours within the fence of its rules."""
    today = now.astimezone(hours.zone).date()
    if today in hours.closures:
        return []
    fence = rules.fence.get(today.isoweekday())
    if fence is None:
        return []
    opened = wall_spans(hours.zone, today, *fence)
    return [
        (max(start, low, now), min(end, high))
        for first, last in hours.week.get(today.isoweekday(), ())
        for start, end in wall_spans(hours.zone, today, first, last)
        for low, high in opened
        if max(start, low, now) < min(end, high)
    ]


def seconds_of(spans: Iterable[Span]) -> float:
    """How long they last together; what overlaps counts once."""
    total, until = timedelta(0), None
    for start, end in sorted(spans):
        begin = start if until is None else max(start, until)
        total += max(end - begin, timedelta(0))
        until = end if until is None else max(until, end)
    return total.total_seconds()


def room_of(callers: Iterable[Caller], seconds_per_call: float, left_of_cap: int) -> Room:
    """Calls to place and calls there is room for, before the clinics close.

    A line makes one call after another, each of ``seconds_per_call``; a call under
    way takes a place. No more than ``left_of_cap``, what the cap of the day leaves.
    """
    found = [(caller.to_place, _places(caller, seconds_per_call)) for caller in callers]
    to_place = sum(wanted for wanted, _room in found)
    possible = sum(room for _wanted, room in found)
    served = min(sum(min(pair) for pair in found), left_of_cap)
    return Room(to_place, min(possible, left_of_cap), to_place - served)


def _places(caller: Caller, seconds_per_call: float) -> int:
    by_line = int(seconds_of(caller.spans) // seconds_per_call)
    return max(0, caller.lines * by_line - caller.under_way)


@dataclass(frozen=True)
class ToldRoom:
    """The same in words, with what it was reckoned with."""

    to_place: str
    room: str
    assumption: str
    short: str
    link: str


def told_room(user: Any, now: datetime, zones: list[ZoneInfo]) -> ToldRoom:
    """For the home page; in a constant number of queries."""
    per_call, measured = seconds_per_call(now)
    started = CallAttempt.objects.filter(started_at__gt=now - A_DAY).count()
    left = max(0, settings.MAX_CALLS_PER_DAY - started)
    reckoned = room_of(_callers(user, now, zones), per_call, left)
    told = _("measured over the last calls") if measured else _("assumed: too few calls yet")
    return ToldRoom(
        to_place=ngettext(
            "%(count)s call to place today", "%(count)s calls to place today", reckoned.to_place
        )
        % {"count": reckoned.to_place},
        room=_("room for %(room)s before closing") % {"room": reckoned.room},
        assumption=_(
            "Reckoned with %(seconds)s seconds a call (%(told)s), %(lines)s lines a caller id, "
            "the hours that the clinics have left, and %(left)s calls left of the day's cap. "
            "One call may serve several visits."
        )
        % {
            "seconds": round(per_call),
            "told": told,
            "lines": settings.ACS_MAX_CONCURRENT_CALLS,
            "left": left,
        },
        short=ngettext(
            "%(count)s will not fit today.", "%(count)s will not fit today.", reckoned.short
        )
        % {"count": reckoned.short}
        if reckoned.short
        else "",
        link=f"{admin_url('reminders_appointment', 'changelist')}?when=all&called=today",
    )


def seconds_per_call(now: datetime) -> tuple[float, bool]:
    """From the ring to its end on average, and whether that was measured."""
    ended = CallAttempt.objects.filter(
        queued_at__gt=now - DAYS * A_DAY,
        status=AttemptStatus.ENDED,
        started_at__isnull=False,
        ended_at__gt=F("started_at"),
    ).order_by("-queued_at")[:MEASURED]
    figures = CallAttempt.objects.filter(pk__in=ended.values("pk")).aggregate(
        n=Count("pk"), mean=Avg(F("ended_at") - F("started_at"))
    )
    if figures["n"] < LEAST:
        return ASSUMED_SECONDS, False
    return max(1.0, figures["mean"].total_seconds()), True


def _callers(user: Any, now: datetime, zones: list[ZoneInfo]) -> list[Caller]:
    visits = reach.within(Appointment.objects.order_by(), user)
    today = visits.filter(on_days("next_call_at", None, 1, now, zones))
    waiting = dict(today.values_list("clinic").annotate(n=Count("pk")))
    open_calls = CallAttempt.objects.exclude(status=AttemptStatus.ENDED).order_by()
    busy = dict(open_calls.values_list("caller_id").annotate(n=Count("pk")))
    found: dict[str, tuple[int, list[Span]]] = {}
    for clinic in reach.clinics(user):
        wanted, spans = found.get(clinic.calling_number, (0, []))
        spans = spans + spans_left(clinic.opening_hours(), clinic.rules, now)
        found[clinic.calling_number] = (wanted + waiting.get(clinic.pk, 0), spans)
    return [
        Caller(
            to_place=wanted,
            spans=spans,
            lines=settings.ACS_MAX_CONCURRENT_CALLS,
            under_way=busy.get(caller_id, 0),
        )
        for caller_id, (wanted, spans) in found.items()
    ]
