"""Phrases tried out: which there are to try, and what a recogniser's words would mean. Pure.

In a call Azure matches what is said with the offered phrases by itself. Tried out, a phrase is
understood where the words that came back hold a phrase of its answer, and of no other, in any
language of the call.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from calls.conversation.script import Script, contains, plain
from calls.conversation.vocabulary import CHOICE_STEPS, Label, Step


class Verdict(StrEnum):
    """What came of a phrase."""

    #: Not tried yet.
    WAITING = "waiting"
    UNDERSTOOD = "understood"
    #: It means two answers, as it is written or as it was heard.
    COLLIDES = "collides"
    #: It was heard, and means another answer.
    MISTAKEN = "mistaken"
    NOT_UNDERSTOOD = "not_understood"
    #: The speech service failed; nothing is known.
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class Case:
    """One phrase, what it should mean, and the questions it can answer."""

    phrase: str
    label: Label
    steps: tuple[Step, ...]


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A verdict, and the other answers that the words mean."""

    verdict: Verdict
    others: tuple[Label, ...] = ()


def steps_of(script: Script) -> tuple[Step, ...]:
    """The questions that the clinic's calls ask with choices."""
    asked = {
        Step.RIGHT_PARTY: script.right_party,
        Step.NEEDS: script.ask_needs,
    }
    return tuple(step for step in CHOICE_STEPS if asked.get(step, True))


def cases(script: Script, language: str, steps: Sequence[Step]) -> list[Case]:
    """Every phrase of a language once for each answer it stands for, in the order of a call."""
    found: dict[tuple[Label, str], list[Step]] = {}
    for step in steps:
        offered = script.choices(step)
        for name, phrases in script.phrases[language][step.value].items():
            for phrase in phrases if Label(name) in offered else ():
                found.setdefault((Label(name), phrase), []).append(step)
    return [
        Case(phrase=phrase, label=label, steps=tuple(where))
        for (label, phrase), where in found.items()
    ]


def expected(script: Script, steps: Sequence[Step], most: int) -> list[str]:
    """The phrases that the recogniser is told to expect, those of all languages of the call."""
    phrases = [p for step in steps for words in script.choices(step).values() for p in words]
    return [phrase for phrase in dict.fromkeys(phrases) if phrase.strip()][:most]


def judge(script: Script, case: Case, heard: str) -> Judged:
    """What a phrase came to, by the words that were heard; empty: none were."""
    written = _meant(script, case.steps, case.phrase) - {case.label}
    if written:
        return Judged(verdict=Verdict.COLLIDES, others=_in_order(written))
    meant = _meant(script, case.steps, heard)
    others = _in_order(meant - {case.label})
    if case.label in meant:
        verdict = Verdict.COLLIDES if others else Verdict.UNDERSTOOD
    else:
        verdict = Verdict.MISTAKEN if others else Verdict.NOT_UNDERSTOOD
    return Judged(verdict=verdict, others=others)


def _meant(script: Script, steps: Sequence[Step], said: str) -> set[Label]:
    return {label for step in steps for label in labels_of(script, step, said)}


def labels_of(script: Script, step: Step, said: str) -> set[Label]:
    """The answers to a question that words mean: the longest phrase in them counts."""
    best = 0
    found: set[Label] = set()
    for label, phrases in script.choices(step).items():
        for phrase in phrases:
            length = len(plain(phrase).split())
            if length >= best and length and contains(said, phrase):
                found = (found if length == best else set()) | {label}
                best = length
    return found


def _in_order(labels: set[Label]) -> tuple[Label, ...]:
    return tuple(label for label in Label if label in labels)
