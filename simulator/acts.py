"""What a patient can be asked and can do: the steps that it tells apart, and its acts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from simulator.recognizing import Input, Recognize


class Step(StrEnum):
    """The questions that a persona can tell apart by the input asked for and the labels offered."""

    #: Free speech without a prompt: what one says on picking up.
    GREETING = "greeting"
    RIGHT_PARTY = "right_party"
    #: Several keys: a date, a number.
    IDENTITY = "identity"
    MENU = "menu"
    READ_BACK = "read_back"
    NEEDS = "needs"
    #: Free speech after a prompt.
    REASON = "reason"
    #: Speech or keys.
    PREFERENCE = "preference"
    OTHER = "other"


#: What the keys of a telephone mean at each step, in the labels of the caller's choices.
KEYS_AT: Mapping[Step, Mapping[str, str]] = {
    Step.RIGHT_PARTY: {"1": "Yes", "2": "No"},
    Step.READ_BACK: {"1": "Yes", "2": "No"},
    Step.MENU: {"1": "Confirm", "2": "Cancel", "3": "Reschedule"},
    Step.NEEDS: {"1": "Interpreter", "2": "Wheelchair", "3": "Ride", "4": "Late", "5": "Nothing"},
}
#: Those that mean the same at every step.
KEYS_ANYWHERE: Mapping[str, str] = {"0": "Staff", "9": "Stop", "*": "Repeat"}


@dataclass(frozen=True)
class Question:
    """As much of a recognition as a patient notices."""

    labels: frozenset[str] = frozenset()
    kind: Input = Input.CHOICES
    has_prompt: bool = True
    #: How many keys are collected, and which end them.
    most_keys: int = 0
    stops: tuple[str, ...] = ()
    needs_ai_resource: bool = True

    @classmethod
    def of(cls, request: Recognize) -> Question:
        return cls(
            labels=frozenset(choice.label.casefold() for choice in request.choices),
            kind=request.kind,
            has_prompt=bool(request.prompts),
            most_keys=0 if request.tones is None else request.tones.most,
            stops=() if request.tones is None else request.tones.stops,
            needs_ai_resource=request.needs_ai_resource,
        )

    @property
    def is_keypad(self) -> bool:
        """One key and nothing else: the menu of somebody who could not be understood."""
        return self.kind is Input.DTMF and self.most_keys == 1


@dataclass(frozen=True)
class Say:
    """Words, one of several wordings; ``at`` is the share of the prompt after which they come.

    Without ``at`` the persona hears the prompt out and thinks.
    """

    wordings: tuple[str, ...]
    at: float | None = None
    sentiment: str = "neutral"
    #: The caller's label for what is meant.
    means: str | None = None
    #: Whether the persona waits until just before the silence limit.
    slow: bool = False
    #: Without region; None: the persona's own.
    language: str | None = None

    @property
    def cancels(self) -> bool:
        """Whether this asks for the appointment to be cancelled: a read-back may follow."""
        return self.means == "Cancel"


@dataclass(frozen=True)
class Press:
    """One key of a telephone, or several one after the other."""

    keys: str
    at: float | None = None


@dataclass(frozen=True)
class Identify:
    """Types the digits that tell who one is, or others."""

    rightly: bool = True


@dataclass(frozen=True)
class HangUp:
    """The patient ends the call, in the middle of the prompt."""

    at: float = 0.4


@dataclass(frozen=True)
class Nothing:
    """The patient is silent."""


@dataclass(frozen=True)
class ServiceFails:
    """Not the patient's doing: the AI service behind the recognition is in trouble."""


Act = Say | Press | Identify | HangUp | Nothing | ServiceFails
#: What a line can come to hear of it.
Done = Say | Press | HangUp | Nothing | ServiceFails


def meaning_of(act: Act, step: Step) -> str | None:
    """The caller's label for what an act means at a step, if it means anything."""
    match act:
        case Say(means=means):
            return means
        case Press(keys=keys):
            return meaning_of_keys(keys, step)
        case _:
            return None


def meaning_of_keys(keys: str, step: Step) -> str | None:
    """The same for keys; those typed by mistake before a # mean nothing."""
    key = keys.removesuffix("#")
    if len(key) != 1 or step is Step.PREFERENCE:
        return None
    return KEYS_ANYWHERE.get(key) or KEYS_AT.get(step, {}).get(key)


def key_for(means: str | None, step: Step) -> str | None:
    """The key that means a label at a step."""
    keys = {**KEYS_AT.get(step, {}), **KEYS_ANYWHERE}
    return next((key for key, label in keys.items() if label == means), None)
