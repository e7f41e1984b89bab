"""A system that is told: the receiver of docs/howto/webhooks.md, and one that misbehaves."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from django.db import transaction

from calls.webhooks import delivering
from reminders.models import Appointment, WebhookEndpoint
from reminders.policy.vocabulary import Answer
from tests.conftest import TUESDAY

PAGE = Path(__file__).resolve().parents[2] / "docs" / "howto" / "webhooks.md"


def from_the_page(secret: str) -> dict[str, Any]:
    """The names of the page's own program."""
    found = re.search(r"```python\n(.+?)```", PAGE.read_text(), re.DOTALL)
    assert found is not None
    names: dict[str, Any] = {"__name__": "receiver"}
    exec(found.group(1), names)
    names["SECRET"] = secret
    names["Receiver"].log_message = lambda *_: None
    return names


class Answering(BaseHTTPRequestHandler):
    """Answers as it is told, and keeps what came."""

    #: One for each request, the last for all that follow.
    statuses: list[int]
    got: list[tuple[dict[str, str], bytes]]
    headers_of_answer: dict[str, str]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.got.append((dict(self.headers), body))
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        self.send_response(status)
        for name, value in self.headers_of_answer.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        """Nobody reads it."""


def answering(*statuses: int, **headers: str) -> type[Answering]:
    """A receiver that answers with these, one after the other."""
    columns = {"statuses": list(statuses), "got": [], "headers_of_answer": headers}
    return type("Told", (Answering,), columns)


@contextmanager
def listening(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """The address of a receiver on this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook"
    finally:
        server.shutdown()
        server.server_close()


def make_endpoint(url: str, name: str = "Practice system", **columns: Any) -> WebhookEndpoint:
    """An endpoint for every event, unless said otherwise."""
    return WebhookEndpoint.objects.create(name=name, url=url, **columns)


def confirmed(visit: Appointment) -> None:
    """The patient said yes, in some call."""
    with transaction.atomic():
        assert visit.record_answer(Answer.CONFIRMED, TUESDAY, actor="patient")


def look(after: timedelta = timedelta()) -> None:
    """What the worker does, so long after the fact."""
    delivering.deliver_due(lambda: TUESDAY + after)
