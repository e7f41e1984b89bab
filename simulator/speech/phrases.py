"""The words of an answer: phrases, hypotheses, the n-best list, and curses masked."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from typing import Any

from simulator.speech.ledger import Segment
from simulator.speech.wanted import Mode, Wanted, base

#: Mild ones; the service's own list is not published.
CURSES = ("damn", "crap", "bloody", "bastard", "mierda", "merde", "scheiße", "merda")
_CURSE = re.compile(rf"\b(?:{'|'.join(CURSES)})\b", re.IGNORECASE)


@dataclass(frozen=True)
class Place:
    """Where in a turn: its begin is taken off what counts from the begin of the stream."""

    begin: int

    def of(self, offset: int) -> int:
        return max(0, offset - self.begin)


def understood_as(segment: Segment, wanted: Wanted, decided: str | None) -> str | None:
    """The candidate in which a segment is understood; None when it is none of them."""
    candidates = wanted.languages if decided is None else (decided,)
    exact = [each for each in candidates if each.lower() == segment.language.lower()]
    near = [each for each in candidates if base(each) == base(segment.language)]
    return next(iter(exact + near), None)


def masked(text: str, profanity: str) -> str:
    """A text with its curses as they are wanted: masked, removed or raw."""
    match profanity:
        case "raw":
            return text
        case "removed":
            return " ".join(_CURSE.sub("", text).split())
        case _:
            return _CURSE.sub(lambda curse: "*" * len(curse[0]), text)


def hypothesis(segment: Segment, wanted: Wanted, language: str, place: Place) -> dict[str, Any]:
    """The first half of the words, in lower case and without punctuation."""
    words = lexical(segment.text).split()
    text = " ".join(words[: max(1, len(words) // 2)])
    found = {
        "Text": masked(text, wanted.profanity),
        "Offset": place.of(segment.offset),
        "Duration": segment.duration // 2,
    }
    return found | _language(segment, wanted, language)


def phrase(segment: Segment, wanted: Wanted, language: str, place: Place) -> dict[str, Any]:
    """A segment that was understood, or that the ledger wants to end otherwise."""
    found = bare_phrase(segment.status, place.of(segment.offset), segment.duration)
    if segment.status == "Success":
        if wanted.mode is not Mode.NONE:
            found["DisplayText"] = masked(segment.text, wanted.profanity)
        if wanted.is_detailed and not wanted.is_semantic:
            found["NBest"] = [best(segment, wanted, place)]
    found |= _language(segment, wanted, language)
    extras = {
        "SpeakerId": segment.speaker,
        "Channel": segment.channel,
        "Sentiment": segment.sentiment,
    }
    return found | {name: value for name, value in extras.items() if value is not None}


def bare_phrase(status: str, offset: int, duration: int) -> dict[str, Any]:
    """A phrase without words."""
    return {
        "Id": uuid.uuid4().hex,
        "RecognitionStatus": status,
        "Offset": offset,
        "Duration": duration,
    }


def best(segment: Segment, wanted: Wanted, place: Place) -> dict[str, Any]:
    """The one entry of the n-best list; a word lasts by its letters."""
    return {
        "Confidence": segment.confidence,
        "Lexical": lexical(segment.text),
        "ITN": lexical(segment.text),
        "MaskedITN": masked(lexical(segment.text), wanted.profanity),
        "Display": masked(segment.text, wanted.profanity),
        "Words": words(segment, place),
    }


def words(segment: Segment, place: Place) -> list[dict[str, Any]]:
    found = lexical(segment.text).split()
    letters, passed, timed = max(1, sum(map(len, found))), 0, []
    for word in found:
        offset = place.of(segment.offset) + segment.duration * passed // letters
        passed += len(word)
        end = place.of(segment.offset) + segment.duration * passed // letters
        timed.append(
            {
                "Word": word,
                "Offset": offset,
                "Duration": end - offset,
                "Confidence": segment.confidence,
            }
        )
    return timed


def lexical(text: str) -> str:
    """The words alone, as they are spoken."""
    return " ".join(re.sub(r"[^\w\s'’-]", " ", text).lower().split())


def _language(segment: Segment, wanted: Wanted, language: str) -> dict[str, Any]:
    if wanted.identification is None:
        return {}
    return {"PrimaryLanguage": {"Language": language, "Confidence": segment.language_confidence}}
