"""What is understood, by the real SDK against the stand-in: every source, outcome and setting."""

import contextlib
import ctypes.util
import hashlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from calls.gateway.speech import (
    AzureSpeech,
    Connection,
    Identification,
    Law,
    Profanity,
    Pushed,
    Reason,
    Shape,
    Transcript,
    Tuning,
    WavFile,
    pushed_wav,
    sdk,
)
from calls.gateway.speech.hints import CANCELLED, NO_MATCH
from tests.calls.speaking import StandIn, milliseconds, noise, standing_in, wav

ROOT = Path(__file__).resolve().parents[2]
YES = {"text": "Yes, I will be there."}
TEN = ["en-US", "es-US", "fr-FR", "de-DE", "pt-BR", "ar-EG", "it-IT", "ko-KR", "ja-JP", "vi-VN"]
BOTH = (
    {"text": "Good morning.", **milliseconds(0, 1000)},
    {"text": "Buenos días.", "language": "es-US", **milliseconds(1500, 1000)},
)


@pytest.fixture(scope="module")
def _stand_in() -> Iterator[StandIn]:
    with standing_in() as stand_in:
        yield stand_in


@pytest.fixture
def azure(_stand_in: StandIn) -> StandIn:
    _stand_in.reset()
    return _stand_in


def hear(azure: StandIn, sound: bytes | None = None, **options: Any) -> Transcript:
    """Push a sound in; English unless languages are named."""
    connection = options.pop("connection", None) or azure.connection()
    options = {"languages": ["en-US"], "limit_seconds": 30.0} | options
    audio = pushed_wav(wav(noise() if sound is None else sound))
    return AzureSpeech(connection).transcribe(audio, **options)


def names(transcript: Transcript) -> list[str]:
    return [event.name for event in transcript.events]


# Configuration


@pytest.mark.parametrize(
    ("place", "path", "credential"),
    [
        ({}, "/stt/speech/universal/v2", "key"),
        (
            {"endpoint": "", "host": "ws"},
            "/speech/recognition/conversation/cognitiveservices/v1",
            "key",
        ),
        (
            {"endpoint": "", "host": "http", "key": ""},
            "/speech/recognition/conversation/cognitiveservices/v1",
            None,
        ),
        ({"key": "", "token": "new"}, "/stt/speech/universal/v2", "token"),
        (
            {"endpoint": "", "host": "ws", "key": "", "token": "new"},
            "/speech/recognition/conversation/cognitiveservices/v1",
            "token",
        ),
    ],
    ids=["endpoint", "host", "host without a key", "token", "host and token"],
)
def test_it_is_reached_in_each_way(
    azure: StandIn, place: dict[str, str], path: str, credential: str | None
) -> None:
    azure.knows(noise(), YES)
    if "host" in place:
        place = place | {"host": azure.url.replace("http", place["host"])}
    if "token" in place:
        place = place | {"token": azure.new_token()}
    heard = hear(azure, connection=azure.connection(**place))
    assert (heard.reason, heard.text) == (Reason.RECOGNIZED, YES["text"])
    (asked,) = azure.asked()
    assert (asked["path"], asked["credential"]) == (path, credential)
    assert heard.service == azure.url.removeprefix("http://")


def test_key_and_region_lead_to_the_regions_own_address() -> None:
    """Not asked here, for it is elsewhere; the SDK shows what it was given."""
    speechsdk = sdk.load()
    for secret in ({"key": "k"}, {"token": "t"}):
        config = sdk.configure(speechsdk, Connection(region="westus2", **secret))
        assert config.region == "westus2"
        assert (config.subscription_key or config.authorization_token) in ("k", "t")


def test_a_proxy_is_gone_through_with_its_user(azure: StandIn) -> None:
    azure.knows(noise(), YES)
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=tunnel, args=(server, asked), daemon=True).start()
        proxy = f"http://ringwell:secret@127.0.0.1:{server.getsockname()[1]}"
        assert hear(azure, connection=azure.connection(proxy=proxy)).text == YES["text"]
    first = asked[0].decode()
    assert first.startswith(f"CONNECT {azure.url.removeprefix('http://')} HTTP/1.1")
    assert "authorization: Basic cmluZ3dlbGw6c2VjcmV0" in first


def tunnel(server: socket.socket, asked: list[bytes]) -> None:
    """A proxy for one connection."""
    taken, _ = server.accept()
    asked.append(taken.recv(4096))
    host, _, port = asked[0].split()[1].decode().partition(":")
    taken.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    beyond = socket.create_connection((host, int(port)))
    threading.Thread(target=copy, args=(beyond, taken), daemon=True).start()
    copy(taken, beyond)


def copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(65_536):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)


def test_a_token_is_refreshed_on_a_running_recogniser(azure: StandIn) -> None:
    """The connection breaks after the old token expired: the new one opens the next."""
    sound = noise(3.0)
    azure.knows(sound, {"text": "First.", **milliseconds(0, 800)}, BOTH[1])
    first, refreshed = azure.new_token(), threading.Event()
    azure.goes_wrong("drop", after_ms=1500, times=1)

    def fresh() -> str:
        token = azure.new_token()
        refreshed.set()
        return token

    def pieces() -> Iterator[bytes]:
        yield sound[:32_000]
        assert refreshed.wait(20)
        yield sound[32_000:]

    speech = AzureSpeech(
        azure.connection(key="", token=first), token=once(fresh), token_seconds=0.3
    )
    heard = speech.transcribe(
        Pushed(pieces()), languages=["en-US"], continuous=True, limit_seconds=30
    )
    assert heard.cancellation is None
    assert heard.segments[0].text == "First."
    assert [asked["status"] for asked in azure.asked()] == [101, 101]


def once(work: Any) -> Any:
    """The first answer, again and again."""
    kept: list[Any] = []

    def answer() -> Any:
        if not kept:
            kept.append(work())
        return kept[0]

    return answer


# Source


SHAPES = [
    Shape(rate=8000),
    Shape(rate=16_000),
    Shape(rate=22_050),
    Shape(rate=44_100),
    Shape(bits=8),
    Shape(channels=2),
    Shape(rate=8000, bits=8, law=Law.MU_LAW),
    Shape(rate=8000, bits=8, law=Law.A_LAW),
]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("pushed", [False, True], ids=["file", "pushed"])
def test_sound_of_every_kind_is_heard_bit_for_bit(
    azure: StandIn, tmp_path: Path, shape: Shape, pushed: bool
) -> None:
    sound = noise(0.6, shape)
    azure.knows(sound, YES, shape=shape)
    path = tmp_path / "answer.wav"
    path.write_bytes(wav(sound, shape))
    source = pushed_wav(path) if pushed else WavFile(path)
    heard = AzureSpeech(azure.connection()).transcribe(
        source, languages=["en-US"], limit_seconds=30
    )
    assert heard.text == YES["text"]
    assert heard.audio_sha256 == hashlib.sha256(sound).hexdigest()
    assert heard.audio_seconds == pytest.approx(0.6, abs=0.01)


MICROPHONE = """
import json, sys, django; django.setup()
from calls.gateway.speech import AzureSpeech, Connection, Microphone, SpeechError
url, key, device = sys.argv[1:]
try:
    heard = AzureSpeech(Connection(endpoint=url, key=key)).transcribe(
        Microphone(device), languages=["en-US"], limit_seconds=20
    )
    print(json.dumps([heard.reason, heard.text, heard.audio_sha256]))
except SpeechError as error:
    print(json.dumps(["error", str(error), error.hint]))
"""
#: A device at which somebody speaks: what is written into a pipe, at the pace of the writer.
DEVICES = """
pcm.quiet {{ type null }}
pcm.{name} {{ type file slave.pcm "quiet" file "/dev/null" infile "{path}" format raw }}
"""


