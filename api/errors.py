"""What a refusal looks like: ``{"field": ["message"]}``, or ``{"detail": …}``."""

from typing import Any

from rest_framework.exceptions import ValidationError
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import exception_handler

#: A message may quote what was sent, and what was sent may be a megabyte.
LONGEST_MESSAGE = 300


def handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Shape every refusal the same way; None lets a fault of ours be a 500."""
    response = exception_handler(error, context)
    if response is None:
        return None
    if isinstance(error, ValidationError):
        response.data = by_field(response.data)
    else:
        response.data = {name: printable(text) for name, text in response.data.items()}
    return response


def by_field(data: Any) -> dict[str, Any]:
    """Messages under the field they are about; those about none, under ``detail``."""
    if not isinstance(data, dict):
        return {"detail": " ".join(messages(data))}
    found: dict[str, Any] = {}
    for name, faults in data.items():
        if name == api_settings.NON_FIELD_ERRORS_KEY:
            found["detail"] = " ".join(messages(faults))
        elif isinstance(faults, dict):
            # A field inside of an object: call_profile.pin_digits.
            inside = by_field(faults)
            found |= {f"{printable(name)}.{inner}": inside[inner] for inner in inside}
        else:
            found[printable(name)] = messages(faults)
    return found


def messages(faults: Any) -> list[str]:
    """The sentences in a tree of faults, in order."""
    if isinstance(faults, dict):
        return [text for inner in faults.values() for text in messages(inner)]
    if isinstance(faults, list):
        return [text for inner in faults for text in messages(inner)]
    return [printable(faults)]


def printable(text: object) -> str:
    """The text cut to size, and without half characters that UTF-8 cannot carry."""
    short = str(text)
    if len(short) > LONGEST_MESSAGE:
        short = f"{short[: LONGEST_MESSAGE - 1]}…"
    return short.encode("utf-8", "backslashreplace").decode()
