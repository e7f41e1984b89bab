"""What reports read: the daily counts; of one practitioner, the reminders themselves.

Counts are not kept for every practitioner and hour together: there would be as many
of them as reminders. One practitioner's reminders are few, and are counted as the
days are, by the same function.
"""

from collections import Counter, defaultdict
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Max, Q, QuerySet, Sum

from calls import counting, reported
from calls.models import (
    CountedDay,
    DailyCalls,
    DailyHeard,
    DailyReminders,
    DailyVisits,
    Recognition,
)
from calls.models.daily import Hearing, Split
from desk import reach
from desk.reports.period import Period

COLUMNS = (
    "reminders",
    "reached",
    "confirmed",
    "cancelled",
    "other_time",
    "something_else",
    "unanswered",
    "under_way",
)
DAY, CLINIC = "day", "clinic"
Counts = dict[Any, Counter[str]]


def total(counts: dict[Any, Counter[str]]) -> Counter[str]:
    """All of them together."""
    return sum(counts.values(), Counter[str]())


def _of(rows: QuerySet[Any], period: Period) -> QuerySet[Any]:
    """The counts of the period's days and clinics."""
    rows = reach.within(rows, period.user).filter(day__gte=period.first, day__lte=period.last)
    return (rows.filter(clinic=period.clinic) if period.clinic else rows).order_by()


def reminders(period: Period, by: str) -> Counts:
    """Counts of reminders by day, by clinic or by a :class:`Split`."""
    if period.practitioner and by not in (DAY, CLINIC, Split.PRACTITIONER):
        return _from_rows(period, Split(by))
    # Any split tells of every reminder once; the outcomes are the fewest.
    split = by if by in {*Split} else Split.OUTCOME
    rows = _of(DailyReminders.objects.all(), period)
    if period.practitioner:
        split, mine = Split.PRACTITIONER, Q(value=str(period.practitioner.pk))
        rows = rows.filter(mine)
    key = by if by in (DAY, CLINIC) else "value"
    sums = {f"all_{name}": Sum(name) for name in COLUMNS}
    return {
        row[key]: Counter({name: row[f"all_{name}"] for name in COLUMNS})
        for row in rows.filter(split=split).values(key).annotate(**sums)
    }


def _reminders_of(period: Period) -> QuerySet[Any]:
    rows = reach.within(reported.reminders(), period.user)
    rows = rows.filter(appointment__practitioner=period.practitioner)
    return reported.on_days(rows, "dialled_at", "clinic", period.first, period.last, period.zones)


def _from_rows(period: Period, by: Split) -> Counts:
    counts: Counts = defaultdict(Counter)
    for _, _, split, value, outcome in counting.count_reminders(_reminders_of(period)):
        if split is by:
            counts[value].update(counting.columns_of(outcome))
    return dict(counts)


def outcomes_by_day(period: Period) -> dict[date, Counter[str]]:
    """How many reminders ended how, on each day."""
    counts: dict[date, Counter[str]] = defaultdict(Counter)
    if period.practitioner:
        for clinic_zone, at, outcome in _outcomes_of(period):
            counts[at.astimezone(ZoneInfo(clinic_zone)).date()][outcome] += 1
        return dict(counts)
    rows = _of(DailyReminders.objects.filter(split=Split.OUTCOME), period)
    for day, outcome, n in rows.values_list("day", "value").annotate(n=Sum("reminders")):
        counts[day][outcome] = n
    return dict(counts)


def _outcomes_of(period: Period) -> Any:
    return _reminders_of(period).values_list("clinic__time_zone", "dialled_at", "outcome")


def standings(period: Period) -> Counts:
    """Attended and missed visits, by how they stood."""
    rows = _of(DailyVisits.objects.all(), period)
    if period.practitioner:
        rows = rows.filter(practitioner=period.practitioner)
    sums = rows.values_list("standing").annotate(came=Sum("attended"), missed=Sum("missed"))
    return {standing: Counter(attended=came, missed=missed) for standing, came, missed in sums}


def calls(period: Period, by: str) -> Counts:
    """Calls, calls taken, seconds and the most at once, by day or clinic."""
    rows = _of(DailyCalls.objects.all(), period).values(by)
    told = rows.annotate(
        n_calls=Sum("calls"),
        n_taken=Sum("taken"),
        n_seconds=Sum("seconds"),
        n_most=Max("most_at_once"),
    )
    return {
        row[by]: Counter(
            calls=row["n_calls"],
            taken=row["n_taken"],
            seconds=row["n_seconds"],
            most_at_once=row["n_most"],
        )
        for row in told
    }


def heard(period: Period, kind: Hearing) -> dict[tuple[str, str], int]:
    """Counts of what was heard, by the language of the call and the value."""
    rows = _of(DailyHeard.objects.filter(kind=kind), period)
    return {
        (language, value): n
        for language, value, n in rows.values_list("language", "value").annotate(n=Sum("count"))
    }


def recognitions(period: Period) -> QuerySet[Recognition]:
    """What was heard itself, words and all, as long as it is kept."""
    rows = reach.within(reported.heard(), period.user, "attempt__clinic")
    if period.clinic:
        rows = rows.filter(attempt__clinic=period.clinic)
    return reported.on_days(
        rows, "attempt__started_at", "attempt__clinic", period.first, period.last, period.zones
    )


def counted(period: Period) -> tuple[datetime | None, int]:
    """At what time the period was last counted, and how many of its days, of each clinic,
    wait to be counted or to be counted again."""
    known = _of(CountedDay.objects.all(), period)
    at: datetime | None = known.aggregate(at=Max("counted_at"))["at"]
    return at, known.filter(counting.WAITING).count()
