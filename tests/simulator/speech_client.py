"""The unmodified Speech SDK as a client of the stand-in; every wait is bounded."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from typing import Any

import azure.cognitiveservices.speech as sdk

from simulator.speech.sound import Format, read_header, wav

#: Seconds that anything may take before the test fails.
PATIENCE = 20
EN, ES, FR = "en-US-AvaNeural", "es-US-PalomaNeural", "fr-FR-DeniseNeural"
SIGNALS = (
    "recognizing",
    "recognized",
    "session_started",
    "session_stopped",
    "canceled",
    "speech_start_detected",
    "speech_end_detected",
)


def config(simulator, *, host=False, key=None, token=None):
    """A configuration for the cloud's paths, or with host=True for a container's."""
    if host:
        made = sdk.SpeechConfig(host=simulator.speech_host)
    else:
        made = sdk.SpeechConfig(
            endpoint=simulator.speech_endpoint,
            subscription=None if token else key or simulator.speech_key,
        )
    if token:
        made.authorization_token = token
    return made


def candidates(*languages):
    return sdk.languageconfig.AutoDetectSourceLanguageConfig(languages=list(languages))


def say(simulator, text, voice=EN, *, fmt=None, ssml=False, host=False):
    """What the stand-in makes of a text or SSML, as the SDK's result."""
    settings = config(simulator, host=host)
    settings.speech_synthesis_voice_name = voice
    compressed = sdk.PropertyId.SpeechServiceConnection_SynthEnableCompressedAudioTransmission
    settings.set_property(compressed, "false")
    if fmt is not None:
        settings.set_speech_synthesis_output_format(fmt)
    synthesizer = sdk.SpeechSynthesizer(speech_config=settings, audio_config=None)
    return (synthesizer.speak_ssml_async if ssml else synthesizer.speak_text_async)(text).get()


def spoken(simulator, text, voice=EN):
    """The sound of a text, 16 kHz, 16 bit, without a header."""
    result = say(simulator, text, voice)
    assert result.reason == sdk.ResultReason.SynthesizingAudioCompleted, result.cancellation_details
    return read_header(result.audio_data)[1]


def quiet(seconds, form=None):
    form = form or Format()
    return bytes(round(seconds * form.rate) * form.frame)


@dataclass
class Recording:
    """A WAV file for the SDK to read."""

    path: str

    @classmethod
    def at(cls, folder, *sounds, form=None, name="sound.wav"):
        file = folder / name
        file.write_bytes(wav(form or Format(), b"".join(sounds)))
        return cls(str(file))


@dataclass
class Heard:
    """What one continuous recognition said, in its order."""

    events: list[tuple[str, Any]] = field(default_factory=list)
    is_over: bool = False

    def named(self, name):
        return [event for each, event in self.events if each == name]

    @property
    def names(self):
        return [name for name, _ in self.events]

    @property
    def results(self):
        return [event.result for event in self.named("recognized")]

    @property
    def texts(self):
        return [result.text for result in self.results]

    @property
    def cancellation(self):
        [canceled] = self.named("canceled")
        return canceled.cancellation_details


def listen(settings, recording, *, prepare=None, seconds=PATIENCE, **how):
    """Recognise a whole file, continuously."""
    recognizer = _recognizer(settings, recording, **how)
    grammar = prepare(recognizer) if prepare else None
    heard, over = Heard(), threading.Event()
    for name in SIGNALS:
        getattr(recognizer, name).connect(
            lambda event, name=name: heard.events.append((name, event))
        )
    recognizer.session_stopped.connect(lambda event: over.set())
    recognizer.start_continuous_recognition()
    heard.is_over = over.wait(seconds)
    if not heard.is_over:
        recognizer.stop_continuous_recognition()
    del grammar
    return heard


def ask(settings, recording, *, prepare=None, **how):
    """Recognise one utterance. Only for a stand-in that answers: else it waits for 70 seconds."""
    recognizer = _recognizer(settings, recording, **how)
    grammar = prepare(recognizer) if prepare else None
    result = recognizer.recognize_once_async().get()
    del grammar
    return result


def said(result):
    """The reply as it came."""
    return json.loads(result.json)


def _recognizer(settings, recording, **how):
    audio = sdk.AudioConfig(filename=recording.path)
    return sdk.SpeechRecognizer(speech_config=settings, audio_config=audio, **how)
