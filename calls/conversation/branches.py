"""What an answer leads to, step by step."""

from dataclasses import replace
from datetime import datetime

from calls.conversation import listening
from calls.conversation.actions import Prompt, Transfer
from calls.conversation.asking import prompt, say
from calls.conversation.events import Recognized
from calls.conversation.listening import Taker
from calls.conversation.script import Script
from calls.conversation.state import State
from calls.conversation.turns import (
    Turn,
    close,
    did,
    finish,
    leave_voicemail,
    missed,
    noted,
    opening,
    question,
    repeat,
    rescheduled,
    to_menu,
)
from calls.conversation.vocabulary import NEEDS, Act, Label, NoteKind, Step

#: Wrong digits this often, and no detail is spoken any more (R9).
MOST_WRONG_TRIES = 3
#: A call screener is answered this often; then we speak as to a person.
MOST_GREETINGS = 3
#: Keys of the question for another time.
_PARTS = {"one": "mornings", "two": "afternoons"}
_STAFF_KEY = "zero"


def chosen(state: State, label: Label, event: Recognized, script: Script) -> Turn:
    """One of the offered choices was said or pressed."""
    if label is Label.REPEAT:
        return repeat(state, script)
    if label is Label.DECEASED:
        return close(did(state, Act.DECEASED, of_visit=False), "condolence", script)
    match state.step:
        case Step.RIGHT_PARTY:
            return _right_party(state, label, script)
        case Step.MENU:
            return _menu(state, label, event.at, script)
        case Step.READ_BACK:
            return _read_back(state, label, script)
        case _:
            return _needs(state, label, script)


def _right_party(state: State, label: Label, script: Script) -> Turn:
    if label is Label.NO:
        return close(did(state, Act.WRONG_NUMBER, of_visit=False), "wrong_person", script)
    if script.identity:
        return question(state, Step.IDENTITY, script)
    return to_menu(replace(state, verified=True), script)


def _menu(state: State, label: Label, at: datetime, script: Script) -> Turn:
    match label:
        case Label.CONFIRM:
            return _confirmed(did(state, Act.CONFIRMED), script)
        case Label.RESCHEDULE:
            state = did(state, Act.RESCHEDULE_REQUESTED)
            if state.recorded:
                return rescheduled(state, script)
            return question(state, Step.PREFERENCE, script)
        case Label.STAFF:
            return staff(state, at, script)
        case _:
            return question(replace(state, cancel_pending=True), Step.READ_BACK, script)


def _confirmed(state: State, script: Script) -> Turn:
    if script.ask_needs and not state.recorded:
        return question(state, Step.NEEDS, script, lead=_lead(state, "noted_confirmed", script))
    return finish(state, script, noted_by="noted_confirmed", closing="confirmed")


def _read_back(state: State, label: Label, script: Script) -> Turn:
    if label is not Label.YES:
        return to_menu(state, script)
    state = did(state, Act.CANCELLED)
    if script.ask_reason and not state.keypad:
        return question(state, Step.REASON, script, lead=_lead(state, "noted_cancelled", script))
    return finish(state, script, noted_by="noted_cancelled", closing="cancelled")


def _needs(state: State, label: Label, script: Script) -> Turn:
    if label not in NEEDS:
        return finish(state, script, noted_by="", closing="thanks")
    state = noted(state, NoteKind.NEED, label.value)
    return finish(state, script, noted_by="noted_need", closing="need_told")


def digits(state: State, event: Recognized, script: Script) -> Turn:
    """The digits that only the patient knows (R9)."""
    assert script.identity is not None
    if script.identity.accepts("".join(_DIGITS.get(tone, "") for tone in event.tones)):
        return to_menu(replace(state, verified=True), script)
    state = replace(state, wrong_tries=state.wrong_tries + 1)
    if state.wrong_tries >= MOST_WRONG_TRIES:
        return close(replace(state, unverified=True), "unverified", script)
    return question(state, Step.IDENTITY, script, lead=_lead(state, "identity_wrong", script))


#: Azure's words for the digits.
_DIGITS = {
    word: str(digit)
    for digit, word in enumerate(
        ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    )
}


def told(state: State, event: Recognized, script: Script) -> Turn:
    """Free words: the reason of a cancellation, or which other time would suit."""
    if state.step is Step.REASON:
        state = noted(state, NoteKind.REASON, event.speech)
        return finish(state, script, noted_by="", closing="thanks")
    if event.tones == (_STAFF_KEY,) or script.label_in(event.speech, [Label.STAFF]):
        return staff(state, event.at, script)
    part = _PARTS.get(event.tones[0]) if len(event.tones) == 1 else None
    if not event.speech and part is None:
        return missed(state, script, heard=True)
    state = noted(state, NoteKind.PREFERENCE, part or event.speech)
    return rescheduled(state, script)


def staff(state: State, at: datetime, script: Script) -> Turn:
    """Connect them while somebody is there, else promise a call back."""
    state = did(state, Act.STAFF_REQUESTED)
    line = script.transferring
    if line is None or not line.is_open(at) or state.transfer_failed or state.recorded:
        return close(state, "staff_later", script)
    state, actions = say(state, Step.TRANSFER, ["staff_connecting"], script)
    return Turn(state=state, actions=actions)


def recorded_only(state: State, event: Recognized, script: Script) -> Turn:
    """Nothing can be synthesised, so nobody could be named: a call back is all we offer."""
    if event.tones == (_STAFF_KEY,):
        return staff(state, event.at, script)
    return missed(state, script, heard=True)


def connect(state: State, script: Script) -> Turn:
    """They were told to wait a moment: now connect them."""
    assert script.transferring is not None
    state = replace(state, turn=state.turn + 1, connecting=True)
    transfer = Transfer(context=state.context, number=script.transferring.number)
    return Turn(state=state, actions=() if state.ended else (transfer,))


def not_connected(state: State, script: Script) -> Turn:
    """Nobody took it: say so, and back to the menu; the request stands."""
    state = replace(state, transfer_failed=True, connecting=False)
    return to_menu(state, script, *_lead(state, "transfer_failed", script))


def greeted(state: State, event: Recognized, script: Script) -> Turn:
    """Who or what took the call."""
    taker = listening.classify(event.speech, script.languages)
    state = replace(state, greetings=state.greetings + 1)
    match taker:
        case Taker.VOICEMAIL:
            return leave_voicemail(replace(state, machine=True), script)
        case Taker.SCREENER if state.greetings < MOST_GREETINGS:
            return question(state, Step.GREETING, script, lead=_lead(state, "screener", script))
        case _:
            return opening(state, script)


def _lead(state: State, key: str, script: Script) -> list[Prompt]:
    """What is said before the next question."""
    return [prompt(state, key, script)]
