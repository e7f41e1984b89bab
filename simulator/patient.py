"""One patient during one call: what was asked, what was understood, and what follows from it."""

from __future__ import annotations

import hashlib
from collections import Counter

from simulator.acts import (
    Act,
    Done,
    Identify,
    Nothing,
    Press,
    Question,
    Say,
    ServiceFails,
    Step,
    key_for,
    meaning_of,
)
from simulator.persona import Persona
from simulator.recognizing import Input

#: What the patients type who know who they are: 4 July, day before month.
DIGITS = "0407"


class Draw:
    """Chance that comes out the same every time for one seed, number and purpose."""

    def __init__(self, seed: str, number: str) -> None:
        self._root = f"{seed}|{number}"

    def between(self, low: float, high: float, *purpose: object) -> float:
        text = "|".join([self._root, *map(str, purpose)])
        share = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) / 2**64
        return low + (high - low) * share

    def pick(self, options: tuple[str, ...], *purpose: object) -> str:
        return options[int(self.between(0, len(options), *purpose))]


class Patient:
    """One persona during one call."""

    def __init__(self, persona: Persona, draw: Draw, *, digits: str = DIGITS) -> None:
        self.persona = persona
        self._draw = draw
        self._digits = digits
        self._asked: Counter[Step] = Counter()
        #: The question that was asked last.
        self.step = Step.OTHER
        #: Whether it was understood, and what was wished at the menu.
        self._was_understood = True
        self._wish: str | None = None
        self._has_said_who = False

    def ring_seconds(self) -> float:
        """How long the telephone rings before anything happens."""
        return self._draw.between(1.5, 4.0, "ring")

    def roster_comes_first(self) -> bool:
        """Whether ParticipantsUpdated overtakes CallConnected, as it was seen to do."""
        return self._draw.between(0, 1, "roster") < 0.5

    def hears(self, question: Question) -> Step:
        """Take a question in: which step it is."""
        self.step = self._step(question)
        self._was_understood = False
        return self.step

    def answer(self, question: Question) -> Done:
        """What the patient does when this is asked."""
        step = self.hears(question)
        if self.persona.ai_fails and question.needs_ai_resource:
            return ServiceFails()
        acts = self.persona.acts.get(step) or (Nothing(),)
        act = self._done(acts[min(self._asked[step], len(acts) - 1)], question)
        self._asked[step] += 1
        if step is Step.MENU:
            self._wish = meaning_of(act, step)
        return _on_keypad(act, step) if question.is_keypad else act

    def understood(self, means: str | None) -> None:
        """The last answer was taken for this; what is asked next can be told from it."""
        if means == "Repeat":
            return
        self._was_understood = True
        if self.step is Step.RIGHT_PARTY:
            self._has_said_who = True
        elif self.step in (Step.MENU, Step.READ_BACK, Step.NEEDS, Step.PREFERENCE):
            self._has_said_who = True
            self._wish = means if self.step is Step.MENU else None

    def wording(self, act: Say) -> str:
        return self._draw.pick(act.wordings, "wording", self._asked.total())

    def confidence(self) -> float:
        return round(self._draw.between(0.78, 0.98, "confidence", self._asked.total()), 4)

    def thinking_seconds(self, act: Act, limit: float) -> float:
        """How long after the prompt the answer begins; ``limit`` is the initial silence."""
        if isinstance(act, Say) and act.slow:
            return max(limit - 1.0, limit / 2)
        return self._draw.between(0.7, 1.5, "thinking", self._asked.total())

    def _done(self, act: Act, question: Question) -> Done:
        if not isinstance(act, Identify):
            return act
        digits = self._digits if act.rightly else _others(self._digits)
        # Shorter than what is collected: the key that ends it comes after it.
        if len(digits) < question.most_keys and question.stops:
            digits += question.stops[0]
        return Press(digits)

    def _step(self, question: Question) -> Step:
        match question.kind:
            case Input.SPEECH:
                return Step.REASON if question.has_prompt else Step.GREETING
            case Input.SPEECH_OR_DTMF:
                return Step.PREFERENCE
            case Input.DTMF:
                return self._keypad_step() if question.is_keypad else Step.IDENTITY
            case _:
                return self._choice_step({label.casefold() for label in question.labels})

    def _choice_step(self, labels: set[str]) -> Step:
        if "confirm" in labels:
            return Step.MENU
        if {"yes", "no"} <= labels:
            return Step.READ_BACK if self._wish == "Cancel" else Step.RIGHT_PARTY
        return Step.NEEDS if "nothing" in labels else Step.OTHER

    def _keypad_step(self) -> Step:
        """A keypad offers no labels: the last question again, or the one that usually follows."""
        if not self._was_understood and self.step in _WITH_KEYS:
            return self.step
        if not self._has_said_who:
            return Step.RIGHT_PARTY
        follows = {
            "Cancel": Step.READ_BACK,
            "Confirm": Step.NEEDS,
            "Reschedule": Step.PREFERENCE,
        }
        return follows.get(self._wish or "", Step.MENU)


_WITH_KEYS = (Step.RIGHT_PARTY, Step.MENU, Step.READ_BACK, Step.NEEDS, Step.PREFERENCE)


def _on_keypad(act: Done, step: Step) -> Done:
    """The key that means what would have been said, where there is one."""
    if not isinstance(act, Say):
        return act
    key = key_for(act.means, step)
    return act if key is None else Press(key, act.at)


def _others(digits: str) -> str:
    """As many digits, the last of them another one."""
    return f"{digits[:-1]}{(int(digits[-1]) + 1) % 10}"
