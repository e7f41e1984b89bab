"""Who answers: Azure with our key, its key server, and our own public address."""

import ipaddress
import socket
from collections.abc import Iterator
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import requests
from django.conf import settings
from django.urls import reverse

from calls.gateway.acs import endpoint_and_key, is_loopback
from calls.gateway.callback_auth import KeySet
from calls.gateway.errors import GatewayError, KeysUnavailable, TokenRefused
from calls.gateway.probing import NO_CALL, Knock, knock
from calls.readiness.findings import Finding, bad, good, unsure

#: Azure's own refusal of a call that does not exist.
NOT_FOUND = "8522"
#: A callback's token lives five minutes, and a request's signature about as long.
SKEW, DANGEROUS_SKEW = timedelta(seconds=10), timedelta(minutes=2)
#: Connecting to, and reading from, our own public address.
PATIENCE = (3, 6)
_CLOCK_MEND = "Let the machine keep time by NTP: `timedatectl set-ntp true`."


def azure(now: datetime) -> Iterator[Finding]:
    """Connection string, key, api-version and clock, by one harmless request.

    ``now`` is the machine's own time, aware.
    """
    try:
        endpoint, _ = endpoint_and_key(settings.ACS_CONNECTION_STRING)
    except ValueError as error:
        yield bad(
            "connection",
            f"{error}.",
            "Copy the connection string of the Communication Services resource (Keys).",
        )
        return
    yield _connection(endpoint)
    try:
        answer = knock(settings.ACS_CONNECTION_STRING, settings.ACS_API_VERSION)
    except GatewayError as error:
        yield bad(
            "key",
            f"{error}.",
            f"Let this machine reach {urlsplit(endpoint).netloc} by https, and try again.",
        )
        return
    skew = _skew(answer, now)
    yield _key(answer, skew)
    yield _clock(skew)


def _connection(endpoint: str) -> Finding:
    host = urlsplit(endpoint).netloc
    if is_loopback(endpoint):
        return good("connection", f"Azure is the stand-in at {host}: nobody's phone can ring.")
    if urlsplit(endpoint).scheme != "https":
        return bad(
            "connection",
            f"The endpoint {host} is not https: key and numbers would cross the network in clear.",
            "Write endpoint=https://… in ACS_CONNECTION_STRING.",
        )
    return good("connection", f"Azure is the real one at {host}: calls cost money.")


def _key(answer: Knock, skew: timedelta | None) -> Finding:
    version = f"api-version {answer.api_version}"
    match answer.status:
        case 404 if answer.code == NOT_FOUND:
            return good("key", f"Azure takes the access key and serves {version}.")
        case 401 | 403 if skew is not None and abs(skew) > DANGEROUS_SKEW:
            return bad("key", "Azure refuses our signature: this machine's clock is wrong.", "")
        case 401 | 403:
            return bad(
                "key",
                f"Azure refuses the access key ({answer.status}).",
                "Copy the connection string again: the key was changed, or is of another resource.",
            )
        case 400:
            return bad(
                "key",
                f"Azure does not serve {version} (400 {answer.code}).",
                "Leave ACS_API_VERSION empty, or name one that docs/howto/azure.md lists.",
            )
        case 404:
            return bad(
                "key",
                "The endpoint answers 404, but not as Call Automation does.",
                "Check the host in ACS_CONNECTION_STRING: NAME.REGION.communication.azure.com.",
            )
    return bad(
        "key",
        f"Azure answers {answer.status} {answer.code}".strip() + ".",
        "Try again; where it stays so, look at Azure's status page.",
    )


def _skew(answer: Knock, now: datetime) -> timedelta | None:
    """How far this machine is ahead of the other side, to about a second."""
    return None if answer.date is None else now - answer.date


