"""Where the Speech service is, by the settings alone."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from calls.gateway.acs import endpoint_and_key, is_loopback

SCHEMES = ("http", "https", "ws", "wss")
_PLAIN = ("http", "ws")


@dataclass(frozen=True, kw_only=True)
class Connection:
    """One of region, endpoint and host; a key or a token. ``token`` is the token itself, or
    ``@`` and a file that somebody else keeps fresh."""

    region: str = ""
    endpoint: str = ""
    host: str = ""
    key: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    proxy: str = field(default="", repr=False)
    model: str = ""
    stand_in: bool = False

    @property
    def url(self) -> str:
        return self.endpoint or self.host

    @property
    def name(self) -> str:
        """For people: who answered."""
        if self.stand_in:
            return f"the stand-in at {urlsplit(self.url).netloc}"
        if self.region:
            return f"Azure in {self.region}"
        return urlsplit(self.url).netloc.rpartition("@")[2]

    @property
    def near(self) -> bool:
        """On this machine: no network to be spared by sending slowly."""
        return bool(self.url) and is_loopback(self.url)

    @property
    def voices_url(self) -> str:
        """The SDK would ask an endpoint for its voices without the port, by https."""
        parts = urlsplit(self.endpoint)
        scheme = "http" if parts.scheme in _PLAIN else "https"
        return f"{scheme}://{parts.netloc}/tts/cognitiveservices/voices/list"

    def current_token(self) -> str:
        """Read anew each time. Raises OSError."""
        if self.token.startswith("@"):
            return Path(self.token[1:]).read_text().strip()
        return self.token


def is_configured() -> bool:
    """Whether there is anybody to ask; without SPEECH_ settings, the stand-in of the demo."""
    try:
        from_settings()
    except ValueError:
        return False
    return True


def from_settings() -> Connection:
    """Raises:
    ValueError: naming the setting that is missing or contradicts another.
    """
    for problem in problems():
        raise ValueError(problem)
    own = Connection(
        region=settings.SPEECH_REGION,
        endpoint=settings.SPEECH_ENDPOINT.rstrip("/"),
        host=settings.SPEECH_HOST.rstrip("/"),
        key=settings.SPEECH_KEY,
        token=settings.SPEECH_TOKEN,
        proxy=settings.SPEECH_PROXY,
        model=settings.SPEECH_ENDPOINT_ID,
        stand_in=_is_the_stand_in(_own_url()),
    )
    if own.region or own.url:
        return own
    if found := _stand_in():
        url, key = found
        return Connection(endpoint=url, key=key, model=settings.SPEECH_ENDPOINT_ID, stand_in=True)
    raise ValueError("Azure Speech is not set up: SPEECH_KEY and SPEECH_REGION are missing")


_PLACES = ("SPEECH_REGION", "SPEECH_ENDPOINT", "SPEECH_HOST")


def problems() -> Iterator[str]:
    """What in the SPEECH_ settings cannot be meant; nothing where none of them is set."""
    places = [name for name in _PLACES if getattr(settings, name)]
    if len(places) > 1:
        yield f"{' and '.join(places)} name different places: keep one"
    if settings.SPEECH_KEY and settings.SPEECH_TOKEN:
        yield "SPEECH_KEY and SPEECH_TOKEN are both set: keep one"
    secret = settings.SPEECH_KEY or settings.SPEECH_TOKEN
    if secret and not places:
        name = "SPEECH_KEY" if settings.SPEECH_KEY else "SPEECH_TOKEN"
        yield f"{name} is set without SPEECH_REGION, SPEECH_ENDPOINT or SPEECH_HOST"
    if settings.SPEECH_REGION and not secret:
        yield "SPEECH_REGION is set without SPEECH_KEY or SPEECH_TOKEN"
    if settings.SPEECH_REGION and not re.fullmatch(r"[a-z0-9]+", settings.SPEECH_REGION):
        yield "SPEECH_REGION is a short name such as westus2"
    for name in ("SPEECH_ENDPOINT", "SPEECH_HOST"):
        yield from _address_problems(name, getattr(settings, name))
    yield from _proxy_problems()


def risks() -> Iterator[str]:
    """What works and should be known."""
    for name in ("SPEECH_ENDPOINT", "SPEECH_HOST"):
        url = getattr(settings, name)
        if urlsplit(url).scheme in _PLAIN and not is_loopback(url):
            yield f"{name} is not encrypted: voices and the key cross the network in the clear"


def proxy_parts(proxy: str) -> SplitResult | None:
    """Raises:
    ValueError: it is not http://[user:password@]host:port.
    """
    if not proxy:
        return None
    parts = urlsplit(proxy)
    if parts.scheme != "http" or not parts.hostname or not parts.port or parts.path.strip("/"):
        raise ValueError("SPEECH_PROXY is written http://[user:password@]host:port")
    return parts


def _proxy_problems() -> Iterator[str]:
    try:
        proxy_parts(settings.SPEECH_PROXY)
    except ValueError:
        yield "SPEECH_PROXY is written http://[user:password@]host:port"


def _address_problems(name: str, url: str) -> Iterator[str]:
    if not url:
        return
    parts = urlsplit(url)
    if parts.scheme not in SCHEMES or not parts.hostname:
        yield f"{name} is an address: https://NAME.cognitiveservices.azure.com, or ws://host:5000"
    elif parts.path.strip("/") or parts.query:
        # The SDK would take the path as it is, for listening and for speaking alike.
        yield f"{name} is the bare address, without a path"


def _own_url() -> str:
    return settings.SPEECH_ENDPOINT or settings.SPEECH_HOST


def _stand_in() -> tuple[str, str] | None:
    """Address and key of a simulator that calls go through."""
    try:
        endpoint, key = endpoint_and_key(settings.ACS_CONNECTION_STRING)
    except ValueError:
        return None
    return (endpoint, key) if is_loopback(endpoint) else None


def _is_the_stand_in(url: str) -> bool:
    found = _stand_in()
    return bool(found and url and urlsplit(found[0]).netloc == urlsplit(url).netloc)
