"""The conversation: ``respond(state, event, script) -> Turn``. Pure and total.

No outcome without an explicit act (R10): silence, a played prompt or a
machine never confirm; a cancellation needs its read-back; Stop wins at every
step, in every language, however late it arrives (R6).
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from calls.conversation import wording
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
)
from calls.conversation.script import Script
from calls.conversation.vocabulary import KEYS, Act, Label, LineEnd, Outcome, Step

#: Asking to hear it again is no miss, but a call must end.
MOST_REPEATS = 5


@dataclass(frozen=True, kw_only=True)
class State:
    """Where the conversation is, and everything that was established so far."""

    step: Step | None = None
    turn: int = 0
    language: str = ""
    misses: int = 0
    repeats: int = 0
    #: Context of the ask that carried the opening, and when it began to sound.
    opening: str = ""
    opening_at: str = ""
    cancel_pending: bool = False
    # What was established; the outcome is a function of these alone.
    connected: bool = False
    ended: bool = False
    line_end: LineEnd | None = None
    acts: tuple[Act, ...] = ()
    opted_out: bool = False
    contradicted: bool = False
    silences: int = 0
    not_understood: int = 0
    fault: bool = False

    @property
    def context(self) -> str:
        """The ``operation_context`` of what is open now."""
        return f"{self.step}.{self.turn}" if self.step else ""

    def to_json(self) -> dict[str, Any]:
        """The state as JSON-ready data."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "State":
        """Read what :meth:`to_json` wrote; an empty mapping is the beginning."""
        if not data:
            return cls()
        return cls(
            **{
                **data,
                "step": Step(data["step"]) if data["step"] else None,
                "line_end": LineEnd(data["line_end"]) if data["line_end"] else None,
                "acts": tuple(Act(a) for a in data["acts"]),
            }
        )


@dataclass(frozen=True, kw_only=True)
class Prompt:
    """One text in one voice."""

    text: str
    locale: str
    voice: str


@dataclass(frozen=True, kw_only=True)
class Ask:
    """Say the prompts, listen for the choices."""

    context: str
    prompts: tuple[Prompt, ...]
    #: (label, phrases, tone)
    choices: tuple[tuple[str, tuple[str, ...], str], ...]
    languages: tuple[str, ...]
    initial_silence: int
    sentiment: bool


@dataclass(frozen=True, kw_only=True)
class Say:
    """Say one last thing."""

    context: str
    prompt: Prompt


@dataclass(frozen=True)
class HangUp:
    """End the call for everyone."""


Action = Ask | Say | HangUp


@dataclass(frozen=True, kw_only=True)
class Turn:
    """What an event led to."""

    state: State
    actions: tuple[Action, ...] = field(default=())


def respond(state: State, event: Event, script: Script, *, visit_stands: bool = True) -> Turn:
    """What to do about an event.

    ``visit_stands`` is False when the visit was moved, cancelled or given to
    somebody else while we were ringing: then its old time is never spoken and
    nothing is answered.
    """
    turn = _respond(state, event, script, visit_stands)
    if visit_stands or not any(isinstance(a, Ask) for a in turn.actions):
        return turn
    if turn.state.step in (Step.MENU, Step.READ_BACK):
        return _close(turn.state, "changed", script)
    return turn


def _respond(state: State, event: Event, script: Script, visit_stands: bool) -> Turn:
    match event:
        case Connected():
            return _connected(replace(state, connected=True), script)
        case Ended():
            return Turn(state=replace(state, ended=True, line_end=_stronger(state, event.end)))
        case Lost():
            return Turn(state=replace(state, fault=True))
        case Faulted():
            return _fault(state)
        case Recognized() if _label(state, event, script) is Label.STOP:
            return _stopped(state, event, script)
        case Recognized() if event.context == state.context and _may_act(state):
            return _recognized(state, event, script, visit_stands)
        case RecognizeFailed() if event.context == state.context and _may_act(state):
            return _failed(state, event, script)
        case PromptStarted() if event.context == state.opening and not state.opening_at:
            return Turn(state=replace(state, opening_at=event.at.isoformat()))
        case PromptDone() if event.context == state.context and state.step is Step.CLOSING:
            return Turn(state=state, actions=() if state.ended else (HangUp(),))
        case PromptDone(failed=True) if event.context == state.context:
            return _fault(state)
        case _:
            return Turn(state=state)


