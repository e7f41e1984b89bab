"""Settings that must hold, refused by name before a phone rings.

With DEBUG on they are warnings, so that every command works on a laptop.
"""

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from calls.conversation import echo
from calls.gateway.acs import abilities, endpoint_and_key, is_loopback
from calls.gateway.speech import connection


@register(Tags.security)
def check_settings(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """ringwell.E001 to E010 and W006 to W024. (Django itself refuses an empty SECRET_KEY.)"""
    return [*_always(), *_unless_debug(), *_capabilities(), *_speech(), *_mail()]


def _always() -> Iterator[CheckMessage]:
    if settings.TIME_ZONE != "UTC" or not settings.USE_TZ:
        yield Error("TIME_ZONE must be UTC and USE_TZ on.", id="ringwell.E001")
    if settings.CLOCK_OFFSET_SECONDS and not _azure_is_loopback():
        yield Error(
            "CLOCK_OFFSET_SECONDS is only for an Azure endpoint on loopback: patients would be "
            "called at the wrong hour.",
            hint="Unset CLOCK_OFFSET_SECONDS.",
            id="ringwell.E002",
        )
    if settings.ACS_CONNECTION_STRING:
        try:
            endpoint_and_key(settings.ACS_CONNECTION_STRING)
        except ValueError as error:
            yield Error(str(error), id="ringwell.E003")
    if not echo.LEAST_SECONDS <= settings.KEY_ECHO_SECONDS <= echo.MOST_SECONDS:
        bounds = f"{echo.LEAST_SECONDS} to {echo.MOST_SECONDS}"
        yield Error(f"KEY_ECHO_SECONDS must be {bounds} seconds.", id="ringwell.E005")
    if settings.ACS_MAX_CONCURRENT_CALLS < 1:
        yield Error("ACS_MAX_CONCURRENT_CALLS must be at least 1.", id="ringwell.E004")


def _azure_is_loopback() -> bool:
    try:
        endpoint, _ = endpoint_and_key(settings.ACS_CONNECTION_STRING)
    except ValueError:
        return False
    return is_loopback(endpoint)


def _unless_debug() -> Iterator[CheckMessage]:
    """Errors in production, warnings with DEBUG on."""
    kind = Warning if settings.DEBUG else Error
    letter = "W" if settings.DEBUG else "E"
    for number, sentence, hint in _faults():
        yield kind(sentence, hint=hint, id=f"ringwell.{letter}{number}")


def _faults() -> Iterator[tuple[str, str, str]]:
    if not settings.ACS_RESOURCE_ID:
        yield (
            "006",
            "ACS_RESOURCE_ID is not set: nobody can tell whether a callback is meant for us.",
            "Set it to the immutable resource id of the Communication Services resource.",
        )
    if not settings.PHONE_HASH_KEY:
        yield (
            "007",
            "PHONE_HASH_KEY is not set: opt-outs are kept by a hash under this key.",
            "Make one with: python3 -c 'import secrets; print(secrets.token_hex(32))'",
        )
    if _plain_http(settings.PUBLIC_URL):
        yield "008", "PUBLIC_URL must be https: Azure refuses others.", "Loopback may be http."
    if _plain_http(settings.ACS_CALLBACK_OPENID_CONFIGURATION):
        yield (
            "009",
            "ACS_CALLBACK_OPENID_CONFIGURATION must be https.",
            "Loopback may be http.",
        )
    if settings.CELERY_BROKER_URL.startswith("memory") and not settings.ALL_IN_ONE:
        yield (
            "010",
            "CELERY_BROKER_URL is memory://, which works inside `manage.py serve` only.",
            "Use RabbitMQ or Redis where web, worker and beat are separate processes.",
        )


def _plain_http(url: str) -> bool:
    return urlsplit(url).scheme != "https" and not is_loopback(url)


_NEEDS_PREVIEW = "Needs the SDK 1.6.0b1 and an empty ACS_API_VERSION."


def _capabilities() -> Iterator[CheckMessage]:
    able = abilities(settings.ACS_API_VERSION)
    if not able.language_list:
        yield Warning(
            "Azure takes one language per question: patients who answer in another one are not "
            "understood.",
            hint=_NEEDS_PREVIEW,
            id="ringwell.W020",
        )
    if not able.sentiment:
        yield Warning("Azure tells no sentiment.", hint=_NEEDS_PREVIEW, id="ringwell.W021")


def _speech() -> Iterator[CheckMessage]:
    hint = "See docs/howto/speech.md."
    for problem in connection.problems():
        yield Warning(f"{problem}: Azure Speech is off.", hint=hint, id="ringwell.W022")
    for risk in connection.risks():
        yield Warning(f"{risk}.", hint=hint, id="ringwell.W023")


def _mail() -> Iterator[CheckMessage]:
    if settings.ALERT_EMAILS and not settings.EMAIL_URL:
        yield Warning(
            "ALERT_EMAILS is set and EMAIL_URL is not: nobody is told of incidents.",
            hint="Set EMAIL_URL to your mail server: submission://user:password@mail.example.com",
            id="ringwell.W024",
        )
