"""Where a conversation is and what was established so far; and what that comes to."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from calls.conversation.vocabulary import Act, LineEnd, NoteKind, Outcome, Step

#: The steps that speak of one visit.
OF_A_VISIT = (Step.MENU, Step.READ_BACK, Step.REASON, Step.PREFERENCE, Step.NEEDS)


@dataclass(frozen=True)
class Done:
    """An act, and the visit it was about: its place in the script, None for the whole call."""

    act: Act
    visit: int | None = None


@dataclass(frozen=True)
class Note:
    """Something the patient told about a visit, in their words or by its label."""

    kind: NoteKind
    visit: int
    text: str


class Identified:
    """Proof that the right person is on the line. Only :meth:`State.identified` gives one,
    and the texts about a visit cannot be had without it (R9)."""

    __slots__ = ()


@dataclass(frozen=True, kw_only=True)
class State:
    """Where the conversation is, and everything that was established so far."""

    step: Step | None = None
    turn: int = 0
    language: str = ""
    #: Which visit of the call is spoken of.
    visit: int = 0
    misses: int = 0
    repeats: int = 0
    #: Answers to "press 1, press 2" alone: speech is off, or its service failed.
    keypad: bool = False
    #: Nothing can be synthesised: only recorded prompts are left.
    recorded: bool = False
    #: Context of the ask that carried the opening, and when it began to sound.
    opening: str = ""
    opening_at: str = ""
    #: When what is open was asked, or began to sound; and the key that answered before it.
    asked_at: str = ""
    key: str = ""
    #: The right person was asked for and said yes, with the digits where they are asked for.
    verified: bool = False
    wrong_tries: int = 0
    greetings: int = 0
    #: Somebody said or pressed something that was understood.
    heard: bool = False
    #: Azure was asked to connect them with staff.
    connecting: bool = False
    transfer_failed: bool = False
    cancel_pending: bool = False
    # What was established; the outcome is a function of these alone.
    connected: bool = False
    ended: bool = False
    line_end: LineEnd | None = None
    done: tuple[Done, ...] = ()
    notes: tuple[Note, ...] = ()
    opted_out: bool = False
    contradicted: bool = False
    #: Three times the wrong digits.
    unverified: bool = False
    #: A machine took the call; and our message was said to its end.
    machine: bool = False
    voicemail_left: bool = False
    silences: int = 0
    not_understood: int = 0
    fault: bool = False

    @property
    def context(self) -> str:
        """The ``operation_context`` of what is open now."""
        return f"{self.step}.{self.turn}" if self.step else ""

    @property
    def acts(self) -> tuple[Act, ...]:
        """Every completed act, in order."""
        return tuple(done.act for done in self.done)

    def identified(self) -> Identified | None:
        """The proof that a visit may be spoken of; None while it may not."""
        return Identified() if self.verified and not self.unverified else None

    def to_json(self) -> dict[str, Any]:
        """The state as JSON-ready data."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "State":
        """Read what :meth:`to_json` wrote; an empty mapping is the beginning."""
        if not data:
            return cls()
        typed = {
            "step": Step(data["step"]) if data["step"] else None,
            "line_end": LineEnd(data["line_end"]) if data["line_end"] else None,
            "done": tuple(Done(Act(d["act"]), d["visit"]) for d in data["done"]),
            "notes": tuple(Note(NoteKind(n["kind"]), n["visit"], n["text"]) for n in data["notes"]),
        }
        return cls(**{**data, **typed})


_END_STRENGTH = (
    LineEnd.INVALID_NUMBER,
    LineEnd.BUSY,
    LineEnd.DECLINED,
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


def stronger(known: LineEnd | None, told: LineEnd) -> LineEnd:
    """Two events may tell one end (a rejected call sends both); the exact one wins."""
    return min((end for end in (known, told) if end), key=_END_STRENGTH.index)


def is_known(state: State) -> bool:
    """True as soon as there is an outcome, though the line may still be open."""
    return (
        state.ended or bool(state.done) or state.opted_out or state.contradicted or state.unverified
    )


def outcome(state: State, visit: int | None = None) -> Outcome:
    """What the call came to, or one visit of it: what the patient said beats how
    the line ended.

    A function of what was established, so the order of arrival is no matter.
    """
    if state.opted_out:
        return Outcome.OPTED_OUT
    if _needs_review(state, visit):
        return Outcome.NEEDS_REVIEW
    acts = [d.act for d in state.done if visit is None or d.visit in (visit, None)]
    if acts:
        return Outcome(acts[-1].value)
    if state.voicemail_left:
        return Outcome.VOICEMAIL_LEFT
    if state.machine:
        return Outcome.MACHINE
    if state.not_understood:
        return Outcome.NOT_UNDERSTOOD
    if state.silences:
        return Outcome.NO_RESPONSE
    if state.fault:
        return Outcome.FAILED_PROVIDER
    if state.connected:
        return Outcome.HUNG_UP
    return _NEVER_CONNECTED[state.line_end or LineEnd.FAILED]


def _needs_review(state: State, visit: int | None) -> bool:
    """Something was said that a person must look at; of one visit, or of any."""
    here = visit is None or visit == state.visit
    open_cancel = here and (state.contradicted or state.cancel_pending)
    return open_cancel or state.unverified or Act.DECEASED in state.acts
