"""The daily counts against the rows themselves, counted by hand and slowly."""

from collections import Counter
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.core.management import call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calls import counting, tasks
from calls.models import (
    CallAttempt,
    CallVisit,
    CountedDay,
    DailyCalls,
    DailyHeard,
    DailyReminders,
    DailyVisits,
    Recognition,
)
from config import clock
from reminders.models import Appointment, Clinic, Patient
from tests import histories
from tests.conftest import make_clinic
from tests.histories import History

pytestmark = pytest.mark.django_db

#: Some days after the history, when nothing is under way any more.
LATER = datetime.fromisoformat("2026-11-09T12:00:00+00:00")
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


def history(seed: int, visits: int = 25, calls: int = 60) -> History:
    made = History(Random(seed))
    made.make(visits, calls)
    return made


def stored_reminders(split: str) -> dict[tuple[int, date, str], Counter[str]]:
    return {
        (row.clinic_id, row.day, row.value): Counter(
            {name: n for name in COLUMNS if (n := getattr(row, name))}
        )
        for row in DailyReminders.objects.filter(split=split)
    }


def check_everything() -> None:
    """Every stored count equals the slow one, and none is missing."""
    for split in histories.SPLITS:
        assert stored_reminders(split) == histories.reminders_by(split), split
    visits: Counter[tuple[int, date, int | None, str, str]] = Counter()
    for row in DailyVisits.objects.all():
        key = (row.clinic_id, row.day, row.practitioner_id, row.standing)
        visits += Counter({(*key, "attended"): row.attended, (*key, "no_show"): row.missed})
    assert visits == histories.standings()
    assert {
        (row.clinic_id, row.day): (row.calls, row.taken, row.seconds, row.most_at_once)
        for row in DailyCalls.objects.all()
    } == {key: _of_calls(calls) for key, calls in histories.calls_by_day().items()}
    heard = {
        (row.clinic_id, row.day, row.kind, row.language, row.value): row.count
        for row in DailyHeard.objects.all()
    }
    assert heard == histories.heard_by_day()


def _of_calls(calls: list[CallAttempt]) -> tuple[int, int, int, int]:
    taken = [call for call in calls if call.connected_at]
    spans = [c.ended_at - c.connected_at for c in taken if c.ended_at and c.connected_at]
    seconds = sum(round(span.total_seconds()) for span in spans if span > timedelta(0))
    return len(calls), len(taken), seconds, histories.most_at_once(calls)


@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 10_000))
def test_every_count_of_any_history_equals_a_slow_count_of_its_rows(seed: int) -> None:
    for model in (Appointment, CallAttempt):
        model.objects.all().delete()
    for model in (CountedDay, DailyReminders, DailyVisits, DailyCalls, DailyHeard):
        model.objects.all().delete()
    Patient.objects.all().delete()
    Clinic.objects.all().delete()
    history(seed, visits=14, calls=30)
    counting.count_due(LATER)
    check_everything()


def test_counting_twice_changes_nothing() -> None:
    history(1)
    counting.count_due(LATER)
    before = [list(table.objects.order_by("pk").values()) for table in counting.TABLES]
    assert all(before)
    for _ in counting.rebuild(LATER):
        pass
    check_everything()
    assert [table.objects.count() for table in counting.TABLES] == [len(rows) for rows in before]


