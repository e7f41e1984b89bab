"""What an answer changes, in the same transaction: the visit, the plan, the number."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from calls import watching
from calls.models import CallAttempt
from reminders import planning
from reminders.models import Appointment, AppointmentEvent, Contact, Decision, WorkItem
from reminders.policy.vocabulary import ContactResult
from simulator import events
from tests.calls.conftest import Door
from tests.conftest import TUESDAY, make_appointment, make_patient

MENU = "menu.2"


def to_the_menu(door: Door) -> None:
    door.deliver(door.connected(), door.says("Yes", "yes", "right_party.1"))


def test_a_confirmation_ends_the_planning(door: Door) -> None:
    to_the_menu(door)
    door.deliver(door.says("Confirm", "confirm", MENU))
    door.now()
    assert door.attempt.outcome == "confirmed"
    assert (door.appointment.status, door.appointment.answer) == ("confirmed", "confirmed")
    assert (door.appointment.next_call_at, door.appointment.next_call_reason) == (None, "answered")
    told = AppointmentEvent.objects.get(kind="answered")
    assert (told.actor, told.detail["answer"]) == ("patient", "confirmed")


def test_a_read_back_cancellation_frees_the_slot(door: Door) -> None:
    to_the_menu(door)
    door.deliver(
        door.says("Cancel", "cancel", MENU), door.says("Yes", "yes", "read_back.3"), door.ended()
    )
    door.now()
    assert (door.appointment.status, door.appointment.answer) == ("cancelled", "cancelled")
    assert WorkItem.objects.get().kind == "slot_free"


def test_an_opt_out_stops_every_visit_of_everybody_at_that_number(door: Door) -> None:
    """R6: one row of suppression, and no plan is left."""
    sister = make_patient("p2", "+12125550100", name="Eva Ortiz")
    other = make_appointment(door.appointment.clinic, sister)
    to_the_menu(door)
    door.deliver(door.says("Stop", "stop calling", MENU))
    for appointment in (door.appointment, other):
        appointment.refresh_from_db()
        assert (appointment.next_call_at, appointment.next_call_reason) == (None, "opted_out")


def test_a_wrong_number_is_quarantined_at_once(door: Door) -> None:
    door.deliver(door.connected(), door.presses("No", "right_party.1"))
    door.now()
    assert door.appointment.next_call_reason == "quarantined"
    assert WorkItem.objects.get().kind == "wrong_number"


@pytest.mark.parametrize(
    ("result", "outcome", "ledger"),
    [
        (events.BUSY, "busy", ContactResult.BUSY),
        (events.NO_ANSWER, "no_answer", ContactResult.NO_ANSWER),
    ],
)
def test_a_call_that_reached_nobody_is_tried_again_by_the_rules(
    door: Door, result: events.Result, outcome: str, ledger: str
) -> None:
    failed = events.create_call_failed(
        events.CallRef(door.attempt.call_connection_id), datetime.now().astimezone(), result=result
    )
    door.deliver(failed)
    assert door.now().outcome == outcome
    assert Contact.objects.get().result == ledger
    assert door.appointment.next_call_at is not None


def test_the_network_knows_no_such_number_and_says_it_once(door: Door) -> None:
    failed = events.create_call_failed(
        events.CallRef(door.attempt.call_connection_id),
        datetime.now().astimezone(),
        result=events.BAD_NUMBER,
    )
    door.deliver(failed)
    door.now()
    assert door.appointment.next_call_reason == "invalid_number"
    assert WorkItem.objects.get().kind == "invalid_number"


def test_silence_to_the_end_leaves_the_visit_unanswered(door: Door) -> None:
    """B1 and B15: a played message is no answer."""
    to_the_menu(door)
    door.deliver(*(door.misses(f"menu.{turn}") for turn in (2, 3, 4)), door.ended())
    door.now()
    assert door.attempt.outcome == "no_response"
    assert (door.appointment.status, door.appointment.answer) == ("scheduled", "")


def test_the_last_touch_without_an_answer_goes_to_a_person(door: Door) -> None:
    to_the_menu(door)
    door.deliver(*(door.misses(f"menu.{turn}") for turn in (2, 3, 4)), door.ended())
    door.now()
    assert door.appointment.next_call_reason == "touches_spent"
    assert WorkItem.objects.get(kind="unanswered").appointment == door.appointment


def test_nobody_is_told_it_is_unanswered_while_the_call_lasts(door: Door) -> None:
    to_the_menu(door)
    assert not WorkItem.objects.exists()


def test_a_visit_moved_during_the_call_is_not_spoken_and_not_answered(door: Door) -> None:
    """B14."""
    door.deliver(door.connected())
    new = door.appointment.starts_at + timedelta(days=4)
    Appointment.objects.update(starts_at=new)
    door.deliver(door.says("Yes", "yes", "right_party.1"), door.ended())
    door.now()
    spoken = [a.payload["prompts"][0]["text"] for a in door.attempt.actions.filter(kind="say")]
    assert len(spoken) == 1
    assert "changed" in spoken[0]
    assert door.appointment.answer == ""


def test_a_cancellation_by_the_desk_is_not_undone_by_a_late_confirm(door: Door) -> None:
    to_the_menu(door)
    Appointment.objects.update(status="cancelled")
    door.deliver(door.says("Confirm", "confirm", MENU))
    door.now()
    assert door.appointment.status == "cancelled"


def test_each_decision_says_something_new(door: Door) -> None:
    to_the_menu(door)
    door.deliver(door.says("Confirm", "confirm", MENU), door.ended())
    decided = list(Decision.objects.values_list("code", "next_call_at"))
    assert all(one != other for one, other in pairwise(decided))


def test_the_script_is_kept_as_evidence(door: Door) -> None:
    script = CallAttempt.objects.get().script
    assert script["approvals"]["en-US"]["by"] == "Dana Reyes"
    assert script["texts"]["en-US"]["opening"].startswith("Hello. This is an automated call")


def test_an_event_of_another_call_at_this_address_is_kept_and_obeyed_by_nobody(door: Door) -> None:
    """A genuine delivery of one call, replayed to another's URL."""
    to_the_menu(door)
    stray = door.says("Confirm", "confirm", MENU)
    stray["data"]["callConnectionId"] = "99999999-2222-4333-8444-555555555555"
    door.deliver(stray)
    assert door.now().outcome == ""
    assert door.appointment.answer == ""
    assert door.attempt.events.get(event_id=stray["id"]).state == "unknown"
    assert not door.attempt.recognitions.filter(label="Confirm").exists()


