"""What is wrong with texts before anybody hears them. Pure; R4, R5, R9 of the field's rules.

A clinic's languages are judged together: in one call a patient may answer in
any of them, so that a phrase must mean the same thing in all.
"""

import re
import string
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from fnmatch import fnmatchcase
from functools import cache, lru_cache
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

from calls.conversation import wording
from calls.conversation.actions import PromptKind
from calls.conversation.vocabulary import CHOICE_STEPS, Step
from calls.conversation.wording import PLACEHOLDERS, RECORDABLE, Disclosure, Pack, WordingError

#: Azure's limit for one text.
MOST_CHARACTERS = 4000
#: R5.
MOST_SECONDS = 60
#: The longest way to a confirmation, everything offered.
PATH = (
    "opening",
    "right_party",
    "menu",
    "offer_reschedule",
    "offer_staff",
    "offer_repeat",
    "confirmed",
)

#: An invented patient of an invented clinic; the time is said by :func:`sample_values`.
SAMPLE_VALUES: Mapping[str, str] = {
    "clinic": "Maple Street Clinic",
    "phone": "2 1 2, 5 5 5, 0 1 9 9",
    "opt_out_phone": "8 0 0, 5 5 5, 0 1 9 9",
    "patient": "Ana",
    "practitioner": "Dr. Blake",
}
_SAMPLE_ZONE = ZoneInfo("America/New_York")
_SAMPLE_START = datetime(2027, 9, 22, 18, 30, tzinfo=UTC)

_PUBLIC = frozenset(name for name, kind in PLACEHOLDERS.items() if kind is Disclosure.PUBLIC)
#: The group of ``[phrases]`` that belongs to every step.
_ANY = "any"


class Severity(StrEnum):
    """An error must not be spoken; a warning is for a person to judge."""

    ERROR = "error"
    WARNING = "warning"


