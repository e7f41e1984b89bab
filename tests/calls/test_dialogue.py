"""The conversation, pure: what it asks, what it concludes, and what it never does."""

from datetime import UTC, datetime, timedelta

import pytest

from calls.conversation import script as scripts
from calls.conversation import wording
from calls.conversation.actions import Ask, HangUp, Say
from calls.conversation.dialogue import State, Turn, outcome, respond
from calls.conversation.events import (
    Connected,
    Ended,
    Miss,
    PromptDone,
    PromptStarted,
    Recognized,
    RecognizeFailed,
)
from calls.conversation.script import Script
from calls.conversation.vocabulary import KEYS, Act, Label, LineEnd, Outcome, Step

T = datetime(2026, 11, 17, 19, tzinfo=UTC)
VALUES = {
    "clinic": "Maple Street Clinic",
    "phone": "2 1 2, 5 5 5, 0 1 9 9",
    "opt_out_phone": "8 0 0, 5 5 5, 0 1 9 9",
    "patient": "Ana",
    "practitioner": "Dr. Blake",
}


def make_script(
    *languages: str, whens: tuple[str, ...] = ("Friday at noon",), **limits: object
) -> Script:
    languages = languages or ("en-US", "es-US")
    packs = {tag: wording.packs()[wording.base(tag)] for tag in languages}
    return Script(
        languages=languages,
        voices={tag: pack.voice_for(tag) for tag, pack in packs.items()},
        texts={tag: wording.fill_public(pack, VALUES) for tag, pack in packs.items()},
        visits=tuple(
            {tag: wording.fill_visit(pack, VALUES | {"when": when}) for tag, pack in packs.items()}
            for when in whens
        ),
        phrases={tag: scripts.phrases_of(pack) for tag, pack in packs.items()},
        **limits,
    )


SCRIPT = make_script()


def heard(state: State, label: Label | str = "", **more: object) -> Recognized:
    return Recognized(at=T, context=state.context, label=str(label), **more)


def missed(state: State, miss: Miss = Miss.SILENCE, at: datetime = T) -> RecognizeFailed:
    return RecognizeFailed(at=at, context=state.context, miss=miss)


def talk(*labels: Label, script: Script = SCRIPT) -> Turn:
    """Answer the phone and say one label after the other."""
    turn = respond(State(), Connected(at=T), script)
    for label in labels:
        turn = respond(turn.state, heard(turn.state, label), script)
    return turn


def asked(turn: Turn) -> str:
    (action,) = turn.actions
    assert isinstance(action, Ask)
    return " ".join(prompt.text for prompt in action.prompts)


def said(turn: Turn) -> str:
    (action,) = turn.actions
    assert isinstance(action, Say)
    return " ".join(prompt.text for prompt in action.prompts)


def test_the_opening_and_the_right_party_question_are_one_ask() -> None:
    turn = talk()
    (ask,) = turn.actions
    assert isinstance(ask, Ask)
    assert [prompt.text.split()[0] for prompt in ask.prompts] == ["Hello.", "I"]
    assert ask.context == "right_party.1"


def test_nothing_about_the_visit_is_said_before_the_right_person_is_there() -> None:
    assert "Friday" not in asked(talk())
    assert "Friday" in asked(talk(Label.YES))


def test_the_menu_comes_first_where_the_clinic_asks_for_nobody() -> None:
    assert "Friday" in asked(talk(script=make_script(right_party=False)))


def test_confirm_confirms_and_says_goodbye() -> None:
    turn = talk(Label.YES, Label.CONFIRM)
    assert turn.state.acts == (Act.CONFIRMED,)
    assert "confirmed" in said(turn)


def test_a_cancellation_is_read_back_before_it_counts() -> None:
    turn = talk(Label.YES, Label.CANCEL)
    assert turn.state.acts == ()
    assert "You want to cancel" in asked(turn)
    assert respond(turn.state, heard(turn.state, Label.YES), SCRIPT).state.acts == (Act.CANCELLED,)


def test_a_no_at_the_read_back_leads_back_to_the_menu() -> None:
    turn = talk(Label.YES, Label.CANCEL, Label.NO)
    assert turn.state.step is Step.MENU
    assert outcome(turn.state) is not Outcome.NEEDS_REVIEW


def test_hanging_up_at_the_read_back_needs_a_person() -> None:
    turn = talk(Label.YES, Label.CANCEL)
    ended = respond(turn.state, Ended(at=T, end=LineEnd.OVER), SCRIPT)
    assert outcome(ended.state) is Outcome.NEEDS_REVIEW


