"""Speaking, the list of voices, and each row of ``manage.py speech_check`` with its exit code."""

import io
import json
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from calls.gateway.speech import AzureSpeech, Connection, SpeechError, pushed_wav
from tests.calls.speaking import StandIn, milliseconds, noise, standing_in, wav

ENGLISH, SPANISH = "en-US-JennyNeural", "es-US-PalomaNeural"
YES = {"text": "Yes, I will be there."}


@pytest.fixture(scope="module")
def _stand_in() -> Iterator[StandIn]:
    with standing_in() as stand_in:
        yield stand_in


@pytest.fixture
def azure(_stand_in: StandIn, settings: Any) -> StandIn:
    """Set up by settings; calls go elsewhere."""
    _stand_in.reset()
    for name in ("KEY", "REGION", "HOST", "TOKEN", "ENDPOINT_ID", "PROXY"):
        setattr(settings, f"SPEECH_{name}", "")
    settings.SPEECH_ENDPOINT, settings.SPEECH_KEY = _stand_in.url, _stand_in.key
    settings.ACS_CONNECTION_STRING = "endpoint=https://acs.example.com;accesskey=a2V5"
    return _stand_in


@pytest.fixture
def answer(azure: StandIn, tmp_path: Path) -> Path:
    """A WAV file in which somebody says yes."""
    azure.knows(noise(), YES)
    path = tmp_path / "answer.wav"
    path.write_bytes(wav(noise()))
    return path


def check(*words: Any) -> tuple[int, str]:
    """The exit code and what was printed."""
    out = io.StringIO()
    try:
        call_command("speech_check", *[str(word) for word in words], stdout=out)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue()
    except CommandError as error:
        return error.returncode, out.getvalue() + str(error)
    return 0, out.getvalue()


def checked(*words: Any) -> tuple[int, Any]:
    """The same as data."""
    code, said = check(*words, "--json")
    return code, json.loads(said)


# Speaking


def test_a_text_becomes_sound_of_16_khz_16_bit_one_channel(azure: StandIn) -> None:
    spoken = AzureSpeech(azure.connection()).synthesize("Fish & <chips>", voice=ENGLISH)
    with wave.open(io.BytesIO(spoken)) as sound:
        assert (sound.getframerate(), sound.getsampwidth(), sound.getnchannels()) == (16_000, 2, 1)
        assert sound.getnframes() > 8000
    (turn,) = azure.asked("synthesize")[0]["turns"]
    assert "Fish &amp; &lt;chips&gt;" in turn["ssml"]
    assert turn["context"]["synthesis"]["audio"]["outputFormat"] == "raw-16khz-16bit-mono-pcm"


def test_the_same_by_a_host(azure: StandIn) -> None:
    connection = azure.connection(endpoint="", host=azure.url.replace("http", "ws"))
    speech = AzureSpeech(connection)
    assert speech.synthesize("Yes.", voice=ENGLISH)[:4] == b"RIFF"
    assert speech.voices("es-US")
    assert azure.asked("synthesize")[0]["path"] == "/cognitiveservices/websocket/v1"


def test_what_was_spoken_is_understood(azure: StandIn) -> None:
    speech = AzureSpeech(azure.connection())
    spoken = speech.synthesize("Sí, ahí estaré.", voice=SPANISH)
    heard = speech.transcribe(pushed_wav(spoken), languages=["en-US", "es-US"], limit_seconds=30)
    assert heard.text == "Sí, ahí estaré."
    assert heard.segments[0].language == "es-US"


def test_a_locale_speaks_with_its_own_voice(azure: StandIn) -> None:
    AzureSpeech(azure.connection()).synthesize("Ja.", locale="de-DE")
    assert "de-DE" in azure.asked("synthesize")[0]["turns"][0]["ssml"]


def test_ssml_goes_out_as_it_is(azure: StandIn) -> None:
    ssml = (
        "<speak version='1.0' xmlns='http://www.w3.org/2001/10/synthesis' xml:lang='es-US'>"
        f"<voice name='{SPANISH}'>Hola<break time='300ms'/> Ana</voice></speak>"
    )
    AzureSpeech(azure.connection()).synthesize(ssml=ssml)
    assert azure.asked("synthesize")[0]["turns"][0]["ssml"] == ssml


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"kind": "status", "status": 401}, "AuthenticationFailure"),
        ({"kind": "status", "status": 429}, "TooManyRequests"),
        ({"kind": "close", "code": 1007}, "BadRequest"),
        ({"kind": "silent"}, "TimeLimit"),
    ],
    ids=str,
)
def test_who_cannot_speak_says_why(azure: StandIn, fault: dict[str, Any], code: str) -> None:
    azure.goes_wrong(operation="synthesize", **fault)
    with pytest.raises(SpeechError) as refusal:
        AzureSpeech(azure.connection()).synthesize("Yes.", voice=ENGLISH, limit_seconds=5)
    assert (refusal.value.code, bool(refusal.value.hint)) == (code, True)


