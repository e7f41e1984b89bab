"""The events as Azure sends them: pure builders, one per type, used by the server and by tests.

Each returns one CloudEvent 1.0 as a dict. ``at`` is when it happened, aware, in UTC; an id that is
not given is derived from the rest, so that the same arguments always build the same event.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Event = dict[str, Any]
_IDS = uuid.UUID("6f9e3c5a-2f0b-4d0e-9a51-6f6c1f1f7a10")


@dataclass(frozen=True)
class CallRef:
    """What every event says about its call."""

    call_connection_id: str
    server_call_id: str = "aHR0cHM6Ly9jb252LmludmFsaWQvY29udi8x"
    correlation_id: str = "00000000-0000-4000-8000-000000000001"
    #: The api-version of the create call, echoed as the version of the event contract.
    version: str = "2025-08-15-preview"
    #: The create call's own context; media actions have theirs.
    operation_context: str | None = None


@dataclass(frozen=True)
class Result:
    """resultInformation: HTTP-like code, exact reason, and what the carrier said, if it did."""

    code: int
    sub_code: int
    message: str
    sip: tuple[int, str] | None = None
    q850: tuple[int, str] | None = None
    #: The code in the message's DiagCode, where it differs.
    diag_code: int | None = None

    def as_data(self) -> dict[str, Any]:
        diag = self.code if self.diag_code is None else self.diag_code
        data: dict[str, Any] = {
            "code": self.code,
            "subCode": self.sub_code,
            "message": f"{self.message} DiagCode: {diag}#{self.sub_code}.@",
        }
        for name, detail in (("sipDetails", self.sip), ("q850Details", self.q850)):
            if detail is not None:
                data[name] = {"code": detail[0], "message": detail[1]}
        return data


OK = Result(200, 0, "Action completed successfully.")
CANCELED = Result(400, 8508, "Action failed, the operation was canceled.")
TONE_MATCHED = Result(200, 8533, "Action completed, DTMF option matched.")
PHRASE_MATCHED = Result(200, 8545, "Action completed, Recognized phrase matches a valid option.")
INITIAL_SILENCE = Result(400, 8510, "Action failed, initial silence timeout reached.")
TONE_NOT_MATCHED = Result(400, 8534, "Action failed, incorrect tone detected.")
PHRASE_NOT_MATCHED = Result(
    400, 8547, "Action failed, recognized phrase does not match a valid option."
)
AI_SERVICE_FAILED = Result(429, 8565, "Action failed, the AI service turned the request away.")
APP_HUNG_UP = Result(200, 7000, "The conversation has ended.", diag_code=0)
CALLEE_HUNG_UP = Result(
    200, 560000, "The call ended normally.", q850=(16, "Normal call clearing"), diag_code=0
)
BUSY = Result(486, 560486, "The callee is busy.", (486, "Busy Here"), (17, "User busy"))
NO_ANSWER = Result(
    480, 560480, "Nobody answered.", (480, "Temporarily Unavailable"), (19, "No answer from user")
)
RING_CANCELLED = Result(
    487, 560487, "The call was ended before it was answered.", (487, "Request Terminated")
)
DECLINED = Result(200, 5002, "The callee rejected the call.", diag_code=0)
BAD_NUMBER = Result(
    404, 560404, "The number is not in use.", (404, "Not Found"), (1, "Unallocated number")
)
OVER_LINE_LIMIT = Result(
    603, 560603, "The call was declined: too many calls from this number.", (603, "Decline")
)


def cloud_event(
    name: str,
    call: CallRef,
    at: datetime,
    *,
    context: str | None,
    result: Result | None,
    own: dict[str, Any] | None = None,
    event_id: str | None = None,
) -> Event:
    """The envelope shared by all; absent values are left out, never null."""
    kind = f"Microsoft.Communication.{name}"
    place = f"calling/callConnections/{call.call_connection_id}"
    event_id = event_id or str(uuid.uuid5(_IDS, f"{place}|{kind}|{at.isoformat()}|{context}"))
    data = {**_about(call), "publicEventType": kind}
    if context is not None:
        data["operationContext"] = context
    if result is not None:
        data["resultInformation"] = result.as_data()
    return {
        "id": event_id,
        "source": place,
        "type": kind,
        "data": data | (own or {}),
        "time": stamp(at, digits=5 + int(event_id[0], 16) % 3),
        "specversion": "1.0",
        "datacontenttype": "application/json",
        "subject": place,
    }


def _about(call: CallRef) -> dict[str, Any]:
    return {
        "version": call.version,
        "callConnectionId": call.call_connection_id,
        "serverCallId": call.server_call_id,
        "correlationId": call.correlation_id,
    }


def stamp(at: datetime, *, digits: int) -> str:
    """A time as .NET prints it: 5 to 7 digits of a second and a numeric offset."""
    utc = at.astimezone(UTC)
    fraction = f"{utc.microsecond:06d}{utc.second % 10}"[:digits]
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{fraction}+00:00"


def call_connected(call: CallRef, at: datetime, *, event_id: str | None = None) -> Event:
    return cloud_event(
        "CallConnected", call, at, context=call.operation_context, result=OK, event_id=event_id
    )


def call_disconnected(
    call: CallRef, at: datetime, *, result: Result = APP_HUNG_UP, event_id: str | None = None
) -> Event:
    return cloud_event(
        "CallDisconnected",
        call,
        at,
        context=call.operation_context,
        result=result,
        event_id=event_id,
    )


def create_call_failed(
    call: CallRef, at: datetime, *, result: Result = NO_ANSWER, event_id: str | None = None
) -> Event:
    return cloud_event(
        "CreateCallFailed",
        call,
        at,
        context=call.operation_context,
        result=result,
        event_id=event_id,
    )


def participants_updated(
    call: CallRef,
    at: datetime,
    *,
    identifiers: Sequence[dict[str, Any]],
    sequence_number: int = 1,
    event_id: str | None = None,
) -> Event:
    own = {
        "participants": [
            {"identifier": identifier, "isMuted": False, "isOnHold": False}
            for identifier in identifiers
        ],
        "sequenceNumber": sequence_number,
    }
    return cloud_event(
        "ParticipantsUpdated",
        call,
        at,
        context=call.operation_context,
        result=OK,
        own=own,
        event_id=event_id,
    )


def play_started(
    call: CallRef, at: datetime, *, context: str | None = None, event_id: str | None = None
) -> Event:
    return cloud_event("PlayStarted", call, at, context=context, result=OK, event_id=event_id)


def play_completed(
    call: CallRef, at: datetime, *, context: str | None = None, event_id: str | None = None
) -> Event:
    return cloud_event("PlayCompleted", call, at, context=context, result=OK, event_id=event_id)


def play_canceled(
    call: CallRef, at: datetime, *, context: str | None = None, event_id: str | None = None
) -> Event:
    return cloud_event(
        "PlayCanceled", call, at, context=context, result=CANCELED, event_id=event_id
    )


def recognize_canceled(
    call: CallRef, at: datetime, *, context: str | None = None, event_id: str | None = None
) -> Event:
    return cloud_event(
        "RecognizeCanceled", call, at, context=context, result=CANCELED, event_id=event_id
    )


def recognize_failed(
    call: CallRef,
    at: datetime,
    *,
    result: Result = INITIAL_SILENCE,
    context: str | None = None,
    event_id: str | None = None,
) -> Event:
    return cloud_event(
        "RecognizeFailed", call, at, context=context, result=result, event_id=event_id
    )


def recognized_key(
    call: CallRef,
    at: datetime,
    *,
    label: str,
    context: str | None = None,
    event_id: str | None = None,
) -> Event:
    """RecognizeCompleted for a choice made by key: a label, and no phrase at all."""
    own = {"recognitionType": "dtmf", "choiceResult": {"label": label}}
    return cloud_event(
        "RecognizeCompleted",
        call,
        at,
        context=context,
        result=TONE_MATCHED,
        own=own,
        event_id=event_id,
    )


def recognized_choice(
    call: CallRef,
    at: datetime,
    *,
    label: str,
    phrase: str,
    confidence: float,
    language: str | None = None,
    sentiment: str | None = None,
    context: str | None = None,
    event_id: str | None = None,
) -> Event:
    """RecognizeCompleted for a choice made by voice; language and sentiment only in the preview."""
    choice: dict[str, Any] = {"label": label, "recognizedPhrase": phrase, "confidence": confidence}
    if language is not None:
        choice["languageIdentified"] = language
    if sentiment is not None:
        choice["sentimentAnalysisResult"] = {"sentiment": sentiment}
    return cloud_event(
        "RecognizeCompleted",
        call,
        at,
        context=context,
        result=PHRASE_MATCHED,
        own={"recognitionType": "choices", "choiceResult": choice},
        event_id=event_id,
    )
