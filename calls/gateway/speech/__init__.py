"""Azure Speech, behind a small Protocol: what was said in a sound, and the sound of a text.

The SDK is loaded when it is first needed; where it is not installed, all of Ringwell runs, and
:func:`speech` says so. Failures are ``SpeechError`` or, where our own words are wrong, a plain
``ValueError`` that begins with the field's name.

Known of the SDK and not mended here: a single phrase of more than 2,047 bytes, cut by it inside
a letter, is lost without a word. Phrases are that long only where nobody pauses for minutes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from calls.gateway.speech import heard, sdk, speaking
from calls.gateway.speech.asking import Identification, Profanity, Question, Tuning
from calls.gateway.speech.audio import (
    Law,
    Microphone,
    Pushed,
    Shape,
    Source,
    Wav,
    WavFile,
    pushed_wav,
    read_wav_file,
)
from calls.gateway.speech.connection import Connection, from_settings, is_configured
from calls.gateway.speech.hints import CANCELLED, SpeechError
from calls.gateway.speech.listening import Listener, Token
from calls.gateway.speech.speaking import Voice
from calls.gateway.speech.transcript import (
    Cancellation,
    NoMatch,
    Reason,
    Segment,
    Transcript,
)

__all__ = [
    "AzureSpeech",
    "Cancellation",
    "Connection",
    "Identification",
    "Law",
    "Microphone",
    "NoMatch",
    "Profanity",
    "Pushed",
    "Reason",
    "Segment",
    "Shape",
    "Source",
    "SpeechError",
    "SpeechGateway",
    "Transcript",
    "Tuning",
    "Voice",
    "WavFile",
    "is_configured",
    "pushed_wav",
    "speech",
]


USUAL = Tuning()


class SpeechGateway(Protocol):
    """What Ringwell asks of a speech service. Nothing here waits without a limit."""

    @property
    def connection(self) -> Connection:
        """Where it is, and whether it is a stand-in."""

    def transcribe(
        self,
        audio: Source,
        *,
        languages: Sequence[str],
        phrases: Sequence[str] = (),
        continuous: bool = False,
        detail: bool = False,
        limit_seconds: float = 60.0,
        tuning: Tuning = USUAL,
    ) -> Transcript:
        """What was said: the first utterance, or with ``continuous`` all of it. A service that
        refuses, fails or stays silent is a Transcript too, which says so."""

    def synthesize(
        self,
        text: str | None = None,
        ssml: str | None = None,
        *,
        voice: str = "",
        locale: str = "",
        voice_endpoint: str = "",
        limit_seconds: float = 30.0,
    ) -> bytes:
        """A WAV file (16 kHz, 16 bit, one channel). ``voice_endpoint`` is the deployment of a
        custom neural voice."""

    def voices(self, language: str = "", *, limit_seconds: float = 15.0) -> list[Voice]:
        """The voices of a language (``es``) or a locale (``es-US``)."""


@dataclass(frozen=True)
class _Evidence:
    """Which sound it was, and whether it was heard to its end."""

    sha256: str
    seconds: float | None
    ended: bool


class AzureSpeech:
    """The real SDK. ``token`` gives a fresh token whenever one is due; without it, SPEECH_TOKEN
    is read again."""

    def __init__(
        self,
        connection: Connection,
        *,
        token: Callable[[], str] | None = None,
        token_seconds: float = 540.0,
    ) -> None:
        self._sdk = sdk.load()
        self.connection = connection
        fresh = token or (connection.current_token if connection.token else None)
        self._token = Token(fresh, token_seconds) if fresh else None

    def transcribe(
        self,
        audio: Source,
        *,
        languages: Sequence[str],
        phrases: Sequence[str] = (),
        continuous: bool = False,
        detail: bool = False,
        limit_seconds: float = 60.0,
        tuning: Tuning = USUAL,
    ) -> Transcript:
        question = Question(
            languages=tuple(languages),
            phrases=tuple(phrases),
            continuous=continuous,
            detail=detail,
            limit_seconds=limit_seconds,
            tuning=replace(tuning, model=tuning.model or self.connection.model),
        )
        wav = read_wav_file(audio.path) if isinstance(audio, WavFile) else None
        listener = Listener(self._sdk, self.connection, audio, question)
        in_time = listener.listen(self._token)
        told = list(listener.heard.told)
        if listener.error is not None and not told:
            raise listener.error
        return self._transcript(question, told, in_time, _evidence(listener, audio, wav))

    def synthesize(
        self,
        text: str | None = None,
        ssml: str | None = None,
        *,
        voice: str = "",
        locale: str = "",
        voice_endpoint: str = "",
        limit_seconds: float = 30.0,
    ) -> bytes:
        speaking.check(text, ssml, voice, locale)
        return speaking.synthesize(
            self._sdk,
            self.connection,
            text=text,
            ssml=ssml,
            voice=voice,
            locale=locale,
            voice_endpoint=voice_endpoint,
            seconds=limit_seconds,
        )

    def voices(self, language: str = "", *, limit_seconds: float = 15.0) -> list[Voice]:
        return speaking.voices(self._sdk, self.connection, language, limit_seconds)

    def _transcript(
        self, question: Question, told: list[heard.Told], in_time: bool, evidence: _Evidence
    ) -> Transcript:
        only = question.languages[0] if len(question.languages) == 1 else ""
        segments = heard.segments(told, only)
        cancellation = heard.cancellation(told)
        if not in_time:
            cancellation = cancellation or Cancellation(
                code="TimeLimit",
                hint=CANCELLED["TimeLimit"],
                details=f"after {question.limit_seconds:g} seconds",
            )
        reason = _reason(bool(segments), cancellation, in_time)
        return Transcript(
            reason=reason,
            segments=segments,
            no_match=heard.no_match(told) if reason is Reason.NO_MATCH else None,
            cancellation=cancellation,
            end_of_stream=evidence.ended,
            events=heard.events(told),
            service=self.connection.name,
            stand_in=self.connection.stand_in,
            model=question.tuning.model,
            sdk_version=self._sdk.__version__,
            session_id=next((t.session_id for t in told if t.session_id), ""),
            audio_sha256=evidence.sha256,
            audio_seconds=evidence.seconds,
        )


def _reason(understood: bool, cancellation: Cancellation | None, in_time: bool) -> Reason:
    if not in_time:
        return Reason.TIME_LIMIT
    if cancellation is not None:
        return Reason.CANCELLED
    return Reason.RECOGNIZED if understood else Reason.NO_MATCH


def _evidence(listener: Listener, source: Source, wav: Wav | None) -> _Evidence:
    """Of a microphone nothing is known: the SDK keeps what it heard."""
    ended = listener.heard.ended
    if wav is not None:
        return _Evidence(wav.sha256, wav.seconds, ended)
    if isinstance(source, Pushed):
        seconds = listener.pushed_bytes / source.shape.bytes_a_second
        return _Evidence(listener.pushed_sha256, seconds, ended)
    return _Evidence("", None, ended)


def speech() -> SpeechGateway:
    """Azure, or the stand-in, by the settings. Cheap: made anew for each use.

    Raises:
        SpeechError: the SDK is missing.
        ValueError: a setting is missing or contradicts another.
    """
    return AzureSpeech(from_settings())
