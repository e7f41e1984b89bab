"""What the logs may not hold: the secret in the address of a callback or of a calendar."""

import re
from collections.abc import MutableMapping
from typing import Any

_SECRET = re.compile(r"(/callbacks/calls/[^/\s]+/|/calendar/\d+/)[^\s'\"?]+")


def without_secrets(
    logger: Any, method: str, entry: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """A structlog processor: Django names the path of a request that failed."""
    for key, value in entry.items():
        text = value if isinstance(value, str) else repr(value)
        if "/callbacks/calls/" in text or "/calendar/" in text:
            entry[key] = _SECRET.sub(r"\1…", text)
    return entry