class Code(StrEnum):
    """The rules."""

    SHARED_PHRASE = "shared_phrase"
    DIGIT_PHRASE = "digit_phrase"
    EMPTY_PHRASE = "empty_phrase"
    OPENING = "opening"
    MONEY = "money"
    LONG_CALL = "long_call"
    LONG_TEXT = "long_text"
    MISSING = "missing"
    UNKNOWN = "unknown"
    PLACEHOLDER = "placeholder"
    SSML = "ssml"
    RECORDING = "recording"
    DRAFT = "draft"


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: where, and what helps, in plain words."""

    code: Code
    #: The tag under which the language was given.
    language: str
    #: The text, or ``step.Label`` of a phrase; empty for the language as a whole.
    key: str
    message: str

    @property
    def severity(self) -> Severity:
        """Only a draft may be spoken as it is, where a named person approves it."""
        return Severity.WARNING if self.code is Code.DRAFT else Severity.ERROR


def lint(packs: Mapping[str, Pack]) -> list[Finding]:
    """Everything that is wrong with the languages of one clinic, in their order."""
    findings = [finding for tag, pack in packs.items() for finding in _alone(tag, pack)]
    return [*findings, *_shared_phrases(packs)]


def _alone(tag: str, pack: Pack) -> Iterator[Finding]:
    def found(code: Code, key: str, message: str) -> Finding:
        return Finding(code, tag, key, message)

    shipped = wording.packs()["en"]
    for key in sorted(shipped.texts.keys() - pack.texts.keys()):
        yield found(Code.MISSING, key, "This text is missing.")
    for key in sorted((pack.texts.keys() | pack.sounds.keys()) - shipped.texts.keys()):
        yield found(Code.UNKNOWN, key, "There is no text of this name; nobody would hear it.")
    for key in pack.texts:
        for code, message in _of_text(pack, key):
            yield found(code, key, message)
    for key in sorted(pack.sounds.keys() & pack.texts.keys()):
        for code, message in _of_sound(pack, key):
            yield found(code, key, message)
    for problem in _opening(pack):
        yield found(Code.OPENING, "opening", problem)
    for code, key, message in _of_phrases(pack, shipped):
        yield found(code, key, message)
    if (length := path_seconds(pack)) > MOST_SECONDS:
        yield found(
            Code.LONG_CALL,
            "",
            f"From the opening to the goodbye it takes {length:.0f} seconds; "
            f"more than {MOST_SECONDS} are too many.",
        )
    if not pack.reviewed:
        yield found(Code.DRAFT, "", "A draft translation: no native speaker has read it.")


def _of_text(pack: Pack, key: str) -> Iterator[tuple[Code, str]]:
    if problem := _placeholder_problem(key, pack.texts[key]):
        yield Code.PLACEHOLDER, problem
    filled = sample(pack, key)
    if filled is not None and len(filled) > MOST_CHARACTERS:
        yield (
            Code.LONG_TEXT,
            f"It has {len(filled)} characters; Azure speaks {MOST_CHARACTERS} at most.",
        )
    patterns = [fold(pattern, keep="*") for pattern in pack.lint.get("forbidden", ())]
    for word in dict.fromkeys(fold(_template(pack, key)).split()):
        if any(fnmatchcase(word, pattern) for pattern in patterns):
            yield Code.MONEY, f"“{word}” speaks of money or offers, which a reminder may not."


def _placeholder_problem(key: str, text: str) -> str:
    try:
        wording.check_placeholders(key, text)
    except WordingError as error:
        return f"{error}."
    except ValueError:
        return "A brace is left open: placeholders are written {clinic}."
    # A format may hold a placeholder of its own, which no class was asked for.
    if any(spec or conversion for _, _, spec, conversion in string.Formatter().parse(text)):
        return "A placeholder is its name alone, {clinic}: no “:” or “!” after it."
    return ""


def _of_sound(pack: Pack, key: str) -> Iterator[tuple[Code, str]]:
    if _placeholder_problem(key, pack.texts[key]):
        return
    sound, needed = pack.sounds[key], _placeholders(pack.texts[key])
    match sound.get("kind"):
        case PromptKind.FILE:
            if more := needed - RECORDABLE:
                yield Code.RECORDING, f"No recording can say {_list(more)}."
        case PromptKind.SSML:
            if problem := _ssml_problem(sound.get("source", "")):
                yield Code.SSML, problem
            elif more := needed - _PUBLIC:
                # Else the patient would confirm a visit whose time was never said.
                yield Code.SSML, f"SSML cannot say {_list(more)}, which the text says."
        case kind:
            yield Code.UNKNOWN, f"There is no sound of the kind “{kind}”."


def _ssml_problem(document: str) -> str:
    if "<!DOCTYPE" in document:
        return "The SSML must not declare a document type."
    try:
        more = _placeholders(document) - _PUBLIC
    except ValueError:
        return "A brace is left open in the SSML."
    if more:
        return f"SSML may not say {_list(more)}: only {_list(_PUBLIC)}."
    try:
        root = ElementTree.fromstring(wording.fill_ssml(document, SAMPLE_VALUES))
    except (ElementTree.ParseError, LookupError, ValueError, AttributeError) as error:
        return f"The SSML is not well-formed XML ({error})."
    if root.tag.rpartition("}")[2] != "speak":
        return "The outermost element of the SSML must be <speak>."
    return ""


def _opening(pack: Pack) -> Iterator[str]:
    """R4: automated call, clinic, number, then the way out; in this order."""
    text = _template(pack, "opening")
    plain, automated = fold(text, keep="{}_"), pack.lint.get("automated", ())
    stops = pack.phrases.get(_ANY, {}).get("Stop", ())
    tokens = {
        "that the call is automated": [fold(word) for word in automated],
        "{clinic}": ["{clinic}"],
        "{phone}": ["{phone}"],
        "key 9": ["9"],
        "a phrase that stops the calls": [fold(phrase) for phrase in stops],
    }
    places = {name: _place(plain, words) for name, words in tokens.items()}
    missing = [name for name, place in places.items() if place is None]
    if missing:
        yield f"The opening does not say {', '.join(missing)}."
        return
    # Key and phrase are one instruction: either may come first.
    *before, key, phrase = [place for place in places.values() if place is not None]
    order = [*before, min(key, phrase)]
    if order != sorted(order):
        yield (
            "The opening must say first that the call is automated, "
            "then {clinic}, then {phone}, then how to stop the calls."
        )


def _place(text: str, phrases: list[str]) -> int | None:
    """Where the first of some phrases stands as whole words."""
    found = [f" {text} ".find(f" {phrase} ") for phrase in phrases if phrase]
    return min((place for place in found if place >= 0), default=None)


def _of_phrases(pack: Pack, shipped: Pack) -> Iterator[tuple[Code, str, str]]:
    digits = _digit_words() | {fold(word) for word in pack.lint.get("digits", ())}
    for group, labels in shipped.phrases.items():
        for label in labels:
            if not pack.phrases.get(group, {}).get(label):
                yield Code.MISSING, f"{group}.{label}", "No phrase means this answer."
    for group, labels in pack.phrases.items():
        for label, phrases in labels.items():
            key = f"{group}.{label}"
            if label not in shipped.phrases.get(group, {}):
                yield Code.UNKNOWN, key, "There is no such answer to this question."
            for phrase in phrases:
                words = fold(phrase).split()
                if not words:
                    yield Code.EMPTY_PHRASE, key, f"“{phrase}” has no word that can be heard."
                elif all(word.isdecimal() or word in digits for word in words):
                    yield (
                        Code.DIGIT_PHRASE,
                        key,
                        f"“{phrase}” is a number: a voicemail that says “press one” would answer.",
                    )


@cache
def _digit_words() -> frozenset[str]:
    """Of all shipped languages: an answer is heard in any of those of the call."""
    shipped = wording.packs().values()
    return frozenset(fold(word) for pack in shipped for word in pack.lint.get("digits", ()))


def _shared_phrases(packs: Mapping[str, Pack]) -> Iterator[Finding]:
    told: set[tuple[str, tuple[str, str, str], tuple[str, str, str]]] = set()
    for step in CHOICE_STEPS:
        meanings: dict[str, tuple[str, str, str]] = {}
        for tag, pack in packs.items():
            for group, label, phrase in _phrases_of(pack, step):
                mine = (tag, f"{group}.{label}", label)
                other = meanings.setdefault(fold(phrase), mine)
                clash = (fold(phrase), other, mine)
                if other[2] == label or clash in told:
                    continue
                told.add(clash)
                yield Finding(
                    Code.SHARED_PHRASE,
                    tag,
                    mine[1],
                    f"“{phrase}” means {label} here and {other[2]} in {other[0]} ({other[1]}).",
                )


def _phrases_of(pack: Pack, step: Step) -> Iterator[tuple[str, str, str]]:
    for group in (step.value, _ANY):
        for label, phrases in pack.phrases.get(group, {}).items():
            for phrase in phrases:
                if fold(phrase):
                    yield group, label, phrase


@lru_cache(maxsize=4096)
def fold(text: str, keep: str = "") -> str:
    """A text as a recogniser compares it: no case, accents, vowel signs or punctuation."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(c for c in decomposed if not unicodedata.combining(c))
    return " ".join(re.findall(rf"[\w{re.escape(keep)}]+", plain))


