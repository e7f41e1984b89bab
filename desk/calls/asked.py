"""What a number in a report asks of a list: just the rows that it counts.

These questions stand beside a list while they are asked, and not otherwise: one
comes to them by a report, and takes them away by "All".
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from calls import reported
from calls.models import Recognition
from calls.models.daily import GROUPS, LEADS, REACHED, Group
from desk.local import clinic_zones
from desk.questions import Question
from desk.vocabulary import Words
from desk.wording import LEADS as LEAD_WORDS
from desk.wording import LED, OUTCOMES, STANDINGS, UNDERSTANDINGS, language_and_place
from reminders.models import Practitioner

Rows = QuerySet[Any]
NONE = "none"


class Asked(Question, ABC):
    """A question that is shown while somebody asks it."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The one answer that was chosen."""
        value = self.value()
        return [(value, self.told(value))] if value else []

    def told(self, value: str) -> str:
        """The answer in words."""
        return value

    def queryset(self, request: HttpRequest, queryset: Rows) -> Rows:
        """The rows; none for what is no answer."""
        value = self.value()
        return self.chosen(queryset, value) if value else queryset

    @abstractmethod
    def chosen(self, rows: Rows, value: str) -> Rows:
        """The rows with this value."""


def days_of(text: str) -> tuple[date, date] | None:
    """``2026-11-01..2026-11-14``; None for anything else."""
    first, __, last = text.partition("..")
    try:
        return date.fromisoformat(first), date.fromisoformat(last)
    except ValueError:
        return None


class OnWhichDays(Asked):
    """Days of the clinic."""

    title = gettext_lazy("On which days?")
    parameter_name = "days"
    column = "started_at"
    clinic = "clinic"

    def told(self, value: str) -> str:
        """From and to."""
        days = days_of(value)
        if days is None:
            return value
        first, last = (date_format(day, _("j M Y")) for day in days)
        if first == last:
            return first
        return _("%(first)s to %(last)s") % {"first": first, "last": last}

    def chosen(self, rows: Rows, value: str) -> Rows:
        """By the clinic's own midnights."""
        days = days_of(value)
        # The outermost days have no day before or after them.
        if days is None or not date(1900, 1, 1) <= days[0] <= days[1] <= date(2200, 1, 1):
            return rows.none()
        return reported.on_days(rows, self.column, self.clinic, *days, self.zones())

    def zones(self) -> list[ZoneInfo]:
        """Of every clinic."""
        return clinic_zones()


class OnWhichDaysOfCalls(OnWhichDays):
    """Days on which the call was dialled, of rows that belong to a call."""

    column, clinic = "attempt__started_at", "attempt__clinic"


class OnWhichDaysOfReminders(OnWhichDays):
    """The same of reminders, which know it themselves."""

    column = "dialled_at"


class OnWhichDaysOfWords(OnWhichDaysOfCalls):
    """The same of what was heard in the call."""

    def chosen(self, rows: Rows, value: str) -> Rows:
        """No call lasts a day: the words of those days have an index, their calls' days none."""
        found = super().chosen(rows, value)
        if (days := days_of(value)) is None or found.query.is_empty():
            return found
        begins = reported.midnight(days[0] - timedelta(days=2), ZoneInfo("UTC"))
        ends = reported.midnight(days[1] + timedelta(days=3), ZoneInfo("UTC"))
        return found.filter(at__gte=begins, at__lt=ends)


class OnWhichDaysOfVisits(OnWhichDays):
    """Days on which the visit begins."""

    column = "starts_at"


class Vocabulary(Asked):
    """One of some words."""

    words: Mapping[str, Any]

    def told(self, value: str) -> str:
        """In plain words."""
        return str(self.words.get(value) or value)

    def chosen(self, rows: Rows, value: str) -> Rows:
        """What is none of the words has no rows."""
        return self.found(rows, value) if value in self.words else rows.none()

    @abstractmethod
    def found(self, rows: Rows, value: str) -> Rows:
        """The rows of one of the words."""


class LedTo(Vocabulary):
    """What a reminder led to."""

    title = gettext_lazy("What did it lead to?")
    parameter_name = "led"
    words = LED

    def found(self, rows: Rows, value: str) -> Rows:
        """By the outcomes of the group."""
        return rows.filter(outcome__in=GROUPS[Group(value)])


class WasReached(Vocabulary):
    """Whether a person took the call."""

    title = gettext_lazy("Was somebody reached?")
    parameter_name = "reached"
    words = {"yes": gettext_lazy("Yes"), "no": gettext_lazy("No")}

    def found(self, rows: Rows, value: str) -> Rows:
        """By the outcome."""
        reached = Q(outcome__in=REACHED)
        return rows.filter(reached if value == "yes" else ~reached)


