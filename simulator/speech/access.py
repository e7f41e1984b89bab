"""Who may speak: a subscription key, or a token that was issued for one."""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Iterable, Mapping

from aiohttp import web

KEY_HEADER = "Ocp-Apim-Subscription-Key"
#: Seconds that a token is good for, as Microsoft documents it.
TOKEN_SECONDS = 600.0


class Access:
    """The keys of the pretended resource, and the tokens issued with them."""

    def __init__(self, keys: Iterable[str]) -> None:
        self._keys = tuple(key.encode() for key in keys)
        self._tokens: dict[str, float] = {}

    def issue(self) -> str:
        """A token for ten minutes of system time."""
        now = time.monotonic()
        self._tokens = {token: end for token, end in self._tokens.items() if end > now}
        token = secrets.token_urlsafe(32)
        self._tokens[token] = now + TOKEN_SECONDS
        return token

    def expire_tokens(self) -> None:
        """Let every token issued so far be too old."""
        self._tokens.clear()

    def check(self, headers: Mapping[str, str], *, key_required: bool = True) -> None:
        """Raise 401 unless a right key or a token is there.

        A container asks for none; one that is sent to it all the same has to be right here, so
        that a wrong setting shows.
        """
        key, token = headers.get(KEY_HEADER), bearer_token(headers)
        if not key and token is None:
            if key_required:
                raise refused("a subscription key or a token is required")
            return
        if key:
            self.check_key(headers)
        elif token is not None and self._tokens.get(token, 0) <= time.monotonic():
            raise refused("the token is not known, or expired")

    def check_key(self, headers: Mapping[str, str]) -> None:
        """Raise 401 unless a right key is there: a token buys no token."""
        sent = headers.get(KEY_HEADER, "").encode(errors="surrogateescape")
        if not any(hmac.compare_digest(sent, key) for key in self._keys):
            raise refused("the subscription key is wrong")


def bearer_token(headers: Mapping[str, str]) -> str | None:
    """The token sent; the SDK sends the word Bearer alone where it has none."""
    scheme, _, token = headers.get("Authorization", "").partition(" ")
    if not token.strip() and scheme.lower() in ("", "bearer"):
        return None
    return token.strip() if scheme.lower() == "bearer" else ""


def refused(why: str) -> web.HTTPUnauthorized:
    return web.HTTPUnauthorized(text=f"Access denied: {why}.")