def sample_values(pack: Pack) -> dict[str, str]:
    """What an invented patient would hear in a pack's language."""
    when = wording.spoken_when(pack, pack.default_locale, _SAMPLE_START, _SAMPLE_ZONE, _SAMPLE_ZONE)
    return {**SAMPLE_VALUES, "when": when}


def sample(pack: Pack, key: str) -> str | None:
    """One text as an invented patient hears it; None where it cannot be filled in."""
    try:
        return _template(pack, key).format_map(sample_values(pack))
    except (LookupError, ValueError, AttributeError):
        return None


def seconds_of(pack: Pack, key: str) -> float:
    """How long one text takes to say, for an invented patient; 0 where there is none."""
    return wording.seconds(sample(pack, key) or "")


def path_seconds(pack: Pack) -> float:
    """How long the call takes to say from the opening to the goodbye, at most."""
    return sum(seconds_of(pack, key) for key in PATH)


def _template(pack: Pack, key: str) -> str:
    """The words of a text, or of the SSML that is spoken instead of it."""
    sound = pack.sounds.get(key, {})
    if sound.get("kind") == PromptKind.SSML:
        try:
            root = ElementTree.fromstring(sound.get("source", ""))
        except (ElementTree.ParseError, ValueError):
            return ""
        return " ".join(" ".join(root.itertext()).split())
    return pack.texts.get(key, "")


def _placeholders(text: str) -> set[str]:
    """Raises: ValueError: a brace is left open."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def _list(names: set[str] | frozenset[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in sorted(names))
