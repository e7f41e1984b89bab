"""Calls without news: what is looked after, what is ended, and what is never lost."""

import threading
import time
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from calls import acting, hearing, noting, placing, watching
from calls.conversation import events
from calls.conversation.vocabulary import LineEnd
from calls.gateway.acs import Call
from calls.models import CallAttempt, CallEvent, CallProfile, CallVisit, LineAction
from reminders.models import Contact, WorkItem
from tests.calls.conftest import Door
from tests.conftest import Azure, make_appointment, make_clinic, make_patient, the_call


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


def ring(azure: Azure, now: datetime, persona: str) -> None:
    azure.simulator.set_persona("+12125550142", persona)
    make_appointment(make_clinic(), make_patient(phone="+12125550142"))
    placing.place_due(now)


def test_a_phone_that_rings_too_long_is_given_up(azure: Azure, now: datetime) -> None:
    ring(azure, now, "ring_out")
    watching.watch(now + seconds(29))
    assert the_call().hang_up_at is None
    watching.watch(now + seconds(30))
    azure.settle()
    assert (the_call().status, the_call().outcome) == ("ended", "no_answer")
    assert len(azure.rings) == 1


def test_two_watchdogs_hang_up_once(azure: Azure, now: datetime) -> None:
    ring(azure, now, "ring_out")
    watching.watch(now + seconds(31))
    watching.watch(now + seconds(31))
    assert LineAction.objects.filter(kind="hang_up").count() <= 1


def test_a_call_whose_answer_was_lost_waits_for_events_and_ends_on_the_work_list(
    door: Door, now: datetime
) -> None:
    CallAttempt.objects.update(call_connection_id="")
    assert str(watching.watch(now + seconds(100))) == "closed=0 resumed=0"
    assert str(watching.watch(now + seconds(181))) == "closed=1 resumed=0"
    assert (door.now().status, door.attempt.outcome) == ("ended", "failed_provider")
    assert WorkItem.objects.filter(kind="failed_provider").exists()


def test_a_call_that_azure_no_longer_knows_is_closed(door: Door, now: datetime) -> None:
    assert str(watching.watch(now + seconds(40))) == "closed=1 resumed=0"
    assert door.now().outcome == "no_answer"


def test_a_live_call_that_fell_silent_is_closed_and_named(door: Door, now: datetime) -> None:
    door.deliver(door.connected())
    assert str(watching.watch(now + seconds(100))) == "closed=1 resumed=0"
    assert door.now().outcome == "failed_provider"
    assert WorkItem.objects.filter(kind="lost_answer").exists()


def test_an_answer_that_comes_after_the_call_was_given_up_still_counts(
    door: Door, now: datetime
) -> None:
    door.deliver(door.connected(), door.says("Yes", "yes", "right_party.1"))
    watching.watch(now + seconds(100))
    door.deliver(door.says("Confirm", "confirm", "menu.2"))
    assert door.now().outcome == "confirmed"
    assert door.appointment.status == "confirmed"


def test_a_call_with_news_is_left_alone(door: Door, now: datetime) -> None:
    door.deliver(door.connected())
    assert str(watching.watch(now + seconds(60))) == "closed=0 resumed=0"


