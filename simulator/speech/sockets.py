"""A websocket of the Speech protocol: faults at its door, frames in, messages out."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

from simulator.speech import frames
from simulator.speech.faults import Fault, Kind
from simulator.speech.frames import BadFrame, Frame
from simulator.speech.seen import Connection, Turn, connection_of
from simulator.speech.standin import GOODBYE, SPEECH, Speech

#: Answered where the client offers it, as the service does.
PROTOCOL = "USP"
#: A reason for a close has to fit into one control frame.
MOST_REASON = 123


class Closed(Exception):
    """Close the socket with this code and reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Socket:
    """One connection that was let in."""

    def __init__(self, request: web.Request, seen: Connection) -> None:
        self.request = request
        self.speech = request.app[SPEECH]
        self.seen = seen
        self.web = web.WebSocketResponse(protocols=(PROTOCOL,), timeout=GOODBYE)
        self._slow: Fault | None = None
        self._is_silent = False

    async def frames(self) -> AsyncIterator[Frame]:
        """What the client says, until it leaves; under a fault of silence nothing gets through."""
        self._is_silent = self._strike(Kind.SILENT) is not None
        self._slow = self._strike(Kind.SLOW)
        async for message in self.web:
            if message.type is WSMsgType.TEXT:
                frame = frames.read_text(message.data)
            elif message.type is WSMsgType.BINARY:
                frame = frames.read_binary(message.data)
            else:
                return
            if frame.path == "speech.config":
                self.seen.config = frame.json()
            elif not self._is_silent:
                yield frame

    async def answer(self, turn: Turn, path: str, body: Mapping[str, Any]) -> None:
        """Send a message; the first one late under a fault of slowness."""
        if self._slow is not None:
            seconds, self._slow = self._slow.seconds, None
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.speech.closing.wait(), seconds)
        turn.answers.append({"path": path, "body": body})
        await self.web.send_str(frames.text(path, turn.request_id, body))

    async def answer_sound(self, turn: Turn, stream_id: str, sound: bytes) -> None:
        await self.web.send_bytes(frames.binary(turn.request_id, stream_id, sound))

    def fail_if_told(self) -> None:
        """Close with a code, when something is asked and a fault says so."""
        fault = self._strike(Kind.CLOSE)
        if fault is not None:
            raise Closed(fault.code or WSCloseCode.INTERNAL_ERROR, fault.reason)

    def drop_if_told(self, milliseconds: int) -> None:
        """Lose the connection, when so much sound has passed and a fault says so."""
        fault = self.speech.faults.due(Kind.DROP, self.seen.operation)
        if fault is None or milliseconds < fault.after_ms:
            return
        self._strike(Kind.DROP)
        if fault.code is not None:
            raise Closed(fault.code, fault.reason)
        if self.request.transport is not None:
            self.request.transport.abort()
        raise ConnectionAbortedError

    def _strike(self, kind: Kind) -> Fault | None:
        fault = self.speech.faults.strike(kind, self.seen.operation)
        if fault is not None:
            self.seen.fault = fault.kind.value
        return fault


def admitted(
    request: web.Request, operation: str, *, key_required: bool = True
) -> Connection | web.Response:
    """A request that may go on, or what it is answered at the door; both are remembered."""
    speech: Speech = request.app[SPEECH]
    seen = connection_of(request, operation)
    speech.seen.append(seen)
    fault = speech.faults.strike(Kind.STATUS, operation)
    if fault is not None:
        seen.fault, seen.status = fault.kind.value, fault.status
        return web.Response(status=fault.status, text=fault.reason)
    try:
        speech.access.check(request.headers, key_required=key_required)
    except web.HTTPUnauthorized as refusal:
        seen.status = refusal.status
        return web.Response(status=refusal.status, text=refusal.text)
    return seen


@contextlib.asynccontextmanager
async def conversing(socket: Socket) -> AsyncIterator[None]:
    """Keep a socket open while it is talked over, and close it as the talk ended."""
    await socket.web.prepare(socket.request)
    socket.seen.status = 101
    socket.speech.opened(socket.web)
    try:
        yield
    except Closed as closed:
        await _close(socket, closed.code, closed.reason)
    except BadFrame as mistake:
        await _close(socket, WSCloseCode.INVALID_TEXT, str(mistake))
    except ConnectionError:
        pass  # the client left, or the connection was cut on purpose
    finally:
        socket.speech.left(socket.web)


async def _close(socket: Socket, code: int, reason: str) -> None:
    socket.seen.closed = code
    message = reason.encode()[:MOST_REASON].decode(errors="ignore").encode()
    await socket.web.close(code=code, message=message)
