"""Our closed set of things that happen on a call.

``calls.gateway.cloudevents`` translates Azure's JSON into these; whatever it
does not know becomes :class:`Unrecognised` and changes nothing.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from calls.conversation.vocabulary import LineEnd


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something happened on the call; ``at`` is when we heard of it, UTC."""

    at: datetime
    code: int | None = None
    sub_code: int | None = None


@dataclass(frozen=True, kw_only=True)
class Connected(Event):
    """A person or a machine took the call."""


@dataclass(frozen=True, kw_only=True)
class Ended(Event):
    """The line is down, or was never up."""

    end: LineEnd


@dataclass(frozen=True, kw_only=True)
class Lost(Event):
    """No news of a live call came any more: whatever was said, we don't know it."""


@dataclass(frozen=True, kw_only=True)
class Faulted(Event):
    """Azure would not do what the conversation needs: the patient heard nothing.

    ``context`` is that of the action; empty where none is known.
    """

    context: str = ""


@dataclass(frozen=True, kw_only=True)
class InContext(Event):
    """Answers one of our actions; ``context`` is its ``step.turn``."""

    context: str


@dataclass(frozen=True, kw_only=True)
class Recognized(InContext):
    """The patient said or pressed something that was understood."""

    input_type: str = ""
    label: str = ""
    phrase: str = ""
    tones: tuple[str, ...] = field(default=())
    speech: str = ""
    confidence: float | None = None
    language: str = ""
    sentiment: str = ""


class Miss(StrEnum):
    """Why a recognition brought nothing."""

    SILENCE = "silence"
    NOT_UNDERSTOOD = "not_understood"
    #: The provider's fault, never the patient's silence.
    FAULT = "fault"


@dataclass(frozen=True, kw_only=True)
class RecognizeFailed(InContext):
    """Nothing was understood."""

    miss: Miss
    #: Keys that came and were too few.
    tones: tuple[str, ...] = field(default=())


@dataclass(frozen=True, kw_only=True)
class PromptStarted(InContext):
    """The patient begins to hear a prompt."""


@dataclass(frozen=True, kw_only=True)
class PromptDone(InContext):
    """A prompt was said to its end, or could not be said."""

    failed: bool = False


@dataclass(frozen=True, kw_only=True)
class TransferAccepted(InContext):
    """The patient is connected with the clinic's staff."""


@dataclass(frozen=True, kw_only=True)
class TransferFailed(InContext):
    """Nobody at the clinic took it; the patient is still with us."""


@dataclass(frozen=True, kw_only=True)
class Cancelled(InContext):
    """We, or the end of the call, cut an action short."""


@dataclass(frozen=True, kw_only=True)
class Unrecognised(Event):
    """A type outside our closed set: kept, never guessed at."""

    type: str
