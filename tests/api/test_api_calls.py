"""Calls over REST: what was heard, and a call asked for at once."""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db.models import Model

from calls import placing
from calls.models import CallAttempt, CallEvent, CallVisit, Recognition
from config import clock
from reminders.models import Appointment, Clinic, Contact, Installation, Patient, PhoneNumber
from tests.api.conftest import VISIT, Rest
from tests.conftest import Azure, approve

Sent = Callable[..., Any]
HEARD = {
    "step",
    "input_type",
    "label",
    "phrase",
    "tones",
    "speech",
    "confidence",
    "language",
    "sentiment",
    "code",
    "sub_code",
    "at",
}


@pytest.fixture
def ready(sent: Sent) -> Sent:
    """A planned visit of a clinic whose texts are approved."""
    sent()
    approve(Clinic.objects.get())
    return sent


def record_call(
    now: datetime, *, outcome: str = "confirmed", external_id: str = "a-1"
) -> CallAttempt:
    """The rows of a call that has ended, with one recognition that failed and one that did not."""
    visit = Appointment.objects.get(external_id=external_id)
    attempt = CallAttempt.objects.create(
        number=visit.patient.number,
        clinic=visit.clinic,
        caller_id="+15555550100",
        status="ended",
        outcome=outcome,
        queued_at=now,
        started_at=now,
        connected_at=now + timedelta(seconds=9),
        ended_at=now + timedelta(seconds=40),
    )
    CallVisit.objects.create(
        attempt=attempt,
        appointment=visit,
        outcome=outcome,
        is_open=False,
        patient=visit.patient,
        visit_starts_at=visit.starts_at,
        clinic=visit.clinic,
        dialled_at=now,
        ordinal=1,
    )
    failed = {"step": "right_party", "turn": 1, "code": 400, "sub_code": 8510}
    heard = {
        "step": "menu",
        "turn": 2,
        "input_type": "choices",
        "label": "Confirm",
        "phrase": "confirmo",
        "speech": "Sí, confirmo.",
        "confidence": 0.93,
        "language": "es-US",
        "sentiment": "positive",
        "code": 200,
        "sub_code": 0,
    }
    for seconds, columns in ((20, failed), (30, heard)):
        at = now + timedelta(seconds=seconds)
        event = CallEvent.objects.create(
            attempt=attempt,
            event_id=str(uuid.uuid4()),
            type="x",
            occurred_at=at,
            received_at=at,
            body={},
        )
        Recognition.objects.create(attempt=attempt, event=event, at=at, **columns)
    return attempt


def test_a_visit_tells_its_calls_oldest_first_and_what_was_heard_in_order(
    ready: Sent, rest: Rest, now: datetime
) -> None:
    record_call(now, outcome="no_answer")
    attempt = record_call(now - timedelta(hours=4))
    first, second = rest.get("appointments/a-1/").json()["calls"]
    assert second["outcome"] == "no_answer"
    assert {name: first[name] for name in first if name != "recognitions"} == {
        "id": str(attempt.pk),
        "status": "ended",
        "outcome": "confirmed",
        "started_at": "2026-11-17T15:00:00Z",
        "connected_at": "2026-11-17T15:00:09Z",
        "ended_at": "2026-11-17T15:00:40Z",
    }
    failed, heard = first["recognitions"]
    assert failed == dict.fromkeys(HEARD) | {
        "step": "right_party",
        "code": 400,
        "sub_code": 8510,
        "at": "2026-11-17T15:00:20Z",
    }
    assert heard == {
        "step": "menu",
        "input_type": "choices",
        "label": "Confirm",
        "phrase": "confirmo",
        "tones": None,
        "speech": "Sí, confirmo.",
        "confidence": 0.93,
        "language": "es-US",
        "sentiment": "positive",
        "code": 200,
        "sub_code": 0,
        "at": "2026-11-17T15:00:30Z",
    }


def test_keys_are_told_as_they_were_pressed(ready: Sent, rest: Rest, now: datetime) -> None:
    record_call(now)
    Recognition.objects.update(tones=["one", "two"])
    (call,) = rest.get("appointments/a-1/").json()["calls"]
    assert [heard["tones"] for heard in call["recognitions"]] == [["one", "two"]] * 2


def test_a_call_asked_for_is_queued_shown_and_then_under_way(
    ready: Sent, rest: Rest, now: datetime
) -> None:
    answer = rest.post("appointments/a-1/call-now/")
    attempt = CallAttempt.objects.get()
    assert answer.status_code == 202
    assert answer.json() == {
        "id": str(attempt.pk),
        "status": "queued",
        "outcome": None,
        "started_at": None,
        "connected_at": None,
        "ended_at": None,
        "recognitions": [],
    }
    shown = rest.get("appointments/a-1/").json()
    assert shown["calls"] == [answer.json()]
    assert shown["next_call_reason"] == "call_now"
    assert Appointment.objects.get().events.filter(actor="api practice system").count() == 2
    again = rest.post("appointments/a-1/call-now/")
    assert (again.status_code, again.json()["code"]) == (409, "line_busy")


