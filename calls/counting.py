"""Counts a clinic's days anew, whole days at a time: reports are read from the result.

Nothing is ever added to a count. A day is read from the rows and its counts are
replaced, so that a day may be counted as often as anybody likes, and what was
counted wrongly once is right the next time.

The older a day, the rarer it is counted anew by itself (:data:`AGES`); who
changes an old day says so by :meth:`CountedDay.changed`.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from django.db import transaction
from django.db.models import Count, F, Min, OuterRef, Q, QuerySet, Subquery

from calls import reported
from calls.models import (
    CallAttempt,
    CallVisit,
    CountedDay,
    DailyCalls,
    DailyHeard,
    DailyReminders,
    DailyVisits,
)
from calls.models.daily import (
    GROUP_OF,
    MOST_ATTEMPTS,
    REACHED,
    TABLES,
    Counted,
    Hearing,
    Split,
    lead_of,
)
from reminders.models import Appointment, Clinic
from reminders.policy.vocabulary import AppointmentStatus

log = structlog.get_logger(__name__)

#: Days before today, and how long their counts may be old: the first that fits.
AGES: tuple[tuple[int, timedelta], ...] = (
    (1, timedelta(0)),
    (14, timedelta(minutes=15)),
    (400, timedelta(days=1)),
)
#: Words, languages and sentiment are erased after a while (R14), the counts of them
#: stay: from this age on, what is counted of them is not counted again.
HEARD_UNTIL = timedelta(days=80)
#: Days that are not counted, or not as they are now.
WAITING = Q(counted_at=None) | ~Q(changes=F("counted_changes")) | ~Q(zone=F("clinic__time_zone"))
#: Days of one zone that one look counts.
MOST_DAYS = 100
BATCH = 1000


@dataclass
class Counts:
    """The rows of one clinic's day, before they are stored."""

    clinic_id: int
    day: date
    reminders: dict[tuple[Split, str], Counter[str]] = field(
        default_factory=lambda: defaultdict(Counter)
    )
    visits: dict[tuple[int | None, str], Counter[str]] = field(
        default_factory=lambda: defaultdict(Counter)
    )
    calls: Counter[str] = field(default_factory=Counter)
    #: None where what is counted already stays.
    heard: Counter[tuple[Hearing, str, str]] | None = None

    def rows(self) -> Iterator[Counted]:
        """As they are stored; what there is none of has no row."""
        here: dict[str, Any] = {"clinic_id": self.clinic_id, "day": self.day}
        for (split, value), counts in self.reminders.items():
            yield DailyReminders(split=split, value=value, **here, **counts)
        for (practitioner, standing), counts in self.visits.items():
            yield DailyVisits(practitioner_id=practitioner, standing=standing, **here, **counts)
        if self.calls["calls"]:
            yield DailyCalls(**here, **self.calls)
        for (kind, language, value), count in (self.heard or {}).items():
            yield DailyHeard(kind=kind, language=language, value=value, count=count, **here)


# -- reading


def count_reminders(rows: QuerySet[CallVisit]) -> Iterator[tuple[int, datetime, Split, str, str]]:
    """Clinic, moment, split, value and outcome of reminders: each once in every split."""
    told: Any = rows.values_list(
        "clinic",
        "clinic__time_zone",
        "dialled_at",
        "visit_starts_at",
        "appointment__practitioner",
        "attempt__language",
        "ordinal",
        "outcome",
    )
    for clinic, zone, at, begins, practitioner, language, ordinal, outcome in told.iterator():
        values = {
            Split.PRACTITIONER: str(practitioner or ""),
            Split.HOUR: str(at.astimezone(ZoneInfo(zone)).hour),
            Split.LEAD: lead_of(begins, at),
            Split.ATTEMPT: str(min(ordinal, MOST_ATTEMPTS)),
            Split.LANGUAGE: language,
            Split.OUTCOME: outcome,
        }
        for split, value in values.items():
            yield clinic, at, split, value, outcome


def columns_of(outcome: str) -> tuple[str, ...]:
    """The counts that a reminder with this outcome is part of."""
    reached = ("reached",) if outcome in REACHED else ()
    return ("reminders", GROUP_OF[outcome].value, *reached)