def _may_act(state: State) -> bool:
    return state.step in (Step.RIGHT_PARTY, Step.MENU, Step.READ_BACK) and not state.opted_out


def _connected(state: State, script: Script) -> Turn:
    if state.step is not None or state.ended:
        return Turn(state=state)
    first = Step.RIGHT_PARTY if script.right_party else Step.MENU
    language = script.languages[0]
    state = replace(state, language=language, opening=f"{first}.1")
    return _ask(state, first, script, opening=True)


def _label(state: State, event: Recognized, script: Script) -> Label | None:
    """The label heard; a key alone speaks through the step's own choices.

    Key 9 is Stop, whatever else was understood beside it (R6).
    """
    if KEYS[Label.STOP] in event.tones:
        return Label.STOP
    if event.label:
        return Label(event.label) if event.label in {*Label} else None
    step = _step_of(event.context) or state.step
    if step in (Step.RIGHT_PARTY, Step.MENU, Step.READ_BACK) and len(event.tones) == 1:
        return script.label_of_key(step, event.tones[0])
    return None


def _step_of(context: str) -> Step | None:
    name = context.partition(".")[0]
    return Step(name) if name in {*Step} else None


def _recognized(state: State, event: Recognized, script: Script, visit_stands: bool) -> Turn:
    step, label = state.step, _label(state, event, script)
    assert step is not None
    if event.phrase:
        state = replace(state, language=script.language_of(event.phrase, state.language))
    if label is None or label not in script.choices(step):
        return _missed(state, script, not_understood=True)
    if event.tones and script.label_of_key(step, event.tones[-1]) not in (label, None):
        return _close(replace(state, contradicted=True), "review", script)
    if label is Label.REPEAT:
        return _repeat(state, script)
    match step, label:
        case Step.RIGHT_PARTY, Label.YES:
            return _to_menu(state, script)
        case Step.RIGHT_PARTY, _:
            return _act(state, Act.WRONG_NUMBER, "wrong_person", script)
        case _ if not visit_stands:
            return _close(state, "changed", script)
        case Step.MENU, Label.CONFIRM:
            return _act(state, Act.CONFIRMED, "confirmed", script)
        case Step.MENU, _:
            return _ask(replace(state, cancel_pending=True), Step.READ_BACK, script)
        case Step.READ_BACK, Label.YES:
            return _act(state, Act.CANCELLED, "cancelled", script)
        case _:
            return _to_menu(state, script)


def _to_menu(state: State, script: Script) -> Turn:
    return _ask(replace(state, cancel_pending=False), Step.MENU, script)


def _act(state: State, act: Act, text: str, script: Script) -> Turn:
    state = replace(state, acts=(*state.acts, act), cancel_pending=False)
    return _close(state, text, script)


def _stopped(state: State, event: Recognized, script: Script) -> Turn:
    if state.opted_out:
        return Turn(state=state)
    if event.phrase and state.language:
        state = replace(state, language=script.language_of(event.phrase, state.language))
    return _close(replace(state, opted_out=True), "stopped", script)


def _repeat(state: State, script: Script) -> Turn:
    if state.repeats >= MOST_REPEATS:
        return _missed(state, script, not_understood=True)
    assert state.step is not None
    return _ask(replace(state, repeats=state.repeats + 1), state.step, script, misses=state.misses)


def _failed(state: State, event: RecognizeFailed, script: Script) -> Turn:
    if event.miss is Miss.FAULT:
        return _fault(state)
    heard = event.miss is Miss.NOT_UNDERSTOOD
    if heard and _over_the_opening(state, event, script):
        assert state.step is not None
        return _ask(state, state.step, script, misses=state.misses)
    return _missed(state, script, not_understood=heard)