def from_microphone(azure: StandIn, folder: Path, name: str, device: str) -> list[str]:
    """In a process of its own: ALSA reads its configuration once."""
    if ctypes.util.find_library("asound") is None:
        message = "libasound2 is not installed: no microphone on this machine"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    pipe, config = folder / "voice.raw", folder / "asound.conf"
    os.mkfifo(pipe)
    sound = noise()
    azure.knows(sound, YES)
    config.write_text(DEVICES.format(name=name, path=pipe))
    threading.Thread(target=speak, args=(pipe, sound), daemon=True).start()
    ran = subprocess.run(
        [sys.executable, "-c", MICROPHONE, azure.url, azure.connection().key, device],
        env=os.environ | {"ALSA_CONFIG_PATH": str(config), "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    said: list[str] = json.loads(ran.stdout)
    return said


def speak(pipe: Path, sound: bytes) -> None:
    """A sentence in one go, for ALSA makes noise of what comes late; then silence, for as long as
    somebody listens."""
    with contextlib.suppress(BrokenPipeError), pipe.open("wb", buffering=0) as line:
        line.write(sound.ljust(48_000, b"\0"))
        for _ in range(600):
            time.sleep(0.05)
            line.write(bytes(3200))


@pytest.mark.parametrize(("name", "device"), [("handset", "handset"), ("!default", "")])
def test_a_microphone_is_heard_by_name_or_by_default(
    azure: StandIn, tmp_path: Path, name: str, device: str
) -> None:
    assert from_microphone(azure, tmp_path, name, device) == ["recognized", YES["text"], ""]


def test_a_microphone_that_is_not_there_is_an_error_with_a_hint(
    azure: StandIn, tmp_path: Path
) -> None:
    kind, message, hint = from_microphone(azure, tmp_path, "handset", "headset")
    assert (kind, "SPXERR_MIC_NOT_AVAILABLE" in message) == ("error", True)
    assert hint.startswith("There is no such microphone")


# One utterance


def test_one_utterance_is_the_first(azure: StandIn) -> None:
    sound = noise(3.0)
    azure.knows(sound, *BOTH)
    heard = hear(azure, sound, languages=["en-US", "es-US"])
    assert [segment.text for segment in heard.segments] == ["Good morning."]
    assert heard.model == ""
    assert heard.sdk_version
    assert heard.session_id


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("NoMatch", "NotRecognized"),
        ("InitialSilenceTimeout", "InitialSilenceTimeout"),
        ("BabbleTimeout", "InitialBabbleTimeout"),
    ],
)
@pytest.mark.parametrize("continuous", [False, True])
def test_three_kinds_of_no_match_are_told_apart(
    azure: StandIn, status: str, kind: str, continuous: bool
) -> None:
    azure.knows(noise(), {"status": status})
    heard = hear(azure, continuous=continuous)
    assert (heard.reason, heard.text, heard.cancellation) == (Reason.NO_MATCH, "", None)
    assert heard.no_match is not None
    assert (heard.no_match.kind, heard.no_match.hint) == (kind, NO_MATCH[kind])


def test_what_nobody_knows_is_no_match_and_so_is_a_success_without_words(azure: StandIn) -> None:
    strange = hear(azure, noise(seed=2))
    azure.knows(noise(), {"text": ""})
    empty = hear(azure)
    for heard in (strange, empty):
        assert heard.reason is Reason.NO_MATCH
        assert heard.no_match is not None
        assert heard.no_match.kind == "NotRecognized"


def test_a_phrase_longer_than_the_sdks_own_text_is_whole(azure: StandIn) -> None:
    long = "I cannot come on Tuesday. " * 120
    azure.knows(noise(), {"text": long.strip()})
    assert hear(azure).text == long.strip()


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"kind": "status", "status": 401}, "AuthenticationFailure"),
        ({"kind": "status", "status": 403}, "AuthenticationFailure"),
        ({"kind": "status", "status": 400}, "BadRequest"),
        ({"kind": "status", "status": 429}, "TooManyRequests"),
        ({"kind": "status", "status": 503}, "ServiceUnavailable"),
        ({"kind": "status", "status": 500}, "ServiceError"),
        ({"kind": "status", "status": 408}, "ServiceTimeout"),
        ({"kind": "close", "code": 1007}, "BadRequest"),
        ({"kind": "close", "code": 1002}, "ConnectionFailure"),
        ({"kind": "close", "code": 4429}, "TooManyRequests"),
    ],
    ids=lambda value: (
        str(value.get("status", value.get("code"))) if isinstance(value, dict) else ""
    ),
)
def test_a_service_that_refuses_is_named_with_what_to_mend(
    azure: StandIn, fault: dict[str, Any], code: str
) -> None:
    azure.goes_wrong(**fault)
    heard = hear(azure)
    assert heard.reason is Reason.CANCELLED
    assert heard.cancellation is not None
    assert (heard.cancellation.code, heard.cancellation.hint) == (code, CANCELLED[code])
    assert heard.cancellation.details
    assert azure.connection().key not in heard.cancellation.details
    assert heard.events[-1].name == "session_stopped"


def test_a_wrong_key_is_refused_and_said_so(azure: StandIn) -> None:
    heard = hear(azure, connection=azure.connection(key="d3Jvbmc="))
    assert heard.cancellation is not None
    assert heard.cancellation.code == "AuthenticationFailure"


def test_a_quota_that_is_spent_is_told_from_a_wrong_key(azure: StandIn) -> None:
    azure.knows(noise(), {"status": "Forbidden"})
    heard = hear(azure)
    assert heard.cancellation is not None
    assert heard.cancellation.code == "Forbidden"


def test_where_nobody_listens_the_connection_failed(azure: StandIn) -> None:
    heard = hear(azure, connection=Connection(endpoint="http://127.0.0.1:9", key="k"))
    assert heard.cancellation is not None, heard.events
    assert heard.cancellation.code == "ConnectionFailure"


