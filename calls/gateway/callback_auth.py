"""Who knocks: Azure's signed token, and our own secret in the URL.

The token proves the sender, not the body; the secret ties the request to one
attempt. Both must be right. (Microsoft, "secure webhook endpoint": RS256, a
new token with five minutes to live for every event.)
"""

import hmac
import threading
import time
from collections import deque
from typing import Any
from urllib.parse import urlsplit

import jwt
import requests
from django.conf import settings

from calls.gateway.acs import is_loopback
from calls.gateway.errors import KeysUnavailable, TokenRefused

#: A key set is fetched anew after a day ...
FRESH_SECONDS = 86_400
#: ... and for unknown key ids at most this many times in as many seconds: a
#: rotated key is had at once, a flood of forged ids costs next to nothing.
MOST_FETCHES, FETCH_WINDOW_SECONDS = 5, 10
LEEWAY_SECONDS = 10
FETCH_TIMEOUT = (2, 4)


class KeySet:
    """Azure's public keys: cached, served stale while their server is down."""

    def __init__(self, configuration_url: str) -> None:
        self.configuration_url = configuration_url
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched = float("-inf")
        self._tries: deque[float] = deque(maxlen=MOST_FETCHES)
        self._down = False
        self._lock = threading.Lock()

    def key(self, key_id: str) -> jwt.PyJWK:
        """The key of an id.

        Raises:
            TokenRefused: the key set does not know it.
            KeysUnavailable: the key set cannot be had.
        """
        known = self._keys.get(key_id)
        # Who has the key waits for nobody: a forged token with an unknown id starts a fetch, and
        # a slow key server must not keep Azure's own events waiting behind it.
        if known and (self._is_fresh() or self._lock.locked()):
            return known
        with self._lock:
            if not (key_id in self._keys and self._is_fresh()) and self._may_fetch():
                self._fetch()
            if key_id in self._keys:
                return self._keys[key_id]
            if self._down or not self._keys:
                raise KeysUnavailable("Azure's key set cannot be had.")
            raise TokenRefused("The token names an unknown key.")

    def load(self) -> None:
        """Fetch the keys where they are not there yet; whoever has them waits for nobody."""
        with self._lock:
            if not self._is_fresh() and self._may_fetch():
                self._fetch()

    def _is_fresh(self) -> bool:
        return time.monotonic() - self._fetched <= FRESH_SECONDS

    def _may_fetch(self) -> bool:
        full = len(self._tries) == MOST_FETCHES
        return not full or time.monotonic() - self._tries[0] > FETCH_WINDOW_SECONDS

    def _fetch(self) -> None:
        self._tries.append(time.monotonic())
        try:
            configuration = self._get(self.configuration_url)
            keys = jwt.PyJWKSet.from_dict(self._get(configuration["jwks_uri"])).keys
        except (requests.RequestException, jwt.PyJWTError, ValueError, KeyError, TypeError):
            self._down = True
            return
        self._keys = {key.key_id: key for key in keys if key.key_id}
        self._fetched, self._down = time.monotonic(), False

    @staticmethod
    def _get(url: str) -> Any:
        if urlsplit(url).scheme != "https" and not is_loopback(url):
            raise ValueError("keys are fetched by https only")
        with requests.Session() as session:
            session.trust_env = not is_loopback(url)
            response = session.get(url, timeout=FETCH_TIMEOUT, allow_redirects=False)
            response.raise_for_status()
            return response.json()


_sets: dict[str, KeySet] = {}
_sets_lock = threading.Lock()


def key_set() -> KeySet:
    """The key set of the configured issuer, one per process."""
    url = settings.ACS_CALLBACK_OPENID_CONFIGURATION
    with _sets_lock:
        return _sets.setdefault(url, KeySet(url))


def verify(authorization: str) -> None:
    """Check the ``Authorization`` header of a callback.

    Raises:
        TokenRefused: answered 401.
        KeysUnavailable: answered 503, so that Azure may deliver again.
    """
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise TokenRefused("A callback needs a bearer token.")
    if not settings.ACS_RESOURCE_ID and not settings.DEBUG:
        raise KeysUnavailable("ACS_RESOURCE_ID is not set: no token can be meant for us.")
    try:
        header = jwt.get_unverified_header(token)
        if header.get("alg") != "RS256":
            raise TokenRefused("The token is not signed by RS256.")
        key = key_set().key(str(header.get("kid", "")))
        _decode(token, key)
    except jwt.PyJWTError as error:
        raise TokenRefused(f"The token was refused: {error}") from error


def _decode(token: str, key: jwt.PyJWK) -> None:
    audience = settings.ACS_RESOURCE_ID or None
    required = ["exp", "iss", *(["aud"] if audience else [])]
    jwt.decode(
        token,
        key,
        algorithms=["RS256"],
        issuer=settings.ACS_CALLBACK_ISSUER,
        audience=audience,
        leeway=LEEWAY_SECONDS,
        options={"require": required, "verify_aud": audience is not None},
    )


def same_secret(given: str, expected: str) -> bool:
    """Compare two secrets in constant time."""
    return hmac.compare_digest(given.encode(), expected.encode())
