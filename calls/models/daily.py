"""What reports are read from: counts of each clinic's days, and no words.

``calls.counting`` alone writes these rows, always a whole day of a clinic at
once. A day is the clinic's own, from midnight to midnight in its zone.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from django.db import models
from django.db.models import F, Q

from calls.conversation.vocabulary import Outcome
from reminders.models import Clinic, Practitioner
from reminders.models.fields import choices


class Group(StrEnum):
    """What a reminder led to. Every reminder is in exactly one group."""

    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    OTHER_TIME = "other_time"
    #: Somebody said something that is no answer: a wrong number, "no more calls", "staff".
    SOMETHING_ELSE = "something_else"
    UNANSWERED = "unanswered"
    UNDER_WAY = "under_way"


GROUPS: dict[Group, frozenset[str]] = {
    Group.CONFIRMED: frozenset({Outcome.CONFIRMED}),
    Group.CANCELLED: frozenset({Outcome.CANCELLED}),
    Group.OTHER_TIME: frozenset({Outcome.RESCHEDULE_REQUESTED}),
    Group.SOMETHING_ELSE: frozenset(
        {
            Outcome.OPTED_OUT,
            Outcome.NEEDS_REVIEW,
            Outcome.WRONG_NUMBER,
            Outcome.TRANSFERRED,
            Outcome.STAFF_REQUESTED,
        }
    ),
    Group.UNANSWERED: frozenset(
        {
            Outcome.VOICEMAIL_LEFT,
            Outcome.MACHINE,
            Outcome.NOT_UNDERSTOOD,
            Outcome.NO_RESPONSE,
            Outcome.HUNG_UP,
            Outcome.BUSY,
            Outcome.DECLINED,
            Outcome.NO_ANSWER,
            Outcome.INVALID_NUMBER,
            Outcome.FAILED_PROVIDER,
            Outcome.NOT_PLACED,
        }
    ),
    Group.UNDER_WAY: frozenset({""}),
}
GROUP_OF: dict[str, Group] = {
    outcome: group for group, outcomes in GROUPS.items() for outcome in outcomes
}

#: A person took the call. A machine, a refusal or a line that never rang is nobody.
REACHED: frozenset[str] = frozenset(Outcome) - {
    Outcome.VOICEMAIL_LEFT,
    Outcome.MACHINE,
    Outcome.BUSY,
    Outcome.DECLINED,
    Outcome.NO_ANSWER,
    Outcome.INVALID_NUMBER,
    Outcome.FAILED_PROVIDER,
    Outcome.NOT_PLACED,
}


class CountedDay(models.Model):
    """Whether a day of a clinic is counted, and since when nothing was changed."""

    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    #: Whose midnights were taken; another zone of the clinic makes another day.
    zone = models.CharField(max_length=64)
    #: Ringwell's time at which the counting began; None: never counted.
    counted_at = models.DateTimeField(null=True)
    #: Grows with every change of the day that is known of; what was counted, was
    #: counted after ``counted_changes`` of them.
    changes = models.PositiveIntegerField(default=0)
    counted_changes = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["clinic", "day"], name="counted_once_a_day")]
        indexes = [
            models.Index(
                fields=["day"],
                condition=Q(counted_at=None) | ~Q(changes=F("counted_changes")),
                name="day_to_count",
            )
        ]

    def __str__(self) -> str:
        return f"{self.clinic_id} {self.day}"

    @classmethod
    def changed(cls, clinic: Clinic, at: datetime) -> None:
        """Something of the clinic's day that ``at`` lies in is other than it was; to be
        called in the transaction that changes it."""
        day = at.astimezone(clinic.zone).date()
        cls.objects.filter(clinic=clinic, day=day).update(changes=F("changes") + 1)


class Counted(models.Model):
    """Counts of one day of one clinic."""

    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.clinic_id} {self.day}"


class Split(StrEnum):
    """By what reminders are told apart."""

    PRACTITIONER = "practitioner"
    HOUR = "hour"
    LEAD = "lead"
    ATTEMPT = "attempt"
    LANGUAGE = "language"
    OUTCOME = "outcome"


class DailyReminders(Counted):
    """Reminders of a day that have one value: each reminder once in every split.

    Not one row for every combination: with an hour, a practitioner and a lead time
    in one key there would be nearly as many rows as reminders.
    """

    split = models.CharField(max_length=12, choices=choices(Split))
    value = models.CharField(max_length=40)
    reminders = models.PositiveIntegerField(default=0)
    reached = models.PositiveIntegerField(default=0)
    confirmed = models.PositiveIntegerField(default=0)
    cancelled = models.PositiveIntegerField(default=0)
    other_time = models.PositiveIntegerField(default=0)
    something_else = models.PositiveIntegerField(default=0)
    unanswered = models.PositiveIntegerField(default=0)
    under_way = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["split", "day", "clinic", "value"], name="daily_reminders_once"
            )
        ]
        indexes = [models.Index(fields=["clinic", "day"], name="daily_reminders_day")]


class Standing(StrEnum):
    """How a visit stood when its time came: the answer, else how far our calls got."""

    CONFIRMED = "confirmed"
    OTHER_TIME = "reschedule_requested"
    CANCELLED = "cancelled"
    REACHED = "reached"
    UNREACHED = "unreached"
    UNCALLED = "uncalled"


class DailyVisits(Counted):
    """Visits of a day that were attended or missed."""

    practitioner = models.ForeignKey(
        Practitioner, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    standing = models.CharField(max_length=20, choices=choices(Standing))
    attended = models.PositiveIntegerField(default=0)
    missed = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["clinic", "day"], name="daily_visits_clinic"),
            models.Index(fields=["day"], name="daily_visits_day"),
        ]


class DailyCalls(Counted):
    """Calls that were dialled on a day."""

    calls = models.PositiveIntegerField(default=0)
    #: Somebody or something took the call.
    taken = models.PositiveIntegerField(default=0)
    #: From being taken to the end, of the calls that are over.
    seconds = models.PositiveIntegerField(default=0)
    #: The most calls of the clinic at one moment, of those dialled that day.
    most_at_once = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "clinic"], name="daily_calls_once")]


class Hearing(StrEnum):
    """What is told of what was heard."""

    #: Calls in which a language was spoken.
    SPOKEN = "spoken"
    #: Calls in which a sentiment was heard.
    SENTIMENT = "sentiment"
    #: Questions, by whether the answer was understood.
    UNDERSTANDING = "understanding"


class Understanding(StrEnum):
    """What came of one question."""

    UNDERSTOOD = "understood"
    NOT_UNDERSTOOD = "not_understood"
    KEY = "key"
    SILENCE = "silence"
    FAULT = "fault"


class DailyHeard(Counted):
    """What was heard on a day: numbers only, the words are kept for a while elsewhere (R14)."""

    kind = models.CharField(max_length=16, choices=choices(Hearing))
    #: In which the call began.
    language = models.CharField(max_length=35, blank=True)
    #: A language, a sentiment or an ``Understanding``, by the kind.
    value = models.CharField(max_length=35)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "day", "clinic", "language", "value"], name="daily_heard_once"
            )
        ]
        indexes = [models.Index(fields=["clinic", "day"], name="daily_heard_day")]


#: Every table of counts.
TABLES: tuple[type[Any], ...] = (DailyReminders, DailyVisits, DailyCalls, DailyHeard)

#: Lower ends of the lead times in hours; a call after the visit's start is with the first.
LEADS: dict[str, int] = {"h0": 0, "h6": 6, "d1": 24, "d2": 48, "d3": 72, "d4": 96, "d8": 192}
#: The last one stands for all further calls too.
MOST_ATTEMPTS = 4


def lead_of(begins: datetime, called: datetime) -> str:
    """The key of a lead time: elapsed time from the call to the visit."""
    hours = (begins - called).total_seconds() / 3600
    return [key for key, least in LEADS.items() if hours >= least or not least][-1]


def days_between(first: date, last: date) -> int:
    """How many days there are, both included."""
    return (last - first).days + 1
