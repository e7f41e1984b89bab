"""Request bodies of the REST wire, read into typed values or refused as Azure would refuse.

Limits are those of Microsoft's documents: 4,000 characters of text, 20 s of initial silence and
4 languages for choices.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from simulator import fields
from simulator.errors import invalid, not_built

#: The one api-version in which a language list and sentiment exist.
PREVIEW = "2025-08-15-preview"
MAX_TEXT = 4000
MAX_CHOICE_LANGUAGES = 4
MAX_CHOICE_SILENCE = 20
#: Seconds of initial silence where a request names none.
DEFAULT_SILENCE = 5
WORDS_A_MINUTE = 150
#: Seconds that a recorded file is taken to last; the simulator does not fetch it.
FILE_SECONDS = 4.0
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
_E164 = re.compile(r"\+[1-9]\d{6,14}")
_LOCALE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?-([A-Z]{2}|\d{3})(-[a-z]+)?")
_LOOPBACK = re.compile(r"localhost|127(\.\d{1,3}){3}|::1")


@dataclass(frozen=True)
class Prompt:
    """Something to be heard: its words without mark-up, and how long they take in seconds."""

    text: str
    seconds: float
    #: Made from text by the AI resource, not a recorded file.
    is_synthetic: bool = True


@dataclass(frozen=True)
class Choice:
    """One answer that a recognition takes: the phrases that mean it, and a key."""

    label: str
    phrases: tuple[str, ...]
    key: str | None


@dataclass(frozen=True)
class CreateCall:
    """POST /calling/callConnections."""

    number: str
    caller_id: str
    callback_uri: str
    operation_context: str | None
    has_ai_resource: bool
    display_name: str | None


@dataclass(frozen=True)
class Play:
    """POST {id}:play."""

    prompts: tuple[Prompt, ...]
    loop: bool
    interrupt: bool
    operation_context: str | None
    callback_uri: str | None

    @property
    def needs_ai_resource(self) -> bool:
        return any(prompt.is_synthetic for prompt in self.prompts)


@dataclass(frozen=True)
class Recognize:
    """POST {id}:recognize with input type choices."""

    prompts: tuple[Prompt, ...]
    choices: tuple[Choice, ...]
    languages: tuple[str, ...]
    sentiment: bool
    #: Whether the answer tells the language it was heard in.
    tells_language: bool
    interrupt_prompt: bool
    initial_silence: int
    interrupt: bool
    operation_context: str | None
    callback_uri: str | None
    target: str

    @property
    def needs_ai_resource(self) -> bool:
        return True


def read_create_call(body: Mapping[str, Any]) -> CreateCall:
    for unbuilt in ("mediaStreamingOptions", "transcriptionOptions", "teamsAppSource"):
        if body.get(unbuilt) is not None:
            raise not_built(f"{unbuilt} on create call")
    targets = fields.objects(body, "targets")
    if not targets:
        raise invalid("The field Targets is required.")
    if len(targets) > 1:
        raise not_built("calls to several targets")
    intelligence = fields.optional_object(body, "callIntelligenceOptions")
    return CreateCall(
        number=read_phone(targets[0], "Targets"),
        caller_id=_caller_id(body),
        callback_uri=read_callback_uri(fields.text(body, "callbackUri"), "CallbackUri"),
        operation_context=fields.optional_text(body, "operationContext"),
        has_ai_resource=bool(fields.optional_text(intelligence, "cognitiveServicesEndpoint")),
        display_name=fields.optional_text(body, "sourceDisplayName"),
    )


def read_play(body: Mapping[str, Any]) -> Play:
    prompts = tuple(_prompt(source) for source in fields.objects(body, "playSources"))
    if not prompts:
        raise invalid("The field PlaySources is required.")
    options = fields.optional_object(body, "playOptions")
    return Play(
        prompts=prompts,
        loop=fields.flag(options, "loop"),
        interrupt=fields.flag(body, "interruptCallMediaOperation"),
        operation_context=fields.optional_text(body, "operationContext"),
        callback_uri=_operation_callback(body),
    )


def read_recognize(body: Mapping[str, Any], api_version: str) -> Recognize:
    kind = fields.text(body, "recognizeInputType")
    if kind in ("dtmf", "speech", "speechOrDtmf"):
        raise not_built(f"recognition of input type {kind}")
    if kind != "choices":
        raise invalid("The field RecognizeInputType is invalid.")
    options = fields.required_object(body, "recognizeOptions")
    preview = api_version == PREVIEW
    target = fields.required_object(options, "targetParticipant")
    return Recognize(
        prompts=_prompts(body),
        choices=_choices(options),
        languages=_languages(options, preview=preview),
        sentiment=preview and fields.flag(options, "enableSentimentAnalysis"),
        tells_language=preview,
        interrupt_prompt=fields.flag(options, "interruptPrompt"),
        initial_silence=_initial_silence(options),
        interrupt=fields.flag(body, "interruptCallMediaOperation"),
        operation_context=fields.optional_text(body, "operationContext"),
        callback_uri=_operation_callback(body),
        target=read_phone(target, "TargetParticipant"),
    )


def read_phone(identifier: Mapping[str, Any], name: str) -> str:
    """The E.164 number of a phone identifier, or a refusal that names the field."""
    value = fields.optional_object(identifier, "phoneNumber").get("value")
    if not isinstance(value, str) or not _E164.fullmatch(value):
        raise invalid(f"The field {name} is invalid: an E.164 phone number is required.")
    return value


def read_callback_uri(uri: str, name: str) -> str:
    """An https URI, or http on loopback; anything else is refused in Azure's words."""
    try:
        parts = urlsplit(uri)
        host = parts.hostname or ""
    except ValueError:
        raise invalid(f"The field {name} is invalid.") from None
    loopback = _LOOPBACK.fullmatch(host) is not None
    if not host or not (parts.scheme == "https" or (parts.scheme == "http" and loopback)):
        raise invalid(f"The field {name} is invalid.")
    return uri


