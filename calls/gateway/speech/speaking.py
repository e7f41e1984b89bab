"""Text to sound, and which voices there are."""

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from typing import Any

from calls.gateway.speech.connection import Connection
from calls.gateway.speech.hints import SpeechError
from calls.gateway.speech.sdk import configure, within

#: Azure speaks ten minutes at most; a prompt is far shorter.
MOST_LETTERS = 10_000
_BY_STATUS = {
    "401": "AuthenticationFailure",
    "403": "AuthenticationFailure",
    "429": "TooManyRequests",
    "503": "ServiceUnavailable",
}


@dataclass(frozen=True, kw_only=True)
class Voice:
    """``name`` is what a prompt's voice is called by."""

    name: str
    locale: str
    local_name: str
    gender: str
    styles: tuple[str, ...] = ()


def check(text: str | None, ssml: str | None, voice: str, locale: str) -> None:
    """Raises:
    ValueError: naming what is missing or wrong.
    """
    if bool(text and text.strip()) == bool(ssml and ssml.strip()):
        raise ValueError("text: give a text or SSML, one of the two")
    if len(text or ssml or "") > MOST_LETTERS:
        raise ValueError(f"text: at most {MOST_LETTERS} letters")
    if ssml:
        _check_ssml(ssml)
    elif not (voice or locale):
        raise ValueError("voice: name a voice or a locale")


def _check_ssml(ssml: str) -> None:
    try:
        root = ET.fromstring(ssml.strip())
    except ET.ParseError as error:
        raise ValueError(f"ssml: not well-formed ({error})") from None
    if root.tag.rpartition("}")[2] != "speak":
        raise ValueError("ssml: the outermost element is <speak>")


def synthesize(
    sdk: Any,
    connection: Connection,
    *,
    text: str | None,
    ssml: str | None,
    voice: str,
    locale: str,
    voice_endpoint: str,
    seconds: float,
) -> bytes:
    """A WAV file of 16 kHz, 16 bit, one channel."""

    config = configure(sdk, connection)
    config.set_speech_synthesis_output_format(sdk.SpeechSynthesisOutputFormat.Riff16Khz16BitMonoPcm)
    if locale:
        config.speech_synthesis_language = locale
    if voice:
        config.speech_synthesis_voice_name = voice
    if voice_endpoint:
        config.endpoint_id = voice_endpoint
    synthesizer = sdk.SpeechSynthesizer(speech_config=config, audio_config=None)

    def speak() -> Any:
        if ssml:
            return synthesizer.speak_ssml_async(ssml.strip()).get()
        return synthesizer.speak_text_async(text).get()

    # Stopped, the SDK lets go at once; left alone, after 80 seconds.
    return _wav(within(seconds, speak, synthesizer.stop_speaking_async))


def _wav(result: Any) -> bytes:
    details = result.cancellation_details
    if details is not None:
        code = details.error_code.name
        raise SpeechError(f"Nothing was spoken ({code}): {details.error_details}", code=code)
    audio = bytes(result.audio_data)
    if audio[:4] != b"RIFF" or len(audio) <= 44:
        raise SpeechError(
            "The service answered without sound: the voice may not speak this language.",
            code="ServiceError",
        )
    return audio


def voices(sdk: Any, connection: Connection, language: str, seconds: float) -> list[Voice]:
    """Those whose locale is ``language``, or begins with it; all where it is empty."""

    config = configure(sdk, connection)

    def ask() -> Any:
        synthesizer = sdk.SpeechSynthesizer(speech_config=config, audio_config=None)
        return synthesizer.get_voices_async().get()

    result = within(seconds, ask, lambda: None)
    if result.reason.name != "VoicesListRetrieved":
        details = result.error_details
        raise SpeechError(f"The list of voices cannot be had: {details}", code=_code(details))
    wanted = language.lower()
    found = (_voice(voice) for voice in result.voices)
    return sorted(
        (v for v in found if v.locale.lower() == wanted or _begins(v.locale.lower(), wanted)),
        key=lambda voice: voice.name,
    )


def _code(details: str) -> str:
    """The SDK gives no code here, only the status in its sentence."""
    found = re.search(r"\((\d{3})\)", details)
    return _BY_STATUS.get(found[1], "ServiceError") if found else "ConnectionFailure"


def _begins(locale: str, wanted: str) -> bool:
    return not wanted or locale.startswith(f"{wanted}-")


def _voice(voice: Any) -> Voice:
    return Voice(
        name=voice.short_name,
        locale=voice.locale,
        local_name=voice.local_name,
        gender=voice.gender.name.lower(),
        styles=tuple(style for style in voice.style_list if style),
    )
