"""What is to be heard on a call: text, SSML or a recording, with the time that it takes.

Microsoft's documents name the three play sources and the 4,000 characters of a text.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from simulator import fields
from simulator.errors import invalid

MAX_TEXT = 4000
WORDS_A_MINUTE = 150
#: Seconds that a recording is taken to last that lies on another machine: it is not fetched.
FILE_SECONDS = 4.0


@dataclass(frozen=True)
class Prompt:
    """Something to be heard: its words without mark-up, and how long they take in seconds."""

    text: str
    seconds: float
    kind: str = "text"
    #: Where a recording is.
    uri: str | None = None
    voice: str | None = None
    locale: str | None = None
    #: The endpoint of a custom neural voice.
    custom_voice: str | None = None
    #: The SSML as it came.
    markup: str | None = field(default=None, repr=False)
    #: A WAV file, where there is one to be heard.
    sound: bytes | None = field(default=None, repr=False)

    @property
    def is_synthetic(self) -> bool:
        """Made from text by the AI resource, not a recorded file."""
        return self.kind != "file"

    def as_data(self) -> dict[str, Any]:
        """The source as the request named it; what it did not name is left out."""
        named = {
            "kind": self.kind,
            "text": self.text,
            "uri": self.uri,
            "voiceName": self.voice,
            "sourceLocale": self.locale,
            "customVoiceEndpointId": self.custom_voice,
        }
        return {name: value for name, value in named.items() if value is not None}


def read_prompts(sources: Iterable[Mapping[str, Any]]) -> tuple[Prompt, ...]:
    """Play sources of any kinds, in their order."""
    return tuple(_prompt(source) for source in sources)


def spoken_seconds(text: str) -> float:
    """How long a text takes to say at 150 words a minute, in seconds."""
    return len(text.split()) * 60 / WORDS_A_MINUTE


def prompt_seconds(prompts: Iterable[Prompt]) -> float:
    """How long prompts take one after the other, in seconds."""
    return sum(prompt.seconds for prompt in prompts)


def _prompt(source: Mapping[str, Any]) -> Prompt:
    match source.get("kind"):
        case "text":
            return _text(fields.required_object(source, "text"))
        case "ssml":
            return _ssml(fields.required_object(source, "ssml"))
        case "file":
            uri = fields.text(fields.required_object(source, "file"), "uri")
            return Prompt(f"[recording {uri}]", FILE_SECONDS, "file", uri)
        case kind:
            raise invalid(f"The play source kind {kind!r} is not known.")


def _text(source: Mapping[str, Any]) -> Prompt:
    text = fields.text(source, "text")
    if len(text) > MAX_TEXT:
        raise invalid(f"The text of a prompt is longer than {MAX_TEXT} characters.")
    return Prompt(
        text,
        spoken_seconds(text),
        voice=fields.optional_text(source, "voiceName"),
        locale=fields.optional_text(source, "sourceLocale"),
        custom_voice=fields.optional_text(source, "customVoiceEndpointId"),
    )


def _ssml(source: Mapping[str, Any]) -> Prompt:
    ssml = fields.text(source, "ssmlText")
    words = " ".join(html.unescape(re.sub(r"<[^>]*>", " ", ssml)).split())
    voice = re.search(r"<voice\b[^>]*?\bname\s*=\s*[\"']([^\"']+)", ssml)
    return Prompt(
        words,
        spoken_seconds(words),
        "ssml",
        voice=None if voice is None else voice[1],
        markup=ssml,
        custom_voice=fields.optional_text(source, "customVoiceEndpointId"),
    )
