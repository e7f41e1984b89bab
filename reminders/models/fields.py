"""What several rows share: checks of the field's own formats, and choices."""

from datetime import date, time
from enum import StrEnum
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import langcodes
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext as _

from reminders import phones

external_id_validator = RegexValidator(
    r"\A[A-Za-z0-9._:-]{1,64}\Z",
    "Use 1 to 64 letters, digits, dots, underscores, colons or hyphens.",
)

#: iCalendar's weekday codes in ISO order, Monday first.
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def choices(words: type[StrEnum]) -> list[tuple[str, str]]:
    """Model choices of a closed vocabulary, labelled in plain English."""
    return [(str(w), str(w).replace("_", " ").capitalize() if w else "—") for w in words]


@cache
def _zones() -> frozenset[str]:
    """The IANA names; the look-up walks the disk, so it is made once."""
    return frozenset(available_timezones())


def validate_zone(name: object) -> None:
    """Accept an IANA zone name that this machine knows."""
    if not isinstance(name, str) or name not in _zones():
        raise ValidationError(
            _("“%(name)s” is not a time zone of the IANA database.") % {"name": name}
        )
    ZoneInfo(name)


def validate_pin(text: object) -> None:
    """Accept four to eight digits."""
    if not isinstance(text, str) or not (text.isascii() and text.isdigit() and 4 <= len(text) <= 8):
        raise ValidationError(_("A PIN has four to eight digits."))


def validate_e164(text: str) -> None:
    """Accept a possible number in E.164 with its "+"."""
    try:
        phones.parse(text)
    except ValueError as error:
        raise ValidationError(str(error)) from None


def validate_language(tag: object) -> None:
    """Accept a well-formed BCP 47 tag of a known language."""
    if not isinstance(tag, str) or not _is_language(tag):
        raise ValidationError(
            _("“%(tag)s” is not a BCP 47 language tag, such as en-US or es.") % {"tag": tag}
        )


def _is_language(tag: str) -> bool:
    try:
        return bool(langcodes.Language.get(tag).is_valid())
    except (langcodes.LanguageTagError, ValueError):
        return False


def normal_language(tag: str) -> str:
    """A BCP 47 tag in its usual spelling: ``en-us`` -> ``en-US``."""
    return str(langcodes.standardize_tag(tag))


def validate_languages(tags: Any) -> None:
    """Accept a list of one to ten BCP 47 tags without repetition."""
    if not isinstance(tags, list) or not tags:
        raise ValidationError(_("Give a list of languages, the default first."))
    if len(tags) > 10 or len(set(map(str, tags))) != len(tags):
        raise ValidationError(_("Give each language once, ten at the most."))
    for tag in tags:
        validate_language(tag)


def validate_week(week: Any) -> None:
    """Accept ``{"MO": [["09:00", "20:00"]], …}``, local times of the clinic."""
    if not isinstance(week, dict):
        raise ValidationError(_('Give an object such as {"MO": [["09:00", "20:00"]]}.'))
    for day, spans in week.items():
        if day not in WEEKDAYS:
            raise ValidationError(
                _("“%(day)s” is not a weekday; use %(days)s.")
                % {"day": day, "days": ", ".join(WEEKDAYS)}
            )
        if not isinstance(spans, list):
            raise ValidationError(_("%(day)s: give a list of [start, end] pairs.") % {"day": day})
        last = time.min
        for span in spans:
            start, end = _span(day, span)
            if start < last or (end <= start and end != time.min):
                raise ValidationError(
                    _("%(day)s: each span starts before it ends, in order.") % {"day": day}
                )
            last = end if end != time.min else time.max


def _span(day: str, span: Any) -> tuple[time, time]:
    try:
        start, end = span
        first, last = time.fromisoformat(start), time.fromisoformat(_midnight(end))
        if first.tzinfo or last.tzinfo:
            raise ValueError("local times have no offset")
    except (TypeError, ValueError):
        raise ValidationError(
            f'{day}: write a span as ["09:00", "20:00"], in local time.'
        ) from None
    return first, last


def _midnight(end: Any) -> Any:
    """An end of 24:00 is midnight, which Python writes 00:00."""
    return "00:00" if end == "24:00" else end


def validate_dates(days: Any) -> None:
    """Accept a list of ISO dates."""
    if not isinstance(days, list):
        raise ValidationError(_('Give a list of dates such as "2026-12-25".'))
    for day in days:
        try:
            date.fromisoformat(day)
        except (TypeError, ValueError):
            raise ValidationError(
                _("“%(day)s” is not a date such as 2026-12-25.") % {"day": day}
            ) from None


def default_week() -> dict[str, list[list[str]]]:
    """Mon-Sat 09:00-20:00, no Sundays (R3's default window)."""
    return {day: [["09:00", "20:00"]] for day in WEEKDAYS[:6]}
