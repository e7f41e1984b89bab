"""The body of {id}:recognize, read into typed values or refused as Azure would refuse.

Limits are those of Microsoft's documents: 300 s of initial silence for keys and 20 s for the rest,
4 languages for choices and 10 for speech, 1 to 60 s between two keys.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from simulator import fields
from simulator.errors import invalid
from simulator.prompts import Prompt, read_prompts
from simulator.wire import operation_callback, read_phone

#: The one api-version in which a language list and sentiment exist.
PREVIEW = "2025-08-15-preview"
#: Seconds of initial silence, between two keys and after speech, where a request names none.
DEFAULT_SILENCE = 5
DEFAULT_BETWEEN = 2
DEFAULT_END_SILENCE_MS = 500
MAX_BETWEEN = 60
KEYS = {
    "zero": "0",
    "one": "1",
    "two": "2",
    "three": "3",
    "four": "4",
    "five": "5",
    "six": "6",
    "seven": "7",
    "eight": "8",
    "nine": "9",
    "asterisk": "*",
    "pound": "#",
    "a": "A",
    "b": "B",
    "c": "C",
    "d": "D",
}
TONES = {key: tone for tone, key in KEYS.items()}
_LOCALE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?-([A-Z]{2}|\d{3})(-[a-z]+)?")


class Input(StrEnum):
    """recognizeInputType: what a recognition listens for."""

    CHOICES = "choices"
    DTMF = "dtmf"
    SPEECH = "speech"
    SPEECH_OR_DTMF = "speechOrDtmf"

    @property
    def takes_words(self) -> bool:
        return self is not Input.DTMF

    @property
    def takes_keys(self) -> bool:
        return self is not Input.SPEECH


MAX_SILENCE = {
    Input.CHOICES: 20,
    Input.DTMF: 300,
    Input.SPEECH: 20,
    Input.SPEECH_OR_DTMF: 20,
}
MAX_LANGUAGES = {Input.CHOICES: 4, Input.SPEECH: 10, Input.SPEECH_OR_DTMF: 10}


@dataclass(frozen=True)
class Choice:
    """One answer that a recognition takes: the phrases that mean it, and a key."""

    label: str
    phrases: tuple[str, ...]
    key: str | None


@dataclass(frozen=True)
class Tones:
    """dtmfOptions: how many keys are collected, and what ends them."""

    most: int
    #: Seconds between two keys.
    between: int
    #: Keys that end the input, as on a keypad.
    stops: tuple[str, ...]


@dataclass(frozen=True)
class Recognize:
    """POST {id}:recognize."""

    kind: Input
    prompts: tuple[Prompt, ...]
    choices: tuple[Choice, ...]
    #: Only where single keys are collected.
    tones: Tones | None
    #: Seconds of quiet that end an utterance; choices always have the service's default.
    end_silence: float
    languages: tuple[str, ...]
    sentiment: bool
    #: Whether the answer tells the language it was heard in.
    tells_language: bool
    #: speechRecognitionModelEndpointId, a custom model; it is noted and has no effect.
    speech_model: str | None
    interrupt_prompt: bool
    initial_silence: int
    interrupt: bool
    operation_context: str | None
    callback_uri: str | None
    target: str

    @property
    def needs_ai_resource(self) -> bool:
        return self.kind.takes_words or any(prompt.is_synthetic for prompt in self.prompts)

    def as_data(self) -> dict[str, Any]:
        """What was asked, in the words of the request."""
        data: dict[str, Any] = {
            "operation": "recognize",
            "recognizeInputType": self.kind.value,
            "labels": [choice.label for choice in self.choices],
            "initialSilenceTimeoutInSeconds": self.initial_silence,
            "interruptPrompt": self.interrupt_prompt,
            "speechLanguages": list(self.languages) if self.kind.takes_words else [],
            "speechRecognitionModelEndpointId": self.speech_model,
        }
        if self.tones is not None:
            data["maxTonesToCollect"] = self.tones.most
            data["stopTones"] = [TONES[key] for key in self.tones.stops]
        return data


def read_recognize(body: Mapping[str, Any], api_version: str) -> Recognize:
    kind = _input(fields.text(body, "recognizeInputType"))
    options = fields.required_object(body, "recognizeOptions")
    preview = api_version == PREVIEW
    target = fields.required_object(options, "targetParticipant")
    return Recognize(
        kind=kind,
        prompts=_prompts(body),
        choices=_choices(options) if kind is Input.CHOICES else (),
        tones=_tones(options) if kind in (Input.DTMF, Input.SPEECH_OR_DTMF) else None,
        end_silence=_end_silence(options, kind),
        languages=_languages(options, kind, preview=preview),
        sentiment=preview and fields.flag(options, "enableSentimentAnalysis"),
        tells_language=preview,
        speech_model=_speech_model(options, kind),
        interrupt_prompt=fields.flag(options, "interruptPrompt"),
        initial_silence=_initial_silence(options, kind),
        interrupt=fields.flag(body, "interruptCallMediaOperation"),
        operation_context=fields.optional_text(body, "operationContext"),
        callback_uri=operation_callback(body),
        target=read_phone(target, "TargetParticipant"),
    )


def _input(name: str) -> Input:
    try:
        return Input(name)
    except ValueError:
        raise invalid("The field RecognizeInputType is invalid.") from None


def _prompts(body: Mapping[str, Any]) -> tuple[Prompt, ...]:
    several = fields.objects(body, "playPrompts")
    if body.get("playPrompt") is not None:
        several = [fields.required_object(body, "playPrompt"), *several]
    return read_prompts(several)


def _choices(options: Mapping[str, Any]) -> tuple[Choice, ...]:
    choices = tuple(_choice(choice) for choice in fields.objects(options, "choices"))
    if not choices:
        raise invalid("The field Choices is required for input type choices.")
    return choices


def _choice(choice: Mapping[str, Any]) -> Choice:
    tone = fields.optional_text(choice, "tone")
    phrases = fields.texts(choice, "phrases")
    if not phrases:
        raise invalid("Every choice needs at least one phrase.")
    return Choice(fields.text(choice, "label"), phrases, None if tone is None else _key(tone))


def _key(tone: str) -> str:
    if tone not in KEYS:
        raise invalid(f"The tone {tone!r} is not known.")
    return KEYS[tone]


def _tones(options: Mapping[str, Any]) -> Tones:
    dtmf = fields.optional_object(options, "dtmfOptions")
    most = fields.optional_integer(dtmf, "maxTonesToCollect")
    if most is None or most < 1:
        raise invalid("MaxTonesToCollect must be at least 1.")
    between = fields.optional_integer(dtmf, "interToneTimeoutInSeconds")
    between = DEFAULT_BETWEEN if between is None else between
    if not 1 <= between <= MAX_BETWEEN:
        raise invalid(f"InterToneTimeoutInSeconds must be 1 to {MAX_BETWEEN}.")
    return Tones(most, between, tuple(_key(tone) for tone in fields.texts(dtmf, "stopTones")))


def _end_silence(options: Mapping[str, Any], kind: Input) -> float:
    """Seconds of quiet after which somebody is taken to have finished."""
    milliseconds: int | None = None
    if kind in (Input.SPEECH, Input.SPEECH_OR_DTMF):
        speech = fields.optional_object(options, "speechOptions")
        milliseconds = fields.optional_integer(speech, "endSilenceTimeoutInMs")
    if milliseconds is None:
        milliseconds = DEFAULT_END_SILENCE_MS
    if milliseconds < 0:
        raise invalid("EndSilenceTimeoutInMs must not be negative.")
    return milliseconds / 1000


def _speech_model(options: Mapping[str, Any], kind: Input) -> str | None:
    model = fields.optional_text(options, "speechRecognitionModelEndpointId")
    return model or None if kind.takes_words else None


def _languages(options: Mapping[str, Any], kind: Input, *, preview: bool) -> tuple[str, ...]:
    """The candidate locales. Outside the preview a list is an unknown field and has no effect."""
    several = fields.texts(options, "speechLanguages") if preview else ()
    single = fields.optional_text(options, "speechLanguage")
    languages = several or (() if single is None else (single,))
    for language in languages:
        # A client that knows no lists may send one as a string; that is where it comes to light.
        if not _LOCALE.fullmatch(language):
            raise invalid(f"The speech language {language!r} is not a locale.")
    most = MAX_LANGUAGES.get(kind)
    if most is not None and len(languages) > most:
        raise invalid(f"At most {most} speech languages are taken for {kind.value}.")
    return languages or ("en-US",)


def _initial_silence(options: Mapping[str, Any], kind: Input) -> int:
    silence = fields.optional_integer(options, "initialSilenceTimeoutInSeconds")
    silence = DEFAULT_SILENCE if silence is None else silence
    most = MAX_SILENCE[kind]
    if not 0 <= silence <= most:
        raise invalid(f"InitialSilenceTimeoutInSeconds must be 0 to {most} for {kind.value}.")
    return silence
