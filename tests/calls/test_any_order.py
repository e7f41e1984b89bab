"""Any order, any repetition, a failure between any two statements: one final state.

A patient answers what they are asked; their events come late, twice or after
the end, and the database fails in the middle. When all has been delivered and
the sweeper has run, the call must have come to what the patient said: the same
as the conversation gives when everything happens in its order.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calls import acting, noting, watching
from calls.conversation.actions import Ask, Say, Transfer
from calls.conversation.dialogue import State, outcome, respond
from calls.conversation.script import Script
from calls.gateway.cloudevents import understand
from calls.models import CallAttempt, CallEvent, CallProfile, CallVisit, LineAction
from reminders.models import Appointment, Contact, Suppression, WorkItem
from reminders.models.appointment import AppointmentEvent
from tests.calls.conftest import Door
from tests.conftest import TUESDAY, make_appointment, make_clinic, make_patient

pytestmark = pytest.mark.thorough

ANY = ["Repeat", "Stop", "Deceased", "silence", "mumble"]
LABELS = {
    "right_party": ["Yes", "Yes", "Yes", "No", *ANY],
    "menu": ["Confirm", "Cancel", "Reschedule", "Staff", *ANY],
    "read_back": ["Yes", "No", *ANY],
    "needs": ["Wheelchair", "Nothing", *ANY],
}
SPEECH = ["Thursday would suit me", "I have a cold", "stop calling", "he died", "silence"]
#: Every branch that one visit can take.
EVERYTHING = {"ask_reason": True, "ask_needs": True, "transfer_number": "+12125550199"}


ANSWERS = ("confirmed", "cancelled", "reschedule_requested")


class Failure(Exception):
    """The database went away in the middle."""


@contextmanager
def failing_at(statement: int) -> Iterator[None]:
    """Let the n-th statement from here fail."""
    count = 0

    def wrapper(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal count
        count += 1
        if count == statement:
            raise Failure
        return execute(sql, params, many, context)

    with connection.execute_wrapper(wrapper):
        yield


class Patient:
    """The far end: answers each question once, as drawn."""

    def __init__(self, draw: Any, door: Door) -> None:
        self.draw, self.door = draw, door
        self.on_the_way = [door.connected()]
        #: In the order in which things really happened.
        self.happened = [self.on_the_way[0]]
        self.hung_up = False
        self.asked: set[str] = set()

    def tell(self, event: dict[str, Any]) -> None:
        self.on_the_way.append(event)
        self.happened.append(event)

    def ask(self, connection_id: str, number: str, ask: Ask) -> None:
        if self.hung_up or ask.context in self.asked:
            return
        self.asked.add(ask.context)
        step = ask.context.split(".")[0]
        answer = self.draw(st.sampled_from(LABELS.get(step, SPEECH)))
        if answer in ("silence", "mumble"):
            more = {} if answer == "silence" else {"result": _NOT_MATCHED}
            self.tell(self.door.misses(ask.context, **more))
        elif step not in LABELS:
            self.tell(self.door.speaks(answer, ask.context))
        else:
            self.tell(self.door.says(answer, answer.lower(), ask.context))
        if self.draw(st.integers(0, 5)) == 0:
            self.hang_up(number)

    def say(self, connection_id: str, number: str, say: Say) -> None:
        if not self.hung_up and say.context not in self.asked:
            self.asked.add(say.context)
            self.tell(self.door.said(say.context))

    def transfer(self, connection_id: str, caller_id: str, transfer: Transfer) -> None:
        if self.hung_up or transfer.context in self.asked:
            return
        self.asked.add(transfer.context)
        taken = self.draw(st.booleans())
        self.tell(self.door.transferred(transfer.context, taken=taken))
        if taken:
            self.hang_up(connection_id)

    def hang_up(self, connection_id: str) -> None:
        if not self.hung_up:
            self.hung_up = True
            self.tell(self.door.ended())


from simulator.events import PHRASE_NOT_MATCHED as _NOT_MATCHED  # noqa: E402


def in_order(patient: Patient, script: Script) -> tuple[State, Any]:
    """What the conversation comes to when everything arrives as it happened."""
    state = State()
    for body in patient.happened:
        state = respond(state, understand(body, TUESDAY), script).state
    return state, outcome(state)


def deliver(door: Door, event: dict[str, Any], fail: int) -> None:
    """One delivery, cut off at a statement when ``fail`` says so."""
    if not fail:
        door.post([event])
        return
    try:
        with failing_at(fail):
            door.post([event])
    except Failure:
        pass


@pytest.fixture
def stage(signed: Any, transactional_db: None, now: datetime) -> Appointment:
    clinic = make_clinic()
    CallProfile.objects.create(clinic=clinic, **EVERYTHING)
    return make_appointment(clinic, make_patient())


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_one_final_state_whatever_the_order(
    stage: Appointment, signed: Any, monkeypatch: pytest.MonkeyPatch, data: Any
) -> None:
    for model in (CallAttempt, Contact, Suppression, WorkItem, AppointmentEvent):
        model.objects.all().delete()
    Appointment.objects.update(status="scheduled", answer="")
    stage.patient.number.__class__.objects.update(wrong_number_at=None)
    stage.patient.__class__.objects.update(deceased_at=None)
    stage.refresh_from_db()
    door = Door(signed, stage)
    patient = Patient(data.draw, door)
    monkeypatch.setattr(acting, "gateway", lambda: patient)
    for step in range(60):
        if not patient.on_the_way:
            break
        event = patient.on_the_way[data.draw(st.integers(0, len(patient.on_the_way) - 1))]
        deliver(door, event, data.draw(st.sampled_from([0, 0, 0, 1, 3, 6, 9, 12, 16, 20, 25])))
        if data.draw(st.booleans()):
            patient.on_the_way.remove(event)
            _make_sure_it_is_stored(door, event)
        _sweep(TUESDAY + timedelta(minutes=step))
    patient.hang_up("")
    for event in [*patient.on_the_way, *patient.happened]:
        door.post([event])
    _sweep(TUESDAY + timedelta(hours=2))

    expected, result = in_order(patient, Script.from_json(door.now().script))
    assert door.attempt.status == "ended"
    assert door.attempt.outcome == result
    assert set(CallVisit.objects.values_list("outcome", flat=True)) == {result}
    assert Suppression.objects.exists() == expected.opted_out
    answers = [act.value for act in expected.acts if act.value in ANSWERS]
    assert door.appointment.answer == (answers[-1] if answers else "")
    door.appointment.patient.refresh_from_db()
    has_died = door.appointment.patient.deceased_at is not None
    assert has_died == ("deceased" in expected.acts)
    told = AppointmentEvent.objects.filter(kind__startswith="told_", detail__has_key="text")
    assert sorted(event.detail["text"] for event in told) == sorted(
        note.text for note in expected.notes
    )
    assert not CallEvent.objects.exclude(state="handled").exists()


def _make_sure_it_is_stored(door: Door, event: dict[str, Any]) -> None:
    """Azure delivers until it was answered 2xx; a cut-off delivery comes again."""
    if not CallEvent.objects.filter(event_id=event["id"]).exists():
        door.post([event])


def _sweep(at: datetime) -> None:
    """The watchdog's part that takes up what was cut off."""
    LineAction.objects.update(created_at=TUESDAY - timedelta(hours=1))
    CallEvent.objects.update(received_at=TUESDAY, tries=0)
    watching._events(at + timedelta(minutes=1))
    watching._actions(at + timedelta(minutes=1))


assert noting.MOST_TRIES > 1
