"""The status of a visit: the sender's word, the patient's, and which of them stands."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from reminders import planning
from reminders.models import Appointment
from reminders.policy.vocabulary import Answer
from tests.api.conftest import PATIENT, VISIT, Rest
from tests.api.test_api_appointments import events, trail

Sent = Callable[..., Any]


def answer_call(said: str, now: datetime, external_id: str = "a-1") -> None:
    """What a call leaves behind when the patient said it."""
    visit = Appointment.objects.get(external_id=external_id)
    assert visit.record_answer(Answer(said), now, actor="patient")
    planning.replan(visit.pk, now)


@pytest.mark.parametrize(
    ("status", "reason"), [("cancelled", "cancelled"), ("attended", "past"), ("no_show", "past")]
)
def test_the_sender_ends_a_visit_and_its_planning(
    sent: Sent, rest: Rest, status: str, reason: str
) -> None:
    sent()
    answer = rest.put("appointments/a-1/", {"status": status}).json()
    assert answer["status"] == status
    assert (answer["next_call_at"], answer["next_call_reason"]) == (None, reason)
    assert events()[-1] == ("status_changed", "api practice system")
    assert rest.put("appointments/a-2/", VISIT | {"status": status}).json()["status"] == status


def test_scheduled_opens_what_the_sender_had_cancelled(sent: Sent, rest: Rest) -> None:
    planned = sent()
    rest.put("appointments/a-1/", {"status": "cancelled"})
    answer = rest.put("appointments/a-1/", {"status": "scheduled"}).json()
    assert answer == planned


def test_a_cleared_status_is_scheduled(sent: Sent, rest: Rest) -> None:
    sent({"status": "cancelled"})
    assert rest.put("appointments/a-1/", {"status": None}).json()["status"] == "scheduled"


@pytest.mark.parametrize("said", ["confirmed", "cancelled"])
def test_a_repeated_scheduled_leaves_the_patients_answer_alone(
    sent: Sent, rest: Rest, now: datetime, said: str
) -> None:
    sent({"status": "scheduled"})
    answer_call(said, now)
    before = trail()
    answer = rest.put("appointments/a-1/", VISIT | {"status": "scheduled"}).json()
    assert (answer["status"], answer["answer"], answer["next_call_at"]) == (said, said, None)
    assert trail() == before


def test_a_first_scheduled_leaves_a_confirmation_alone_and_opens_a_cancelled_visit(
    sent: Sent, rest: Rest, now: datetime
) -> None:
    sent()
    answer_call("confirmed", now)
    assert rest.put("appointments/a-1/", {"status": "scheduled"}).json()["answer"] == "confirmed"
    rest.put("appointments/a-2/", VISIT)
    answer_call("cancelled", now, "a-2")
    opened = rest.put("appointments/a-2/", {"status": "scheduled"}).json()
    assert (opened["status"], opened["answer"]) == ("scheduled", "")
    assert opened["next_call_at"] is not None


def test_the_sender_wins_over_what_the_patient_said(sent: Sent, rest: Rest, now: datetime) -> None:
    sent({"status": "scheduled"})
    answer_call("confirmed", now)
    answer = rest.put("appointments/a-1/", VISIT | {"status": "cancelled"}).json()
    assert (answer["status"], answer["next_call_reason"]) == ("cancelled", "cancelled")


def test_another_start_is_asked_for_anew(sent: Sent, rest: Rest, now: datetime) -> None:
    sent({"status": "scheduled"})
    answer_call("confirmed", now)
    answer = rest.put("appointments/a-1/", {"starts_at": "2026-11-27T15:00:00-05:00"}).json()
    assert (answer["status"], answer["answer"]) == ("scheduled", "")
    assert answer["next_call_at"] == "2026-11-24T20:00:00Z"
    assert ("moved", "api practice system") in events()


def test_a_cancelled_visit_is_open_again_at_another_start(sent: Sent, rest: Rest) -> None:
    sent({"status": "cancelled"})
    answer = rest.put("appointments/a-1/", {"starts_at": "2026-11-27T15:00:00-05:00"}).json()
    assert (answer["status"], answer["next_call_reason"]) == ("scheduled", "touch")


def test_moved_and_cancelled_in_one_body_is_cancelled(sent: Sent, rest: Rest) -> None:
    sent()
    change = {"starts_at": "2026-11-27T15:00:00-05:00", "status": "cancelled"}
    answer = rest.put("appointments/a-1/", change).json()
    assert (answer["status"], answer["next_call_reason"]) == ("cancelled", "cancelled")


def test_another_patient_has_not_answered_yet(sent: Sent, rest: Rest, now: datetime) -> None:
    sent()
    answer_call("confirmed", now)
    rest.put("patients/p-2/", PATIENT | {"phone": "+12125550143"})
    answer = rest.put("appointments/a-1/", {"patient": "p-2"}).json()
    assert (answer["patient"], answer["status"], answer["answer"]) == ("p-2", "scheduled", "")
    assert answer["next_call_reason"] == "touch"
