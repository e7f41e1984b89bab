"""The patients: who answers which number, and what they say and press.

A persona knows no caller. It looks at the labels it is offered: Confirm among them makes a menu;
Yes and No ask who is speaking, or, once the persona has asked to cancel, whether that is meant.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Ring(StrEnum):
    """What becomes of a ring."""

    ANSWERS = "answers"
    BUSY = "busy"
    RINGS_OUT = "rings_out"
    DECLINES = "declines"
    BAD_NUMBER = "bad_number"


class Step(StrEnum):
    """The questions that a persona can tell apart by the labels offered."""

    RIGHT_PARTY = "right_party"
    MENU = "menu"
    READ_BACK = "read_back"
    OTHER = "other"


@dataclass(frozen=True)
class Say:
    """Words, one of several wordings; ``at`` is the share of the prompt after which they come.

    Without ``at`` the persona hears the prompt out and thinks.
    """

    wordings: tuple[str, ...]
    at: float | None = None
    sentiment: str = "neutral"
    #: Whether this asks for the appointment to be cancelled: a read-back may follow.
    cancels: bool = False
    #: Whether the persona waits until just before the silence limit.
    slow: bool = False


@dataclass(frozen=True)
class Press:
    """One key of a telephone."""

    key: str
    at: float | None = None
    #: Whether this asks for the appointment to be cancelled: a read-back may follow.
    cancels: bool = False


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


Act = Say | Press | HangUp | Nothing | ServiceFails


@dataclass(frozen=True)
class Persona:
    """One kind of patient. Acts are taken in order, the last one again and again."""

    name: str
    #: Last two digits of the numbers that this persona answers.
    digits: tuple[str, ...]
    summary: str
    ring: Ring = Ring.ANSWERS
    #: Language without region.
    language: str = "en"
    acts: Mapping[Step, tuple[Act, ...]] = field(default_factory=dict)


YES = Say(("yes", "yes this is me", "yes, speaking"))
NO = Say(("no", "no, that's not right"))
CONFIRM = Say(("confirm", "I confirm", "confirm, please"), sentiment="positive")
CANCEL = Say(("cancel", "I need to cancel", "cancel, please"), cancels=True)
STOP = Say(("stop calling",), sentiment="negative")


def _acts(
    right_party: tuple[Act, ...] = (YES,),
    menu: tuple[Act, ...] = (CONFIRM,),
    read_back: tuple[Act, ...] = (YES,),
) -> dict[Step, tuple[Act, ...]]:
    return {Step.RIGHT_PARTY: right_party, Step.MENU: menu, Step.READ_BACK: read_back}


def _always(act: Act) -> dict[Step, tuple[Act, ...]]:
    return dict.fromkeys(Step, (act,))


DEFAULT = Persona("confirm_by_voice", ("01",), "Says yes, then confirms.", acts=_acts())

PERSONAS = (
    DEFAULT,
    Persona(
        "confirm_by_key",
        ("02",),
        "Presses 1 twice, the second time before the menu has been read out.",
        acts=_acts((Press("1"),), (Press("1", at=0.8),), (Press("1"),)),
    ),
    Persona(
        "cancel_with_read_back",
        ("03",),
        "Cancels, and says yes when it is read back.",
        acts=_acts(menu=(CANCEL,)),
    ),
    Persona(
        "cancel_changes_mind",
        ("04",),
        "Cancels, says no when it is read back, then confirms.",
        acts=_acts(menu=(CANCEL, CONFIRM), read_back=(NO,)),
    ),
    Persona(
        "cancel_hangs_up_at_read_back",
        ("05",),
        "Cancels, and hangs up while it is read back.",
        acts=_acts(menu=(CANCEL,), read_back=(HangUp(),)),
    ),
    Persona(
        "slow_answer",
        ("06",),
        "Answers one second before the silence limit, then confirms as slowly.",
        acts=_acts(
            (Say(YES.wordings, slow=True),),
            (Say(CONFIRM.wordings, sentiment="positive", slow=True),),
        ),
    ),
    Persona(
        "repeat_then_confirm",
        ("07",),
        "Presses star at the menu once, then confirms.",
        acts=_acts(menu=(Press("*"), CONFIRM)),
    ),
    Persona(
        "hello_over_opening",
        ("08",),
        "Says hello over the opening, then yes, then confirms.",
        acts=_acts(right_party=(Say(("hello?",), at=0.2), YES)),
    ),
    Persona(
        "cancel_by_key",
        ("09",),
        "Presses 2, and 1 when it is read back.",
        acts=_acts((Press("1"),), (Press("2", cancels=True),), (Press("1"),)),
    ),
    Persona("silence", ("10",), "Answers and never says a word.", acts=_always(Nothing())),
    Persona(
        "mumble",
        ("11",),
        "Says things that are no answer.",
        acts=_always(Say(("mmh, er, the dog, you know",))),
    ),
    Persona(
        "hang_up_mid_prompt",
        ("12",),
        "Hangs up in the middle of the first prompt.",
        acts=_always(HangUp()),
    ),
    Persona(
        "wrong_person",
        ("13",),
        "Says no when asked whether they are the patient.",
        acts=_acts(right_party=(NO,)),
    ),
    Persona(
        "spanish",
        ("20",),
        "Answers in Spanish: sí, confirmo.",
        language="es",
        acts=_acts((Say(("sí",)),), (Say(("confirmo",), sentiment="positive"),), (Say(("sí",)),)),
    ),
    Persona(
        "spanish_cancel",
        ("21",),
        "Cancels in Spanish, and says sí when it is read back.",
        language="es",
        acts=_acts(
            (Say(("sí", "sí, soy yo")),),
            (Say(("cancelar",), cancels=True), Say(("cancelo",), cancels=True)),
            (Say(("sí",)),),
        ),
    ),
    Persona("busy", ("30",), "The line is busy.", ring=Ring.BUSY),
    Persona("ring_out", ("31",), "Nobody picks up; gives up after 45 s.", ring=Ring.RINGS_OUT),
    Persona("decline", ("32",), "Rejects the call: two events.", ring=Ring.DECLINES),
    Persona("bad_number", ("33",), "The number is not in use.", ring=Ring.BAD_NUMBER),
    Persona("stop", ("40",), "Says: stop calling.", acts=_always(STOP)),
    Persona(
        "stop_by_key",
        ("41",),
        "Presses 9 during the first prompt.",
        acts=_always(Press("9", at=0.5)),
    ),
    Persona(
        "ai_failure", ("50",), "Every recognition fails with 8565.", acts=_always(ServiceFails())
    ),
)
BY_NAME = {persona.name: persona for persona in PERSONAS}
BY_DIGITS = {digits: persona for persona in PERSONAS for digits in persona.digits}


def persona_for(number: str) -> Persona:
    """Who answers a number: by its last two digits, else somebody who confirms by voice."""
    return BY_DIGITS.get(number[-2:], DEFAULT)


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
    """One persona during one call: what it was asked and what it means to do."""

    def __init__(self, persona: Persona, draw: Draw) -> None:
        self.persona = persona
        self._draw = draw
        self._asked: Counter[Step] = Counter()
        self._cancelling = False
        #: The question that was answered last.
        self.step = Step.OTHER

    def ring_seconds(self) -> float:
        """How long the telephone rings before anything happens."""
        return self._draw.between(1.5, 4.0, "ring")

    def roster_comes_first(self) -> bool:
        """Whether ParticipantsUpdated overtakes CallConnected, as it was seen to do."""
        return self._draw.between(0, 1, "roster") < 0.5

    def answer(self, labels: Collection[str]) -> Act:
        """What the patient does when these labels are offered."""
        step = self.step = self._step({label.casefold() for label in labels})
        acts = self.persona.acts.get(step) or (Nothing(),)
        act = acts[min(self._asked[step], len(acts) - 1)]
        self._asked[step] += 1
        if step is Step.MENU:
            self._cancelling = isinstance(act, Say | Press) and act.cancels
        return act

    def wording(self, act: Say) -> str:
        return self._draw.pick(act.wordings, "wording", self._asked.total())

    def confidence(self) -> float:
        return round(self._draw.between(0.78, 0.98, "confidence", self._asked.total()), 4)

    def thinking_seconds(self, act: Act, limit: float) -> float:
        """How long after the prompt the answer begins; ``limit`` is the initial silence."""
        if isinstance(act, Say) and act.slow:
            return max(limit - 1.0, limit / 2)
        return self._draw.between(0.7, 1.5, "thinking", self._asked.total())

    def _step(self, labels: set[str]) -> Step:
        if "confirm" in labels:
            return Step.MENU
        if {"yes", "no"} <= labels:
            return Step.READ_BACK if self._cancelling else Step.RIGHT_PARTY
        return Step.OTHER
