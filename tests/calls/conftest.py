"""A call under way whose callbacks a test sends itself."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from calls import scripting
from calls.conversation.vocabulary import AttemptStatus
from calls.models import CallAttempt, CallVisit
from config import clock
from reminders.models import Appointment, Contact
from simulator import events, results
from simulator.testing import Simulator
from tests.conftest import TUESDAY, make_appointment, make_clinic, make_patient

#: A connection id that the simulator does not know: every action finds the call gone.
CALL = events.CallRef("11111111-2222-4333-8444-555555555555")


class Door:
    """The callback address of one call, and Azure's signature."""

    def __init__(self, simulator: Simulator, appointment: Appointment) -> None:
        self.simulator, self.appointment = simulator, appointment
        self.attempt = self.dialled(appointment)

    @staticmethod
    def dialled(appointment: Appointment, **columns: Any) -> CallAttempt:
        """An attempt as dialling leaves it."""
        script = scripting.build([appointment], TUESDAY)
        assert script is not None
        values = {
            "status": AttemptStatus.DIALLING,
            "queued_at": TUESDAY,
            "started_at": TUESDAY,
            "heard_at": TUESDAY,
            "first_sent_at": clock.system_now(),
            "call_connection_id": CALL.call_connection_id,
            "language": script.languages[0],
            "script": script.to_json(),
        }
        attempt = CallAttempt.objects.create(
            number=appointment.patient.number,
            clinic=appointment.clinic,
            caller_id="+15555550100",
            **(values | columns),
        )
        CallVisit.objects.create(
            attempt=attempt,
            appointment=appointment,
            patient=appointment.patient,
            visit_starts_at=appointment.starts_at,
            clinic=appointment.clinic,
        )
        if attempt.started_at:
            CallVisit.mark_dialled(attempt, attempt.started_at)
        Contact.claim(appointment, attempt.number, TUESDAY, attempt.pk)
        return attempt

    @property
    def url(self) -> str:
        return f"/callbacks/calls/{self.attempt.pk}/{self.attempt.secret}"

    def post(
        self, body: Any, *, url: str = "", token: str | None = None, **extra: Any
    ) -> HttpResponse:
        """Deliver a body; anything but bytes is sent as JSON."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        signed = self.simulator.sign() if token is None else token
        headers = {"Authorization": f"Bearer {signed}"} if signed else {}
        return Client().post(
            url or self.url,
            raw,
            content_type="application/json; charset=utf-8",
            headers=headers,
            **extra,
        )

    def deliver(self, *sent: dict[str, Any]) -> CallAttempt:
        """Deliver events one by one, as Azure does; each must be taken in."""
        for event in sent:
            response = self.post([event])
            assert response.status_code == 200, response.content
        return self.now()

    def now(self) -> CallAttempt:
        """The attempt as it is."""
        self.attempt.refresh_from_db()
        self.appointment.refresh_from_db()
        return self.attempt

    def connected(self) -> dict[str, Any]:
        return events.call_connected(CALL, datetime.now(UTC))

    def ended(self, **more: Any) -> dict[str, Any]:
        return events.call_disconnected(CALL, datetime.now(UTC), **more)

    def says(self, label: str, phrase: str, context: str, **more: Any) -> dict[str, Any]:
        return events.recognized_choice(
            CALL,
            datetime.now(UTC),
            context=context,
            label=label,
            phrase=phrase,
            **({"confidence": 0.9} | more),
        )

    def presses(self, label: str, context: str) -> dict[str, Any]:
        return events.recognized_key(CALL, datetime.now(UTC), context=context, label=label)

    def speaks(self, words: str, context: str, **more: Any) -> dict[str, Any]:
        return events.recognized_speech(
            CALL, datetime.now(UTC), context=context, speech=words, **({"confidence": 0.9} | more)
        )

    def said(self, context: str) -> dict[str, Any]:
        return events.play_completed(CALL, datetime.now(UTC), context=context)

    def transferred(self, context: str, *, taken: bool) -> dict[str, Any]:
        now = datetime.now(UTC)
        if taken:
            return events.call_transfer_accepted(
                CALL, now, context=context, target={}, transferee={}
            )
        return events.call_transfer_failed(
            CALL, now, context=context, result=results.TRANSFER_DECLINED
        )

    def misses(self, context: str, **more: Any) -> dict[str, Any]:
        return events.recognize_failed(CALL, datetime.now(UTC), context=context, **more)


@pytest.fixture
def signed(_simulator: Simulator, settings: Any) -> Iterator[Simulator]:
    """Azure's signature is the simulator's."""
    _simulator.reset()
    settings.ACS_CONNECTION_STRING = _simulator.connection_string
    settings.ACS_RESOURCE_ID = _simulator.resource_id
    settings.ACS_CALLBACK_ISSUER = _simulator.issuer
    settings.ACS_CALLBACK_OPENID_CONFIGURATION = _simulator.openid_configuration
    return _simulator


@pytest.fixture
def door(signed: Simulator, db: None, now: datetime) -> Door:
    """A call that is ringing."""
    return Door(signed, make_appointment(make_clinic(), make_patient()))
