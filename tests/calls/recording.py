"""A recorder on loopback: what exactly did the SDK send?"""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

CALL = {
    "callConnectionId": "call-1",
    "serverCallId": "server-1",
    "callConnectionState": "connecting",
    "correlationId": "correlation-1",
}


@dataclass(frozen=True)
class Sent:
    """One request."""

    method: str
    target: str
    headers: dict[str, str]
    body: dict[str, Any]


class Recorder:
    """Answers like Azure, or as told, and remembers what came."""

    def __init__(self) -> None:
        self.sent: list[Sent] = []
        self._status, self._headers, self._how = 0, {}, ""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    @property
    def last(self) -> Sent:
        return self.sent[-1]

    @property
    def count(self) -> int:
        return len(self.sent)

    def answer(self, status: int, headers: dict[str, str] | None = None) -> None:
        """Refuse everything with a status."""
        self._status, self._headers = status, headers or {}

    def misbehave(self, how: str) -> None:
        """Answer in a way nobody can read."""
        self._how = how

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        recorder = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length) or b"{}")
                recorder.sent.append(Sent(self.command, self.path, dict(self.headers), body))
                recorder._reply(self)

            do_GET = do_POST

            def log_message(self, *args: Any) -> None:
                pass

        return Handler

    def _reply(self, handler: BaseHTTPRequestHandler) -> None:
        if self._how == "drop":
            handler.connection.close()
            return
        status, body = self._answer(handler)
        handler.send_response(status)
        for name, value in self._headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def _answer(self, handler: BaseHTTPRequestHandler) -> tuple[int, bytes]:
        if self._status:
            return self._status, b'{"error": {"code": "8500", "message": "as told"}}'
        odd = {"empty": (201, b""), "html": (201, b"<html>"), "200": (200, b"{}")}
        if self._how in odd:
            return odd[self._how]
        if handler.command == "GET":
            return 200, json.dumps(CALL).encode()
        if ":terminate?" in handler.path:
            return 204, b""
        is_create = handler.path.startswith("/calling/callConnections?")
        return (201, json.dumps(CALL).encode()) if is_create else (202, b"{}")


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    recorder = Recorder()
    yield recorder
    recorder.close()
