"""What was understood, as plain data: nothing of the SDK's leaves this package."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Reason(StrEnum):
    """How it went."""

    RECOGNIZED = "recognized"
    NO_MATCH = "no match"
    CANCELLED = "cancelled"
    TIME_LIMIT = "time limit"


@dataclass(frozen=True, kw_only=True)
class Word:
    """Seconds count from the start of the audio."""

    text: str
    offset: float
    duration: float
    confidence: float | None


@dataclass(frozen=True, kw_only=True)
class Alternative:
    """Another way to hear it, the best first."""

    text: str
    confidence: float | None


@dataclass(frozen=True, kw_only=True)
class Segment:
    """One phrase. ``language`` is the one found, or the only one asked for."""

    text: str
    language: str
    language_confidence: str
    offset: float
    duration: float
    confidence: float | None
    words: tuple[Word, ...] = ()
    alternatives: tuple[Alternative, ...] = ()


@dataclass(frozen=True, kw_only=True)
class NoMatch:
    """Nothing was understood: ``kind`` is the SDK's name."""

    kind: str
    hint: str


@dataclass(frozen=True, kw_only=True)
class Cancellation:
    """The service gave up: ``code`` is the SDK's name, ``hint`` says what to mend."""

    code: str
    hint: str
    details: str


@dataclass(frozen=True, kw_only=True)
class Event:
    """One thing the SDK told, in order; ``text`` is what it held so far, or why it ended."""

    name: str
    text: str = ""
    offset: float | None = None


@dataclass(frozen=True, kw_only=True)
class Transcript:
    """The answer, and all that is needed to judge it later.

    ``reason`` is about the whole: RECOGNIZED where any segment has words, unless the service
    broke off or time ran out; the segments heard until then are there all the same.
    """

    reason: Reason
    segments: tuple[Segment, ...]
    no_match: NoMatch | None
    cancellation: Cancellation | None
    end_of_stream: bool
    events: tuple[Event, ...]
    service: str
    stand_in: bool
    model: str
    sdk_version: str
    session_id: str
    audio_sha256: str
    audio_seconds: float | None

    @property
    def text(self) -> str:
        return " ".join(segment.text for segment in self.segments)

    def as_data(self) -> dict[str, Any]:
        """For JSON."""
        return {"text": self.text} | asdict(self)
