"""What is set here: numbers, the AI resource, the SDK, the key of the opt-outs."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from django.conf import settings

from calls.gateway.acs import abilities, is_loopback
from calls.readiness.findings import Finding, bad, good, unsure
from reminders import phones
from reminders.models import Clinic, Installation
from reminders.phones import NumberKind, Oddity

#: A resource of its own name; managed identities do not work with regional addresses.
_COGNITIVE_HOST = re.compile(
    r"[a-z0-9-]+\.(cognitiveservices\.azure\.(com|us)|services\.ai\.azure\.com)"
)
_KINDS: dict[Oddity | NumberKind, str] = {
    Oddity.TOLL_FREE: " and is toll-free",
    NumberKind.MOBILE: " and is a mobile number",
    NumberKind.LANDLINE: " and is a landline's",
}
_PREVIEW = "Needs the SDK 1.6.0b1 and an empty ACS_API_VERSION."


def caller_ids() -> Iterator[Finding]:
    """The installation's number, and those of clinics that have their own."""
    own = Clinic.objects.exclude(caller_id="").values_list("slug", "caller_id")
    without = Clinic.objects.filter(caller_id="").exists()
    if settings.ACS_CALLER_ID:
        yield _caller_id("ACS_CALLER_ID", settings.ACS_CALLER_ID)
    elif without or not own:
        yield bad(
            "caller_id",
            "ACS_CALLER_ID is not set: it is the number that patients see.",
            "Buy a number that may call out, and set it in E.164: +12125550100.",
        )
    for slug, number in own:
        yield _caller_id(f"The caller id of {slug}", number)


def _caller_id(name: str, text: str) -> Finding:
    try:
        number = phones.parse(text)
    except ValueError as error:
        return bad("caller_id", f"{name} is no number: {error}", "Write it in E.164.")
    if number.e164 != text:
        return bad("caller_id", f"{name} is not written in E.164.", f"Write {number.e164}.")
    oddity = phones.oddity(text)
    if oddity and oddity is not Oddity.TOLL_FREE:
        return bad(
            "caller_id", f"{name} is a {oddity} number.", "Use a geographic or toll-free one."
        )
    told = f"{name} ends in {text[-4:]}{_KINDS.get(oddity or number.kind, '')}"
    if not number.is_valid:
        return unsure(
            "caller_id",
            f"{told}; its digits lie in no range that is known to be in use.",
            "Compare it with the number in the Azure portal.",
        )
    return good("caller_id", f"{told}. That the resource owns it, only a call shows.")


def cognitive() -> Finding:
    """The resource that speaks and listens in a call."""
    url = settings.ACS_COGNITIVE_SERVICES_ENDPOINT
    shape = "https://NAME.cognitiveservices.azure.com/"
    if not url:
        return bad(
            "cognitive",
            "ACS_COGNITIVE_SERVICES_ENDPOINT is not set: nothing can be spoken or understood.",
            f"Make a multi-service AI resource, connect it, and set {shape}",
        )
    parts = urlsplit(url)
    if (parts.scheme != "https" and not is_loopback(url)) or not parts.hostname:
        return bad("cognitive", "ACS_COGNITIVE_SERVICES_ENDPOINT is not https.", f"Write {shape}")
    if (parts.hostname or "").endswith(".api.cognitive.microsoft.com"):
        return bad(
            "cognitive",
            "ACS_COGNITIVE_SERVICES_ENDPOINT is the address of a region, which cannot know us.",
            f"Give the resource a name of its own (custom subdomain) and set {shape}",
        )
    if parts.path.strip("/") or not _COGNITIVE_HOST.fullmatch(parts.hostname or ""):
        return unsure(
            "cognitive",
            f"ACS_COGNITIVE_SERVICES_ENDPOINT is {parts.netloc}{parts.path}: an unusual address.",
            f"Usual is {shape}",
        )
    return good(
        "cognitive",
        f"The AI resource is {parts.hostname}. That it is connected, only a call shows.",
    )


def resource_id() -> Finding:
    """The audience of the tokens on callbacks."""
    found = settings.ACS_RESOURCE_ID
    if not found:
        return bad(
            "resource_id",
            "ACS_RESOURCE_ID is not set: no callback is accepted.",
            "Set it to the immutable resource id: `az communication show`, immutableResourceId.",
        )
    if not re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", found):
        return bad(
            "resource_id",
            "ACS_RESOURCE_ID does not look like an id: every callback would be refused.",
            "It is a GUID, and not the path that begins with /subscriptions/.",
        )
    return good("resource_id", "ACS_RESOURCE_ID is set: callbacks for others are refused.")


def sdk() -> Iterator[Finding]:
    """What SDK and api-version can do (system checks W020 and W021)."""
    able = abilities(settings.ACS_API_VERSION)
    if able.language_list:
        yield good("languages", "Azure listens for up to four languages at once.")
    else:
        yield unsure("languages", "Azure listens for one language at a time.", _PREVIEW)
    if able.sentiment:
        yield good("sentiment", "Azure is asked for sentiment where a clinic wants it.")
    else:
        yield unsure("sentiment", "Azure tells no sentiment.", _PREVIEW)


def hash_key() -> Finding:
    """The key that opt-outs are kept under."""
    if not settings.PHONE_HASH_KEY:
        return bad(
            "hash_key",
            "PHONE_HASH_KEY is not set: opt-outs are kept under it.",
            "Make one once, and keep it with every backup: docs/howto/backup.md.",
        )
    if not Installation.knows_hash_key():
        return bad(
            "hash_key",
            "PHONE_HASH_KEY is another than the opt-outs are kept under: nothing is dialled.",
            "Set the key that came with this database.",
        )
    return good("hash_key", "PHONE_HASH_KEY is the one that the opt-outs are kept under.")