def _over_the_opening(state: State, event: RecognizeFailed, script: Script) -> bool:
    """A "hello?" while the opening still sounds costs no try.

    Without a PlayStarted we cannot know what was sounding; then it counts.
    """
    if event.context != state.opening or not state.opening_at:
        return False
    heard_after = event.at - datetime.fromisoformat(state.opening_at)
    length = wording.seconds(script.text(script.languages[0], "opening"))
    return heard_after.total_seconds() < length


def _fault(state: State) -> Turn:
    """The provider failed: not the patient's silence; end and try again later."""
    state = replace(state, fault=True)
    return Turn(state=state, actions=() if state.ended else (HangUp(),))


def _missed(state: State, script: Script, *, not_understood: bool) -> Turn:
    state = replace(
        state,
        misses=state.misses + 1,
        silences=state.silences + (not not_understood),
        not_understood=state.not_understood + not_understood,
    )
    if state.misses > script.reprompts:
        return _close(state, "review" if state.cancel_pending else "goodbye", script)
    assert state.step is not None
    return _ask(state, state.step, script, misses=state.misses)


def _ask(
    state: State, step: Step, script: Script, *, opening: bool = False, misses: int = 0
) -> Turn:
    """Ask a step's question: in full, then plainer, then by keypad only."""
    state = replace(state, step=step, turn=state.turn + 1, misses=misses)
    key = step.value + ("", "_plainer", "_keys")[min(misses, 2)]
    keys = ["opening", key] if opening else [key]
    ask = Ask(
        context=state.context,
        prompts=tuple(_prompt(state.language, k, script) for k in keys),
        choices=tuple(
            (label.value, tuple(phrases), KEYS[label])
            for label, phrases in script.choices(step).items()
        ),
        languages=(state.language, *(x for x in script.languages if x != state.language)),
        initial_silence=script.initial_silence,
        sentiment=script.sentiment,
    )
    return Turn(state=state, actions=() if state.ended else (ask,))


def _close(state: State, key: str, script: Script) -> Turn:
    state = replace(state, step=Step.CLOSING, turn=state.turn + 1)
    language = state.language or script.languages[0]
    say = Say(context=state.context, prompt=_prompt(language, key, script))
    return Turn(state=state, actions=() if state.ended else (say,))


def _prompt(language: str, key: str, script: Script) -> Prompt:
    return Prompt(text=script.text(language, key), locale=language, voice=script.voices[language])


def _stronger(state: State, end: LineEnd) -> LineEnd:
    """Two events may tell one end (a rejected call sends both); the exact one wins."""
    return min((e for e in (state.line_end, end) if e), key=_END_STRENGTH.index)


_END_STRENGTH = (
    LineEnd.BUSY,
    LineEnd.DECLINED,
    LineEnd.INVALID_NUMBER,
    LineEnd.NO_ANSWER,
    LineEnd.FAILED,
    LineEnd.OVER,
)

_NEVER_CONNECTED = {
    LineEnd.BUSY: Outcome.BUSY,
    LineEnd.DECLINED: Outcome.DECLINED,
    LineEnd.INVALID_NUMBER: Outcome.INVALID_NUMBER,
    LineEnd.NO_ANSWER: Outcome.NO_ANSWER,
    LineEnd.OVER: Outcome.NO_ANSWER,
    LineEnd.FAILED: Outcome.FAILED_PROVIDER,
}


def outcome(state: State) -> Outcome:
    """What the call came to: what the patient said beats how the line ended.

    A function of what was established, so the order of arrival is no matter.
    """
    if state.opted_out:
        return Outcome.OPTED_OUT
    if state.contradicted or state.cancel_pending:
        return Outcome.NEEDS_REVIEW
    if state.acts:
        return Outcome(state.acts[-1].value)
    if state.not_understood:
        return Outcome.NOT_UNDERSTOOD
    if state.silences:
        return Outcome.NO_RESPONSE
    if state.fault:
        return Outcome.FAILED_PROVIDER
    if state.connected:
        return Outcome.HUNG_UP
    return _NEVER_CONNECTED[state.line_end or LineEnd.FAILED]
