"""What every event has in common: the CloudEvent around it, and what it says about its call."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from simulator.results import Result

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