def count_calls(rows: QuerySet[CallAttempt]) -> dict[int, Counter[str]]:
    """The counts of the calls of one day, for each clinic."""
    counts: dict[int, Counter[str]] = defaultdict(Counter)
    edges: dict[int, list[tuple[datetime, int]]] = defaultdict(list)
    times: Any = rows.order_by().values_list("clinic", "started_at", "connected_at", "ended_at")
    for clinic, started, connected, ended in times:
        counts[clinic]["calls"] += 1
        counts[clinic]["taken"] += connected is not None
        if connected and ended and ended > connected:
            counts[clinic]["seconds"] += round((ended - connected).total_seconds())
        edges[clinic].append((started, 1))
        if ended:
            edges[clinic].append((max(started, ended), -1))
    for clinic, changes in edges.items():
        counts[clinic]["most_at_once"] = most_at_once(changes)
    return counts


def most_at_once(edges: Iterable[tuple[datetime, int]]) -> int:
    """Of beginnings (+1) and ends (-1), the most that overlap; an end frees its line first."""
    most = now = 0
    for _, change in sorted(edges):
        now += change
        most = max(most, now)
    return most


def count_heard(
    calls: QuerySet[CallAttempt],
) -> Iterator[tuple[int, Hearing, str, str, int]]:
    """Clinic, kind, language of the call, value and count of what was heard in these calls."""
    of_calls = Q(attempt__in=calls.order_by().values("pk"))
    heard = reported.heard().filter(of_calls).order_by()
    by = ("attempt__clinic", "attempt__language")
    for kind, column in ((Hearing.SPOKEN, "language"), (Hearing.SENTIMENT, "sentiment")):
        rows = heard.exclude(**{column: ""}).values_list(*by, column)
        for clinic, language, value, n in rows.annotate(n=Count("attempt", distinct=True)):
            yield clinic, kind, language, value, n
    asked = reported.with_understanding(reported.questions().filter(of_calls).order_by())
    for clinic, language, value, n in asked.values_list(*by, "understanding").annotate(
        n=Count("pk")
    ):
        yield clinic, Hearing.UNDERSTANDING, language, value, n


# -- one day of the clinics of one zone


def count_day(days: list[CountedDay], now: datetime) -> int:
    """Count a day of clinics that are in one zone; returns how many clinics were counted.

    The rows are read before anything is locked. Who changes one of them meanwhile
    raises ``changes``, and the day is counted again.
    """
    clinics = [day.clinic_id for day in days]
    zone, day = days[0].clinic.zone, days[0].day
    begins, ends = reported.midnight(day, zone), reported.midnight(day + timedelta(days=1), zone)
    counts = {pk: Counts(pk, day) for pk in clinics}
    calls = reported.calls().filter(started_at__gte=begins, started_at__lt=ends, clinic__in=clinics)
    for clinic, of_clinic in count_calls(calls).items():
        counts[clinic].calls = of_clinic
    over = reported.visits_over().filter(
        starts_at__gte=begins, starts_at__lt=ends, clinic__in=clinics
    )
    _count_visits(over, counts)
    anew = [d.clinic_id for d in days if d.counted_at is None or now - ends < HEARD_UNTIL]
    for pk in anew:
        counts[pk].heard = Counter()
    if any(each.calls for each in counts.values()):
        about = reported.reminders().filter(
            dialled_at__gte=begins,
            dialled_at__lt=ends,
            clinic__in=clinics,
        )
        for clinic, _, split, value, outcome in count_reminders(about):
            counts[clinic].reminders[split, value].update(columns_of(outcome))
        for clinic, kind, language, value, n in count_heard(calls.filter(clinic__in=anew)):
            counts[clinic].heard[kind, language, value] += n  # type: ignore[index]
    return _store(days, counts, now)


def _count_visits(rows: QuerySet[Appointment], counts: dict[int, Counts]) -> None:
    told = reported.with_standing(rows).order_by()
    by = ("clinic", "practitioner", "standing", "status")
    for clinic, practitioner, standing, status, n in told.values_list(*by).annotate(n=Count("pk")):
        column = "attended" if status == AppointmentStatus.ATTENDED else "missed"
        counts[clinic].visits[practitioner, standing][column] += n


