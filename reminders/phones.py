"""Telephone numbers: E.164, what phonenumbers knows of them, keyed hashes."""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import phonenumbers
from django.conf import settings
from phonenumbers import PhoneNumberType, timezone


class NumberKind(StrEnum):
    """What sort of line a number is, as far as its digits tell."""

    MOBILE = "mobile"
    LANDLINE = "landline"
    UNKNOWN = "unknown"


_KINDS = {
    PhoneNumberType.MOBILE: NumberKind.MOBILE,
    PhoneNumberType.FIXED_LINE: NumberKind.LANDLINE,
}


class Oddity(StrEnum):
    """A line that is hardly a patient's own telephone."""

    TOLL_FREE = "toll_free"
    PREMIUM = "premium"
    PAGER = "pager"
    COMPANY = "company"


_ODDITIES = {
    PhoneNumberType.TOLL_FREE: Oddity.TOLL_FREE,
    PhoneNumberType.PREMIUM_RATE: Oddity.PREMIUM,
    PhoneNumberType.SHARED_COST: Oddity.PREMIUM,
    PhoneNumberType.PAGER: Oddity.PAGER,
    PhoneNumberType.UAN: Oddity.COMPANY,
    PhoneNumberType.VOICEMAIL: Oddity.COMPANY,
}


@dataclass(frozen=True)
class ParsedNumber:
    """A number in E.164 with what its digits say about it."""

    e164: str
    #: False for possible numbers in no known range: a data-quality flag only.
    is_valid: bool
    kind: NumberKind


def parse(text: str) -> ParsedNumber:
    """Read an E.164 number with its "+".

    Raises:
        ValueError: with a sentence for the person who typed it.
    """
    compact = "".join(c for c in text if c not in " -.()\u00a0")
    if not compact.startswith("+") or not compact[1:].isascii() or not compact[1:].isdigit():
        raise ValueError('Write the number in E.164 with "+", for example +12125550142.')
    try:
        number = phonenumbers.parse(compact, None)
    except phonenumbers.NumberParseException:
        raise ValueError("This is not a telephone number of any country.") from None
    # E.164 has fifteen digits at most; some countries' plans would allow more.
    if len(compact) > 16 or not phonenumbers.is_possible_number(number):
        raise ValueError("This number is too long or too short for its country.")
    # In a known range is what has a type; is_valid_number would look the same up once more.
    known_as = phonenumbers.number_type(number)
    return ParsedNumber(
        e164=phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164),
        is_valid=known_as != PhoneNumberType.UNKNOWN,
        kind=_KINDS.get(known_as, NumberKind.UNKNOWN),
    )


def parse_as_written_at(text: str, neighbour: str) -> ParsedNumber:
    """Read a number as people write it in the country of ``neighbour`` (E.164).

    With its "+" it may be of any country.

    Raises:
        ValueError: with a sentence for the person who typed it.
    """
    compact = "".join(c for c in text if c not in " -./()\u00a0")
    if compact.startswith("+") or not (compact.isascii() and compact.isdigit()):
        return parse(text)
    home = phonenumbers.parse(neighbour, None)
    region = phonenumbers.region_code_for_country_code(home.country_code or 0)
    try:
        number = phonenumbers.parse(compact, region)
    except phonenumbers.NumberParseException:
        raise ValueError("This number is too long or too short for its country.") from None
    # Without its area code it would be possible, but rings nowhere from afar.
    whole = phonenumbers.ValidationResult.IS_POSSIBLE
    if phonenumbers.is_possible_number_with_reason(number) != whole:
        raise ValueError("This number is too long or too short: write it with its area code.")
    return parse(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def oddity(e164: str) -> Oddity | None:
    """What makes a number an unlikely telephone of a patient, if anything."""
    return _ODDITIES.get(phonenumbers.number_type(phonenumbers.parse(e164, None)))


def zones(e164: str) -> tuple[str, ...]:
    """The zone names that phonenumbers gives for a number; may be ``Etc/Unknown`` or dozens."""
    return tuple(timezone.time_zones_for_number(phonenumbers.parse(e164, None)))


def keyed_hash(e164: str) -> str:
    """HMAC-SHA-256 of a number under ``PHONE_HASH_KEY``, 64 hex characters.

    The hash, not the number, is hashed under each key that was added since. An
    erased number stays suppressed by this hash alone (R14).
    """
    return hash_under(e164, hash_keys())


def hash_keys() -> list[str]:
    """``PHONE_HASH_KEY`` and those added since, the first one first."""
    first = settings.PHONE_HASH_KEY or "development-only-phone-hash-key"
    return [first, *settings.PHONE_HASH_KEYS_ADDED]


def hash_under(text: str, keys: Iterable[str]) -> str:
    """HMAC-SHA-256 of the text under the first key, of that under the next, and so on."""
    for key in keys:
        text = hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()
    return text


def masked(e164: str) -> str:
    """``+1••••••0123``: the country's first digit and the last four (R16)."""
    return f"{e164[:2]}{'•' * max(0, len(e164) - 6)}{e164[-4:]}"


def spaced_digits(e164: str) -> str:
    """The number as it is spoken: the national digits, one by one."""
    number = phonenumbers.parse(e164, None)
    national = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    groups = "".join(c if c.isdigit() else " " for c in national).split()
    return ", ".join(" ".join(group) for group in groups)
