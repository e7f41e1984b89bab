from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from calls import scripting
from calls.gateway import callback_auth
from calls.gateway.acs import abilities, gateway
from calls.gateway.errors import GatewayError, KeysUnavailable, TokenRefused
from reminders.models import Clinic

#: A call that cannot exist: asking for it is harmless and shows the key.
NO_CALL = "00000000-0000-4000-8000-000000000000"

Finding = tuple[bool, str]


class Command(BaseCommand):
    help = "Say in plain words whether Ringwell can call through Azure. Rings nobody."

    def handle(self, *args: Any, **options: Any) -> None:
        findings = [*_settings(), *_sdk(), *_key(), *_key_set(), *_texts()]
        for good, sentence in findings:
            self.stdout.write(f"{'ok     ' if good else 'MISSING'} {sentence}")
        bad = sum(not good for good, _ in findings)
        if bad:
            raise CommandError(f"{bad} of {len(findings)} checks need mending.")


def _settings() -> Iterator[Finding]:
    for name, why in (
        ("ACS_CALLER_ID", "the number patients see"),
        ("ACS_COGNITIVE_SERVICES_ENDPOINT", "without it nothing can be spoken or understood"),
        ("ACS_RESOURCE_ID", "without it no callback is accepted"),
        ("PHONE_HASH_KEY", "opt-outs are kept under it"),
    ):
        value = getattr(settings, name)
        yield bool(value), f"{name} is {'set' if value else 'not set'}: {why}."
    yield True, f"PUBLIC_URL is {settings.PUBLIC_URL}: Azure must reach /callbacks/ there."


def _sdk() -> Iterator[Finding]:
    able = abilities(settings.ACS_API_VERSION)
    yield True, f"The SDK {'asks' if able.sentiment else 'cannot ask'} for sentiment."
    languages = "up to four languages" if able.language_list else "one language"
    yield True, f"The SDK listens for {languages} at once."


def _key() -> Iterator[Finding]:
    try:
        gateway().look(NO_CALL)
    except ValueError as error:
        yield False, f"ACS_CONNECTION_STRING: {error}."
    except GatewayError as error:
        hints = {401: "the access key is wrong", 400: "ACS_API_VERSION is not served"}
        yield False, f"Azure: {hints.get(error.status or 0, 'not reachable')} ({error})."
    else:
        yield True, "Azure answers and accepts the access key."


def _key_set() -> Iterator[Finding]:
    try:
        callback_auth.key_set().key("none")
    except KeysUnavailable:
        yield False, f"No key set at {settings.ACS_CALLBACK_OPENID_CONFIGURATION}."
    except TokenRefused:
        yield True, "The keys that sign Azure's callbacks can be fetched."


def _texts() -> Iterator[Finding]:
    for clinic in Clinic.objects.all():
        approved = scripting.approved_languages(clinic)
        mend = f"approve_prompts {clinic.slug} --by NAME"
        yield bool(approved), f"{clinic.slug}: approved texts in {', '.join(approved) or mend}."