def test_the_voices_of_a_language_and_of_a_locale(azure: StandIn) -> None:
    speech = AzureSpeech(azure.connection())
    spanish = {voice.locale for voice in speech.voices("es")}
    assert {"es-US", "es-MX"} <= spanish
    assert all(locale.startswith("es-") for locale in spanish)
    assert {voice.locale for voice in speech.voices("es-us")} == {"es-US"}
    assert SPANISH in [voice.name for voice in speech.voices("es-US")]
    assert speech.voices("tlh") == []
    assert azure.asked("voices")[0]["path"] == "/tts/cognitiveservices/voices/list"


@pytest.mark.parametrize(
    ("status", "code"),
    [(401, "AuthenticationFailure"), (429, "TooManyRequests"), (500, "ServiceError")],
)
def test_a_list_of_voices_that_cannot_be_had_says_why(
    azure: StandIn, status: int, code: str
) -> None:
    azure.goes_wrong("status", "voices", status=status)
    with pytest.raises(SpeechError) as refusal:
        AzureSpeech(azure.connection()).voices("en")
    assert refusal.value.code == code


def test_nobody_at_the_address_says_so() -> None:
    with pytest.raises(SpeechError) as refusal:
        AzureSpeech(Connection(endpoint="http://127.0.0.1:9", key="k")).voices("en")
    assert refusal.value.code == "ConnectionFailure"


# The command


def test_without_a_source_it_asks_whether_the_key_is_accepted(
    azure: StandIn, settings: Any
) -> None:
    code, said = check()
    assert code == 0
    assert "answers and offers" in said
    settings.SPEECH_KEY = "d3Jvbmc="
    code, said = check()
    assert code == 2
    assert "check SPEECH_KEY" in said


def test_a_file_is_understood_in_plain_words(answer: Path) -> None:
    code, said = check("--file", answer, "--detail")
    assert code == 0
    assert said.startswith("RECOGNIZED by 127.0.0.1:")
    assert "Yes, I will be there.  [en-US, confidence 0.95]" in said
    assert "session_started" in said


def test_the_same_as_json(answer: Path) -> None:
    code, told = checked("--file", answer, "--languages", "en-US,es-US")
    assert (code, told["text"], told["reason"]) == (0, YES["text"], "recognized")
    assert told["segments"][0]["language_confidence"] == "High"


def test_a_file_may_be_pushed(answer: Path) -> None:
    code, told = checked("--push", answer, "--continuous")
    assert (code, told["text"], told["end_of_stream"]) == (0, YES["text"], True)


def test_every_option_reaches_the_service(azure: StandIn, answer: Path) -> None:
    code, told = checked(
        *("--file", answer, "--continuous", "--detail", "--languages", "en-US,es-US"),
        *("--identify", "start", "--phrase", "Dr. Okonkwo", "--phrase", "Ana"),
        *("--phrase-weight", "2", "--profanity", "raw", "--model", "en-US=5f1c"),
        *("--silence-ms", "700", "--longest-segment-ms", "30000", "--initial-silence-ms", "4000"),
        *("--limit", "20"),
    )
    assert (code, told["model"]) == (0, "en-US=5f1c")
    wanted = azure.wanted
    assert wanted["identification"] == "DetectAtAudioStart"
    assert wanted["phrases"] == ["Dr. Okonkwo", "Ana"]
    assert (wanted["profanity"], wanted["detailed"]) == ("raw", True)
    assert wanted["segmentation_silence_ms"] == 700
    assert wanted["longest_segment_ms"] == 30_000
    assert wanted["initial_silence_ms"] == 4000


def test_semantic_segmentation_is_asked_for_and_refused_in_one_utterance(
    azure: StandIn, answer: Path
) -> None:
    assert check("--file", answer, "--continuous", "--semantic")[0] == 0
    assert azure.wanted["semantic"] is True
    code, said = check("--file", answer, "--semantic")
    assert (code, said) == (
        2,
        "semantic: for continuous recognition only, not for one utterance",
    )


