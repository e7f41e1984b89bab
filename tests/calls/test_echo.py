"""A key pressed twice: it answers the question that was heard, and no other."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.conversation.actions import Ask
from calls.conversation.dialogue import State, Turn, outcome, respond
from calls.conversation.events import Connected, PromptStarted, Recognized
from calls.conversation.script import IdentityCheck, Script
from calls.conversation.turns import MOST_REPEATS
from calls.conversation.vocabulary import KEYS, Act, Label, Step
from simulator.testing import Simulator
from tests.calls.conftest import Door
from tests.calls.test_dialogue import T, make_script
from tests.conftest import make_appointment, make_clinic, make_patient

SCRIPT = make_script(key_echo_seconds=1)
#: How Azure tells of a key among choices: with its tone, or by the label alone.
SHAPES = [
    {"tones": ("one",)},
    {"label": "Confirm"},
    {"label": "Confirm", "tones": ("one",), "input_type": "dtmf"},
]


def after(seconds: float) -> datetime:
    return T + timedelta(seconds=seconds)


def key(state: State, tone: str, at: float, script: Script = SCRIPT) -> Turn:
    pressed = Recognized(at=after(at), context=state.context, tones=(tone,))
    return respond(state, pressed, script)


def sounds(state: State, at: float, script: Script = SCRIPT) -> State:
    started = PromptStarted(at=after(at), context=state.context)
    return respond(state, started, script).state


def at_the_menu(script: Script = SCRIPT) -> State:
    """They pressed 1 for "yes, that is me" at 10 s."""
    state = sounds(respond(State(), Connected(at=T), script).state, 1, script)
    return key(state, "one", 10, script).state


@pytest.mark.parametrize("shape", SHAPES)
def test_the_key_of_the_answer_before_confirms_nothing_that_cannot_have_been_heard(
    shape: dict[str, object],
) -> None:
    menu = sounds(at_the_menu(), 11)
    assert menu.step is Step.MENU
    again = Recognized(at=after(11.9), context=menu.context, **shape)  # type: ignore[arg-type]
    turn = respond(menu, again, SCRIPT)
    assert turn.state.acts == ()
    assert turn.state.step is Step.MENU
    assert (turn.state.misses, turn.state.not_understood) == (0, 0), "it costs no try"
    (asked,) = turn.actions
    assert isinstance(asked, Ask)


def test_whoever_has_heard_a_moment_of_it_confirms_with_that_key() -> None:
    turn = key(sounds(at_the_menu(), 11), "one", 12)
    assert turn.state.acts == (Act.CONFIRMED,)


def test_without_news_of_its_sound_a_question_counts_from_our_asking() -> None:
    assert key(at_the_menu(), "one", 10.9).state.acts == ()
    assert key(at_the_menu(), "one", 11).state.acts == (Act.CONFIRMED,)


def test_a_practised_patient_who_presses_another_key_is_never_held_up() -> None:
    menu = sounds(at_the_menu(), 11)
    assert key(menu, "two", 11.05).state.step is Step.READ_BACK
    assert key(menu, "nine", 11.05).state.opted_out
    said = Recognized(at=after(11.05), context=menu.context, label="Confirm", phrase="confirm")
    assert respond(menu, said, SCRIPT).state.acts == (Act.CONFIRMED,)


def test_who_spoke_before_confirms_by_key_at_once() -> None:
    opening = respond(State(), Connected(at=T), SCRIPT).state
    said = Recognized(at=after(10), context=opening.context, label="Yes", phrase="yes")
    menu = respond(opening, said, SCRIPT).state
    assert key(menu, "one", 10.1).state.acts == (Act.CONFIRMED,)


def test_asked_again_the_key_counts_as_soon_as_that_question_was_heard() -> None:
    again = key(sounds(at_the_menu(), 11), "one", 11.2).state
    assert key(sounds(again, 12), "one", 13).state.acts == (Act.CONFIRMED,)


def test_a_key_that_is_held_down_ends_in_the_plainer_question() -> None:
    state, at = at_the_menu(), 10.0
    for _ in range(MOST_REPEATS + 1):
        at += 0.1
        state = key(state, "one", at).state
    assert state.acts == ()
    assert (state.step, state.misses) == (Step.MENU, 1)


def test_no_read_back_is_answered_by_the_key_that_led_to_it() -> None:
    """Key 2 is Cancel, and No when it is read back: nobody goes round in circles."""
    read_back = sounds(key(at_the_menu(), "two", 15).state, 16)
    assert key(read_back, "two", 16.3).state.step is Step.READ_BACK
    assert key(read_back, "one", 16.3).state.acts == (Act.CANCELLED,)


@pytest.mark.parametrize("digit", ["one", "two"])
def test_a_digit_too_many_answers_nothing_and_no_digit_is_kept(digit: str) -> None:
    """A birthday typed with its year."""
    check = IdentityCheck.of("birthday", ["0407"], "salt")
    script = make_script(key_echo_seconds=1, identity=check)
    asked = at_the_menu(script)
    typed = ("zero", "four", "zero", "seven")
    digits = Recognized(at=after(20), context=asked.context, tones=typed)
    menu = sounds(respond(asked, digits, script).state, 21, script)
    assert menu.step is Step.MENU
    assert menu.key not in KEYS.values()
    turn = key(menu, digit, 21.5, script)
    assert (turn.state.step, turn.state.acts) == (Step.MENU, ())


def test_at_nought_every_key_counts_at_once() -> None:
    script = make_script(key_echo_seconds=0)
    assert key(at_the_menu(script), "one", 10, script).state.acts == (Act.CONFIRMED,)


PRESSES = st.lists(
    st.tuples(st.sampled_from(sorted(set(KEYS.values()) - {""})), st.floats(0, 2.5)), max_size=12
)


@given(presses=PRESSES, sounding=st.booleans())
def test_however_keys_are_pressed_no_act_follows_from_a_repeat_within_the_moment(
    presses: list[tuple[str, float]], sounding: bool
) -> None:
    state, at, last = at_the_menu(), 10.0, "one"
    for tone, pause in presses:
        if sounding:
            state = sounds(state, at)
        at += pause
        turn = key(state, tone, at)
        if tone == last and pause < 1 and tone != KEYS[Label.STOP]:
            assert turn.state.acts == state.acts
            assert outcome(turn.state) == outcome(state) or turn.state.not_understood
        state, last = turn.state, tone


def test_a_double_press_in_a_call_confirms_no_visit(
    signed: Simulator, db: None, settings: Any, now: datetime
) -> None:
    settings.KEY_ECHO_SECONDS = 1
    door = Door(signed, make_appointment(make_clinic(), make_patient()))
    door.deliver(door.connected(), door.presses("Yes", "right_party.1"))
    attempt = door.deliver(door.presses("Confirm", "menu.2"))
    assert (attempt.outcome, door.appointment.status) == ("", "scheduled")
    assert attempt.state["step"] == "menu"
    assert attempt.actions.order_by("pk").last().operation_context == "menu.3"
