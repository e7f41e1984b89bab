"""The figures of a report: four queries, however many calls."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Case, Count, F, QuerySet, TextField, When
from django.db.models.functions import Lower, TruncDate

from calls.conversation.vocabulary import Outcome
from calls.models import CallAttempt, Recognition
from desk.reports.period import Period

#: Nobody took the call, or a machine did, or it never rang.
NOT_REACHED = frozenset(
    {
        Outcome.VOICEMAIL_LEFT,
        Outcome.MACHINE,
        Outcome.BUSY,
        Outcome.DECLINED,
        Outcome.NO_ANSWER,
        Outcome.INVALID_NUMBER,
        Outcome.FAILED_PROVIDER,
        Outcome.NOT_PLACED,
    }
)
UNDER_WAY = ""
MOST_PHRASES = 20


@dataclass(frozen=True)
class Rate:
    """A part of a whole; nothing of nothing has no rate."""

    name: str
    count: int
    of: int

    @property
    def percent(self) -> str:
        """``62 %``."""
        return f"{self.count / self.of:.0%}".replace("%", " %") if self.of else "–"


@dataclass(frozen=True)
class Phrase:
    """Words heard, what they were taken for, and how often."""

    words: str
    label: str
    count: int


@dataclass(frozen=True)
class Report:
    """Everything on the page."""

    period: Period
    #: Outcomes that occur, strongest first; calls under way last, as "".
    outcomes: list[str]
    #: One row for each day, also where nobody was called.
    by_day: list[tuple[date, Counter[str]]]
    languages: list[tuple[str, int]]
    sentiments: list[tuple[str, int]]
    phrases: list[Phrase]

    @property
    def totals(self) -> Counter[str]:
        """Calls by outcome over the whole period."""
        return sum((counts for _, counts in self.by_day), Counter())

    @property
    def rates(self) -> list[Rate]:
        """Of the calls that are over."""
        totals = self.totals
        over = totals.total() - totals[UNDER_WAY]
        not_reached = sum(totals[outcome] for outcome in NOT_REACHED)
        return [
            Rate("Reached", over - not_reached, over),
            Rate("Confirmed", totals[Outcome.CONFIRMED], over),
            Rate("Cancelled", totals[Outcome.CANCELLED], over),
            Rate("Wants no more calls", totals[Outcome.OPTED_OUT], over),
        ]


def report_of(period: Period) -> Report:
    """Gather a report."""
    calls = CallAttempt.objects.filter(started_at__gte=period.begins, started_at__lt=period.ends)
    heard = Recognition.objects.filter(
        attempt__started_at__gte=period.begins, attempt__started_at__lt=period.ends
    )
    if period.clinic:
        calls = calls.filter(clinic=period.clinic)
        heard = heard.filter(attempt__clinic=period.clinic)
    by_day = _by_day(calls, period)
    seen = {outcome for _, counts in by_day for outcome in counts}
    return Report(
        period=period,
        outcomes=[outcome for outcome in (*map(str, Outcome), UNDER_WAY) if outcome in seen],
        by_day=by_day,
        languages=_calls_by(heard, "language"),
        sentiments=_calls_by(heard, "sentiment"),
        phrases=_phrases(heard),
    )


def _by_day(calls: QuerySet[CallAttempt], period: Period) -> list[tuple[date, Counter[str]]]:
    counted: dict[date, Counter[str]] = {day: Counter() for day in period.days}
    rows: Iterable[tuple[date, str, int]] = (
        calls.order_by()
        .annotate(day=TruncDate("started_at", tzinfo=period.zone))
        .values_list("day", "outcome")
        .annotate(n=Count("pk"))
        .values_list("day", "outcome", "n")
    )
    for day, outcome, count in rows:
        counted[day][outcome] += count
    return list(counted.items())


def _calls_by(heard: QuerySet[Recognition], column: str) -> list[tuple[str, int]]:
    """In how many calls each value was heard; the most frequent first."""
    rows = (
        heard.order_by()
        .exclude(**{column: ""})
        .values_list(column)
        .annotate(n=Count("attempt", distinct=True))
        .order_by("-n", column)
    )
    return [(value, count) for value, count in rows]


def _phrases(heard: QuerySet[Recognition]) -> list[Phrase]:
    """The words as Azure wrote them, whatever their capitals."""
    words = Case(When(speech="", then=F("phrase")), default=F("speech"), output_field=TextField())
    rows = (
        heard.order_by()
        .annotate(words=Lower(words))
        .exclude(words="")
        .values_list("words", "label")
        .annotate(n=Count("pk"))
        .order_by("-n", "words")[:MOST_PHRASES]
    )
    return [Phrase(words=text, label=label, count=count) for text, label, count in rows]