def test_an_event_that_was_stored_and_never_understood_is_taken_up(
    door: Door, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(hearing, "understand", lambda body, at: 1 / 0)
        door.post([door.connected()])
    assert door.now().status == "dialling"
    assert watching.watch(now + seconds(10)).resumed == 1
    assert door.now().status == "connected"


def test_an_event_is_not_tried_for_ever(
    door: Door, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hearing, "understand", lambda body, at: 1 / 0)
    door.post([door.connected()])
    for _ in range(10):
        watching.watch(now + seconds(10))
    assert CallEvent.objects.get().tries == noting.MOST_TRIES


def test_what_was_decided_and_cut_off_is_done(
    azure: Azure, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The web process dies between the commit and the question."""
    cut_off = threading.Event()

    def die(attempt_id: UUID, now: datetime, written: Any = None) -> int:
        if LineAction.objects.filter(state="pending").exists():
            cut_off.set()
        return 0

    with monkeypatch.context() as dying:
        dying.setattr(acting, "act", die)
        ring(azure, now, "confirm_by_voice")
        assert cut_off.wait(30)
    assert LineAction.objects.get().state == "pending"
    assert watching.watch(now + seconds(10)).resumed == 1
    azure.settle()
    assert the_call().outcome == "confirmed"


def test_a_pass_ahead_of_the_webs_clock_kills_no_live_call(door: Door, now: datetime) -> None:
    CallAttempt.objects.update(started_at=now + timedelta(days=2))
    door.deliver(door.connected())
    ahead = now + timedelta(days=2, seconds=5)
    assert str(watching.watch(ahead)) == "closed=0 resumed=0"
    assert door.now().status == "connected"


def test_an_end_that_came_during_the_look_is_not_rewritten(door: Door, now: datetime) -> None:
    door.deliver(door.connected())
    stale = CallAttempt.objects.select_related("clinic").get()
    door.deliver(door.ended())
    watching._end(stale, now + seconds(100), LineEnd.NO_ANSWER)
    assert door.now().outcome == "hung_up"
    assert not WorkItem.objects.filter(kind="lost_answer").exists()


def test_an_event_never_understood_is_told_to_a_person(
    door: Door, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hearing, "understand", lambda body, at: 1 / 0)
    door.post([door.connected()])
    for _ in range(10):
        watching.watch(now + seconds(10))
    assert WorkItem.objects.filter(kind="lost_answer").exists()


def test_a_question_that_azure_refuses_is_its_fault_and_not_the_patients(
    azure: Azure, now: datetime
) -> None:
    azure.simulator.fault("status", operation="recognize", status=400)
    ring(azure, now, "confirm_by_voice")
    azure.settle()
    assert the_call().outcome == "failed_provider"
    assert Contact.objects.get().result == "failed"


def test_an_answer_lost_on_a_live_call_is_named(azure: Azure, now: datetime) -> None:
    """The patient confirmed, and the event never came."""
    azure.simulator.fault("drop_event", operation="event:RecognizeCompleted")
    ring(azure, now, "confirm_by_voice")
    wait_until_connected()
    watching.watch(now + seconds(100))
    azure.settle()
    assert the_call().outcome == "failed_provider"
    assert WorkItem.objects.filter(kind="lost_answer").exists()


def wait_until_connected() -> None:
    deadline = time.monotonic() + 20
    while the_call().status != "connected":
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_one_call_that_cannot_be_gone_on_with_stops_no_look_at_the_others(
    door: Door, now: datetime
) -> None:
    LineAction.objects.create(
        attempt=door.attempt, kind="ask", operation_context="menu.2", payload={}, created_at=now
    )
    watching.watch(now + timedelta(seconds=20))
    watching.watch(now + timedelta(minutes=5))
    assert not LineAction.objects.filter(kind="ask", state="pending").exists()


def test_whoever_talks_to_staff_is_not_hung_up(
    door: Door, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Azure may keep our part of a transferred call; its end may have been lost."""
    door.deliver(door.connected())
    asked: list[str] = []
    transferred = Call("1", "transferAccepted", "", "")
    gateway = SimpleNamespace(look=lambda line: transferred, hang_up=asked.append)
    monkeypatch.setattr(watching, "gateway", lambda: gateway)
    monkeypatch.setattr(acting, "gateway", lambda: gateway)
    watching.watch(now + timedelta(minutes=30))
    assert asked == []
    assert door.now().status == "ended"


def test_a_hang_up_that_azure_refused_is_asked_for_again(door: Door, now: datetime) -> None:
    door.deliver(door.connected())
    for minutes in (0, 0, 2):
        acting.hang_up(door.attempt.pk, now + timedelta(minutes=minutes))
    assert LineAction.objects.filter(kind="hang_up").count() == 2


def test_a_clinics_long_silence_is_waited_for(
    door: Door, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    door.deliver(door.connected())
    script = door.attempt.script
    script["profile"]["keys_silence_seconds"] = 300
    CallAttempt.objects.update(script=script)
    monkeypatch.setattr(watching, "_look_after", lambda *a: pytest.fail("looked too early"))
    assert watching.watch(door.attempt.heard_at + timedelta(seconds=200)).closed == 0


def test_a_need_that_may_have_been_told_is_named(door: Door, now: datetime) -> None:
    """A drill lost one: the answer was known, and what was said after it was not."""
    CallProfile.objects.create(clinic=door.attempt.clinic, ask_needs=True)
    CallVisit.objects.update(is_open=False)
    CallAttempt.objects.update(status="ended")
    door.attempt = Door.dialled(door.appointment)
    door.deliver(door.connected(), door.says("Yes", "yes", "right_party.1"))
    door.deliver(door.says("Confirm", "confirm", "menu.2"))
    hearing.assume(door.attempt.pk, events.Lost(at=now), now)
    assert door.now().outcome == "confirmed"
    assert WorkItem.objects.filter(kind="lost_answer", done_at=None).exists()
    door.deliver(door.says("Ride", "a ride", "needs.3"))
    assert not WorkItem.objects.filter(kind="lost_answer", done_at=None).exists()
