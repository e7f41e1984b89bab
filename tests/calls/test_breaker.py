"""Azure fails: dialling stops, a person is told, one call probes."""

from datetime import datetime, timedelta

import pytest

from calls import dialling, placing
from calls.breaker import FEWEST, REST
from calls.models import Line
from config import clock
from reminders.models import WorkItem
from tests.calls.test_placing import people
from tests.conftest import Azure, make_clinic


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialling, "sleep", lambda seconds: None)


class Later:
    """The system's clock, moved on by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.by, real = timedelta(0), clock.system_now
        monkeypatch.setattr(clock, "system_now", lambda: real() + self.by)

    def __iadd__(self, more: timedelta) -> "Later":
        self.by += more
        return self


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Later:
    return Later(monkeypatch)


def fail(azure: Azure, now: datetime) -> None:
    """Let Azure refuse one call after the other until the breaker opens."""
    azure.simulator.fault("status", operation="create", status=403)
    for _ in range(FEWEST):
        placing.place_due(now)
        if Line.objects.filter(broken_at__isnull=False).exists():
            return
    raise AssertionError("the breaker stayed closed")


def hits(azure: Azure) -> int:
    return azure.simulator.faults()[0]["hits"]


def test_a_failing_azure_is_left_alone_and_a_person_is_told(azure: Azure, now: datetime) -> None:
    people(make_clinic(), 12)
    fail(azure, now)
    before = hits(azure)
    assert placing.place_due(now).placed == 0
    assert hits(azure) == before
    assert WorkItem.objects.get(kind="provider_down", done_at=None).appointment is None


def test_after_a_rest_one_call_probes_and_success_closes_it(
    azure: Azure, now: datetime, later: Later
) -> None:
    people(make_clinic(), 12)
    fail(azure, now)
    later += REST
    azure.simulator.clear_faults()
    assert placing.place_due(now).placed == 1
    azure.settle()
    assert Line.objects.get().broken_at is None
    assert not WorkItem.objects.filter(kind="provider_down", done_at=None).exists()
    assert placing.place_due(now).placed == 2
    azure.settle()


def test_a_probe_that_fails_keeps_it_open(azure: Azure, now: datetime, later: Later) -> None:
    people(make_clinic(), 12)
    fail(azure, now)
    opened, before = Line.objects.get().broken_at, hits(azure)
    later += REST
    placing.place_due(now)
    assert hits(azure) == before + 1
    assert Line.objects.get().broken_at > opened
    assert placing.place_due(now).placed == 0


def test_a_persons_wish_waits_for_a_broken_line_too(azure: Azure, now: datetime) -> None:
    visits = people(make_clinic(), 12)
    fail(azure, now)
    before = hits(azure)
    placing.request_call_now(visits[-1].pk, now, actor="staff dana")
    placing.place_due(now)
    assert hits(azure) == before


def test_a_few_failures_say_nothing(azure: Azure, now: datetime) -> None:
    people(make_clinic(), FEWEST + 2)
    azure.simulator.fault("status", operation="create", status=403, times=FEWEST - 1)
    for _ in range(FEWEST):
        placing.place_due(now)
    azure.settle()
    assert Line.objects.get().broken_at is None