class HowItEnded(Vocabulary):
    """The outcome of one reminder."""

    title = gettext_lazy("How did it end?")
    parameter_name = "outcome"
    words = Words(
        {**{k: v for k, v in OUTCOMES.english.items() if k}, "open": gettext_noop("Under way")}
    )

    def found(self, rows: Rows, value: str) -> Rows:
        """By outcome."""
        return rows.filter(outcome="" if value == "open" else value)


class HowLongBefore(Vocabulary):
    """The lead time."""

    title = gettext_lazy("How long before the visit?")
    parameter_name = "lead"
    words = LEAD_WORDS

    def found(self, rows: Rows, value: str) -> Rows:
        """By elapsed time."""
        assert value in LEADS
        return rows.filter(reported.of_lead(value))


class WhichHour(Vocabulary):
    """The hour at which it was dialled."""

    title = gettext_lazy("At which hour?")
    parameter_name = "hour"
    costly = True
    words = {str(n): f"{n:02}:00" for n in range(24)}

    def found(self, rows: Rows, value: str) -> Rows:
        """On the clinic's wall."""
        told: Rows = reported.with_hour(rows, clinic_zones())
        return told.filter(hour=int(value))


class WhichAttempt(Vocabulary):
    """The first call about the visit, or a later one."""

    title = gettext_lazy("Which call about the visit?")
    parameter_name = "attempt"
    words = {
        "1": gettext_lazy("First"),
        "2": gettext_lazy("Second"),
        "3": gettext_lazy("Third"),
        "4": gettext_lazy("Fourth or later"),
    }

    def found(self, rows: Rows, value: str) -> Rows:
        """By the calls before it."""
        return rows.filter(reported.of_ordinal(int(value)))


class BegunIn(Asked):
    """The language in which the call began."""

    title = gettext_lazy("In which language did the call begin?")
    parameter_name = "prompted"
    path = "attempt__language"

    def told(self, value: str) -> str:
        """Its name."""
        return _("Not known") if value == NONE else language_and_place(value)

    def chosen(self, rows: Rows, value: str) -> Rows:
        """By language."""
        return rows.filter(**{self.path: "" if value == NONE else value})


class CallBegunIn(BegunIn):
    """The same of a list of calls."""

    path = "language"


class WasItTaken(Vocabulary):
    """Whether somebody or something took the call."""

    title = gettext_lazy("Was it taken?")
    parameter_name = "taken"
    words = {"yes": gettext_lazy("Yes"), "no": gettext_lazy("No")}

    def found(self, rows: Rows, value: str) -> Rows:
        """By when it was connected."""
        return rows.filter(connected_at__isnull=value == "no")


class Whose(Asked):
    """The practitioner of the visit."""

    title = gettext_lazy("With whom?")
    parameter_name = "practitioner"
    path = "appointment__practitioner"

    def told(self, value: str) -> str:
        """By name."""
        names = Practitioner.objects.filter(pk=int(value)) if value.isdecimal() else []
        return next((person.name for person in names), _("Nobody in particular"))

    def chosen(self, rows: Rows, value: str) -> Rows:
        """By practitioner, or of none."""
        if value == NONE:
            return rows.filter(**{f"{self.path}__isnull": True})
        return rows.filter(**{self.path: int(value)}) if value.isdecimal() else rows.none()


class HowItStood(Vocabulary):
    """What was answered before a visit, else how far the calls got."""

    title = gettext_lazy("What was known before the visit?")
    parameter_name = "standing"
    costly = True
    words = STANDINGS

    def found(self, rows: Rows, value: str) -> Rows:
        """As the reports have it."""
        told: Rows = reported.with_standing(rows)
        return told.filter(standing=value)


class WhatCameOfIt(Vocabulary):
    """Whether an answer was understood."""

    title = gettext_lazy("Was the answer understood?")
    parameter_name = "understanding"
    costly = True
    words = UNDERSTANDINGS

    def found(self, rows: Rows, value: str) -> Rows:
        """Of questions that ask for words."""
        asked = rows.exclude(step__in=reported.NO_QUESTIONS)
        told: Rows = reported.with_understanding(asked)
        return told.filter(understanding=value)


class LikeThis(Asked):
    """The same words at the same step of the same language, whatever their capitals."""

    title = gettext_lazy("Which words?")
    parameter_name = "like"

    def told(self, value: str) -> str:
        """The list shows them."""
        return _("The same words")

    def chosen(self, rows: Rows, value: str) -> Rows:
        """By one of the rows, so that no words stand in an address."""
        if not value.isdecimal():
            return rows.none()
        example = Recognition.objects.filter(pk=int(value)).select_related("attempt").first()
        return rows.none() if example is None else rows.filter(like(example))


def like(example: Recognition) -> Q:
    """Recognitions with the words, step, label and language of another."""
    said = example.speech or example.phrase
    words = Q(speech__iexact=said) | Q(speech="", phrase__iexact=said)
    return words & Q(
        step=example.step, label=example.label, attempt__language=example.attempt.language
    )