def test_a_failure_that_passes_is_not_seen(azure: StandIn) -> None:
    azure.knows(noise(), YES)
    azure.goes_wrong("status", status=503, times=1)
    assert hear(azure).text == YES["text"]


def test_every_code_of_the_sdk_has_a_hint() -> None:
    speechsdk = sdk.load()
    codes = {code.name for code in speechsdk.CancellationErrorCode} - {"NoError"}
    assert codes - set(CANCELLED) == set()
    assert {reason.name for reason in speechsdk.NoMatchReason} - set(NO_MATCH) == set()


def test_a_silent_service_is_left_at_the_limit(azure: StandIn) -> None:
    """By itself the SDK would wait 70 seconds, and 20 more to be stopped."""
    azure.goes_wrong("silent")
    began = time.monotonic()
    heard = hear(azure, limit_seconds=1.0)
    assert time.monotonic() - began < 20
    assert (heard.reason, heard.segments) == (Reason.TIME_LIMIT, ())
    assert heard.cancellation is not None
    assert heard.cancellation.code == "TimeLimit"
    assert names(heard) == ["session_started"]


# Continuous


def test_continuous_recognition_tells_all_seven_events(azure: StandIn) -> None:
    sound = noise(3.0)
    azure.knows(sound, {**YES, **milliseconds(0, 1000)}, {**BOTH[0], **milliseconds(1500, 1000)})
    heard = hear(azure, sound, continuous=True)
    assert [s.text for s in heard.segments] == [YES["text"], "Good morning."]
    assert [s.offset for s in heard.segments] == pytest.approx([0.0, 1.5], abs=0.01)
    assert [s.duration for s in heard.segments] == pytest.approx([1.0, 1.0], abs=0.01)
    assert [s.language for s in heard.segments] == ["en-US", "en-US"]
    assert set(names(heard)) == {
        "session_started",
        "speech_start_detected",
        "recognizing",
        "recognized",
        "speech_end_detected",
        "canceled",
        "session_stopped",
    }
    assert names(heard)[0] == "session_started"
    assert names(heard)[-2:] == ["canceled", "session_stopped"]


def test_the_end_of_the_sound_is_no_error(azure: StandIn) -> None:
    azure.knows(noise(), YES)
    heard = hear(azure, continuous=True)
    assert heard.end_of_stream
    assert (heard.reason, heard.cancellation) == (Reason.RECOGNIZED, None)
    assert [e.text for e in heard.events if e.name == "canceled"] == ["EndOfStream"]


def test_a_line_that_never_ends_is_heard_until_the_limit(azure: StandIn) -> None:
    azure.knows(noise(), YES)
    done = threading.Event()

    def line() -> Iterator[bytes]:
        yield noise()
        while not done.wait(0.02):
            yield bytes(640)

    heard = AzureSpeech(azure.connection()).transcribe(
        Pushed(line()), languages=["en-US"], continuous=True, limit_seconds=2.0
    )
    done.set()
    assert heard.reason is Reason.TIME_LIMIT
    assert heard.text == YES["text"]
    assert heard.end_of_stream is False
    assert names(heard)[-1] == "session_stopped"


def test_a_connection_lost_on_the_way_is_taken_up_again(azure: StandIn) -> None:
    sound = noise(4.0)
    azure.knows(sound, {**YES, **milliseconds(0, 1000)}, {**BOTH[0], **milliseconds(2500, 1000)})
    azure.goes_wrong("drop", after_ms=2000, times=1)
    heard = hear(azure, sound, continuous=True)
    assert [s.text for s in heard.segments] == [YES["text"], "Good morning."]
    assert heard.segments[1].offset == pytest.approx(2.5, abs=0.01)
    assert len(azure.asked()) == 2


# Language


def test_the_language_is_asked_for(azure: StandIn) -> None:
    azure.knows(noise(), {"text": "Ja, ich komme.", "language": "de-DE"})
    heard = hear(azure, languages=["de-DE"])
    assert (heard.text, heard.segments[0].language) == ("Ja, ich komme.", "de-DE")
    assert azure.wanted["languages"] == ["de-DE"]


def test_the_language_is_found_at_the_start(azure: StandIn) -> None:
    azure.knows(noise(), {"text": "Sí.", "language": "es-US", "language_confidence": "Medium"})
    heard = hear(azure, languages=["en-US", "es-US", "fr-FR", "de-DE"])
    (segment,) = heard.segments
    assert (segment.language, segment.language_confidence) == ("es-US", "Medium")
    assert azure.wanted["identification"] == "DetectAtAudioStart"


