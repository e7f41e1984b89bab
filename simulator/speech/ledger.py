"""What the stand-in knows to recognise: sounds that it spoke itself, or was told of."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from simulator.speech.sound import TICKS, Format

#: What a phrase may come as (RecognitionStatus of the protocol).
STATUSES = (
    "Success",
    "NoMatch",
    "InitialSilenceTimeout",
    "BabbleTimeout",
    "Error",
    "TooManyRequests",
    "BadRequest",
    "Forbidden",
    "ServiceUnavailable",
)
#: Bytes of sound kept at most; the oldest are forgotten first.
MOST_BYTES = 64 * 1024 * 1024
#: Seconds from which a sound is looked up.
PROBE = 0.02
MS = TICKS // 1000


@dataclass(frozen=True, kw_only=True)
class Segment:
    """Something said, where in the sound, in which language, and how surely."""

    text: str
    language: str
    #: Ticks of 100 ns from the begin of the sound.
    offset: int = 0
    duration: int = 0
    confidence: float = 0.95
    #: High, Medium, Low or Unknown.
    language_confidence: str = "High"
    status: str = "Success"
    channel: int | None = None
    speaker: str | None = None
    #: Negative, Neutral and Positive.
    sentiment: dict[str, float] | None = None

    @property
    def end(self) -> int:
        return self.offset + self.duration

    def as_data(self) -> dict[str, Any]:
        named = {
            "text": self.text,
            "language": self.language,
            "offset_ms": self.offset // MS,
            "duration_ms": self.duration // MS,
            "confidence": self.confidence,
            "language_confidence": self.language_confidence,
            "status": self.status,
            "channel": self.channel,
            "speaker": self.speaker,
            "sentiment": self.sentiment,
        }
        return {name: value for name, value in named.items() if value is not None}


@dataclass(frozen=True, eq=False, kw_only=True)
class Entry:
    """A sound, whole or by its hash alone, and what is said in it."""

    sha256: str
    segments: tuple[Segment, ...]
    voice: str | None = None
    form: Format | None = None
    #: From the first to the last thing to be heard.
    core: bytes = b""
    #: Bytes of quiet before the core.
    lead: int = 0

    def as_data(self) -> dict[str, Any]:
        return {
            "sha256": self.sha256,
            "voice": self.voice,
            "format": None if self.form is None else self.form.as_data(),
            "segments": [segment.as_data() for segment in self.segments],
        }


def entry_of(
    form: Format, sound: bytes, segments: tuple[Segment, ...], voice: str | None = None
) -> Entry:
    """An entry for a sound that is there."""
    lead = form.first_sound(sound) or 0
    return Entry(
        sha256=hashlib.sha256(sound).hexdigest(),
        segments=segments,
        voice=voice,
        form=form,
        core=bytes(sound[lead : form.last_sound(sound)]),
        lead=lead,
    )


class Ledger:
    """The sounds known, the latest winning where two are the same."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}
        self._by_probe: dict[tuple[Format, bytes], dict[str, Entry]] = {}
        self._bytes = 0

    def __iter__(self) -> Iterator[Entry]:
        return iter(list(self._entries.values()))

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def knows_hashes_alone(self) -> bool:
        """Whether a sound may be known of which only the end tells that it is."""
        return any(not entry.core for entry in self._entries.values())

    def add(self, entry: Entry) -> None:
        self._forget(entry.sha256)
        self._entries[entry.sha256] = entry
        if entry.form is not None and entry.core:
            self._probed(entry.form, entry.core)[entry.sha256] = entry
            self._bytes += len(entry.core)
        while self._bytes > MOST_BYTES:
            self._forget(next(iter(self._entries)))

    def clear(self) -> None:
        self._entries.clear()
        self._by_probe.clear()
        self._bytes = 0

    def whole(self, sound: bytes | bytearray) -> Entry | None:
        """What is known of this very sound."""
        return self._entries.get(hashlib.sha256(sound).hexdigest())

    def beginning(self, form: Format, sound: bytes) -> list[Entry]:
        """Sounds that begin as this one, quiet left out on both sides."""
        found = self._by_probe.get((form, sound[: probe_size(form)]), {}).values()
        return [entry for entry in found if _agrees(entry.core, sound)]

    def _probed(self, form: Format, core: bytes) -> dict[str, Entry]:
        return self._by_probe.setdefault((form, core[: probe_size(form)]), {})

    def _forget(self, sha256: str) -> None:
        entry = self._entries.pop(sha256, None)
        if entry is None or entry.form is None or not entry.core:
            return
        self._probed(entry.form, entry.core).pop(sha256, None)
        self._bytes -= len(entry.core)


def probe_size(form: Format) -> int:
    """Bytes that must be there before a sound is looked up."""
    return form.size(int(PROBE * TICKS))


def _agrees(core: bytes, sound: bytes) -> bool:
    size = min(len(core), len(sound))
    return core[:size] == sound[:size]
