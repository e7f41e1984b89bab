"""The calls under way and the last ones, each told in a line."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest

from calls.models import CallAttempt, CallVisit, Recognition
from desk import reach, seeing, stored
from desk.base import admin_url
from desk.heard import patients_of, telling, told_in, unheard, words_of
from desk.local import told, zone_name
from desk.wording import (
    CALL_STATUS,
    CALL_STATUS_COLOURS,
    OUTCOME_COLOURS,
    OUTCOMES,
    SENTIMENT_COLOURS,
    STEPS,
    language_name,
)

MOST_OPEN = 20
LAST = 10
#: Of a call under way.
LAST_HEARD = 5


@dataclass(frozen=True)
class Heard:
    """One thing the patient just said."""

    step: str
    words: str
    sentiment: str
    colour: str


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
    #: While the call lasts: what was heard so far, the last first.
    heard: tuple[Heard, ...] = ()


def under_way(request: HttpRequest, now: datetime) -> list[CallLine]:
    """The calls that are not over, the first one first."""
    calls = _calls(request).exclude(status="ended").order_by("queued_at")[:MOST_OPEN]
    return [_line(attempt, request, now) for attempt in calls]


def finished(request: HttpRequest, now: datetime) -> list[CallLine]:
    """The last calls, the newest first."""
    calls = _calls(request).filter(status="ended").order_by("-queued_at")[:LAST]
    return [_line(attempt, request, now) for attempt in calls]


def _calls(request: HttpRequest) -> QuerySet[CallAttempt]:
    about = CallVisit.objects.select_related("appointment__patient")
    calls = CallAttempt.objects.select_related("number", "clinic")
    return reach.within(calls, request.user).prefetch_related(
        "recognitions", Prefetch("visits", about)
    )


def _line(attempt: CallAttempt, request: HttpRequest, now: datetime) -> CallLine:
    everything = list(attempt.recognitions.all())
    heard = telling(everything)
    at, zone = attempt.started_at or attempt.queued_at, attempt.clinic.zone
    status = CALL_STATUS[attempt.status]
    badge = OUTCOMES[attempt.outcome] if not attempt.is_open else status
    colours = CALL_STATUS_COLOURS if attempt.is_open else OUTCOME_COLOURS
    sentiment = heard.sentiment if heard else ""
    if attempt.is_open and any(row.sentiment.lower() == "negative" for row in everything):
        # Somebody displeased is on the line now: the last neutral word must not hide it.
        sentiment = "negative"
    return CallLine(
        link=admin_url(attempt),
        when=f"{told(at, zone, now)} {zone_name(at, zone)}",
        patient=patients_of(attempt),
        number=seeing.number(attempt.number, request),
        clinic=attempt.clinic.name,
        badge=badge,
        colour=colours.get(badge, ""),
        words=told_in(everything),
        language=language_name(heard.language or attempt.language) if heard else "",
        sentiment=stored.read(sentiment),
        sentiment_colour=SENTIMENT_COLOURS.get(stored.read(sentiment), ""),
        heard=tuple(map(_heard, everything[::-1][:LAST_HEARD])) if attempt.is_open else (),
    )


def _heard(row: Recognition) -> Heard:
    return Heard(
        step=STEPS.get(row.step, row.step),
        words=words_of(row) or unheard(row),
        sentiment=stored.read(row.sentiment),
        colour=SENTIMENT_COLOURS.get(stored.read(row.sentiment), ""),
    )
