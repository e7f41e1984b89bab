"""A collector of traces on loopback: takes OTLP over HTTP, and keeps every span."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass
class Collector:
    """What came, and where it is to be sent."""

    url: str = ""
    spans: list[Any] = field(default_factory=list)
    #: Attributes of the processes that sent them.
    resources: list[dict[str, str]] = field(default_factory=list)

    def take(self, body: bytes) -> None:
        """One delivery."""
        for sent in ExportTraceServiceRequest.FromString(body).resource_spans:
            self.resources.append(attributes(sent.resource))
            self.spans += [span for scope in sent.scope_spans for span in scope.spans]

    def named(self, name: str) -> list[Any]:
        """The spans of that name."""
        return [span for span in self.spans if span.name == name]


def attributes(of: Any) -> dict[str, str]:
    """Of a span or a resource; numbers as text."""
    return {
        pair.key: str(getattr(pair.value, pair.value.WhichOneof("value"))) for pair in of.attributes
    }


@contextmanager
def collector() -> Iterator[Collector]:
    """Listens until the block ends."""
    made = Collector()

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/v1/traces"
            made.take(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    made.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