def _operation_callback(body: Mapping[str, Any]) -> str | None:
    uri = fields.optional_text(body, "operationCallbackUri")
    return None if uri is None else read_callback_uri(uri, "OperationCallbackUri")


def _caller_id(body: Mapping[str, Any]) -> str:
    value = fields.optional_object(body, "sourceCallerIdNumber").get("value")
    if not isinstance(value, str) or not value:
        raise invalid("The field SourceCallerIdNumber is required to call a phone number.")
    return value


def _prompts(body: Mapping[str, Any]) -> tuple[Prompt, ...]:
    single = body.get("playPrompt")
    several = fields.objects(body, "playPrompts")
    if single is not None:
        several = [fields.required_object(body, "playPrompt"), *several]
    return tuple(_prompt(source) for source in several)


def _prompt(source: Mapping[str, Any]) -> Prompt:
    match source.get("kind"):
        case "text":
            text = fields.text(fields.required_object(source, "text"), "text")
            if len(text) > MAX_TEXT:
                raise invalid(f"The text of a prompt is longer than {MAX_TEXT} characters.")
            return Prompt(text, spoken_seconds(text))
        case "ssml":
            ssml = fields.text(fields.required_object(source, "ssml"), "ssmlText")
            words = " ".join(html.unescape(re.sub(r"<[^>]*>", " ", ssml)).split())
            return Prompt(words, spoken_seconds(words))
        case "file":
            uri = fields.text(fields.required_object(source, "file"), "uri")
            return Prompt(f"[recording {uri}]", FILE_SECONDS, is_synthetic=False)
        case kind:
            raise invalid(f"The play source kind {kind!r} is not known.")


def spoken_seconds(text: str) -> float:
    """How long a text takes to say at 150 words a minute, in seconds."""
    return len(text.split()) * 60 / WORDS_A_MINUTE


def prompt_seconds(prompts: Iterable[Prompt]) -> float:
    """How long prompts take one after the other, in seconds."""
    return sum(prompt.seconds for prompt in prompts)


def _choices(options: Mapping[str, Any]) -> tuple[Choice, ...]:
    choices = tuple(_choice(choice) for choice in fields.objects(options, "choices"))
    if not choices:
        raise invalid("The field Choices is required for input type choices.")
    return choices


def _choice(choice: Mapping[str, Any]) -> Choice:
    tone = fields.optional_text(choice, "tone")
    if tone is not None and tone not in KEYS:
        raise invalid(f"The tone {tone!r} is not known.")
    phrases = fields.texts(choice, "phrases")
    if not phrases:
        raise invalid("Every choice needs at least one phrase.")
    return Choice(fields.text(choice, "label"), phrases, None if tone is None else KEYS[tone])


def _languages(options: Mapping[str, Any], *, preview: bool) -> tuple[str, ...]:
    """The candidate locales. Outside the preview a list is an unknown field and has no effect."""
    several = fields.texts(options, "speechLanguages") if preview else ()
    single = fields.optional_text(options, "speechLanguage")
    languages = several or (() if single is None else (single,))
    for language in languages:
        # A client that knows no lists may send one as a string; that is where it comes to light.
        if not _LOCALE.fullmatch(language):
            raise invalid(f"The speech language {language!r} is not a locale.")
    if len(languages) > MAX_CHOICE_LANGUAGES:
        raise invalid(f"At most {MAX_CHOICE_LANGUAGES} speech languages are taken for choices.")
    return languages or ("en-US",)


def _initial_silence(options: Mapping[str, Any]) -> int:
    silence = fields.optional_integer(options, "initialSilenceTimeoutInSeconds")
    silence = DEFAULT_SILENCE if silence is None else silence
    if not 0 <= silence <= MAX_CHOICE_SILENCE:
        raise invalid(
            f"InitialSilenceTimeoutInSeconds must be 0 to {MAX_CHOICE_SILENCE} for choices."
        )
    return silence
