"""What the logs may not hold: secrets of addresses, numbers, what a database quotes of a row."""

import re
from collections.abc import MutableMapping
from typing import Any

_SECRET = re.compile(r"(/callbacks/calls/[^/\s]+/|/calendar/\d+/)[^\s'\"?]+")

#: Only numbers with their "+": ids, times and ports are full of digits.
_NUMBER = re.compile(r"\+\d{7,15}(?!\d)")
#: PostgreSQL quotes the row that it refused: its name, its number, all of it.
_QUOTED = re.compile(r"\b(DETAIL|CONTEXT): .*?(?=\n(?:[A-Z]+: |\n|The above|During)|\Z)", re.DOTALL)


def without_secrets(
    logger: Any, method: str, entry: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """A structlog processor: Django names the path of a request that failed, and a
    traceback ends in what the database said."""
    for key, value in entry.items():
        text = value if isinstance(value, str) else repr(value)
        safe = _SECRET.sub(r"\1…", _QUOTED.sub(r"\1: …", _NUMBER.sub("+…", text)))
        if safe != text:
            entry[key] = safe
    return entry
