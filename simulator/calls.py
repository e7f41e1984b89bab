"""One call: its state, what was said on it, and the events it has given rise to."""

from __future__ import annotations

import base64
import json
import time
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Any

from simulator.delivery import Delivery
from simulator.events import CallRef, Event
from simulator.options import Clock
from simulator.outbox import Outbox
from simulator.patient import Patient
from simulator.phones import Phone
from simulator.recognizing import Recognize
from simulator.wire import CreateCall, Play

#: Lines of a transcript that are remembered, the latest.
KEPT = 300


class CallState(StrEnum):
    """callConnectionState as far as a call to one telephone goes through it."""

    CONNECTING = "connecting"
    CONNECTED = "connected"
    TRANSFERRING = "transferring"
    TRANSFER_ACCEPTED = "transferAccepted"
    DISCONNECTED = "disconnected"


class Ending(StrEnum):
    """How a call ended, in the ledger."""

    APP_HUNG_UP = "app_hung_up"
    PATIENT_HUNG_UP = "patient_hung_up"
    TRANSFERRED = "transferred"
    CANCELLED_RINGING = "cancelled_ringing"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    DECLINED = "declined"
    BAD_NUMBER = "bad_number"
    OVER_LINE_LIMIT = "over_line_limit"


@dataclass(frozen=True, slots=True)
class Utterance:
    """One line of a transcript: words, a key, or something done."""

    who: str
    at: datetime
    context: str | None
    text: str | None = None
    key: str | None = None
    #: Label that a recognition made of the patient's words or key; None when it made nothing.
    heard_as: str | None = None
    #: The question that a patient answers, as its persona took it.
    step: str | None = None
    #: The recognition's input type, and the label that the answer stands for.
    input: str | None = None
    means: str | None = None

    def as_data(self) -> dict[str, Any]:
        said = {"text": self.text} if self.key is None else {"key": self.key}
        data = {"who": self.who, **said, "at": self.at.isoformat(), "context": self.context}
        if self.who != "patient":
            return data
        heard = {"heard_as": self.heard_as, "step": self.step}
        return data | heard | {"input": self.input, "means": self.means}


@dataclass(slots=True)
class Heard:
    """An act of the patient that a recognition understood, and the event that tells of it."""

    line: Utterance
    #: None: the recognition was cancelled before it could say so.
    delivery: Delivery | None = None

    @property
    def event(self) -> str:
        """What became of the RecognizeCompleted: none, pending, delivered or lost."""
        if self.delivery is None:
            return "none"
        return {"failed": "lost", "dropped": "lost"}.get(self.delivery.state, self.delivery.state)


@dataclass(slots=True)
class Moved:
    """A transfer: to whom, and what became of it."""

    number: str
    context: str | None
    #: pending, accepted, cancelled, or the way in which nobody answered.
    outcome: str = "pending"

    def as_data(self) -> dict[str, Any]:
        return {"to": self.number, "context": self.context, "outcome": self.outcome}


def phone_identifier(number: str) -> dict[str, Any]:
    return {"rawId": f"4:{number}", "kind": "phoneNumber", "phoneNumber": {"value": number}}


