"""Where the Speech service is: settings alone say so, contradictions are named, and nothing of
what patients say is kept or logged by the SDK."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core import checks

from calls.gateway.speech import AzureSpeech, SpeechError, connection, is_configured, sdk, speech

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("KEY", "REGION", "ENDPOINT", "HOST", "TOKEN", "ENDPOINT_ID", "PROXY")


@pytest.fixture(autouse=True)
def elsewhere(settings: Any) -> Any:
    """No Speech, and calls go to the real Azure."""
    settings.ACS_CONNECTION_STRING = "endpoint=https://acs.example.com;accesskey=a2V5"
    for name in NAMES:
        setattr(settings, f"SPEECH_{name}", "")
    return settings


def put(settings: Any, **values: str) -> list[str]:
    """Set some; the codes of what the system check says."""
    for name, value in values.items():
        setattr(settings, f"SPEECH_{name.upper()}", value)
    found = checks.run_checks(tags=[checks.Tags.security])
    return [str(m.id) for m in found if m.id in ("ringwell.W022", "ringwell.W023")]


@pytest.mark.parametrize(
    ("values", "place"),
    [
        ({"key": "k", "region": "westus2"}, "Azure in westus2"),
        ({"key": "k", "endpoint": "https://a.example.com/"}, "a.example.com"),
        ({"endpoint": "wss://a.example.com"}, "a.example.com"),
        ({"host": "ws://127.0.0.1:5000"}, "127.0.0.1:5000"),
        ({"token": "t", "region": "westus2"}, "Azure in westus2"),
        ({"token": "t", "endpoint": "https://a.example.com"}, "a.example.com"),
        (
            {"key": "k", "region": "westus2", "proxy": "http://u:p@192.0.2.1:3128"},
            "Azure in westus2",
        ),
    ],
)
def test_each_way_to_name_the_service_is_taken(
    elsewhere: Any, values: dict[str, str], place: str
) -> None:
    assert put(elsewhere, **values) == []
    assert is_configured()
    assert connection.from_settings().name == place
    AzureSpeech(connection.from_settings())


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"key": "k", "region": "r", "host": "ws://127.0.0.1:1"}, "SPEECH_REGION and SPEECH_HOST"),
        ({"key": "k", "token": "t", "region": "r"}, "SPEECH_KEY and SPEECH_TOKEN are both set"),
        ({"key": "k"}, "SPEECH_KEY is set without SPEECH_REGION"),
        ({"token": "t"}, "SPEECH_TOKEN is set without SPEECH_REGION"),
        ({"region": "r"}, "SPEECH_REGION is set without SPEECH_KEY"),
        ({"key": "k", "region": "West US 2"}, "SPEECH_REGION is a short name"),
        ({"key": "k", "endpoint": "a.example.com"}, "SPEECH_ENDPOINT is an address"),
        ({"key": "k", "endpoint": "https://a.example.com/stt"}, "SPEECH_ENDPOINT is the bare"),
        ({"key": "k", "region": "r", "proxy": "192.0.2.1:3128"}, "SPEECH_PROXY is written"),
        ({"key": "k", "region": "r", "proxy": "http://192.0.2.1:no"}, "SPEECH_PROXY is written"),
    ],
)
def test_settings_that_cannot_be_meant_are_named(
    elsewhere: Any, values: dict[str, str], problem: str
) -> None:
    assert put(elsewhere, **values) == ["ringwell.W022"]
    assert not is_configured()
    with pytest.raises(ValueError, match=f"^{problem}"):
        speech()


def test_an_address_without_encryption_is_a_warning_but_on_this_machine(elsewhere: Any) -> None:
    assert put(elsewhere, host="ws://speech.example.com:5000") == ["ringwell.W023"]
    assert is_configured()
    assert put(elsewhere, host="ws://127.0.0.1:5000") == []


def test_without_settings_there_is_no_speech(elsewhere: Any) -> None:
    assert put(elsewhere) == []
    assert not is_configured()
    with pytest.raises(ValueError, match=r"^Azure Speech is not set up"):
        speech()


def test_where_calls_go_through_the_stand_in_so_does_speech(elsewhere: Any) -> None:
    elsewhere.ACS_CONNECTION_STRING = "endpoint=http://127.0.0.1:8765;accesskey=a2V5"
    assert is_configured()
    found = connection.from_settings()
    assert (found.endpoint, found.key, found.stand_in) == ("http://127.0.0.1:8765", "a2V5", True)
    assert found.name == "the stand-in at 127.0.0.1:8765"


def test_the_stand_in_is_known_under_whatever_setting(elsewhere: Any) -> None:
    elsewhere.ACS_CONNECTION_STRING = "endpoint=http://127.0.0.1:8765;accesskey=a2V5"
    put(elsewhere, host="ws://127.0.0.1:8765")
    assert connection.from_settings().stand_in
    put(elsewhere, host="ws://127.0.0.1:5000")
    assert not connection.from_settings().stand_in


def test_secrets_are_not_shown(elsewhere: Any) -> None:
    put(elsewhere, token="s3cret", endpoint="https://a.example.com", proxy="http://u:s3cret@h:1")
    assert "s3cret" not in repr(connection.from_settings())


def test_a_token_in_a_file_is_read_anew_each_time(elsewhere: Any, tmp_path: Path) -> None:
    path = tmp_path / "token"
    put(elsewhere, token=f"@{path}", region="westus2")
    for content in ("first\n", "second\n"):
        path.write_text(content)
        assert connection.from_settings().current_token() == content.strip()


def test_a_token_file_that_is_missing_is_named(elsewhere: Any, tmp_path: Path) -> None:
    put(elsewhere, token=f"@{tmp_path / 'token'}", region="westus2")
    with pytest.raises(SpeechError, match="The file that SPEECH_TOKEN names cannot be read"):
        sdk.configure(sdk.load(), connection.from_settings())


def test_where_the_sdk_is_missing_ringwell_runs_and_says_so() -> None:
    """In a process of its own, in which the package cannot be found."""
    program = (
        "import json, sys; sys.modules['azure.cognitiveservices'] = None;"
        "import django; django.setup();"
        "from calls.gateway import speech;"
        "from calls.management.commands import speech_check;"
        "from django.conf import settings; settings.SPEECH_HOST = 'ws://127.0.0.1:9'\n"
        "try: speech.speech()\n"
        "except speech.SpeechError as error: print(json.dumps([str(error), error.permanent]))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program],
        env={"DJANGO_SETTINGS_MODULE": "tests.settings", "PATH": "", "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(ran.stdout) == [
        "Azure Speech cannot be used here: azure-cognitiveservices-speech is not installed.",
        True,
    ]


def test_it_is_loaded_only_when_needed() -> None:
    program = (
        "import sys, django; django.setup(); import calls.gateway.speech;"
        "from calls.management.commands import speech_check;"
        "sys.exit('azure.cognitiveservices.speech' in sys.modules)"
    )
    subprocess.run(
        [sys.executable, "-c", program],
        env={"DJANGO_SETTINGS_MODULE": "tests.settings", "PATH": "", "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        check=True,
    )


FORBIDDEN = re.compile(
    r"enable_audio_logging|EnableAudioLogging|storeAudio|Speech_LogFilename|SPEECH-LogFilename"
    r"|(?:Memory|File|Event)Logger|start_logging|diagnostics"
)


def test_neither_audio_logging_nor_the_sdks_log_is_ever_switched_on() -> None:
    folder = ROOT / "calls" / "gateway" / "speech"
    paths = [*folder.glob("*.py"), ROOT / "calls" / "management" / "commands" / "speech_check.py"]
    assert len(paths) > 5
    found = [(path.name, FORBIDDEN.findall(path.read_text())) for path in paths]
    assert [(name, words) for name, words in found if words] == []


def test_no_call_of_the_sdk_is_used_that_cannot_be_left() -> None:
    folder = ROOT / "calls" / "gateway" / "speech"
    for path in folder.glob("*.py"):
        assert "recognize_once" not in path.read_text()


def test_the_sdk_is_named_in_one_place() -> None:
    folder = ROOT / "calls"
    naming = [p.name for p in folder.rglob("*.py") if "azure.cognitiveservices" in p.read_text()]
    assert naming == ["sdk.py"]


def test_no_result_is_read_from_the_text_that_is_cut() -> None:
    folder = ROOT / "calls" / "gateway" / "speech"
    assert not any("result.text" in path.read_text() for path in folder.glob("*.py"))
