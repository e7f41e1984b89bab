"""What the SDK tells while it listens. Its callbacks run in its own threads, and what they raise
is swallowed there: they only copy plain data, which is understood afterwards."""

import json
import threading
from dataclasses import dataclass, field
from typing import Any

from calls.gateway.speech.hints import CANCELLED, NO_MATCH
from calls.gateway.speech.transcript import (
    Alternative,
    Cancellation,
    Event,
    NoMatch,
    Segment,
    Word,
)

#: The SDK counts in 100 ns.
TICKS = 10_000_000
#: The SDK's signals, under the names we tell.
SIGNALS = (
    "session_started",
    "session_stopped",
    "speech_start_detected",
    "speech_end_detected",
    "recognizing",
    "recognized",
    "canceled",
)


@dataclass(frozen=True, kw_only=True)
class Told:
    """One event, copied."""

    name: str
    session_id: str = ""
    offset: int | None = None
    duration: int = 0
    #: The service's answer, word for word. Never the SDK's ``text``: that is cut at 2,047 bytes.
    json: str = ""
    reason: str = ""
    language: str = ""
    code: str = ""
    details: str = ""


@dataclass
class Heard:
    """``over`` is set when there is nothing more to wait for, by us or by the SDK; ``stopped``
    when the SDK tells no more; ``explained`` when it has said why: the threads of the SDK may tell
    of the end of a session before its reason."""

    one: bool
    over: threading.Event = field(default_factory=threading.Event)
    stopped: threading.Event = field(default_factory=threading.Event)
    explained: threading.Event = field(default_factory=threading.Event)
    failed: bool = False
    #: The sound ended by itself: the SDK says so as well of what we stop.
    ended: bool = False
    told: list[Told] = field(default_factory=list)

    @property
    def answered(self) -> bool:
        """Whether the service has said anything: the SDK alone tells that a session began."""
        return any(told.name != "session_started" for told in self.told)

    def subscribe(self, recognizer: Any) -> None:
        for name in SIGNALS:
            getattr(recognizer, name).connect(getattr(self, f"_{name}"))

    def _session_started(self, event: Any) -> None:
        self.told.append(Told(name="session_started", session_id=event.session_id))

    def _session_stopped(self, event: Any) -> None:
        self.told.append(Told(name="session_stopped", session_id=event.session_id))
        self.over.set()
        self.stopped.set()

    def _speech_start_detected(self, event: Any) -> None:
        self.told.append(Told(name="speech_start_detected", offset=event.offset))

    def _speech_end_detected(self, event: Any) -> None:
        self.told.append(Told(name="speech_end_detected", offset=event.offset))

    def _recognizing(self, event: Any) -> None:
        self.told.append(_result("recognizing", event.result))

    def _recognized(self, event: Any) -> None:
        if self.one and self.over.is_set():
            return
        self.told.append(_result("recognized", event.result))
        self.explained.set()
        if self.one:
            self.over.set()

    def _canceled(self, event: Any) -> None:
        details = event.cancellation_details
        self.told.append(
            Told(
                name="canceled",
                reason=details.reason.name,
                code=details.code.name,
                details=details.error_details,
            )
        )
        # After the end of a stream the SDK stops by itself; after an error that may take long.
        if details.reason.name == "Error":
            self.failed = True
            self.over.set()
        elif not self.over.is_set():
            self.ended = True
        self.explained.set()


def _result(name: str, result: Any) -> Told:
    no_match = result.no_match_details
    found = [
        v for k, v in result.properties.items() if k.name.endswith("AutoDetectSourceLanguageResult")
    ]
    return Told(
        name=name,
        offset=result.offset,
        duration=result.duration,
        json=result.json,
        reason=no_match.reason.name if no_match else result.reason.name,
        language=found[0] if found else "",
    )


def events(told: list[Told]) -> tuple[Event, ...]:
    """In the order they came."""
    return tuple(
        Event(name=t.name, text=_text(t) or t.reason, offset=_seconds(t.offset)) for t in told
    )


def segments(told: list[Told], language: str) -> tuple[Segment, ...]:
    """The phrases that have words; ``language`` is the only one asked for, if there is one."""
    return tuple(
        _segment(t, language)
        for t in told
        if t.name == "recognized" and t.reason == "RecognizedSpeech" and _text(t).strip()
    )


def no_match(told: list[Told]) -> NoMatch:
    """Why nothing was understood: the first that says so."""
    kinds = [t.reason for t in told if t.name == "recognized"]
    kind = next((kind for kind in kinds if kind in NO_MATCH), "")
    kind = kind or ("NotRecognized" if kinds else "NothingHeard")
    return NoMatch(kind=kind, hint=NO_MATCH[kind])


def cancellation(told: list[Told]) -> Cancellation | None:
    """The error that ended it; the end of a stream is none."""
    for t in told:
        if t.name == "canceled" and t.reason == "Error":
            return Cancellation(code=t.code, hint=CANCELLED.get(t.code, ""), details=t.details)
    return None


def _segment(told: Told, language: str) -> Segment:
    answer = _answer(told)
    best = [n for n in answer.get("NBest") or () if isinstance(n, dict)]
    found = answer.get("PrimaryLanguage") or {}
    # Words count from the start of the turn, the SDK from the start of the audio.
    base = (told.offset or 0) - int(answer.get("Offset") or 0)
    return Segment(
        text=_text(told),
        language=told.language or language,
        language_confidence=str(found.get("Confidence") or ""),
        offset=_seconds(told.offset) or 0.0,
        duration=told.duration / TICKS,
        confidence=best[0].get("Confidence") if best else None,
        words=tuple(_word(w, base) for w in (best[0].get("Words") or () if best else ())),
        alternatives=tuple(
            Alternative(text=str(n.get("Display") or ""), confidence=n.get("Confidence"))
            for n in best
        ),
    )


def _word(word: dict[str, Any], base: int) -> Word:
    return Word(
        text=str(word.get("Word") or ""),
        offset=(base + int(word.get("Offset") or 0)) / TICKS,
        duration=int(word.get("Duration") or 0) / TICKS,
        confidence=word.get("Confidence"),
    )


def _text(told: Told) -> str:
    answer = _answer(told)
    return str(answer.get("DisplayText") or answer.get("Text") or "")


def _answer(told: Told) -> dict[str, Any]:
    try:
        answer = json.loads(told.json or "{}")
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _seconds(ticks: int | None) -> float | None:
    return None if ticks is None else ticks / TICKS
