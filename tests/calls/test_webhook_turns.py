"""Who sends which message when: one worker at a time to each endpoint, and none for long."""

import itertools
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from calls.webhooks import delivering, wire
from reminders.models import Appointment, WebhookEndpoint, WorkItem
from reminders.models.workitem import WorkKind
from tests.calls.receiving import answering, confirmed, listening, look, make_endpoint
from tests.conftest import TUESDAY, make_appointment, make_clinic, make_patient


@pytest.fixture
def visit(db: None, now: datetime) -> Appointment:
    return make_appointment(make_clinic(), make_patient())


def meanwhile(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> None:
    """While the first message is on the wire, this happens."""
    post = wire.post

    def post_meanwhile(*args: Any) -> wire.Answer:
        monkeypatch.setattr(wire, "post", post)
        happens()
        return post(*args)

    monkeypatch.setattr(wire, "post", post_meanwhile)


def test_two_workers_send_a_message_once(
    visit: Appointment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first was thought dead: the second takes its turn, and not what it has claimed."""
    receiver = answering(500)

    def another_looks() -> None:
        WebhookEndpoint.objects.update(turn_until=TUESDAY)
        look()

    with listening(receiver) as url:
        make_endpoint(url)
        confirmed(visit)
        WorkItem.open(visit, WorkKind.OTHER_TIME, TUESDAY)
        meanwhile(monkeypatch, another_looks)
        look()
    assert len(receiver.got) == len({headers["webhook-id"] for headers, _ in receiver.got}) == 2


def test_one_worker_waits_for_a_slow_receiver_and_the_next_serves_the_others(
    visit: Appointment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its endpoint comes first by name; both messages of it wait."""
    slow, other = answering(204), answering(204)
    got: list[int] = []

    def another_looks() -> None:
        look()
        got.extend([len(slow.got), len(other.got)])

    with listening(slow) as url, listening(other) as elsewhere:
        make_endpoint(url, "A slow one")
        make_endpoint(elsewhere)
        confirmed(visit)
        WorkItem.open(visit, WorkKind.OTHER_TIME, TUESDAY)
        meanwhile(monkeypatch, another_looks)
        look()
    assert got == [0, 2]
    assert len(slow.got) == 2
    assert not WebhookEndpoint.objects.exclude(turn_until=None).exists()


def test_a_slow_receiver_has_ten_seconds_and_then_the_others_their_turn(
    visit: Appointment,
) -> None:
    """Whoever reads the clock finds it four seconds on: one message takes eight."""
    receiver = answering(204)
    clock = (TUESDAY + timedelta(seconds=4 * n) for n in itertools.count())
    with listening(receiver) as url:
        make_endpoint(url)
        for kind in (WorkKind.OTHER_TIME, WorkKind.CALL_BACK, WorkKind.SLOT_FREE):
            WorkItem.open(visit, kind, TUESDAY)
        delivering.deliver_due(lambda: next(clock))
        assert len(receiver.got) == 2
        look(timedelta(minutes=1))
    assert len(receiver.got) == 3


@pytest.mark.parametrize("is_on", [True, False])
def test_what_staff_change_holds_from_the_next_message_on(
    visit: Appointment, monkeypatch: pytest.MonkeyPatch, is_on: bool
) -> None:
    former, new = answering(204), answering(204)
    with listening(former) as url, listening(new) as elsewhere:
        make_endpoint(url)
        confirmed(visit)
        WorkItem.open(visit, WorkKind.OTHER_TIME, TUESDAY)
        change = partial(WebhookEndpoint.objects.update, url=elsewhere, is_on=is_on)
        meanwhile(monkeypatch, change)
        look()
    assert (len(former.got), len(new.got)) == (1, int(is_on))


def test_the_turn_of_a_dead_worker_ends_by_itself(visit: Appointment) -> None:
    receiver = answering(204)
    with listening(receiver) as url:
        make_endpoint(url, turn_until=TUESDAY + timedelta(minutes=2))
        confirmed(visit)
        look(timedelta(minutes=1))
        assert not receiver.got
        look(timedelta(minutes=2))
    assert len(receiver.got) == 1


def test_what_a_dead_worker_had_is_taken_up_again(
    visit: Appointment, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver, post = answering(204), wire.post

    def die(*args: Any) -> wire.Answer:
        raise SystemExit

    with listening(receiver) as url:
        make_endpoint(url)
        confirmed(visit)
        monkeypatch.setattr(wire, "post", die)
        with pytest.raises(SystemExit):
            look()
        monkeypatch.setattr(wire, "post", post)
        look(timedelta(seconds=60))
        assert not receiver.got
        look(timedelta(minutes=3))
    assert len(receiver.got) == 1
