"""Azure fails: dialling stops, a person is told, one call probes."""

from datetime import datetime, timedelta

import pytest

from calls import dialling, placing
from calls.breaker import FEWEST, REST
from calls.models import Line
from reminders.models import WorkItem
from tests.calls.test_placing import people
from tests.conftest import Azure, make_clinic


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialling, "sleep", lambda seconds: None)


def fail(azure: Azure, now: datetime) -> datetime:
    """Let Azure refuse one call after the other until the breaker opens."""
    azure.simulator.fault("status", operation="create", status=403)
    for minute in range(FEWEST):
        placing.place_due(now + timedelta(seconds=minute))
        if Line.objects.filter(broken_at__isnull=False).exists():
            break
    return Line.objects.get().broken_at


def test_a_failing_azure_is_left_alone_and_a_person_is_told(azure: Azure, now: datetime) -> None:
    people(make_clinic(), 12)
    opened = fail(azure, now)
    rung = azure.simulator.faults()[0]["hits"]
    assert placing.place_due(opened + timedelta(seconds=30)).placed == 0
    assert azure.simulator.faults()[0]["hits"] == rung
    assert WorkItem.objects.get(kind="provider_down", done_at=None).appointment is None


def test_after_a_rest_one_call_probes_and_success_closes_it(azure: Azure, now: datetime) -> None:
    people(make_clinic(), 12)
    later = fail(azure, now) + REST
    azure.simulator.clear_faults()
    assert placing.place_due(later).placed == 1
    azure.settle()
    assert Line.objects.get().broken_at is None
    assert not WorkItem.objects.filter(kind="provider_down", done_at=None).exists()
    assert placing.place_due(later).placed == 2
    azure.settle()


def test_a_probe_that_fails_keeps_it_open(azure: Azure, now: datetime) -> None:
    people(make_clinic(), 12)
    later = fail(azure, now) + REST
    before = azure.simulator.faults()[0]["hits"]
    placing.place_due(later)
    assert azure.simulator.faults()[0]["hits"] == before + 1
    assert Line.objects.get().broken_at == later
    assert placing.place_due(later + timedelta(seconds=30)).placed == 0


def test_a_few_failures_say_nothing(azure: Azure, now: datetime) -> None:
    people(make_clinic(), FEWEST + 2)
    azure.simulator.fault("status", operation="create", status=403, times=FEWEST - 1)
    for second in range(FEWEST):
        placing.place_due(now + timedelta(seconds=second))
    azure.settle()
    assert Line.objects.get().broken_at is None
