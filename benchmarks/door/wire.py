"""HTTP as no well-behaved client speaks it: raw requests over connections that are kept."""

import contextlib
import socket
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPResponse

#: No answer within so many seconds is told as "silent".
PATIENCE = 15

#: How a request says where its body ends.
LENGTH, CHUNKED, BROKEN_CHUNKS, PROMISED, NONE = "length", "chunked", "broken", "promised", "none"


@dataclass(frozen=True)
class Request:
    """One request, byte for byte."""

    method: str
    target: bytes
    headers: list[tuple[bytes, bytes]]
    body: bytes = b""
    framing: str = LENGTH

    def head(self) -> bytes:
        """The request line and the headers."""
        lines = [b"%s %s HTTP/1.1" % (self.method.encode("latin-1"), self.target)]
        lines += [name + b": " + value for name, value in self.headers]
        match self.framing:
            case "length":
                lines.append(b"Content-Length: %d" % len(self.body))
            case "promised":  # more than will come
                lines.append(b"Content-Length: %d" % (len(self.body) + 5_000_000))
            case "chunked" | "broken":
                lines.append(b"Transfer-Encoding: chunked")
        return b"\r\n".join([*lines, b"", b""])

    def content(self) -> bytes:
        """The body as it goes over the wire."""
        if self.framing == BROKEN_CHUNKS:
            return b"zz\r\n" + self.body[:100] + b"\r\n0\r\n\r\n"
        if self.framing != CHUNKED:
            return self.body
        parts = [self.body[i : i + 50_000] for i in range(0, len(self.body), 50_000)]
        chunks = [b"%x\r\n%s\r\n" % (len(part), part) for part in parts]
        return b"".join([*chunks, b"0\r\n\r\n"])


@dataclass
class Line:
    """A connection that is kept for as long as the server keeps it."""

    port: int
    host: str = "127.0.0.1"
    _socket: socket.socket | None = field(default=None, repr=False)
    #: How often the server, not we, ended the connection.
    broken: int = 0

    def ask(self, request: Request) -> str:
        """The status of the answer; "closed" without one, "silent" when none comes."""
        fresh = self._socket is None
        told = self._try(request)
        if told == "closed" and not fresh:
            # The server may have ended a kept connection just as we used it.
            told = self._try(request)
        return told

    def _try(self, request: Request) -> str:
        line = self._connected()
        try:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                line.sendall(request.head() + request.content())
            if request.framing == PROMISED:
                with contextlib.suppress(OSError):
                    line.shutdown(socket.SHUT_WR)
            answer = HTTPResponse(line, method=request.method)
            answer.begin()
            answer.read()
        except TimeoutError:
            self.close()
            return "silent"
        except (OSError, HTTPException, ValueError):
            self.close()
            return "closed"
        if answer.will_close or request.framing in (PROMISED, BROKEN_CHUNKS, NONE):
            self.close()
        return str(answer.status)

    def _connected(self) -> socket.socket:
        if self._socket is None:
            self._socket = socket.create_connection((self.host, self.port), PATIENCE)
        return self._socket

    def close(self) -> None:
        """Hang up; the next request dials anew."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
            self.broken += 1
