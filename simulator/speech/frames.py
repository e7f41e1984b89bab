"""The frames of the Speech protocol: header lines and a body, in text or in binary.

A text frame is header lines, an empty line and JSON; a binary one is the length of its header in
two bytes, the header, and sound.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class BadFrame(Exception):
    """Not a frame of this protocol."""


@dataclass(frozen=True)
class Frame:
    """One message from the client; names of headers are in lower case."""

    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return self.headers.get("path", "").lower()

    @property
    def request_id(self) -> str:
        return self.headers.get("x-requestid", "")

    def json(self) -> dict[str, Any]:
        """The JSON object in the body."""
        try:
            data = json.loads(self.body)
        except (ValueError, RecursionError):
            raise BadFrame(f"The body of {self.path} is not JSON.") from None
        if not isinstance(data, dict):
            raise BadFrame(f"The body of {self.path} is not a JSON object.")
        return data


def read_text(message: str) -> Frame:
    head, found, body = message.partition("\r\n\r\n")
    if not found:
        raise BadFrame("A text frame has an empty line after its headers.")
    return Frame(_headers(head), body.encode())


def read_binary(message: bytes) -> Frame:
    end = 2 + int.from_bytes(message[:2], "big")
    if len(message) < max(2, end):
        raise BadFrame("A binary frame is shorter than its header.")
    return Frame(_headers(message[2:end].decode(errors="replace")), message[end:])


def text(path: str, request_id: str, body: Mapping[str, Any]) -> str:
    """A message of the service, as text."""
    return (
        f"X-RequestId:{request_id}\r\nContent-Type:application/json; charset=utf-8\r\n"
        f"Path:{path}\r\n\r\n{json.dumps(body, ensure_ascii=False)}"
    )


def binary(request_id: str, stream_id: str, sound: bytes) -> bytes:
    """A piece of sound from the service."""
    head = f"X-RequestId:{request_id}\r\nX-StreamId:{stream_id}\r\nPath:audio\r\n".encode()
    return len(head).to_bytes(2, "big") + head + sound


def _headers(head: str) -> dict[str, str]:
    lines = (line.partition(":") for line in head.split("\r\n") if line)
    return {name.strip().lower(): value.strip() for name, _, value in lines}