def test_a_cancel_that_arrives_after_the_end_never_cancels() -> None:
    menu = talk(Label.YES).state
    ended = respond(menu, Ended(at=T, end=LineEnd.OVER), SCRIPT).state
    late = respond(ended, heard(menu, Label.CANCEL), SCRIPT)
    assert late.actions == ()
    assert outcome(late.state) is Outcome.NEEDS_REVIEW


def test_a_confirm_that_arrives_after_the_end_counts() -> None:
    menu = talk(Label.YES).state
    ended = respond(menu, Ended(at=T, end=LineEnd.OVER), SCRIPT).state
    assert outcome(ended) is Outcome.HUNG_UP
    assert outcome(respond(ended, heard(menu, Label.CONFIRM), SCRIPT).state) is Outcome.CONFIRMED


def test_an_answer_to_a_step_already_left_changes_nothing() -> None:
    right_party, menu = talk().state, talk(Label.YES).state
    assert respond(menu, heard(right_party, Label.NO), SCRIPT) == Turn(state=menu)


@pytest.mark.parametrize("said_before", [(), (Label.YES,), (Label.YES, Label.CANCEL)])
@pytest.mark.parametrize("by", ["label", "key"])
def test_stop_wins_at_every_step(said_before: tuple[Label, ...], by: str) -> None:
    before = talk(*said_before).state
    event = heard(before, Label.STOP) if by == "label" else heard(before, tones=("nine",))
    turn = respond(before, event, SCRIPT)
    assert turn.state.opted_out
    assert outcome(turn.state) is Outcome.OPTED_OUT
    assert "no more automated calls" in said(turn)


def test_stop_wins_however_late_it_arrives() -> None:
    right_party = talk().state
    over = talk(Label.YES, Label.CONFIRM).state
    over = respond(over, Ended(at=T, end=LineEnd.OVER), SCRIPT).state
    assert outcome(respond(over, heard(right_party, Label.STOP), SCRIPT).state) is Outcome.OPTED_OUT


def test_cancel_alone_is_no_opt_out() -> None:
    assert not talk(Label.YES, Label.CANCEL, Label.YES).state.opted_out


def test_somebody_else_hears_nothing_and_the_number_is_wrong() -> None:
    turn = talk(Label.NO)
    assert outcome(turn.state) is Outcome.WRONG_NUMBER
    assert "Friday" not in said(turn)


@pytest.mark.parametrize("reprompts", [0, 1, 2, 4])
def test_silence_is_asked_again_and_then_left_alone(reprompts: int) -> None:
    """B1: silence is never a confirmation."""
    script = make_script(reprompts=reprompts)
    turn = talk(Label.YES, script=script)
    for _ in range(reprompts):
        turn = respond(turn.state, missed(turn.state), script)
        assert isinstance(turn.actions[0], Ask)
    turn = respond(turn.state, missed(turn.state), script)
    assert said(turn).endswith("Goodbye.")
    assert outcome(turn.state) is Outcome.NO_RESPONSE
    assert turn.state.acts == ()


def test_reprompts_are_plainer_and_then_by_keypad_only() -> None:
    first = talk(Label.YES)
    second = respond(first.state, missed(first.state), SCRIPT)
    third = respond(second.state, missed(second.state), SCRIPT)
    texts = [asked(turn) for turn in (first, second, third)]
    assert len(set(texts)) == 3
    assert " say " in texts[1]
    assert " say " not in texts[2]


def test_a_hello_over_the_opening_costs_no_try() -> None:
    turn = talk()
    turn = respond(turn.state, PromptStarted(at=T, context=turn.state.context), SCRIPT)
    early = missed(turn.state, Miss.NOT_UNDERSTOOD, at=T + timedelta(seconds=2))
    again = respond(turn.state, early, SCRIPT)
    assert again.state.misses == again.state.not_understood == 0
    assert asked(again).startswith("I am calling for Ana.")


def test_an_unclear_answer_after_the_opening_costs_a_try() -> None:
    turn = talk()
    turn = respond(turn.state, PromptStarted(at=T, context=turn.state.context), SCRIPT)
    late = missed(turn.state, Miss.NOT_UNDERSTOOD, at=T + timedelta(seconds=40))
    assert respond(turn.state, late, SCRIPT).state.misses == 1


