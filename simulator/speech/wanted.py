"""What a turn asks of the recogniser, from its address and its speech.context.

Two families say the same in different places: the cloud's path ends in ``universal/v2`` and all
is in the context; a container's path names the mode, and the query holds language and output.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from simulator.speech.ear import Patience
from simulator.speech.ledger import MS

#: Candidate languages that the service takes, and one locale of each language.
MOST_AT_START, MOST_CONTINUOUS = 4, 10
DEFAULT_LANGUAGE = "en-US"
#: Milliseconds of quiet: the one-shot limit is the service's, the other is constructed.
INITIAL_ONE_SHOT, INITIAL_CONTINUOUS = 5_000, 20_000
WITHIN, LONGEST = 500, 30_000


class Mode(StrEnum):
    INTERACTIVE = "INTERACTIVE"
    CONVERSATION = "CONVERSATION"
    DICTATION = "DICTATION"
    #: Only the language is asked for.
    NONE = "NONE"


class Unwanted(Exception):
    """The service would close the connection over this (1007)."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """One turn's wishes."""

    mode: Mode = Mode.CONVERSATION
    languages: tuple[str, ...] = (DEFAULT_LANGUAGE,)
    #: DetectAtAudioStart or DetectContinuous; None where one language is given.
    identification: str | None = None
    is_detailed: bool = False
    is_semantic: bool = False
    profanity: str = "masked"
    patience: Patience
    phrases: tuple[str, ...] = ()
    model: str | None = None
    continues: str | None = None
    continues_at: int = 0

    @property
    def is_one_shot(self) -> bool:
        return self.mode is Mode.INTERACTIVE

    def as_data(self) -> dict[str, Any]:
        """For people who look in; times in milliseconds."""
        return {
            "mode": self.mode.value,
            "languages": list(self.languages),
            "identification": self.identification,
            "detailed": self.is_detailed,
            "semantic": self.is_semantic,
            "profanity": self.profanity,
            "initial_silence_ms": self.patience.initial // MS,
            "segmentation_silence_ms": self.patience.within // MS,
            "longest_segment_ms": self.patience.longest // MS,
            "phrases": list(self.phrases),
            "model": self.model,
            "continues_at_ms": None if self.continues is None else self.continues_at // MS,
        }


def read_wanted(
    path_mode: str | None, query: Mapping[str, str], context: Mapping[str, Any]
) -> Wanted:
    """A turn's wishes; Unwanted where the service would not take them."""
    detection = _object(context, "phraseDetection")
    mode = _mode(path_mode or str(detection.get("mode", "CONVERSATION")))
    languages, identification = _languages(query, context, detection)
    continuation = _object(context, "continuation")
    output = _object(context, "phraseOutput")
    wanted_format = str(output.get("format") or query.get("format", "simple"))
    return Wanted(
        mode=mode,
        languages=languages,
        identification=identification,
        is_detailed=wanted_format.lower() == "detailed",
        is_semantic="semantic" in _texts(_found(detection, "segmentation"), "mode"),
        profanity=_profanity(query, context),
        patience=_patience(mode, detection),
        phrases=tuple(_phrases(context)),
        model=query.get("cid"),
        continues=continuation.get("previousServiceTag"),
        continues_at=_continues_at(continuation),
    )


def _mode(name: str) -> Mode:
    try:
        return Mode(name.upper())
    except ValueError:
        raise Unwanted(f"The recognition mode {name} is not known.") from None


def _languages(
    query: Mapping[str, str], context: Mapping[str, Any], detection: Mapping[str, Any]
) -> tuple[tuple[str, ...], str | None]:
    asked = _object(context, "languageId")
    if not asked:
        language = detection.get("language") or query.get("language") or DEFAULT_LANGUAGE
        return (str(language),), None
    found = tuple(str(language) for language in asked.get("languages", ()))
    mode = str(asked.get("mode", "DetectAtAudioStart"))
    most = MOST_CONTINUOUS if mode == "DetectContinuous" else MOST_AT_START
    if not 1 <= len(found) <= most:
        raise Unwanted(f"Language identification ({mode}) takes 1 to {most} languages.")
    if len({base(language) for language in found}) < len(found):
        raise Unwanted("Language identification takes one locale of each language.")
    return found, mode


def base(locale: str) -> str:
    """The language of a locale."""
    return locale.partition("-")[0].lower()


def _patience(mode: Mode, detection: Mapping[str, Any]) -> Patience:
    initial = INITIAL_ONE_SHOT if mode is Mode.INTERACTIVE else INITIAL_CONTINUOUS
    return Patience(
        initial=_milliseconds(detection, "initialSilenceTimeout", initial) * MS,
        within=_milliseconds(detection, "segmentationSilenceTimeoutMs", WITHIN) * MS,
        longest=_milliseconds(detection, "segmentationForcedTimeoutMs", LONGEST) * MS,
    )


def _milliseconds(data: Mapping[str, Any], name: str, default: int) -> int:
    for value in _found(data, name):
        try:
            return max(0, int(value))
        except (TypeError, ValueError):
            raise Unwanted(f"{name} is not a number of milliseconds.") from None
    return default


def _profanity(query: Mapping[str, str], context: Mapping[str, Any]) -> str:
    named = next(_found(context, "profanity"), None) or query.get("profanity") or "masked"
    return str(named).lower()


def _phrases(context: Mapping[str, Any]) -> Iterator[str]:
    for group in _object(context, "dgi").get("Groups", ()):
        for item in group.get("Items", ()):
            yield str(item.get("Text", ""))


def _continues_at(continuation: Mapping[str, Any]) -> int:
    for value in _found(continuation, "offset"):
        try:
            return int(value)
        except (TypeError, ValueError):
            raise Unwanted("The offset of a continuation is not a number.") from None
    return 0


def _found(data: Any, name: str) -> Iterator[Any]:
    """Every value of that name, however deep: the place differs by mode."""
    if isinstance(data, Mapping):
        if name in data:
            yield data[name]
        for value in data.values():
            yield from _found(value, name)


def _texts(values: Iterator[Any], name: str) -> set[str]:
    objects = (value for value in values if isinstance(value, dict))
    return {str(value.get(name)).lower() for value in objects}


def _object(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = data.get(name)
    return value if isinstance(value, Mapping) else {}
