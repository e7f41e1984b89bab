"""One kind of patient as data, and the words that most of them have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from simulator.acts import Act, Press, Say, Step


class Ring(StrEnum):
    """What becomes of a ring."""

    ANSWERS = "answers"
    BUSY = "busy"
    RINGS_OUT = "rings_out"
    DECLINES = "declines"
    BAD_NUMBER = "bad_number"


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
    #: Whether the AI service fails every recognition that needs it.
    ai_fails: bool = False


YES = Say(("yes", "yes this is me", "yes, speaking"), means="Yes")
NO = Say(("no", "no, that's not right"), means="No")
CONFIRM = Say(("confirm", "I confirm", "confirm, please"), sentiment="positive", means="Confirm")
CANCEL = Say(("cancel", "I need to cancel", "cancel, please"), means="Cancel")
STOP = Say(("stop calling",), sentiment="negative", means="Stop")
HELLO = Say(("hello?",))
NO_NEEDS = Say(("nothing", "nothing, thank you"), means="Nothing")


def acts(
    right_party: tuple[Act, ...] = (YES,),
    menu: tuple[Act, ...] = (CONFIRM,),
    read_back: tuple[Act, ...] = (YES,),
    needs: tuple[Act, ...] = (NO_NEEDS,),
    greeting: tuple[Act, ...] = (HELLO,),
    **others: tuple[Act, ...],
) -> dict[Step, tuple[Act, ...]]:
    """A conversation; at the steps that are not named the persona is silent."""
    return {
        Step.GREETING: greeting,
        Step.RIGHT_PARTY: right_party,
        Step.MENU: menu,
        Step.READ_BACK: read_back,
        Step.NEEDS: needs,
    } | {Step(name): found for name, found in others.items()}


def always(act: Act, greeting: Act = HELLO) -> dict[Step, tuple[Act, ...]]:
    """The same at every question with answers to choose from."""
    steps = (Step.RIGHT_PARTY, Step.MENU, Step.READ_BACK, Step.NEEDS, Step.OTHER)
    found: dict[Step, tuple[Act, ...]] = dict.fromkeys(steps, (act,))
    found[Step.GREETING] = (greeting,)
    return found


def by_key(menu: tuple[Act, ...], **others: tuple[Act, ...]) -> dict[Step, tuple[Act, ...]]:
    """A conversation with the keypad."""
    one = (Press("1"),)
    return acts(right_party=one, menu=menu, read_back=one, needs=(Press("5"),), **others)
