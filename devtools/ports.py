"""Which ports of this machine are free."""

from __future__ import annotations

import socket

from devtools.console import Failure

HOST = "127.0.0.1"


def require_free(port: int) -> None:
    reason = why_not_free(port)
    if reason:
        other = free_port(port + 1)
        raise Failure(
            f"port {port} cannot be used: {reason}. Try another: ./dev run --port {other}", code=2
        )


def why_not_free(port: int) -> str | None:
    with socket.socket() as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind((HOST, port))
        except OSError as error:
            return (error.strerror or str(error)).lower()
    return None


def free_port(first: int) -> int:
    candidates = [*range(max(first, 1024), min(first + 100, 65536)), *range(20000, 20100)]
    found: int | None = next((port for port in candidates if why_not_free(port) is None), None)
    if found is None:
        raise Failure("found no free port on this machine.", code=2)
    return found