def test_the_language_is_found_again_and_again(azure: StandIn) -> None:
    sound = noise(3.0)
    azure.knows(sound, *BOTH)
    heard = hear(azure, sound, languages=TEN, continuous=True)
    assert [s.language for s in heard.segments] == ["en-US", "es-US"]
    assert azure.wanted["identification"] == "DetectContinuous"
    assert azure.wanted["languages"] == TEN


def test_the_language_of_the_start_may_hold_for_all(azure: StandIn) -> None:
    azure.knows(noise(), YES)
    tuning = Tuning(identification=Identification.AT_START)
    hear(azure, languages=["en-US", "es-US"], continuous=True, tuning=tuning)
    assert azure.wanted["identification"] == "DetectAtAudioStart"


# Model and segmentation


def test_a_custom_model_is_named(azure: StandIn) -> None:
    azure.knows(noise(), YES)
    heard = hear(azure, tuning=Tuning(model="5f1c"))
    assert (azure.wanted["model"], heard.model) == ("5f1c", "5f1c")


def test_the_model_of_the_settings_holds_unless_another_is_named(azure: StandIn) -> None:
    azure.knows(noise(), YES)
    usual = azure.connection(model="5f1c")
    assert hear(azure, connection=usual).model == "5f1c"
    assert hear(azure, connection=usual, tuning=Tuning(model="77aa")).model == "77aa"


def test_each_language_has_its_model(azure: StandIn) -> None:
    azure.knows(noise(), YES)
    tuning = Tuning(model="en-US=5f1c,es-US=77aa")
    assert hear(azure, languages=["en-US", "es-US"], tuning=tuning).text == YES["text"]
    assert "5f1c" in json.dumps(azure.wanted)
    assert "77aa" in json.dumps(azure.wanted)


def test_semantic_segmentation_goes_out_and_brings_no_alternatives(azure: StandIn) -> None:
    azure.knows(noise(), YES)
    heard = hear(azure, continuous=True, tuning=Tuning(semantic=True))
    assert azure.wanted["semantic"] is True
    assert (heard.segments[0].confidence, heard.segments[0].alternatives) == (None, ())


def test_silence_and_longest_segment_go_out(azure: StandIn) -> None:
    azure.knows(noise(), YES)
    tuning = Tuning(silence_ms=800, longest_segment_ms=25_000, initial_silence_ms=7000)
    hear(azure, tuning=tuning)
    assert azure.wanted["segmentation_silence_ms"] == 800
    assert azure.wanted["longest_segment_ms"] == 25_000
    assert azure.wanted["initial_silence_ms"] == 7000


# Detail


def test_detail_brings_confidence_alternatives_and_times_of_words(azure: StandIn) -> None:
    sound = noise(3.0)
    azure.knows(sound, BOTH[0], {"text": "Two words", "confidence": 0.7, **milliseconds(2000, 900)})
    first, second = hear(azure, sound, continuous=True, detail=True).segments
    assert (first.confidence, second.confidence) == (0.95, 0.7)
    assert second.alternatives[0].text == "Two words"
    assert [word.text for word in second.words] == ["two", "words"]
    assert second.words[0].offset == pytest.approx(2.0, abs=0.01)
    assert second.words[1].offset > second.words[0].offset
    assert second.words[1].confidence == 0.7
    assert azure.wanted["detailed"] is True


def test_without_detail_there_is_none(azure: StandIn) -> None:
    azure.knows(noise(), YES)
    (segment,) = hear(azure).segments
    assert (segment.confidence, segment.words, segment.alternatives) == (None, (), ())


def test_phrases_are_expected_with_their_weight(azure: StandIn) -> None:
    azure.knows(noise(), YES)
    expected = [f"Dr. Okonkwo {number}" for number in range(500)]
    hear(azure, phrases=expected, tuning=Tuning(phrase_weight=1.5))
    assert azure.wanted["phrases"] == expected
    assert azure.wanted["dgi"]["bias"] == 1.5


@pytest.mark.parametrize(
    ("profanity", "text"),
    [
        (Profanity.MASKED, "Where is the **** clinic?"),
        (Profanity.REMOVED, "Where is the clinic?"),
        (Profanity.RAW, "Where is the damn clinic?"),
    ],
)
def test_curses_are_written_as_wanted(azure: StandIn, profanity: Profanity, text: str) -> None:
    azure.knows(noise(), {"text": "Where is the damn clinic?"})
    assert hear(azure, tuning=Tuning(profanity=profanity)).text == text


def test_a_transcript_is_plain_data(azure: StandIn) -> None:
    azure.knows(noise(), YES)
    told = json.loads(json.dumps(hear(azure, detail=True).as_data()))
    assert told["text"] == YES["text"]
    assert told["segments"][0]["words"][0]["text"] == "yes"
