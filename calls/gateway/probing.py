"""One harmless request, to see who answers: the state of a call that cannot exist."""

from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from azure.core.exceptions import HttpResponseError

from calls.gateway.acs import make_client, through
from calls.gateway.errors import GatewayError

#: No call has this id.
NO_CALL = "00000000-0000-4000-8000-000000000000"


@dataclass(frozen=True)
class Knock:
    """How the other side answered. ``date`` is its clock, aware, if it told one."""

    status: int
    #: Azure's own code for the refusal, such as 8522; empty from anybody else.
    code: str
    api_version: str
    date: datetime | None


def knock(connection_string: str, api_version: str) -> Knock:
    """Ask once, within six seconds.

    Raises:
        ValueError: the connection string is none.
        GatewayError: nobody answered.
    """
    seen: list[Any] = []
    connection = make_client(connection_string, api_version).get_call_connection(NO_CALL)
    code = ""
    try:
        through(lambda: connection.get_call_properties(raw_response_hook=seen.append))
    except GatewayError as error:
        if not seen:
            raise
        code = error.code or _code(error.__cause__)
    return _knock(seen[0], code)


def _code(cause: BaseException | None) -> str:
    """The SDK reads the error's body for some statuses only."""
    if not isinstance(cause, HttpResponseError) or cause.response is None:
        return ""
    try:
        return str(cause.response.json()["error"]["code"])
    except (ValueError, KeyError, TypeError):
        return ""


def _knock(answer: Any, code: str) -> Knock:
    response = answer.http_response
    asked = parse_qs(urlsplit(answer.http_request.url).query)
    return Knock(
        status=response.status_code,
        code=code,
        api_version=asked.get("api-version", [""])[0],
        date=_date(response.headers.get("Date", "")),
    )


def _date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    return date if date.tzinfo else None