def test_an_answer_never_counts_for_a_patient_who_was_not_called(door: Door) -> None:
    to_the_menu(door)
    other = make_patient("p2", "+12125550100", name="Eva Ortiz")
    Appointment.objects.update(patient=other)
    door.deliver(door.says("Confirm", "confirm", MENU), door.ended())
    door.now()
    assert (door.appointment.status, door.appointment.answer) == ("scheduled", "")


def test_the_touches_begin_again_for_another_patient(door: Door) -> None:
    to_the_menu(door)
    door.deliver(door.ended())
    other = make_patient("p2", "+12125550155", name="Eva Ortiz")
    Appointment.objects.update(patient=other)
    planning.replan(door.appointment.pk, TUESDAY)
    door.now()
    assert door.appointment.next_call_reason == "touch"


@pytest.mark.parametrize("event", ["repeat", "silence", "mumble"])
def test_the_old_time_is_not_repeated_after_a_move(door: Door, event: str) -> None:
    """B14: moved while the menu was open."""
    to_the_menu(door)
    Appointment.objects.update(starts_at=door.appointment.starts_at + timedelta(days=4))
    said = {
        "repeat": door.presses("Repeat", MENU),
        "silence": door.misses(MENU),
        "mumble": door.misses(MENU, result=events.PHRASE_NOT_MATCHED),
    }
    door.deliver(said[event])
    last = door.now().actions.order_by("-pk")[0]
    assert last.kind == "say"
    assert "has just changed" in last.payload["prompts"][0]["text"]


def test_the_old_time_is_not_the_first_thing_said(door: Door) -> None:
    """B14: no right-party question, and moved while it was ringing."""
    script = door.attempt.script | {"right_party": False}
    CallAttempt.objects.update(script=script)
    Appointment.objects.update(starts_at=door.appointment.starts_at + timedelta(days=4))
    door.deliver(door.connected())
    assert [a.kind for a in door.now().actions.all()] == ["say"]


def test_key_nine_stops_the_calls_whatever_else_was_understood(door: Door) -> None:
    to_the_menu(door)
    event = door.says("Confirm", "confirm", MENU)
    event["data"]["dtmfResult"] = {"tones": ["nine"]}
    door.deliver(event)
    assert door.now().outcome == "opted_out"


def test_a_late_event_takes_back_what_staff_were_told(door: Door) -> None:
    CallAttempt.objects.update(call_connection_id="")
    watching.watch(TUESDAY + timedelta(minutes=4))
    assert WorkItem.objects.filter(kind="failed_provider", done_at=None).exists()
    door.deliver(door.connected())
    assert door.now().outcome == "hung_up"
    assert not WorkItem.objects.filter(kind="failed_provider", done_at=None).exists()