def change(model: type[Model], **columns: Any) -> Callable[[datetime], None]:
    return lambda _now: model._default_manager.all().update(**columns) and None


def spend(*hours_ago: int) -> Callable[[datetime], None]:
    """Calls to this number that end in no answer, so many hours ago."""

    def write(now: datetime) -> None:
        visit = Appointment.objects.get()
        for hours in hours_ago:
            at = now - timedelta(hours=hours)
            row = Contact.claim(visit, visit.patient.number, at, uuid.uuid4())
            Contact.objects.filter(pk=row.pk).update(result="no_answer")

    return write


def suppress(now: datetime) -> None:
    PhoneNumber.objects.get().suppress(now, source="test")


def stop_all(now: datetime) -> None:
    Installation.pause(now)


WEEK = {"MO": [["09:00", "20:00"]], "TU": [["09:00", "20:00"]], "FR": [["09:00", "20:00"]]}


@pytest.mark.parametrize(
    ("code", "prepare"),
    [
        ("outside_hours", change(Clinic, hours={"TU": [["15:00", "20:00"]]})),
        ("closed", change(Clinic, closures=["2026-11-17"])),
        ("day_cap", spend(9, 5)),
        ("week_cap", spend(100, 76, 52, 28)),
        ("too_soon", spend(1)),
        ("paused", stop_all),
        ("paused", change(Clinic, paused_at="2026-11-17T00:00:00Z")),
        ("paused", change(Clinic, languages=["fr-FR"])),
        ("answered", change(Appointment, answer="confirmed", status="confirmed")),
        ("answered", change(Appointment, answer="reschedule_requested")),
        ("no_legal_basis", change(Patient, legal_basis="none")),
        ("opted_out", suppress),
        ("quarantined", change(PhoneNumber, wrong_number_at="2026-11-17T00:00:00Z")),
        ("invalid_number", change(PhoneNumber, invalid_at="2026-11-17T00:00:00Z")),
        ("no_common_hours", change(Clinic, hours={})),
        ("past", change(Appointment, starts_at="2026-11-17T18:00:00Z")),
        ("past", change(Appointment, status="attended")),
        ("cancelled", change(Appointment, status="cancelled")),
    ],
)
def test_every_rule_but_the_cadence_holds_and_is_named(
    ready: Sent, rest: Rest, now: datetime, code: str, prepare: Callable[[datetime], None]
) -> None:
    prepare(now)
    answer = rest.post("appointments/a-1/call-now/")
    assert (answer.status_code, answer.json()["code"]) == (409, code)
    assert set(answer.json()) == {"code", "detail"}
    assert answer.json()["detail"]
    assert not CallAttempt.objects.exists()


def test_a_facility_line_needs_consent(ready: Sent, rest: Rest) -> None:
    PhoneNumber.objects.update(facility_line=True)
    Patient.objects.update(legal_basis="us_exemption")
    answer = rest.post("appointments/a-1/call-now/")
    assert (answer.status_code, answer.json()["code"]) == (409, "facility_line")


def test_at_night_nobody_is_called(
    ready: Sent, rest: Rest, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(hours=10))
    assert rest.post("appointments/a-1/call-now/").json()["code"] == "outside_hours"


def test_a_visit_that_is_unknown_is_404(rest: Rest) -> None:
    assert rest.post("appointments/a-9/call-now/").status_code == 404
    assert rest.post("appointments/a%209/call-now/").status_code == 404


def test_a_body_is_not_needed_and_may_not_be_large(ready: Sent, rest: Rest) -> None:
    answer = rest.client.post(
        "/api/v1/appointments/a-1/call-now/",
        "x" * 2_000_000,
        content_type="text/plain",
        **rest.headers,
    )
    assert answer.status_code == 413


def test_a_real_call_is_told_from_dialling_to_the_patients_words(
    azure: Azure, rest: Rest, ready: Sent, now: datetime
) -> None:
    azure.simulator.set_persona("+12125550142", "spanish")
    assert rest.post("appointments/a-1/call-now/").status_code == 202
    placing.place_due(now)
    azure.settle()
    visit = rest.get("appointments/a-1/").json()
    (call,) = visit["calls"]
    assert (visit["status"], visit["answer"]) == ("confirmed", "confirmed")
    assert (visit["next_call_at"], visit["next_call_reason"]) == (None, "answered")
    assert (call["status"], call["outcome"]) == ("ended", "confirmed")
    heard = call["recognitions"][-1]
    assert set(heard) == HEARD
    assert (heard["label"], heard["language"]) == ("Confirm", "es-US")
    assert heard["sentiment"]
    repeated = rest.put("appointments/a-1/", VISIT)
    assert repeated.json() == visit