@dataclass(eq=False)
class Call:
    """A ring that was accepted, from the create call to its end and after."""

    order: CreateCall
    api_version: str
    resource_id: str
    patient: Patient
    clock: Clock
    outbox: Outbox
    #: The telephone at which a person answers; None: a persona does.
    phone: Phone | None = None
    repeatability_id: str | None = None
    over_limit: bool = False
    on_end: Callable[[Call], None] = lambda call: None
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    correlation_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    state: CallState = CallState.CONNECTING
    ending: Ending | None = None
    started_at: datetime = field(init=False)
    connected_at: datetime | None = None
    ended_at: datetime | None = None
    #: Real seconds since the epoch, whatever the offset of the line's clock.
    rang_at: float = field(default_factory=time.time)
    #: Create calls that came for this ring, and answers 201 that went out whole.
    requests: int = 0
    answers: int = 0
    transcript: deque[Utterance] = field(default_factory=lambda: deque(maxlen=KEPT))
    heard: deque[Heard] = field(default_factory=lambda: deque(maxlen=KEPT))
    #: What was asked and played, in the words of the requests; JSON, which takes less room.
    asked: deque[str] = field(default_factory=lambda: deque(maxlen=KEPT))
    #: The custom speech models that were named, each once.
    speech_models: dict[str, None] = field(default_factory=dict)
    moved: list[Moved] = field(default_factory=list)
    _last: datetime | None = None

    def __post_init__(self) -> None:
        self.started_at = self.now()

    @property
    def is_open(self) -> bool:
        return self.state is not CallState.DISCONNECTED

    @cached_property
    def server_call_id(self) -> str:
        # As long as the real ones, with the same "/" and "=" for a careless client to trip over.
        place = f"https://conv-00.conv.simulator.invalid/conv/{self.correlation_id}"
        return base64.b64encode(f"{place}?i=10-0-0-1&e={self.started_at:%Y%m%d}".encode()).decode()

    @cached_property
    def ref(self) -> CallRef:
        return CallRef(
            self.id,
            self.server_call_id,
            self.correlation_id,
            self.api_version,
            self.order.operation_context,
        )

    def now(self) -> datetime:
        """Time of the line, later than at the last look: no two events share a moment."""
        now = self.clock.now()
        if self._last is not None and now <= self._last:
            now = self._last + timedelta(microseconds=1)
        self._last = now
        return now

    def emit(self, event: Event, url: str | None = None) -> None:
        """Send an event to the call's callback address, or to the one the action named."""
        delivery = self.outbox.put(event, url or self.order.callback_uri)
        if delivery.kind == "RecognizeCompleted" and self.heard:
            self.heard[-1].delivery = delivery

    def write(
        self,
        who: str,
        context: str | None,
        *,
        text: str,
    ) -> None:
        """Add a line to the transcript."""
        self.transcript.append(Utterance(who, self.now(), context, text))

    def note(self, request: Play | Recognize) -> None:
        """Remember what was asked or played."""
        data = request.as_data() | {
            "operationContext": request.operation_context,
            "prompts": [prompt.as_data() for prompt in request.prompts],
        }
        self.asked.append(json.dumps(data))
        if isinstance(request, Recognize) and request.speech_model is not None:
            self.speech_models[request.speech_model] = None

    def reply(
        self,
        request: Recognize,
        *,
        text: str | None = None,
        key: str | None = None,
        label: str | None = None,
        means: str | None = None,
        understood: bool = False,
    ) -> None:
        """Add what the patient said or pressed, and what was made of it."""
        step, context = self.patient.step.value, request.operation_context
        line = Utterance(
            "patient", self.now(), context, text, key, label, step, request.kind.value, means
        )
        self.transcript.append(line)
        if self.phone is not None:
            self.phone.tell("you", **line.as_data())
        if understood:
            self.heard.append(Heard(line))
            self.patient.understood(means)

    def end(self, ending: Ending) -> None:
        """Close the call; who counts open ones is told."""
        self.state = CallState.DISCONNECTED
        self.ending = ending
        self.ended_at = self.now()
        self.on_end(self)
        if self.phone is not None:
            self.phone.over(ending.value)

    def identifiers(self) -> list[dict[str, Any]]:
        """Who is on the call: the telephone, and the application that called it."""
        return [phone_identifier(self.order.number), self._source()]

    def properties(self) -> dict[str, Any]:
        """CallConnectionProperties; what is not set is left out."""
        data = {
            "callConnectionId": self.id,
            "serverCallId": self.server_call_id,
            "targets": [phone_identifier(self.order.number)],
            "callConnectionState": self.state.value,
            "callbackUri": self.order.callback_uri,
            "sourceCallerIdNumber": {"value": self.order.caller_id},
            "sourceDisplayName": self.order.display_name,
            "source": self._source(),
            "correlationId": self.correlation_id,
        }
        return {name: value for name, value in data.items() if value is not None}

    def _source(self) -> dict[str, Any]:
        user = f"8:acs:{self.resource_id}_{self.id}"
        return {"rawId": user, "kind": "communicationUser", "communicationUser": {"id": user}}
