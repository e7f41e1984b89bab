"""The shipped texts and phrases, and how a text is filled in.

Placeholders are typed by what they give away: ``public`` ones may be said to
whoever picks up, ``after_identity`` ones only once the right person is there.
A text that asks for more than it is allowed cannot be filled in.
"""

import hashlib
import json
import string
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import cache, cached_property
from importlib import resources
from typing import Any
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time, get_timezone_location

from calls.conversation.vocabulary import Label, Step

#: Slow enough to be an upper bound (R5 estimates at 130 words a minute).
WORDS_PER_MINUTE = 130


class Disclosure(StrEnum):
    """Whom a placeholder may be said to."""

    PUBLIC = "public"
    AFTER_IDENTITY = "after_identity"
    NEVER_VOICE = "never_voice"


PLACEHOLDERS: Mapping[str, Disclosure] = {
    "clinic": Disclosure.PUBLIC,
    "phone": Disclosure.PUBLIC,
    "opt_out_phone": Disclosure.PUBLIC,
    "patient": Disclosure.PUBLIC,
    "when": Disclosure.AFTER_IDENTITY,
    "practitioner": Disclosure.AFTER_IDENTITY,
    "visit_type": Disclosure.NEVER_VOICE,
    "external_id": Disclosure.NEVER_VOICE,
}

#: Texts that are said before we know who is listening.
BEFORE_IDENTITY = frozenset(
    {
        "opening",
        "screener",
        "right_party",
        "right_party_plainer",
        "right_party_keys",
        "identity_birthday",
        "identity_pin",
        "identity_wrong",
        "unverified",
        "wrong_person",
        "condolence",
        "voicemail",
        "changed",
        "stopped",
        "review",
        "goodbye",
        "staff_connecting",
        "staff_later",
        "transfer_failed",
        "thanks",
        "need_told",
        "noted_need",
        "fallback_right_party",
        "fallback_closing",
    }
)

#: What a clinic may have recorded: texts without anything of a patient in them.
RECORDABLE = frozenset({"clinic", "phone", "opt_out_phone"})


class WordingError(ValueError):
    """A text that may not be spoken as it is."""


