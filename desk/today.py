"""The home page: the day in numbers, the calls under way, the last ones."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from calls.conversation.vocabulary import Outcome
from calls.models import CallAttempt, CallVisit
from config import clock
from desk.base import admin_url
from desk.heard import patients_of, telling, words_of
from desk.local import clinic_zones, on_days, told, zone_name
from desk.wording import (
    CALL_STATUS,
    CALL_STATUS_COLOURS,
    OUTCOME_COLOURS,
    OUTCOMES,
    SENTIMENT_COLOURS,
    language_name,
)
from reminders import phones
from reminders.models import Appointment, Clinic, Installation, WorkItem

MOST_OPEN = 20
LAST = 10
#: The beat looks every five seconds; silent for this long, nobody dials.
SILENT = timedelta(minutes=1)


@dataclass(frozen=True)
class Figure:
    """A number of the day, and the rows behind it."""

    name: str
    count: int
    link: str
    icon: str


@dataclass(frozen=True)
class CallLine:
    """One call in a line."""

    link: str
    when: str
    patient: str
    number: str
    clinic: str
    badge: str
    colour: str
    words: str
    language: str
    sentiment: str
    sentiment_colour: str


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """What unfold asks us to add to the home page; never ``opts``, which is its own."""
    return context | {"title": "Today"} | _day(request)


def live(request: HttpRequest) -> HttpResponse:
    """The part of the home page that changes by itself, alone."""
    return TemplateResponse(request, "desk/today/live.html", _day(request))


def _day(request: HttpRequest) -> dict[str, Any]:
    now, may = clock.now(), request.user.has_perm
    figures: list[Figure] = []
    if may("calls.view_callattempt"):
        figures += _calls_today(now)
    if may("reminders.view_appointment"):
        figures += _visits(now)
    if may("reminders.view_workitem"):
        figures.append(_work())
    calls = may("calls.view_callattempt")
    return {
        "figures": figures,
        "strips": _strips(now),
        "shows_calls": calls,
        "under_way": _lines(_open(), now) if calls else [],
        "finished": _lines(_finished(), now) if calls else [],
        "now": now,
    }


def _calls_today(now: datetime) -> list[Figure]:
    calls = CallAttempt.objects.filter(on_days("started_at", 0, 1, now, clinic_zones()))
    counted = calls.order_by().aggregate(
        calls=Count("pk"),
        confirmed=Count("pk", filter=Q(outcome=Outcome.CONFIRMED)),
        cancelled=Count("pk", filter=Q(outcome=Outcome.CANCELLED)),
    )
    today = f"{admin_url('calls_callattempt', 'changelist')}?when=today"
    return [
        Figure("Calls today", counted["calls"], today, "call"),
        Figure("Confirmed", counted["confirmed"], f"{today}&outcome=confirmed", "check_circle"),
        Figure("Cancelled", counted["cancelled"], f"{today}&outcome=cancelled", "cancel"),
    ]


def _visits(now: datetime) -> list[Figure]:
    waiting = Appointment.objects.filter(next_call_at__lte=now).count()
    link = f"{admin_url('reminders_appointment', 'changelist')}?called=due"
    return [Figure("Due and waiting", waiting, link, "hourglass_top")]


def _work() -> Figure:
    left = WorkItem.objects.filter(done_at=None).count()
    return Figure("To do", left, admin_url("reminders_workitem", "changelist"), "checklist")


def _strips(now: datetime) -> list[str]:
    """What stands in the way of every call; rare, and then it must be seen."""
    installation = Installation.get()
    strips = []
    if installation.paused_at:
        why = f" ({installation.paused_why})" if installation.paused_why else ""
        strips.append(f"All calls are paused{why}. To go on: manage.py resume.")
    elif installation.last_look_at is None or installation.last_look_at < now - SILENT:
        strips.append("Nobody is looking for due calls: is the worker running?")
    paused = Clinic.objects.exclude(paused_at=None).values_list("name", flat=True)[:5]
    if names := ", ".join(paused):
        strips.append(f"Paused: {names}.")
    if not Clinic.objects.exists():
        add = reverse("admin:reminders_clinic_add")
        strips.append(f"There is no clinic yet. Begin at {add}.")
    return strips


def _calls() -> QuerySet[CallAttempt]:
    about = CallVisit.objects.select_related("appointment__patient")
    return CallAttempt.objects.select_related("number", "clinic").prefetch_related(
        "recognitions", Prefetch("visits", about)
    )


def _open() -> list[CallAttempt]:
    return list(_calls().exclude(status="ended").order_by("queued_at")[:MOST_OPEN])


def _finished() -> list[CallAttempt]:
    return list(_calls().filter(status="ended").order_by("-queued_at")[:LAST])


def _lines(attempts: list[CallAttempt], now: datetime) -> list[CallLine]:
    return [_line(attempt, now) for attempt in attempts]


def _line(attempt: CallAttempt, now: datetime) -> CallLine:
    heard = telling(attempt.recognitions.all())
    at, zone = attempt.started_at or attempt.queued_at, attempt.clinic.zone
    status = CALL_STATUS[attempt.status]
    badge = OUTCOMES[attempt.outcome] if not attempt.is_open else status
    colours = CALL_STATUS_COLOURS if attempt.is_open else OUTCOME_COLOURS
    sentiment = heard.sentiment if heard else ""
    return CallLine(
        link=admin_url(attempt),
        when=f"{told(at, zone, now)} {zone_name(at, zone)}",
        patient=patients_of(attempt),
        number=phones.masked(attempt.number.e164),
        clinic=attempt.clinic.name,
        badge=badge,
        colour=colours.get(badge, ""),
        words=words_of(heard) if heard else "",
        language=language_name(heard.language or attempt.language) if heard else "",
        sentiment=sentiment,
        sentiment_colour=SENTIMENT_COLOURS.get(sentiment, ""),
    )
