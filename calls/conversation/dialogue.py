"""The conversation: ``respond(state, event, script) -> Turn``. Pure and total.

No outcome without an explicit act (R10): silence, a played prompt or a
machine never confirm; a cancellation needs its read-back; Stop wins at every
step, in every language, however late it arrives (R6). Nothing about a visit
before the right person is there (R9): see ``State.identified``.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from calls.conversation import branches, echo, wording
from calls.conversation.events import (
    Connected,
    Ended,
    Event,
    Faulted,
    Lost,
    Miss,
    PromptDone,
    PromptStarted,
    Recognized,
    RecognizeFailed,
    TransferAccepted,
    TransferFailed,
)
from calls.conversation.script import Script
from calls.conversation.state import State, outcome, stronger
from calls.conversation.turns import (
    OPEN_VISIT,
    Turn,
    close,
    did,
    fault,
    hang_up,
    missed,
    opening,
    question,
    repeat,
)
from calls.conversation.vocabulary import CHOICE_STEPS, KEYS, Act, Label, Step

__all__ = ["State", "Turn", "outcome", "respond"]

#: The steps at which something is asked.
_ASKING = (*CHOICE_STEPS, Step.GREETING, Step.IDENTITY, Step.REASON, Step.PREFERENCE)


def respond(state: State, event: Event, script: Script, *, stands: Sequence[bool] = ()) -> Turn:
    """What to do about an event.

    ``stands`` says of each visit of the script whether it is still what it was
    (all, where empty): one that was moved, cancelled or given to somebody else
    while we were ringing is never spoken of, and nothing is answered for it.
    """
    changed = frozenset(place for place, is_so in enumerate(stands) if not is_so)
    turn = _respond(state, event, replace(script, changed=changed))
    if turn.state.context == state.context:
        return turn
    return replace(turn, state=replace(turn.state, asked_at=event.at.isoformat()))


def _respond(state: State, event: Event, script: Script) -> Turn:
    match event:
        case Connected():
            return _connected(replace(state, connected=True), script)
        case Ended():
            return Turn(
                state=replace(state, ended=True, line_end=stronger(state.line_end, event.end))
            )
        case Lost():
            return Turn(state=replace(state, fault=True))
        case Faulted() if event.context and event.context != state.context:
            # What could not be done is not wanted any more.
            return Turn(state=state)
        case Faulted() if state.step is Step.TRANSFER and state.connecting:
            return branches.not_connected(state, script)
        case Faulted():
            return fault(state, script)
        case Recognized() if _label(state, event, script) is Label.STOP:
            return _stopped(state, event.phrase, script)
        case Recognized() if event.context == state.context and _may_act(state):
            return _recognized(replace(state, heard=True), event, script)
        case RecognizeFailed() if event.tones == (KEYS[Label.STOP],):
            return _stopped(state, "", script)
        case RecognizeFailed() if event.context == state.context and _may_act(state):
            return _failed(state, event, script)
        case PromptStarted():
            return Turn(state=_sounding(state, event))
        case PromptDone() if event.context == state.context:
            return _said(state, event, script)
        case TransferAccepted() if _was_transferring(state, event.context):
            return Turn(state=did(replace(state, connecting=False), Act.TRANSFERRED))
        case TransferFailed() if _is_transferring(state, event.context):
            return branches.not_connected(state, script)
        case _:
            return Turn(state=state)


def _sounding(state: State, event: PromptStarted) -> State:
    at = event.at.isoformat()
    if event.context == state.opening and not state.opening_at:
        state = replace(state, opening_at=at)
    return replace(state, asked_at=at) if event.context == state.context else state


def _may_act(state: State) -> bool:
    return state.step in _ASKING and not state.opted_out


def _is_transferring(state: State, context: str) -> bool:
    return state.step is Step.TRANSFER and state.connecting and context == state.context


def _was_transferring(state: State, context: str) -> bool:
    """Also when we were told before that it had failed: they are with staff now."""
    tried = state.connecting or state.transfer_failed
    return tried and context.startswith(f"{Step.TRANSFER}.") and Act.TRANSFERRED not in state.acts


def _connected(state: State, script: Script) -> Turn:
    if state.step is not None or state.ended:
        return Turn(state=state)
    state = replace(state, language=script.languages[0], keypad=script.keypad_only)
    if script.listen_first and not script.keypad_only:
        return question(state, Step.GREETING, script)
    return opening(state, script)


def _label(state: State, event: Recognized, script: Script) -> Label | None:
    """The label heard; a key alone speaks through the step's own choices.

    Key 9 is Stop, whatever else was understood beside it (R6), but among
    the digits of an identity it is a digit.
    """
    step = _step_of(event.context) or state.step
    if KEYS[Label.STOP] in event.tones and (step is not Step.IDENTITY or len(event.tones) == 1):
        return Label.STOP
    if event.label:
        return Label(event.label) if event.label in {*Label} else None
    if event.speech:
        # Only this: "my mother died" is a reason of somebody who lives.
        return script.label_in(event.speech, (Label.STOP,))
    if step in CHOICE_STEPS and len(event.tones) == 1:
        return script.label_of_key(step, event.tones[0])
    return None


def _step_of(context: str) -> Step | None:
    name = context.partition(".")[0]
    return Step(name) if name in {*Step} else None


def _recognized(state: State, event: Recognized, script: Script) -> Turn:
    step, label = state.step, _label(state, event, script)
    if step in CHOICE_STEPS and echo.is_echo(state, event, script):
        return repeat(state, script)
    state = replace(state, key=echo.key_kept(step, event))
    if event.phrase:
        state = replace(state, language=script.language_of(event.phrase, state.language))
    match step:
        case Step.GREETING:
            return branches.greeted(state, event, script)
        case Step.IDENTITY:
            return branches.digits(state, event, script)
        case Step.REASON | Step.PREFERENCE:
            return branches.told(state, event, script)
        case Step.RIGHT_PARTY if state.recorded:
            return branches.recorded_only(state, event, script)
    assert step is not None
    if label is None or label not in script.choices(step):
        return missed(state, script, heard=True)
    if event.tones and script.label_of_key(step, event.tones[-1]) not in (label, None):
        return _contradicted(state, script)
    if step in OPEN_VISIT and label is not Label.REPEAT and state.visit in script.changed:
        return close(state, "changed", script)
    return branches.chosen(state, label, event, script)


def _contradicted(state: State, script: Script) -> Turn:
    """Key and word disagree (R10). After an answer there is nothing left to spoil."""
    if state.step is Step.NEEDS:
        return missed(state, script, heard=True)
    return close(replace(state, contradicted=True), "review", script)


def _stopped(state: State, phrase: str, script: Script) -> Turn:
    if state.opted_out:
        return Turn(state=state)
    if phrase and state.language:
        state = replace(state, language=script.language_of(phrase, state.language))
    return close(replace(state, opted_out=True), "stopped", script)


def _failed(state: State, event: RecognizeFailed, script: Script) -> Turn:
    if state.step is Step.GREETING and event.miss is not Miss.FAULT:
        # Nobody greets: begin to speak.
        return opening(state, script)
    if event.miss is Miss.FAULT:
        return fault(state, script)
    heard = event.miss is Miss.NOT_UNDERSTOOD
    if heard and _over_the_opening(state, event, script):
        assert state.step is not None
        return question(state, state.step, script, misses=state.misses)
    return missed(state, script, heard=heard)


def _over_the_opening(state: State, event: RecognizeFailed, script: Script) -> bool:
    """A "hello?" while the opening still sounds costs no try.

    Without a PlayStarted we cannot know what was sounding; then it counts.
    """
    if event.context != state.opening or not state.opening_at:
        return False
    heard_after = event.at - datetime.fromisoformat(state.opening_at)
    length = wording.seconds(script.text(script.languages[0], "opening"))
    return heard_after.total_seconds() < length


def _said(state: State, event: PromptDone, script: Script) -> Turn:
    """A prompt without a question was said, or could not be."""
    match state.step:
        case Step.CLOSING:
            return hang_up(state)
        case Step.VOICEMAIL:
            left = state.voicemail_left or not event.failed
            return hang_up(replace(state, voicemail_left=left))
        case Step.TRANSFER if not state.connecting and Act.TRANSFERRED not in state.acts:
            return branches.connect(state, script)
        case _ if event.failed:
            return fault(state, script)
        case _:
            return Turn(state=state)
