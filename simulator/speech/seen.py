"""What was asked of the stand-in, for tests and people: no sound, no key, no token."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from simulator.speech.access import KEY_HEADER, bearer_token

#: Headers that prove who is asking.
SECRET = frozenset({KEY_HEADER.lower(), "authorization", "cookie", "proxy-authorization"})
MOST_KEPT = 200
MOST_ANSWERS = 200


@dataclass
class Turn:
    """One recognition or synthesis on a connection."""

    request_id: str
    context: Mapping[str, Any]
    #: The context as it was understood.
    wanted: Mapping[str, Any] = field(default_factory=dict)
    ssml: str | None = None
    #: Path and body of each message of ours, the latest last.
    answers: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=MOST_ANSWERS))
    sound: Mapping[str, Any] | None = None

    def as_data(self) -> dict[str, Any]:
        data = {
            "request_id": self.request_id,
            "context": self.context,
            "wanted": self.wanted,
            "ssml": self.ssml,
            "answers": list(self.answers),
            "sound": self.sound,
        }
        return {name: value for name, value in data.items() if value not in (None, {})}


@dataclass
class Connection:
    """One request: a websocket with its turns, or a plain one."""

    operation: str
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    credential: str | None
    at: datetime
    config: Mapping[str, Any] | None = None
    turns: list[Turn] = field(default_factory=list)
    status: int | None = None
    #: How it ended: a close code of ours, or None while it is open or when the client left.
    closed: int | None = None
    fault: str | None = None

    def as_data(self) -> dict[str, Any]:
        return {
            "operation": self.operation,
            "method": self.method,
            "path": self.path,
            "query": dict(self.query),
            "headers": dict(self.headers),
            "credential": self.credential,
            "at": self.at.isoformat(),
            "config": self.config,
            "turns": [turn.as_data() for turn in self.turns],
            "status": self.status,
            "closed": self.closed,
            "fault": self.fault,
        }


def connection_of(request: web.Request, operation: str) -> Connection:
    """What a request says about itself, without what it proves itself with."""
    headers = {name: value for name, value in request.headers.items() if name.lower() not in SECRET}
    return Connection(
        operation,
        request.method,
        request.path,
        dict(request.query),
        headers,
        _credential(request.headers),
        datetime.now(UTC),
    )


def sound_data(form: Mapping[str, Any], sound: bytes | bytearray, ticks: int) -> dict[str, Any]:
    """A sound without the sound: its hash is the one that a ledger entry can be added by."""
    return {
        "format": form,
        "bytes": len(sound),
        "milliseconds": ticks // 10_000,
        "sha256": hashlib.sha256(sound).hexdigest(),
    }


def _credential(headers: Mapping[str, str]) -> str | None:
    """What kind of proof was sent."""
    if headers.get(KEY_HEADER):
        return "key"
    return None if bearer_token(headers) is None else "token"
