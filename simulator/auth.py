"""The access-key signature (HMAC-SHA256) that Azure expects on every request.

It is checked over the request target exactly as it came, still percent-encoded, and over the
Host header with its port: a client that signs anything else is refused here as it is there.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from simulator.errors import denied

#: How far x-ms-date may lie from system time. The real window is not documented.
SKEW = timedelta(minutes=5)
SIGNED_HEADERS = "x-ms-date;host;x-ms-content-sha256"
_AUTHORIZATION = re.compile(
    r"HMAC-SHA256 SignedHeaders=(?P<headers>[^&]+)&Signature=(?P<signature>[A-Za-z0-9+/=]+)"
)


def check_signature(
    *, key: str, method: str, target: str, headers: Mapping[str, str], body: bytes, now: datetime
) -> None:
    """Raise a 401 unless the request was signed with the key; ``now`` is system time."""
    found = _AUTHORIZATION.fullmatch(headers.get("Authorization", ""))
    if found is None or found["headers"] != SIGNED_HEADERS:
        raise denied(f"an HMAC-SHA256 Authorization over {SIGNED_HEADERS} is required.")
    sent = headers.get("x-ms-date", "")
    _check_date(sent, now)
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    # Compared as bytes: a header may hold what is not ASCII, and text of that kind would raise.
    claimed = headers.get("x-ms-content-sha256", "").encode(errors="surrogateescape")
    if not hmac.compare_digest(digest.encode(), claimed):
        raise denied("x-ms-content-sha256 is not the hash of the body.")
    text = f"{method}\n{target}\n{sent};{headers.get('Host', '')};{digest}"
    if not hmac.compare_digest(signature(key, text), found["signature"]):
        raise denied("the signature does not match the request.")


def signature(key: str, text: str) -> str:
    """The base64 HMAC-SHA256 of a text under a base64 key."""
    return base64.b64encode(
        hmac.new(
            base64.b64decode(key), text.encode(errors="surrogateescape"), hashlib.sha256
        ).digest()
    ).decode()


def _check_date(sent: str, now: datetime) -> None:
    try:
        moment = parsedate_to_datetime(sent)
    except (ValueError, OverflowError):
        raise denied("x-ms-date is missing or not an HTTP date.") from None
    if moment.tzinfo is None:  # "-0000" in a date leaves it naive; an HTTP date means UTC
        moment = moment.replace(tzinfo=UTC)
    if abs(moment - now) > SKEW:
        raise denied("x-ms-date is more than five minutes from the server's time.")