def _clock(skew: timedelta | None) -> Finding:
    if skew is None:
        return unsure("clock", "Azure's answer tells no time.", _CLOCK_MEND)
    seconds = round(skew.total_seconds())
    told = f"This machine's clock is {abs(seconds)} s {'ahead of' if seconds > 0 else 'behind'}"
    if abs(skew) > DANGEROUS_SKEW:
        return bad(
            "clock", f"{told} Azure's: signatures and callbacks will be refused.", _CLOCK_MEND
        )
    if abs(skew) > SKEW:
        return unsure("clock", f"{told} Azure's: callbacks may be refused.", _CLOCK_MEND)
    return good("clock", "This machine's clock and Azure's agree.")


def key_set() -> Finding:
    """The keys that sign callbacks, fetched anew."""
    url = settings.ACS_CALLBACK_OPENID_CONFIGURATION
    try:
        KeySet(url).key("")
    except KeysUnavailable:
        return bad(
            "key_set",
            f"The keys that sign Azure's callbacks cannot be fetched from {urlsplit(url).netloc}.",
            "Let this machine reach it by https; every callback is answered 503 until then.",
        )
    except TokenRefused:
        pass
    return good("key_set", "The keys that sign Azure's callbacks can be fetched.")


def public_url() -> Iterator[Finding]:
    """The address Azure is to call back at, as far as it can be known from here."""
    url = settings.PUBLIC_URL
    if is_loopback(url):
        yield _loopback(url)
    elif urlsplit(url).scheme != "https":
        yield bad("public_url", f"PUBLIC_URL {url} is not https: Azure refuses it.", _PROXY)
        return
    yield _callbacks(url)
    if not is_loopback(url):
        yield _from_outside(url)


_PROXY = "Put a reverse proxy with a certificate before Ringwell: docs/howto/production.md."


def _loopback(url: str) -> Finding:
    try:
        endpoint, _ = endpoint_and_key(settings.ACS_CONNECTION_STRING)
    except ValueError:
        endpoint = ""
    if is_loopback(endpoint):
        return good("public_url", f"PUBLIC_URL {url} is this machine, and so is the stand-in.")
    return bad("public_url", f"PUBLIC_URL {url} is this machine: Azure cannot reach it.", _PROXY)


def _callbacks(url: str) -> Finding:
    """Knock without a token: Ringwell alone answers 401 in its own words."""
    address = url + reverse("calls:callback", args=[NO_CALL, "check"])
    try:
        with requests.Session() as session:
            session.trust_env = not is_loopback(url)
            answer = session.post(address, json=[], timeout=PATIENCE, allow_redirects=False)
    except requests.exceptions.SSLError:
        return bad("callbacks", f"The certificate of {url} is not valid: Azure refuses it.", _PROXY)
    except requests.RequestException as error:
        return bad(
            "callbacks",
            f"Nobody answers under {url}/callbacks/ ({type(error).__name__}).",
            "Start the web process and the proxy. Where only this machine cannot reach its own "
            "public address, ask for it from elsewhere: GET answers 405.",
        )
    if answer.status_code == 401 and b"bearer token" in answer.content:
        return good("callbacks", f"Ringwell answers under {url}/callbacks/, and wants a token.")
    return bad(
        "callbacks",
        f"{url}/callbacks/ answers {answer.status_code}, and not as Ringwell does.",
        "Let the proxy hand /callbacks/ on, unchanged, with its Authorization header.",
    )


def _from_outside(url: str) -> Finding:
    """Names may mean another address here than in the world."""
    host = urlsplit(url).hostname or ""
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(host, None)}
    except OSError:
        return bad("from_outside", f"The name {host} is not known here.", "Register it in the DNS.")
    if any(not ipaddress.ip_address(address).is_global for address in found):
        return unsure(
            "from_outside",
            f"Here {host} is an address of the house's own network.",
            "In the public DNS it must be one that the internet reaches on port 443.",
        )
    return unsure(
        "from_outside",
        "Whether Azure reaches that address from the internet cannot be known from here.",
        "Make a test call: --call. No callback within seconds of answering means it does not.",
    )
