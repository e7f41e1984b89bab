"""What an event can lead to: ask, ask again, close, go on to the next visit."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from calls.conversation.actions import Action, HangUp, Prompt
from calls.conversation.asking import ask, can_go_on_recorded, prompt, say
from calls.conversation.script import Script
from calls.conversation.state import Done, Note, State
from calls.conversation.vocabulary import Act, NoteKind, Step

#: Asking to hear it again is no miss, but a call must end.
MOST_REPEATS = 5
#: Nor may one that goes round and round; four visits with every branch take 26 turns.
MOST_TURNS = 40


#: The steps at which a visit has no answer yet.
OPEN_VISIT = (Step.MENU, Step.READ_BACK)


@dataclass(frozen=True, kw_only=True)
class Turn:
    """What an event led to."""

    state: State
    actions: tuple[Action, ...] = field(default=())


def question(
    state: State,
    step: Step,
    script: Script,
    *,
    lead: Sequence[Prompt] = (),
    opening: bool = False,
    misses: int = 0,
) -> Turn:
    """Ask a step's question."""
    if state.turn >= MOST_TURNS:
        return _gives_up(state, script)
    if step in OPEN_VISIT and state.visit in script.changed:
        following = script.next_visit(state.visit + 1)
        if following is None:
            return _nothing_left(state, script, opening=opening)
        state, step = replace(state, visit=following, cancel_pending=False), Step.MENU
    state, actions = ask(state, step, script, lead=lead, opening=opening, misses=misses)
    return Turn(state=state, actions=actions)


def _nothing_left(state: State, script: Script, *, opening: bool) -> Turn:
    """Every visit was changed meanwhile. Who hears this first of all is told who calls."""
    if not opening:
        return close(state, "changed", script)
    state, actions = say(state, Step.CLOSING, ["opening", "goodbye"], script)
    return Turn(state=state, actions=actions)


def close(state: State, key: str, script: Script) -> Turn:
    """Say a last thing; the call is hung up when it was said."""
    state, actions = say(state, Step.CLOSING, [key], script)
    return Turn(state=state, actions=actions)


def hang_up(state: State) -> Turn:
    """End the call without another word."""
    return Turn(state=state, actions=() if state.ended else (HangUp(),))


def opening(state: State, script: Script) -> Turn:
    """The first thing that is said, and the first question, in one breath (R4)."""
    first = _first_step(script)
    state = replace(state, opening=f"{first}.{state.turn + 1}", verified=first is Step.MENU)
    return question(state, first, script, opening=True)


def _first_step(script: Script) -> Step:
    """Digits are never the first question: among them no word would stop the calls."""
    return Step.RIGHT_PARTY if script.right_party or script.identity else Step.MENU


def to_menu(state: State, script: Script, *lead: Prompt) -> Turn:
    """Ask about the visit that is spoken of."""
    return question(replace(state, cancel_pending=False), Step.MENU, script, lead=lead)


def did(state: State, act: Act, *, of_visit: bool = True) -> State:
    """An act is complete."""
    done = Done(act, state.visit if of_visit else None)
    return replace(state, done=(*state.done, done), cancel_pending=False)


def noted(state: State, kind: NoteKind, text: str) -> State:
    """Something was told about the visit."""
    return replace(state, notes=(*state.notes, Note(kind, state.visit, text)))


def finish(state: State, script: Script, *, noted_by: str, closing: str) -> Turn:
    """This visit is dealt with: on to the next one of the call, or goodbye.

    ``noted_by`` says so before the next visit is spoken of, ``closing`` at the end.
    """
    following = script.next_visit(state.visit + 1)
    if following is None:
        return close(state, closing, script)
    lead = [prompt(state, noted_by, script)] if noted_by else []
    return to_menu(replace(state, visit=following), script, *lead)


def fault(state: State, script: Script) -> Turn:
    """The provider failed, which is never held against the patient: go on with
    recorded prompts and keys where there are any, else end and try again later."""
    state = replace(state, fault=True)
    is_question = state.step in (Step.RIGHT_PARTY, Step.MENU, Step.READ_BACK)
    if state.recorded or not is_question or not can_go_on_recorded(state, script):
        return hang_up(state)
    assert state.step is not None
    return question(replace(state, recorded=True, keypad=True), state.step, script)


def repeat(state: State, script: Script) -> Turn:
    """Say it again, at no cost, but not for ever."""
    if state.repeats >= MOST_REPEATS:
        return missed(state, script, heard=True)
    assert state.step is not None
    again = replace(state, repeats=state.repeats + 1)
    return question(again, state.step, script, misses=state.misses)


def missed(state: State, script: Script, *, heard: bool) -> Turn:
    """Nothing that was offered was answered: plainer, then by keypad, then goodbye."""
    state = replace(
        state,
        misses=state.misses + 1,
        silences=state.silences + (not heard),
        not_understood=state.not_understood + heard,
    )
    assert state.step is not None
    if state.step in (Step.NEEDS, Step.REASON, Step.PREFERENCE):
        return unanswered(state, script)
    if state.misses <= script.reprompts:
        return question(state, state.step, script, misses=state.misses)
    return _gives_up(state, script)


def unanswered(state: State, script: Script) -> Turn:
    """A question that needs no answer got none: what was done before it stands."""
    if state.step is Step.PREFERENCE:
        return rescheduled(state, script)
    return finish(state, script, noted_by="", closing="thanks")


def rescheduled(state: State, script: Script) -> Turn:
    """They want another time; until then the visit stays."""
    return finish(state, script, noted_by="noted_reschedule", closing="reschedule_requested")


def _gives_up(state: State, script: Script) -> Turn:
    """Polite in any case. Nobody ever said a word: it may be a machine."""
    if state.cancel_pending:
        return close(state, "review", script)
    is_first = state.opening.startswith(f"{state.step}.")
    if is_first and script.voicemail and not state.not_understood and not state.heard:
        return leave_voicemail(state, script)
    return close(state, "goodbye", script)


def leave_voicemail(state: State, script: Script) -> Turn:
    """The minimal message (R8): no visit, no time, no reason."""
    if not script.voicemail:
        return hang_up(state)
    state, actions = say(state, Step.VOICEMAIL, ["voicemail"], script)
    return Turn(state=state, actions=actions)
