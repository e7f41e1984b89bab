"""One POST to one endpoint: short, checked, and never led anywhere else."""

import http.client
import socket
import ssl
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from urllib.parse import SplitResult

from requests.utils import DEFAULT_CA_BUNDLE_PATH

from calls.webhooks import addresses
from calls.webhooks.addresses import NotThere
from reminders.models.webhook import TryFault

CONNECT_SECONDS = 3.0
#: Of silence, and of the whole answer: a receiver that drips holds nobody up either.
READ_SECONDS = 5.0
WHOLE_SECONDS = 10.0
#: Of a host's addresses.
MOST_TRIED = 2


@dataclass(frozen=True)
class Answer:
    """What came back: a status of HTTP, or why there is none."""

    milliseconds: int
    status: int | None = None
    fault: TryFault | None = None


def post(url: str, headers: dict[str, str], body: bytes) -> Answer:
    """Send, and read the status alone: neither body nor redirect is followed.

    Every failure of the other side is an answer, and no exception.
    """
    began = time.monotonic()
    status, fault = None, None
    try:
        status = _post(url, headers, body)
    except NotThere as error:
        fault = error.fault
    except TimeoutError:
        fault = TryFault.TIMEOUT
    except ssl.SSLError:
        fault = TryFault.CERTIFICATE
    except (ConnectionRefusedError, ConnectionResetError):
        fault = TryFault.REFUSED
    except (OSError, http.client.HTTPException):
        fault = TryFault.BROKEN
    return Answer(round((time.monotonic() - began) * 1000), status, fault)


def _post(url: str, headers: dict[str, str], body: bytes) -> int:
    try:
        parts = addresses.split(url)
    except ValueError:
        # It was allowed when it was entered, beside the stand-in.
        raise NotThere(TryFault.NOT_HTTPS) from None
    line = _line(parts)
    cut = threading.Event()
    watch = threading.Timer(WHOLE_SECONDS, _cut, (line, cut))
    watch.start()
    try:
        connection = http.client.HTTPConnection(parts.hostname or "")
        connection.sock = line
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", target, body, {"Host": parts.netloc, **headers})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        if cut.is_set():
            raise TimeoutError from None
        raise
    finally:
        watch.cancel()
        line.close()


def _line(parts: SplitResult) -> socket.socket:
    """A connection to an address that was judged; for https, to who holds the name's key."""
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    line = _connect(addresses.resolve(host, port)[:MOST_TRIED], port)
    line.settimeout(READ_SECONDS)
    if parts.scheme != "https":
        return line
    try:
        return _tls().wrap_socket(line, server_hostname=host)
    except BaseException:
        line.close()
        raise


def _connect(allowed: list[str], port: int) -> socket.socket:
    for address in allowed[:-1]:
        try:
            return socket.create_connection((address, port), CONNECT_SECONDS)
        except OSError:
            continue
    return socket.create_connection((allowed[-1], port), CONNECT_SECONDS)


def _cut(line: socket.socket, cut: threading.Event) -> None:
    cut.set()
    with suppress(OSError):
        socket.socket.shutdown(line, socket.SHUT_RDWR)


@cache
def _tls() -> ssl.SSLContext:
    """Whom this machine trusts, a house's own authority included, and whom browsers do."""
    context = ssl.create_default_context()
    context.load_verify_locations(DEFAULT_CA_BUNDLE_PATH)
    return context
