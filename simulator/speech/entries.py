"""Entries that the ledger is told of: a recording, or its hash, and what is said in it."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from simulator.speech.ledger import MS, STATUSES, Entry, Segment, entry_of
from simulator.speech.sound import read_header

_DAY = 86_400_000
MOST_SEGMENTS = 1000


def _is_number(low: float, high: float) -> Callable[[Any], bool]:
    return lambda v: isinstance(v, int | float) and not isinstance(v, bool) and low <= v <= high


def _is_sentiment(value: Any) -> bool:
    return isinstance(value, dict) and all(_is_number(0, 1)(share) for share in value.values())


_CHECKS: dict[str, Callable[[Any], bool]] = {
    "text": lambda v: isinstance(v, str) and len(v) <= 100_000,
    "language": lambda v: isinstance(v, str) and bool(re.fullmatch(r"[A-Za-z]{2,3}(-\w+)*", v)),
    "offset_ms": _is_number(0, _DAY),
    "duration_ms": _is_number(0, _DAY),
    "confidence": _is_number(0, 1),
    "language_confidence": lambda v: v in ("High", "Medium", "Low", "Unknown"),
    "status": lambda v: v in STATUSES,
    "channel": lambda v: isinstance(v, int) and 0 <= v <= 7,
    "speaker": lambda v: isinstance(v, str),
    "sentiment": _is_sentiment,
}


def read_entry(data: Mapping[str, Any]) -> Entry:
    """An entry from its JSON; ValueError says what is wrong with it."""
    unknown = set(data) - {"wav", "sha256", "segments"}
    if unknown:
        raise ValueError(f"An entry has no {sorted(unknown)[0]!r}.")
    if ("wav" in data) == ("sha256" in data):
        raise ValueError("An entry has either a wav or a sha256.")
    raw = data.get("segments")
    if not isinstance(raw, list) or not 1 <= len(raw) <= MOST_SEGMENTS:
        raise ValueError(f"An entry has 1 to {MOST_SEGMENTS} segments.")
    segments = tuple(sorted(map(_segment, raw), key=lambda segment: segment.offset))
    if "wav" in data:
        return entry_of_wav(_base64(data["wav"]), segments)
    return Entry(sha256=_sha256(data["sha256"]), segments=_filled(segments, 0))


def entry_of_wav(wav: bytes, segments: Sequence[Segment]) -> Entry:
    """An entry for a WAV file; a segment without a duration lasts until the next, or the end."""
    form, sound = read_header(wav)
    sound = sound[: len(sound) // form.frame * form.frame]
    return entry_of(form, sound, _filled(segments, form.ticks(len(sound))))


def _filled(segments: Sequence[Segment], end: int) -> tuple[Segment, ...]:
    ends = [segment.offset for segment in segments[1:]] + [end]
    return tuple(
        segment if segment.duration else _lasting(segment, until - segment.offset)
        for segment, until in zip(segments, ends, strict=True)
    )


def _lasting(segment: Segment, duration: int) -> Segment:
    return Segment(**{**vars(segment), "duration": max(0, duration)})


def _segment(data: Any) -> Segment:
    if not isinstance(data, dict) or "text" not in data or "language" not in data:
        raise ValueError("A segment has a text and a language.")
    for name, value in data.items():
        if name not in _CHECKS:
            raise ValueError(f"A segment has no {name!r}.")
        if not _CHECKS[name](value):
            raise ValueError(f"The {name} of a segment cannot be {value!r}.")
    rest = {name: value for name, value in data.items() if not name.endswith("_ms")}
    return Segment(
        **rest,
        offset=round(data.get("offset_ms", 0) * MS),
        duration=round(data.get("duration_ms", 0) * MS),
    )


def _base64(value: Any) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (ValueError, TypeError):
        raise ValueError("The wav is not base64.") from None


def _sha256(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9a-fA-F]{64}", value):
        raise ValueError("The sha256 is not 64 hexadecimal digits.")
    return value.lower()
