"""Values with an inside: a clinic's languages, its week, its closed days.

They are held to one spelling here, and to the model's own rules after that.
"""

import re
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from api.fields import Language, Text
from calls.conversation import wording
from calls.conversation.profile import STOP_TONES
from reminders.models import fields as rules

MOST_CLOSURES = 500
MOST_SPANS = 12

_CLOCK = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d|24:00", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


@extend_schema_field(
    {
        "type": "array",
        "items": {"type": "string", "maxLength": 35},
        "minItems": 1,
        "maxItems": 10,
        "example": ["en-US", "es-US"],
    }
)
class Languages(serializers.Field[Any, Any, Any, Any]):
    """BCP 47 tags, the default first."""

    def to_internal_value(self, data: Any) -> list[str]:
        """The tags in their usual spelling."""
        if not isinstance(data, list) or len(data) > 10:
            raise ValidationError("Give a list of one to ten languages, the default first.")
        tags = [Language().run_validation(tag) for tag in data]
        rules.validate_languages(tags)
        return tags

    def to_representation(self, value: Any) -> Any:
        """As it is kept."""
        return value


@extend_schema_field(
    {
        "type": "object",
        "properties": {
            day: {
                "type": "array",
                "maxItems": MOST_SPANS,
                "items": {
                    "type": "array",
                    "items": {"type": "string", "pattern": f"^(?:{_CLOCK.pattern})$"},
                    "minItems": 2,
                    "maxItems": 2,
                },
            }
            for day in rules.WEEKDAYS
        },
        "additionalProperties": False,
        "example": {"MO": [["09:00", "12:00"], ["13:00", "20:00"]]},
    }
)
class Week(serializers.Field[Any, Any, Any, Any]):
    """``{"MO": [["09:00", "20:00"]], …}``, local times of the clinic."""

    def to_internal_value(self, data: Any) -> dict[str, list[list[str]]]:
        """The week, its times in one spelling only."""
        if isinstance(data, dict):
            for day, spans in data.items():
                self._refuse_other_spellings(day, spans)
        rules.validate_week(data)
        return dict(data)

    def _refuse_other_spellings(self, day: str, spans: Any) -> None:
        # fromisoformat takes offsets, seconds and week dates too; hours don't.
        for span in spans if isinstance(spans, list) else []:
            pair = span if isinstance(span, list) and len(span) == 2 else [""]
            if not all(isinstance(text, str) and _CLOCK.fullmatch(text) for text in pair):
                raise ValidationError(f'{day}: write a span as ["09:00", "20:00"].')
            if pair[0] == "24:00":
                raise ValidationError(f"{day}: a span starts before 24:00.")
        if isinstance(spans, list) and len(spans) > MOST_SPANS:
            raise ValidationError(f"{day}: give {MOST_SPANS} spans at the most.")

    def to_representation(self, value: Any) -> Any:
        """As it is kept."""
        return value


@extend_schema_field(
    {
        "type": "array",
        "items": {"type": "string", "format": "date"},
        "maxItems": MOST_CLOSURES,
        "example": ["2026-12-25"],
    }
)
class Days(serializers.Field[Any, Any, Any, Any]):
    """Dates on which the clinic is closed."""

    def to_internal_value(self, data: Any) -> list[str]:
        """The dates, as they were sent."""
        if isinstance(data, list):
            if len(data) > MOST_CLOSURES:
                raise ValidationError(f"Give {MOST_CLOSURES} dates at the most.")
            for day in data:
                if not isinstance(day, str) or not _DATE.fullmatch(day):
                    raise ValidationError(f"“{day}” is not a date such as 2026-12-25.")
        rules.validate_dates(data)
        return list(data)

    def to_representation(self, value: Any) -> Any:
        """As it is kept."""
        return value


@extend_schema_field(
    {
        "type": "array",
        "items": {"type": "string", "enum": list(STOP_TONES)},
        "uniqueItems": True,
        "example": ["pound"],
    }
)
class StopTones(serializers.Field[Any, Any, Any, Any]):
    """Keys that end the digits."""

    def to_internal_value(self, data: Any) -> list[str]:
        """The keys, each once."""
        known = isinstance(data, list) and all(
            isinstance(tone, str) and tone in STOP_TONES for tone in data
        )
        if not known or len(set(data)) != len(data):
            raise ValidationError(f"Give a list of {', '.join(STOP_TONES)}, each once at the most.")
        return list(data)

    def to_representation(self, value: Any) -> Any:
        """As it is kept."""
        return list(value)


@extend_schema_field(
    {
        "type": "object",
        "additionalProperties": {"type": "string", "minLength": 1, "maxLength": 100},
        "example": {"en-US": "en-US-AvaNeural"},
    }
)
class Voices(serializers.Field[Any, Any, Any, Any]):
    """``{"en-US": "en-US-AvaNeural"}``: another neural voice for a language."""

    def to_internal_value(self, data: Any) -> dict[str, str]:
        """Voices under the locale that is spoken, which ``en`` alone is not."""
        if not isinstance(data, dict):
            raise ValidationError('Give {"en-US": "en-US-AvaNeural"}: a voice for each language.')
        found = {}
        for tag, voice in data.items():
            normal = Language().run_validation(tag)
            pack = wording.packs().get(wording.base(normal))
            if pack is None:
                raise ValidationError(f"“{normal}” is no language that we have texts for.")
            found[pack.locale_for(normal)] = str(Text(max_length=100).run_validation(voice))
        return found

    def to_representation(self, value: Any) -> Any:
        """As it is kept."""
        return value
