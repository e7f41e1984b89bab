"""Which rows a report counts, and by what it tells them apart.

The one definition of every number (docs/reference/reports.md): counting reads
the rows through it, and so do the lists that a number leads to.
"""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from django.db.models import (
    Case,
    CharField,
    Exists,
    F,
    IntegerField,
    Model,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import ExtractHour

from calls.conversation.vocabulary import CHOICE_STEPS, Step
from calls.gateway.codes import NOT_UNDERSTOOD, SILENCE
from calls.models import CallAttempt, CallVisit, Recognition
from calls.models.daily import LEADS, MOST_ATTEMPTS, REACHED, Standing, Understanding
from reminders.models import Appointment
from reminders.policy.vocabulary import Answer, AppointmentStatus

Row = TypeVar("Row", bound=Model)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Where a day begins in a zone, in UTC."""
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(ZoneInfo("UTC"))


def on_days(
    rows: QuerySet[Row],
    column: str,
    clinic: str,
    first: date,
    last: date,
    zones: Iterable[ZoneInfo],
) -> QuerySet[Row]:
    """Those rows whose ``column`` lies in the days [first, last] of the clinic that is
    reached by the path ``clinic``; ``zones`` are the zones of all clinics that may occur."""
    after = last + timedelta(days=1)
    spans = {zone.key: (midnight(first, zone), midnight(after, zone)) for zone in zones}
    if not spans:
        return rows.none()
    chosen = Q(pk__in=[])
    for key, (begins, ends) in spans.items():
        chosen |= Q(
            **{f"{clinic}__time_zone": key, f"{column}__gte": begins, f"{column}__lt": ends}
        )
    # The outermost bounds are there for the index.
    begins, ends = min(b for b, _ in spans.values()), max(e for _, e in spans.values())
    bounds = Q(**{f"{column}__gte": begins, f"{column}__lt": ends})
    return rows.filter(bounds & chosen)


# -- calls


def calls() -> QuerySet[CallAttempt]:
    """Calls that were dialled. Rehearsals and calls that never rang are none."""
    return CallAttempt.objects.filter(rehearsal=False, started_at__isnull=False)


def reminders() -> QuerySet[CallVisit]:
    """One call about one visit: a call about three visits is three reminders."""
    return CallVisit.objects.filter(dialled_at__isnull=False)


def of_ordinal(ordinal: int) -> Q:
    """The first call about a visit, or a later one; all beyond the last one that is told
    apart count as that one."""
    return Q(ordinal__gte=ordinal) if ordinal == MOST_ATTEMPTS else Q(ordinal=ordinal)


def with_hour(rows: QuerySet[CallVisit], zones: Iterable[ZoneInfo]) -> QuerySet[CallVisit]:
    """With ``hour``: of the clinic's day, 0 to 23, at which it was dialled."""
    each = [
        When(
            clinic__time_zone=zone.key,
            then=ExtractHour("dialled_at", tzinfo=zone),
        )
        for zone in zones
    ]
    return rows.annotate(hour=Case(*each, default=Value(-1), output_field=IntegerField()))


def of_lead(key: str) -> Q:
    """Reminders with this lead time: from dialling to the start that was spoken of."""
    keys = list(LEADS)
    place = keys.index(key)
    called = F("dialled_at")
    lead = Q()
    if place:
        lead &= Q(visit_starts_at__gte=called + timedelta(hours=LEADS[key]))
    if place + 1 < len(keys):
        lead &= Q(visit_starts_at__lt=called + timedelta(hours=LEADS[keys[place + 1]]))
    return lead


# -- visits


def visits_over() -> QuerySet[Appointment]:
    """Visits of which the clinic knows whether the patient came."""
    return Appointment.objects.filter(
        status__in=[AppointmentStatus.ATTENDED, AppointmentStatus.NO_SHOW]
    )


def with_standing(rows: QuerySet[Appointment]) -> QuerySet[Appointment]:
    """With ``standing``: what was answered, else how far our calls got."""
    ours = (
        reminders()
        .order_by()
        .filter(
            appointment=OuterRef("pk"),
            patient=OuterRef("patient"),
            visit_starts_at=OuterRef("starts_at"),
        )
    )
    each = [
        When(answer=answer, then=Value(Standing(answer)))
        for answer in (Answer.CONFIRMED, Answer.CANCELLED, Answer.RESCHEDULE_REQUESTED)
    ]
    reached = When(Exists(ours.filter(outcome__in=REACHED)), then=Value(Standing.REACHED))
    called = When(Exists(ours), then=Value(Standing.UNREACHED))
    default = Value(Standing.UNCALLED)
    return rows.annotate(
        standing=Case(*each, reached, called, default=default, output_field=CharField())
    )


# -- what was heard


def heard() -> QuerySet[Recognition]:
    """Everything that was heard in calls that count, on the day of the call."""
    return Recognition.objects.filter(attempt__rehearsal=False, attempt__started_at__isnull=False)


#: Who greets is asked nothing yet, and digits are no words.
NO_QUESTIONS = (Step.GREETING, Step.IDENTITY)


def questions() -> QuerySet[Recognition]:
    """Recognitions that ask for an answer in words: not who greets, nor digits."""
    return heard().exclude(step__in=NO_QUESTIONS)


def said_words() -> Q:
    """Recognitions of which the words are known."""
    return ~Q(speech="") | ~Q(phrase="")


def not_understood_words() -> Q:
    """Words that belong to none of the choices that were offered."""
    return Q(label="", step__in=CHOICE_STEPS) & said_words()


def with_understanding(rows: QuerySet[Recognition]) -> QuerySet[Recognition]:
    """With ``understanding``: what came of the question."""
    return rows.annotate(
        understanding=Case(
            When(input_type="dtmf", then=Value(Understanding.KEY)),
            When(~Q(label=""), then=Value(Understanding.UNDERSTOOD)),
            When(not_understood_words(), then=Value(Understanding.NOT_UNDERSTOOD)),
            When(said_words(), then=Value(Understanding.UNDERSTOOD)),
            When(sub_code=SILENCE, then=Value(Understanding.SILENCE)),
            When(sub_code__in=NOT_UNDERSTOOD, then=Value(Understanding.NOT_UNDERSTOOD)),
            default=Value(Understanding.FAULT),
            output_field=CharField(),
        )
    )