@pytest.fixture
def only_young_days(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody looks at a day before yesterday by itself, as at one of two years ago."""
    monkeypatch.setattr(counting, "AGES", counting.AGES[:1])


def some_reminder() -> CallVisit:
    """Of the first days of the history."""
    return CallVisit.objects.filter(dialled_at__isnull=False)[0]


@pytest.mark.usefixtures("only_young_days")
def test_a_change_of_an_old_day_is_counted_once_the_day_is_marked() -> None:
    history(2)
    counting.count_due(LATER)
    visit = some_reminder()
    CallVisit.objects.filter(pk=visit.pk).update(outcome="" if visit.outcome else "confirmed")
    counting.count_due(LATER)
    with pytest.raises(AssertionError):
        check_everything()
    mark(visit)
    counting.count_due(LATER)
    check_everything()


def mark(visit: CallVisit) -> None:
    assert visit.attempt.started_at is not None
    CountedDay.changed(visit.attempt.clinic, visit.attempt.started_at)


def test_within_a_year_every_day_is_counted_anew_within_a_day_whoever_changed_it() -> None:
    history(3)
    counting.count_due(LATER)
    Appointment.objects.filter(status="no_show").update(status="attended")
    Recognition.objects.filter(label="Confirm").update(label="Cancel")
    counting.count_due(LATER + timedelta(days=1))
    check_everything()


def test_today_and_yesterday_are_counted_at_every_look() -> None:
    made = history(4, calls=0)
    now = histories.FIRST + timedelta(days=6)
    counting.count_due(now)
    made.call()
    for attempt in CallAttempt.objects.all():
        started = now - timedelta(hours=20)
        CallAttempt.objects.update(started_at=started, ended_at=started + timedelta(seconds=30))
        CallVisit.objects.update(dialled_at=started, ordinal=1)
        assert attempt.pk
    counting.count_due(now + timedelta(seconds=1))
    assert DailyCalls.objects.filter(calls=1).count() == 1


def test_a_clinic_that_moves_to_another_zone_has_other_days() -> None:
    made = history(5)
    counting.count_due(LATER)
    clinic = made.clinics[0]
    clinic.time_zone = "Pacific/Auckland"
    clinic.save()
    counting.count_due(LATER + timedelta(seconds=1))
    check_everything()


@pytest.mark.usefixtures("only_young_days")
def test_a_change_while_a_day_is_counted_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    history(6)
    counting.count_due(LATER)
    visit = some_reminder()
    mark(visit)
    store = counting._store

    def late(*args: Any) -> int:
        """Between the reading and the writing an answer comes in."""
        CallVisit.objects.filter(pk=visit.pk).update(outcome="" if visit.outcome else "confirmed")
        mark(visit)
        return store(*args)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(counting, "_store", late)
        counting.count_due(LATER)
    counting.count_due(LATER)
    check_everything()


def test_of_two_that_count_the_same_day_the_slower_one_writes_nothing() -> None:
    history(7)
    counting.count_due(LATER)
    days = counting._due(LATER + timedelta(hours=1))[0]
    counting.count_due(LATER + timedelta(hours=2))
    assert counting.count_day(days, LATER + timedelta(hours=1)) == 0
    assert CountedDay.objects.filter(counted_at=LATER + timedelta(hours=1)).count() == 0


def test_what_was_heard_is_counted_no_more_once_its_words_are_erased() -> None:
    """R14: words go after 90 days, the counts of them stay."""
    history(8)
    counting.count_due(LATER)
    before = histories.heard_by_day()
    Recognition.objects.update(phrase="", speech="", sentiment="", language="")
    for _ in counting.rebuild(LATER + timedelta(days=90)):
        pass
    after = Counter(
        {
            (row.clinic_id, row.day, row.kind, row.language, row.value): row.count
            for row in DailyHeard.objects.all()
        }
    )
    assert after == before
    Recognition.objects.all().delete()
    assert {row.value for row in DailyHeard.objects.filter(kind="spoken")} == {"en-US", "es-US"}


def test_no_count_holds_a_word_that_was_said() -> None:
    history(9)
    counting.count_due(LATER)
    values = {str(row.value) for row in DailyHeard.objects.all()}
    assert not values & {"yes", *histories.WORDS}


def test_a_clinic_without_any_call_has_its_today(now: datetime) -> None:
    make_clinic("empty")
    tasks.count()
    assert CountedDay.objects.get().day == date(2026, 11, 17)
    assert CountedDay.objects.get().counted_at == clock.now()


def test_everything_can_be_counted_anew_by_a_command(
    now: datetime, capsys: pytest.CaptureFixture[str]
) -> None:
    history(10)
    call_command("rebuild_reports")
    check_everything()
    assert "counted" in capsys.readouterr().out