@transaction.atomic
def _store(days: list[CountedDay], counts: dict[int, Counts], now: datetime) -> int:
    """Replace the counts of a day, but for clinics where another process did so since
    we looked; returns for how many."""
    mine = [day for day in days if _claim(day, now)]
    for table in TABLES:
        old = [
            day.clinic_id
            for day in mine
            if day.counted_at
            and (table is not DailyHeard or counts[day.clinic_id].heard is not None)
        ]
        if old:
            table.objects.filter(clinic__in=old, day=days[0].day).delete()
    rows = (row for day in mine for row in counts[day.clinic_id].rows())
    for table, same in groupby(sorted(rows, key=lambda row: type(row).__name__), key=type):
        table._default_manager.bulk_create(same, batch_size=BATCH)
    return len(mine)


def _claim(day: CountedDay, now: datetime) -> bool:
    return bool(
        CountedDay.objects.filter(pk=day.pk, counted_at=day.counted_at).update(
            counted_at=now, counted_changes=day.changes, zone=day.clinic.time_zone
        )
    )


# -- which days


def count_due(now: datetime) -> int:
    """One look: count the days that may have changed, the newest first; returns how many
    days of one zone there were."""
    know_days(now)
    counted = 0
    for days in _due(now)[:MOST_DAYS]:
        count_day(days, now)
        counted += 1
    return counted


def due(now: datetime) -> QuerySet[CountedDay]:
    """Days that are to be counted, whatever today is in their zones."""
    wanted = WAITING
    # East of Greenwich it is tomorrow already.
    today = (now + timedelta(hours=14)).date()
    for days, old in AGES:
        since = today - timedelta(days=days + 1)
        wanted |= Q(day__gte=since, counted_at__lte=now - old)
    return CountedDay.objects.filter(wanted)


def _due(now: datetime) -> list[list[CountedDay]]:
    """The days of each zone, the newest first."""
    rows = due(now).select_related("clinic").order_by("-day", "clinic__time_zone", "clinic")
    return [
        list(days)
        for _, days in groupby(
            rows.iterator(chunk_size=2000), key=lambda row: (row.day, row.clinic.time_zone)
        )
    ]


def know_days(now: datetime) -> None:
    """A row for each day of each clinic, from the first that anything happened on to today."""
    first_call = CallAttempt.objects.filter(
        clinic=OuterRef("pk"), started_at__isnull=False
    ).order_by("started_at")
    first_visit = Appointment.objects.filter(clinic=OuterRef("pk")).order_by("starts_at")
    known = dict(
        CountedDay.objects.order_by()
        .values_list("clinic")
        .annotate(n=Count("pk"), first=Min("day"))
        .values_list("clinic", "n")
    )
    firsts = Clinic.objects.annotate(
        first_call=Subquery(first_call.values("started_at")[:1]),
        first_visit=Subquery(first_visit.values("starts_at")[:1]),
    )
    for clinic in firsts:
        begun = [at for at in (clinic.first_call, clinic.first_visit) if at and at <= now]
        days = _days(min([*begun, now]), now, clinic.zone)
        if known.get(clinic.pk, 0) < len(days):
            rows = [CountedDay(clinic=clinic, day=day, zone=clinic.time_zone) for day in days]
            CountedDay.objects.bulk_create(rows, ignore_conflicts=True, batch_size=BATCH)


def _days(first: datetime, last: datetime, zone: ZoneInfo) -> list[date]:
    begins, ends = first.astimezone(zone).date(), last.astimezone(zone).date()
    return [begins + timedelta(days=n) for n in range((ends - begins).days + 1)]


def rebuild(now: datetime) -> Iterator[tuple[date, int]]:
    """Count every day anew; yields each day as it is done, with the days that are left."""
    know_days(now)
    CountedDay.objects.update(changes=F("changes") + 1)
    left = _due(now)
    for done, days in enumerate(left, 1):
        count_day(days, now)
        yield days[0].day, len(left) - done
