"""The patients: who answers which number.

A persona knows no caller: it looks at the input that is asked for and at the labels it is offered.
"""

from __future__ import annotations

from simulator.cast import DEFAULT as DEFAULT
from simulator.cast import ORDINARY
from simulator.cast_wider import WIDER
from simulator.persona import Persona as Persona

PERSONAS = tuple(sorted((*ORDINARY, *WIDER), key=lambda persona: persona.digits))
BY_NAME = {persona.name: persona for persona in PERSONAS}
BY_DIGITS = {digits: persona for persona in PERSONAS for digits in persona.digits}
#: Somebody at the telephone page; no number has it by itself.
HUMAN = Persona("human", (), "A person at the page /phone.")


def persona_for(number: str) -> Persona:
    """Who answers a number: by its last two digits, else somebody who confirms by voice."""
    return BY_DIGITS.get(number[-2:], DEFAULT)