def test_what_is_not_understood_ends_with_1(azure: StandIn, answer: Path) -> None:
    azure.knows(noise(), {"status": "BabbleTimeout"})
    code, said = check("--file", answer)
    assert code == 1
    assert "InitialBabbleTimeout: Nothing but noise was heard at the start." in said


def test_what_cannot_be_asked_ends_with_2_and_says_what_to_mend(
    azure: StandIn, answer: Path
) -> None:
    azure.goes_wrong("status", status=401)
    code, said = check("--file", answer)
    assert code == 2
    assert "AuthenticationFailure: The key or token is refused" in said
    code, told = checked("--file", answer)
    assert (code, told["cancellation"]["code"]) == (2, "AuthenticationFailure")


def test_a_silent_service_ends_with_2(azure: StandIn, answer: Path) -> None:
    azure.goes_wrong("silent")
    code, told = checked("--file", answer, "--limit", "1")
    assert (code, told["reason"]) == (2, "time limit")


@pytest.mark.parametrize("option", ["--file", "--push"])
def test_a_file_that_cannot_be_read_is_named(azure: StandIn, tmp_path: Path, option: str) -> None:
    missing, wrong = tmp_path / "no.wav", tmp_path / "song.wav"
    wrong.write_bytes(b"ID3\4" + bytes(100))
    assert check(option, missing) == (2, f"audio: there is no file {missing}")
    code, told = checked(option, wrong)
    assert (code, told["error"].startswith(f"audio: {wrong} is no WAV file")) == (2, True)


def test_a_microphone_that_is_not_there_ends_with_2(azure: StandIn) -> None:
    code, said = check("--device", "no-such-device")
    assert code == 2
    assert "SPXERR" in said


def test_it_speaks_into_a_file_and_understands_itself(azure: StandIn, tmp_path: Path) -> None:
    out = tmp_path / "out.wav"
    code, said = check("--say", "See you on Tuesday.", "--voice", ENGLISH, "--out", out)
    assert (code, f"written to {out}" in said) == (0, True)
    code, told = checked("--file", out)
    assert (code, told["text"]) == (0, "See you on Tuesday.")


def test_it_speaks_ssml_from_a_file(azure: StandIn, tmp_path: Path) -> None:
    ssml = tmp_path / "prompt.xml"
    assert check("--ssml", ssml)[0] == 2
    ssml.write_text(
        "<speak version='1.0' xmlns='http://www.w3.org/2001/10/synthesis' xml:lang='en-US'>"
        f"<voice name='{ENGLISH}'>Hello.</voice></speak>"
    )
    code, told = checked("--ssml", ssml, "--out", tmp_path / "out.wav")
    assert (code, told["seconds"] > 0.1) == (0, True)
    ssml.write_text("<speak>")
    assert check("--ssml", ssml)[1].startswith("ssml: not well-formed")


def test_a_file_that_cannot_be_written_ends_with_2(azure: StandIn, tmp_path: Path) -> None:
    out = tmp_path / "nowhere" / "out.wav"
    code, said = check("--say", "Yes.", "--out", out)
    assert (code, str(out) in said) == (2, True)


def test_it_lists_voices(azure: StandIn) -> None:
    code, said = check("--voices", "es-US")
    assert (code, said.split()[0]) == (0, "es-US-AlonsoNeural")
    assert checked("--voices", "es-US")[1]["voices"][0]["locale"] == "es-US"
    assert check("--voices", "tlh")[0] == 1


def test_without_settings_it_says_what_is_missing(azure: StandIn, settings: Any) -> None:
    settings.SPEECH_ENDPOINT = settings.SPEECH_KEY = ""
    code, said = check("--voices", "en")
    assert (code, said) == (
        2,
        "Azure Speech is not set up: SPEECH_KEY and SPEECH_REGION are missing",
    )


def test_the_stand_in_of_the_demo_is_used_and_named(azure: StandIn, settings: Any) -> None:
    settings.SPEECH_ENDPOINT = settings.SPEECH_KEY = ""
    settings.ACS_CONNECTION_STRING = azure.connection_string
    azure.knows(noise(), {**YES, **milliseconds(0, 900)})
    code, said = check("--voices", "en-GB")
    assert (code, "en-GB-SoniaNeural" in said) == (0, True)


def test_a_stand_ins_answer_says_that_it_is_none_of_azures(
    azure: StandIn, answer: Path, settings: Any
) -> None:
    settings.ACS_CONNECTION_STRING = azure.connection_string
    code, said = check("--file", answer)
    assert code == 0
    assert said.startswith("RECOGNIZED by the stand-in at 127.0.0.1:")
    assert "no sign of what Azure hears" in said
