"""One recogniser, from its making to its end, in a thread of its own.

The SDK blocks in C for up to 70 seconds when a service is silent; no signal and no soft time limit
reaches it there. So whoever asks waits on an event with a limit, and a recogniser that does not
end in time is left to end by itself. One utterance is asked for in the same way: continuous
recognition, ended after the first answer.
"""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog

from calls.gateway.speech.asking import Identification, Question
from calls.gateway.speech.audio import Law, Microphone, Pushed, Shape, Source, WavFile
from calls.gateway.speech.connection import Connection
from calls.gateway.speech.heard import Heard
from calls.gateway.speech.hints import raised
from calls.gateway.speech.sdk import configure, in_background

log = structlog.get_logger(__name__)

#: Seconds that a recogniser is given to end before it is left to itself.
TEARDOWN = 2.0


@dataclass(frozen=True)
class Token:
    """Where a fresh token comes from, and after how many seconds one is due: Azure's live ten
    minutes."""

    fresh: Callable[[], str]
    seconds: float = 540.0


class Listener:
    """Asks one question; ``heard`` fills meanwhile."""

    def __init__(self, sdk: Any, connection: Connection, source: Source, question: Question):
        self._sdk, self._connection = sdk, connection
        self._source, self._question = source, question
        self._recognizer: Any = None
        self._samples = hashlib.sha256()
        self.pushed_bytes = 0
        self.heard = Heard(one=not question.continuous)
        self.error: Exception | None = None

    def listen(self, token: Token | None) -> bool:
        """Whether it ended before the limit."""
        over = self.heard.over
        deadline = time.monotonic() + self._question.limit_seconds
        thread = in_background(self._run)
        try:
            while not over.is_set() and (left := deadline - time.monotonic()) > 0:
                if over.wait(min(left, token.seconds) if token else left):
                    break
                self._refresh(token)
            return over.is_set()
        finally:
            over.set()
            if self.heard.stopped.is_set():
                self.heard.explained.wait(TEARDOWN)
            elif self.heard.answered:
                self.heard.stopped.wait(TEARDOWN)
            if not self.heard.failed:
                thread.join(TEARDOWN if self.heard.answered else 0)

    @property
    def pushed_sha256(self) -> str:
        """Of what was pushed so far."""
        return self._samples.hexdigest()

    def _refresh(self, token: Token | None) -> None:
        if token is None or self._recognizer is None:
            return
        try:
            self._recognizer.authorization_token = token.fresh()
        except Exception:
            # The connection that stands goes on with the old one.
            log.warning("speech token not refreshed", action="speech", exc_info=True)

    def _run(self) -> None:
        try:
            self._recognize()
        except RuntimeError as error:
            self.error = raised(error)
        except Exception as error:
            self.error = error
        finally:
            self._recognizer = None
            self.heard.explained.set()
            self.heard.over.set()
            self.heard.stopped.set()

    def _recognize(self) -> None:
        audio, stream = self._open()
        recognizer = self._recognizer = self._build(audio)
        self.heard.subscribe(recognizer)
        recognizer.start_continuous_recognition_async().get()
        if stream is not None:
            self._push(stream)
        self.heard.over.wait()
        self._end(recognizer)

    def _end(self, recognizer: Any) -> None:
        """Stop what is well. What has failed takes 11 seconds to be stopped and one to be
        dropped; what was silent all along 20, and 10."""
        if self.heard.failed:
            self.heard.stopped.wait(TEARDOWN)
        elif self.heard.answered and not self.heard.stopped.is_set():
            recognizer.stop_continuous_recognition_async().get()

    def _open(self) -> tuple[Any, Any]:
        audio = self._sdk.audio
        match self._source:
            case WavFile(path):
                return audio.AudioConfig(filename=str(path)), None
            case Microphone(""):
                return audio.AudioConfig(use_default_microphone=True), None
            case Microphone(device):
                return audio.AudioConfig(device_name=device), None
            case Pushed(_, shape):
                stream = audio.PushAudioInputStream(self._format(shape))
                return audio.AudioConfig(stream=stream), stream

    def _format(self, shape: Shape) -> Any:
        formats = self._sdk.audio.AudioStreamWaveFormat
        laws = {Law.PCM: formats.PCM, Law.A_LAW: formats.ALAW, Law.MU_LAW: formats.MULAW}
        return self._sdk.audio.AudioStreamFormat(
            samples_per_second=shape.rate,
            bits_per_sample=shape.bits,
            channels=shape.channels,
            wave_stream_format=laws[shape.law],
        )

    def _push(self, stream: Any) -> None:
        assert isinstance(self._source, Pushed)
        for piece in self._source.chunks:
            if self.heard.over.is_set():
                break
            stream.write(piece)
            self._samples.update(piece)
            self.pushed_bytes += len(piece)
        stream.close()

    def _build(self, audio: Any) -> Any:
        config = self._tuned()
        sdk, question = self._sdk, self._question
        if question.identification is None:
            (language,) = question.languages
            if model := question.models.get(language):
                config.endpoint_id = model
            recognizer = sdk.SpeechRecognizer(
                speech_config=config, audio_config=audio, language=language
            )
        else:
            recognizer = sdk.SpeechRecognizer(
                speech_config=config,
                audio_config=audio,
                auto_detect_source_language_config=self._candidates(),
            )
        self._hint(recognizer)
        return recognizer

    def _tuned(self) -> Any:
        config = configure(self._sdk, self._connection)
        question, tuning = self._question, self._question.tuning
        names = self._sdk.PropertyId
        if question.detail:
            config.output_format = self._sdk.OutputFormat.Detailed
            config.request_word_level_timestamps()
        config.set_profanity(self._sdk.ProfanityOption[tuning.profanity.capitalize()])
        strategy = "Semantic" if tuning.semantic else "Time" if tuning.silence_ms else ""
        continuous = question.identification is Identification.CONTINUOUS
        for name, value in (
            (names.Speech_SegmentationStrategy, strategy),
            (names.Speech_SegmentationSilenceTimeoutMs, tuning.silence_ms),
            (names.Speech_SegmentationMaximumTimeMs, tuning.longest_segment_ms),
            (names.SpeechServiceConnection_InitialSilenceTimeoutMs, tuning.initial_silence_ms),
            (names.SpeechServiceConnection_LanguageIdMode, "Continuous" if continuous else ""),
        ):
            if value:
                config.set_property(name, str(value))
        return config

    def _candidates(self) -> Any:
        languageconfig = self._sdk.languageconfig
        return languageconfig.AutoDetectSourceLanguageConfig(
            sourceLanguageConfigs=[
                languageconfig.SourceLanguageConfig(language, self._question.models.get(language))
                for language in self._question.languages
            ]
        )

    def _hint(self, recognizer: Any) -> None:
        if not self._question.phrases:
            return
        grammar = self._sdk.PhraseListGrammar.from_recognizer(recognizer)
        for phrase in self._question.phrases:
            grammar.addPhrase(phrase)
        grammar.setWeight(self._question.tuning.phrase_weight)