@dataclass(frozen=True, eq=False)
class Pack:
    """All texts and phrases of one language."""

    language: str
    default_locale: str
    voices: Mapping[str, str]
    texts: Mapping[str, str]
    phrases: Mapping[str, Mapping[str, tuple[str, ...]]]
    spoken_time: Mapping[str, str]
    #: "voicemail" and "screener" -> phrases that give a machine away.
    listening: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: "automated", "forbidden" and "digits" -> words, for :mod:`calls.conversation.linting`.
    lint: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: False: a draft translation, which no native speaker has read.
    reviewed: bool = False
    #: key -> {"kind", "source"} where a clinic speaks SSML or a recording instead of the text.
    sounds: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def locale_for(self, tag: str) -> str:
        """The full locale for a tag: ``es-MX`` stays, a bare ``es`` gets the default."""
        return tag if tag in self.voices else self.default_locale

    def voice_for(self, tag: str) -> str:
        """The neural voice for a tag."""
        return self.voices[self.locale_for(tag)]

    def choices(self, step: Step) -> dict[Label, tuple[str, ...]]:
        """The labels of a step with this language's phrases, Stop always among them."""
        words = {**self.phrases[step.value], **self.phrases["any"]}
        return {label: words[label.value] for label in Label if label.value in words}

    def changed(
        self,
        texts: Mapping[str, str],
        phrases: Mapping[str, Mapping[str, Sequence[str]]],
        sounds: Mapping[str, Mapping[str, str]],
    ) -> "Pack":
        """This pack with a clinic's own texts, phrases and sounds in it."""
        merged = {
            step: {**labels, **{k: tuple(v) for k, v in phrases.get(step, {}).items()}}
            for step, labels in self.phrases.items()
        }
        return replace(self, texts={**self.texts, **texts}, phrases=merged, sounds=sounds)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over every text, phrase and sound: the version that is approved."""
        parts = {
            "sounds": {key: dict(sound) for key, sound in self.sounds.items()},
            "texts": dict(self.texts),
            "phrases": {step: dict(words) for step, words in self.phrases.items()},
            "spoken_time": dict(self.spoken_time),
        }
        canonical = json.dumps(parts, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(canonical.encode()).hexdigest()


def base(tag: str) -> str:
    """The base language of a BCP 47 tag: ``es-MX`` -> ``es``."""
    return tag.replace("_", "-").split("-")[0].lower()


@cache
def packs() -> Mapping[str, Pack]:
    """Every shipped language by its base tag."""
    folder = resources.files("calls.conversation") / "locales"
    found = [_pack(tomllib.loads(f.read_text("utf-8"))) for f in folder.iterdir() if _is_pack(f)]
    return {pack.language: pack for pack in sorted(found, key=lambda p: p.language)}


def _is_pack(file: Any) -> bool:
    return bool(file.name.endswith(".toml"))


def _pack(data: dict[str, Any]) -> Pack:
    for key, text in data["texts"].items():
        check_placeholders(key, text)
    return Pack(
        language=data["language"],
        default_locale=data["default_locale"],
        voices=data["voices"],
        texts=data["texts"],
        phrases={
            step: {label: tuple(words) for label, words in labels.items()}
            for step, labels in data["phrases"].items()
        },
        spoken_time={
            key: data[key]
            for key in ("date", "date_first", "time", "when", "when_at_one", "elsewhere")
            if key in data
        },
        listening={kind: tuple(words) for kind, words in data.get("listening", {}).items()},
        lint={kind: tuple(words) for kind, words in data.get("lint", {}).items()},
        reviewed=bool(data.get("reviewed")),
    )


def check_placeholders(key: str, text: str) -> None:
    """Refuse a text that could tell more than its step allows.

    Raises:
        WordingError: naming the text and the placeholder.
    """
    for _, name, _, _ in string.Formatter().parse(text):
        if name is None:
            continue
        allowed = PLACEHOLDERS.get(name)
        if allowed is None or allowed is Disclosure.NEVER_VOICE:
            raise WordingError(f"{key}: {{{name}}} is never said on the phone")
        if allowed is Disclosure.AFTER_IDENTITY and key in BEFORE_IDENTITY:
            raise WordingError(f"{key}: {{{name}}} may only be said after the right-party question")


def fill_public(pack: Pack, values: Mapping[str, str]) -> dict[str, str]:
    """The texts that anybody may hear, filled in; a value of a higher class is an error.

    Raises:
        KeyError: a text asks for something that ``values`` does not have.
    """
    return {key: _fill(text, values) for key, text in pack.texts.items() if key in BEFORE_IDENTITY}


def fill_visit(pack: Pack, values: Mapping[str, str]) -> dict[str, str]:
    """The texts about one visit, filled in."""
    texts = pack.texts.items()
    return {key: _fill(text, values) for key, text in texts if key not in BEFORE_IDENTITY}


def fill_ssml(document: str, values: Mapping[str, str]) -> str:
    """An SSML document with public values in it, escaped as XML."""
    return document.format_map({name: escape(value) for name, value in values.items()})


def _fill(text: str, values: Mapping[str, str]) -> str:
    return _one_stop(text.format_map(dict(values)))


def _one_stop(text: str) -> str:
    """A time that ends in "p. m." brings the full stop of its sentence along."""
    return text.replace("..", ".").replace(".?", "?")


def spoken_when(
    pack: Pack, tag: str, starts_at: datetime, clinic_zone: ZoneInfo, patient_zone: ZoneInfo
) -> str:
    """The visit's time as it is said: in the clinic's zone, with the place
    where the patient's clock shows another time."""
    local = starts_at.astimezone(clinic_zone)
    locale = pack.locale_for(tag).replace("-", "_")
    words = pack.spoken_time
    at_one = local.hour % 12 == 1 and "when_at_one" in words
    # Some languages say "the first" and count on from there.
    date = words["date_first" if local.day == 1 and "date_first" in words else "date"]
    when = words["when_at_one" if at_one else "when"].format(
        date=format_date(local.date(), date, locale=locale),
        time=format_time(local.time(), words["time"], locale=locale).replace("\u202f", " "),
    )
    if starts_at.astimezone(patient_zone).utcoffset() == local.utcoffset():
        return when
    city = get_timezone_location(clinic_zone, locale=locale, return_city=True)
    return words["elsewhere"].format(when=when, city=city)


def seconds(text: str) -> float:
    """How long a text takes to say, in seconds, as an upper bound."""
    return len(text.split()) * 60 / WORDS_PER_MINUTE