def test_the_providers_fault_is_not_the_patients_silence() -> None:
    turn = talk(Label.YES)
    turn = respond(turn.state, missed(turn.state, Miss.FAULT), SCRIPT)
    assert turn.actions == (HangUp(),)
    assert outcome(turn.state) is Outcome.FAILED_PROVIDER


def test_a_key_that_disagrees_with_the_label_needs_a_person() -> None:
    menu = talk(Label.YES).state
    turn = respond(menu, heard(menu, Label.CONFIRM, tones=("two",)), SCRIPT)
    assert outcome(turn.state) is Outcome.NEEDS_REVIEW
    assert turn.state.acts == ()


@pytest.mark.parametrize("label", [Label.CONFIRM, Label.CANCEL, Label.REPEAT, Label.STOP])
def test_a_key_without_a_label_speaks_for_itself(label: Label) -> None:
    menu = talk(Label.YES).state
    by_key = respond(menu, heard(menu, tones=(KEYS[label],)), SCRIPT)
    by_label = respond(menu, heard(menu, label), SCRIPT)
    assert by_key == by_label


def test_repeat_says_it_again_and_costs_nothing() -> None:
    first = talk(Label.YES)
    again = respond(first.state, heard(first.state, Label.REPEAT), SCRIPT)
    assert asked(again) == asked(first)
    assert again.state.misses == 0


def test_repeating_without_end_ends() -> None:
    turn = talk(Label.YES)
    for _ in range(20):
        if turn.state.step is Step.CLOSING:
            break
        turn = respond(turn.state, heard(turn.state, Label.REPEAT), SCRIPT)
    assert turn.state.step is Step.CLOSING


def test_the_call_goes_on_in_the_language_that_one_list_alone_has() -> None:
    turn = talk()
    turn = respond(turn.state, heard(turn.state, Label.YES, phrase="sí"), SCRIPT)
    assert "cita" in asked(turn)


def test_a_phrase_of_both_languages_changes_nothing() -> None:
    turn = talk()
    assert respond(turn.state, heard(turn.state, Label.NO, phrase="no"), SCRIPT).state.language == (
        "en-US"
    )


def test_a_moved_visit_is_never_spoken_at_its_old_time() -> None:
    """B14, while the phone is ringing."""
    turn = talk()
    turn = respond(turn.state, heard(turn.state, Label.YES), SCRIPT, stands=(False,))
    assert "Friday" not in said(turn)
    assert turn.state.acts == ()


def test_a_confirmation_of_a_visit_that_was_moved_meanwhile_is_no_act() -> None:
    menu = talk(Label.YES).state
    turn = respond(menu, heard(menu, Label.CONFIRM), SCRIPT, stands=(False,))
    assert turn.state.acts == ()


def test_we_hang_up_when_the_goodbye_was_said() -> None:
    closing = talk(Label.YES, Label.CONFIRM).state
    assert respond(closing, PromptDone(at=T, context=closing.context), SCRIPT).actions == (
        HangUp(),
    )


def test_a_goodbye_that_cannot_be_said_hangs_up_too() -> None:
    closing = talk(Label.YES, Label.CONFIRM).state
    failed = PromptDone(at=T, context=closing.context, failed=True)
    assert respond(closing, failed, SCRIPT).actions == (HangUp(),)


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        ([LineEnd.BUSY], Outcome.BUSY),
        ([LineEnd.OVER, LineEnd.DECLINED], Outcome.DECLINED),
        ([LineEnd.DECLINED, LineEnd.OVER], Outcome.DECLINED),
        ([LineEnd.INVALID_NUMBER], Outcome.INVALID_NUMBER),
        ([LineEnd.OVER], Outcome.NO_ANSWER),
        ([LineEnd.FAILED], Outcome.FAILED_PROVIDER),
    ],
)
def test_a_call_never_connected_ends_by_its_codes(ends: list[LineEnd], expected: Outcome) -> None:
    state = State()
    for end in ends:
        state = respond(state, Ended(at=T, end=end), SCRIPT).state
    assert outcome(state) is expected


def test_the_state_survives_its_storage() -> None:
    state = respond(
        talk(Label.YES, Label.CONFIRM).state, Ended(at=T, end=LineEnd.OVER), SCRIPT
    ).state
    assert State.from_json(state.to_json()) == state
    assert Script.from_json(SCRIPT.to_json()).to_json() == SCRIPT.to_json()
