"""The kinds of values the API takes: each is exactly what it says, or refused.

DRF's own fields are lenient ("7" for 7, "yes" for true); an integrator finds a
fault of theirs sooner when only the documented spelling passes. What is absent
in a row is ``""`` there and ``null`` here.
"""

import re
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, cast

from django.db.models import Model
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from api import reach
from reminders import phones
from reminders.models import fields as rules
from reminders.models.fields import choices, external_id_validator

#: Later visits are slips of the keyboard, and years near 9999 overflow a zone.
LAST_YEAR = 2199


class Text(serializers.CharField):
    """A string; its ends are trimmed."""

    default_error_messages = {"invalid": "Give a string."}

    def to_internal_value(self, data: Any) -> str:
        """The trimmed text, found clean before a subclass looks closer."""
        if not isinstance(data, str):
            self.fail("invalid")
        text = super().to_internal_value(data)
        self.run_validators(text)
        return text

    def to_representation(self, value: Any) -> Any:
        """The text, null where there is none."""
        return str(value) or None


class Phone(Text):
    """A possible telephone number, kept in E.164."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=40, help_text='E.164 with "+", such as +12125550142.', **kwargs)

    def to_internal_value(self, data: Any) -> str:
        """The number in E.164."""
        try:
            e164 = phones.parse(super().to_internal_value(data)).e164
        except ValueError as error:
            raise ValidationError(str(error)) from None
        if len(e164) > 16:
            raise ValidationError("A number in E.164 has fifteen digits at the most.")
        return e164


class PatientPhone(Phone):
    """The same, where the row is a :class:`PhoneNumber` of its own."""

    def to_representation(self, value: Any) -> Any:
        """The number in E.164."""
        return str(value.e164)


class Named(Text):
    """A row of which only the name is told."""

    def to_representation(self, value: Any) -> Any:
        """The name."""
        return str(value.name)


#: Asking the machine for its zones walks through hundreds of files.
known_zone = lru_cache(maxsize=1024)(rules.validate_zone)


class Zone(Text):
    """A name of the IANA time zone database."""

    def to_internal_value(self, data: Any) -> str:
        """The name, known to this machine."""
        name = super().to_internal_value(data)
        known_zone(name)
        return name


class Language(Text):
    """A BCP 47 tag in its usual spelling."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=35, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        """``en-us`` -> ``en-US``."""
        tag = super().to_internal_value(data)
        rules.validate_language(tag)
        normal = rules.normal_language(tag)
        if len(normal) > 35:
            raise ValidationError("A language tag has 35 characters at the most.")
        return normal


class Whole(serializers.IntegerField):
    """A whole number, not its spelling in a string."""

    default_error_messages = {"invalid": "Give a whole number."}

    def to_internal_value(self, data: Any) -> int:
        """The number; 30.0 is whole to JSON as well."""
        if isinstance(data, float) and data.is_integer():
            return int(data)
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return int(data)


class Number(serializers.FloatField):
    """A number, not its spelling in a string."""

    default_error_messages = {"invalid": "Give a number."}

    def to_internal_value(self, data: Any) -> float:
        """The number; 1 is as good as 1.0."""
        if isinstance(data, bool) or not isinstance(data, int | float) or abs(data) > 1e9:
            self.fail("invalid")
        return float(data)


class Day(serializers.DateField):
    """A date, ``1987-07-04``."""

    def to_internal_value(self, data: Any) -> date:
        """The date in its one spelling."""
        if not isinstance(data, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d", data, re.ASCII):
            raise ValidationError(WRITE_DAY)
        try:
            return date.fromisoformat(data)
        except ValueError:
            raise ValidationError(WRITE_DAY) from None


WRITE_DAY = "Write a date as 1987-07-04."


class Flag(serializers.BooleanField):
    """True or false."""

    default_error_messages = {"invalid": "Give true or false."}

    def to_internal_value(self, data: Any) -> bool:
        """The value itself: no yes, no 1."""
        if not isinstance(data, bool):
            self.fail("invalid")
        return bool(data)


class Word(serializers.ChoiceField):
    """One word of a closed vocabulary; ``accepts`` are those that may be sent."""

    def __init__(
        self, words: type[StrEnum], accepts: tuple[StrEnum, ...] = (), **kwargs: Any
    ) -> None:
        super().__init__(choices=choices(words), **kwargs)
        self.accepts = [str(word) for word in accepts or words if word]

    def to_internal_value(self, data: Any) -> str:
        """The word."""
        if not isinstance(data, str) or data not in self.accepts:
            raise ValidationError(f"Give one of {', '.join(self.accepts)}.")
        return data

    def to_representation(self, value: Any) -> Any:
        """The word, null where there is none, unless none is a word too."""
        return str(value) if value or "" in self.choices else None


class Instant(serializers.DateTimeField):
    """A moment, ISO 8601 with its offset; answered in UTC."""

    def to_internal_value(self, data: Any) -> datetime:
        """The moment in UTC."""
        if not isinstance(data, str) or not data.isascii() or len(data) > 40:
            raise ValidationError(WRITE_INSTANT)
        return instant(data)


WRITE_INSTANT = "Write date and time in ISO 8601, for example 2026-11-24T14:30:00-05:00."


def instant(text: str) -> datetime:
    """The moment that an ISO 8601 text with an offset names, in UTC.

    Raises:
        ValidationError: with a sentence on how to write it.
    """
    try:
        at = datetime.fromisoformat(text.strip().upper())
        if at.tzinfo is None:
            raise ValidationError(f"The offset from UTC is missing. {WRITE_INSTANT}")
        at = at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValidationError(WRITE_INSTANT) from None
    if not 1900 <= at.year <= LAST_YEAR:
        raise ValidationError(f"The year is not between 1900 and {LAST_YEAR}.")
    return at


@extend_schema_field({"type": "string", "pattern": "^[A-Za-z0-9._:-]{1,64}$"})
class Reference(serializers.Field[Any, Any, Any, Any]):
    """Another row, by the id that the sender gave it."""

    default_error_messages = {"invalid": "Give the id as a string."}

    def __init__(self, model: type[Model], column: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.model, self.column = model, column

    def to_internal_value(self, data: Any) -> Model:
        """The row; the one already referred to is not asked for again."""
        if not isinstance(data, str):
            self.fail("invalid")
        present = getattr(self.parent.instance, self.field_name or "", None)
        if present is not None and getattr(present, self.column) == data:
            return cast(Model, present)
        external_id_validator(data)
        mine = reach.choices(self.model, self.context["by"])
        row: Model | None = mine.filter(**{self.column: data}).first()
        if row is None:
            raise ValidationError(f"There is no {self.model._meta.verbose_name} “{data}”.")
        return row

    def to_representation(self, value: Any) -> str:
        """Its id."""
        return str(getattr(value, self.column))
