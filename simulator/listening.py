"""From what a patient did to what a recognition heard: words against phrases, keys against tones.

The same rules for every persona, so that a request whose phrases do not fit is not understood.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from simulator.recognizing import Choice


@dataclass(frozen=True)
class Heard:
    """The choice that an utterance meant, by which phrase, spelled as in the request."""

    label: str
    phrase: str
    language: str


def hear(
    words: str, spoken: str, choices: Sequence[Choice], locales: Sequence[str]
) -> Heard | None:
    """What choice the words mean, if the speaker's language is one of the candidate locales.

    ``spoken`` is a language without region ("es"). The longest phrase contained in the utterance
    wins; among equals, the one said first.
    """
    locale = identify(spoken, locales)
    if locale is None:
        return None
    utterance = normalise(words)
    found = [
        (-len(normalise(phrase)), place, choice.label, phrase)
        for choice in choices
        for phrase in choice.phrases
        if (place := _place(normalise(phrase), utterance)) is not None
    ]
    if not found:
        return None
    _, _, label, phrase = min(found)
    return Heard(label, phrase.lower(), locale)


def label_of_key(key: str, choices: Sequence[Choice]) -> str | None:
    """The label of the choice that has this key, as on a keypad ("1", "*")."""
    return next((choice.label for choice in choices if choice.key == key), None)


def identify(spoken: str, locales: Sequence[str]) -> str | None:
    """The first candidate locale of the spoken language ("es" -> "es-MX"), or None."""
    return next((locale for locale in locales if locale.split("-")[0] == spoken), None)


def normalise(text: str) -> tuple[str, ...]:
    """The words of a text without case, accents or punctuation."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return tuple(re.findall(r"\w+", plain))


def _place(phrase: tuple[str, ...], utterance: tuple[str, ...]) -> int | None:
    """Where the phrase stands in the utterance as whole words."""
    if not phrase:
        return None
    starts = range(len(utterance) - len(phrase) + 1)
    return next((i for i in starts if utterance[i : i + len(phrase)] == phrase), None)
