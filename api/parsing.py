"""A request's body: UTF-8 JSON, one megabyte at the most, or a clear refusal."""

import json
import math
from collections.abc import Mapping
from typing import IO, Any, NoReturn

from django.conf import settings
from django.http import UnreadablePostError
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

#: No body of this API needs more than five levels.
DEEPEST = 20


class PayloadTooLarge(APIException):
    """The body is larger than any this API takes."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = "The body is larger than 1 MB."
    default_code = "too_large"


class BoundedJSONParser(BaseParser):
    """JSON as RFC 8259 has it, read no further than the limit."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """The value the body holds."""
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0
        try:
            body = stream.read(limit + 1)
        except (UnreadablePostError, OSError):
            raise ParseError("The body broke off.") from None
        if len(body) > limit:
            raise PayloadTooLarge
        return parsed(body)


def parsed(body: bytes) -> Any:
    """Decode a body.

    Raises:
        ParseError: with a sentence on what is wrong with it.
    """
    try:
        value = json.loads(
            body.decode(),
            parse_constant=_no_such_number,
            parse_float=_finite,
            object_pairs_hook=_without_repetition,
        )
    except UnicodeDecodeError:
        raise ParseError("The body is not UTF-8.") from None
    except RecursionError:
        raise ParseError(TOO_DEEP) from None
    except ValueError as error:
        # JSONDecodeError, and Python's limit on the digits of an integer.
        raise ParseError(f"The body is not JSON: {error}.") from None
    _refuse_depth(value)
    return value


TOO_DEEP = f"The body is nested more than {DEEPEST} levels deep."


def _no_such_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is not a number in JSON")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError("a number is too large")
    return number


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """One of two values of the same name would be dropped without a word."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


def _refuse_depth(value: Any) -> None:
    level = [value]
    for _ in range(DEEPEST):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return
    raise ParseError(TOO_DEEP)


def _inside(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def refuse_too_large(request: Request) -> None:
    """Say 413 by the announced length, before anything is read."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0
    if length.isdecimal() and int(length) > limit:
        raise PayloadTooLarge


class AlwaysJSON(DefaultContentNegotiation):
    """Answers are JSON whatever ``Accept`` says: RFC 9110 allows it over a 406."""

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """The only renderer there is."""
        renderer = renderers[0]
        return renderer, renderer.media_type
