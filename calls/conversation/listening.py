"""Who took the call, from the words of the greeting alone. Pure; thresholds are data.

Azure has no answering-machine detection. A person says one word or two and
waits; a voicemail speaks on, names the tone and digits; a call screener asks
who is calling and why. Idea of the marks (number of words, hint phrases, runs
of digits): field.md §5.4.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from calls.conversation import wording
from calls.conversation.script import plain


class Taker(StrEnum):
    """Who or what took the call."""

    PERSON = "person"
    VOICEMAIL = "voicemail"
    SCREENER = "screener"
    SILENCE = "silence"


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """When a greeting is too long for a person."""

    #: More words than this are a recording. "Hello, Ortiz residence, Ana speaking" has five.
    most_words: int = 12
    #: As many digits in a row are a telephone number, which people do not greet with.
    digits: int = 5


@dataclass(frozen=True)
class Hints:
    """Phrases that give a machine away, in one language."""

    voicemail: tuple[str, ...] = ()
    screener: tuple[str, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """The verdict and what it rests on."""

    taker: Taker
    why: str = ""
    numbers: Mapping[str, int] = field(default_factory=dict)


def classify(
    greeting: str, languages: Sequence[str], thresholds: Thresholds = Thresholds()
) -> Taker:
    """Who greets, by the hints of the call's languages."""
    return judge(greeting, [hints_of(tag) for tag in languages], thresholds).taker


def judge(greeting: str, hints: Sequence[Hints], thresholds: Thresholds = Thresholds()) -> Verdict:
    """The verdict with its reason. Hints beat length: a screener's sentence is long too."""
    words = plain(greeting).split()
    if not words:
        return Verdict(Taker.SILENCE)
    said = f" {' '.join(words)} "
    for taker, phrases in (
        (Taker.SCREENER, [p for hint in hints for p in hint.screener]),
        (Taker.VOICEMAIL, [p for hint in hints for p in hint.voicemail]),
    ):
        for phrase in phrases:
            if f" {plain(phrase)} " in said:
                return Verdict(taker, f"said “{phrase}”")
    digits = sum(len(word) for word in words if word.isdecimal())
    if digits >= thresholds.digits:
        return Verdict(Taker.VOICEMAIL, "told a number", {"digits": digits})
    if len(words) > thresholds.most_words:
        return Verdict(Taker.VOICEMAIL, "spoke on", {"words": len(words)})
    return Verdict(Taker.PERSON, "was short", {"words": len(words)})


def hints_of(tag: str) -> Hints:
    """The shipped hints of a language."""
    hints = wording.packs()[wording.base(tag)].listening
    return Hints(tuple(hints.get("voicemail", ())), tuple(hints.get("screener", ())))
