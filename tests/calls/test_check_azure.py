"""check_azure names what stands between this installation and a call, and how to mend it."""

import json
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from calls.models import CallProfile
from calls.readiness import Finding, trial, wire
from config import clock
from reminders.models import Installation
from tests.conftest import Azure, make_appointment, make_clinic, make_patient, the_call

MINE = "+12125550142"
WEST = "https://ringwell-ai.cognitiveservices.azure.com/"


def check(*words: str) -> str:
    """What was printed; with what the command complained about at its end."""
    out = StringIO()
    try:
        call_command("check_azure", *words, stdout=out)
    except CommandError as error:
        out.write(f"{error}\n")
    return out.getvalue()


def line(said: str, about: str) -> str:
    """The one line about something, with its mend."""
    lines = said.splitlines()
    found = [n for n, text in enumerate(lines) if about in text]
    assert len(found) == 1, said
    rest = lines[found[0] + 1 : found[0] + 2]
    return lines[found[0]] + "".join(text for text in rest if text.startswith("      -> "))


@pytest.fixture
def ready(azure: Azure, settings: Any) -> Azure:
    """All is set up, and the web door is open."""
    settings.ACS_COGNITIVE_SERVICES_ENDPOINT = WEST
    make_clinic()
    return azure


def test_where_all_is_well_nothing_needs_mending(ready: Azure) -> None:
    said = check()
    assert "MEND" not in said, said
    assert "nobody's phone can ring" in said
    assert "Azure takes the access key and serves api-version 2025-08-15-preview." in said
    assert "clock and Azure's agree" in said
    assert line(said, "Ringwell answers under").startswith("ok")
    assert "maple: texts approved in en-US, es-US." in said
    assert ready.rings == []


def test_each_language_has_its_voice(ready: Azure) -> None:
    said = check()
    assert "maple: en-US is spoken by en-US-" in said
    assert "maple: es-US is spoken by es-US-" in said


def test_a_voice_that_azure_has_not_is_named(ready: Azure) -> None:
    clinic = make_clinic("oak")
    CallProfile.objects.update_or_create(
        clinic=clinic, defaults={"voices": {"es-US": "es-US-NobodyNeural"}}
    )
    said = check()
    assert line(said, "no voice es-US-NobodyNeural").startswith("MEND")
    assert "speech_check --voices es-US" in said


def test_as_data_each_check_has_its_verdict_and_its_mend(ready: Azure, settings: Any) -> None:
    settings.ACS_CALLER_ID = "2125550100"
    found = json.loads(check("--json").partition("\n}\n")[0] + "\n}")["checks"]
    by_name = {entry["check"]: entry for entry in found}
    assert by_name["key"]["verdict"] == "ok"
    assert by_name["caller_id"]["verdict"] == "MEND"
    assert by_name["caller_id"]["mend"]


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ({"status": 401}, "refuses the access key"),
        ({"status": 403}, "refuses the access key"),
        ({"status": 400}, "does not serve api-version"),
        ({"status": 404}, "not as Call Automation does"),
        ({"status": 500}, "answers 500"),
    ],
)
def test_what_azure_refuses_is_said_in_words(
    ready: Azure, fault: dict[str, int], says: str
) -> None:
    ready.simulator.fault("status", "get", **fault)
    said = check()
    assert line(said, says).startswith("MEND")
    assert "need mending" in said


def test_a_dropped_request_is_no_answer(ready: Azure) -> None:
    ready.simulator.fault("drop", "get")
    assert line(check(), "No readable answer from Azure").startswith("MEND")


def test_an_azure_that_is_down_is_named_with_its_host(ready: Azure, settings: Any) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
    settings.ACS_CONNECTION_STRING = f"endpoint=http://127.0.0.1:{port};accesskey=a2V5"
    said = line(check(), "could not be reached")
    assert said.startswith("MEND")
    assert f"127.0.0.1:{port}" in said


def test_an_azure_that_keeps_silent_is_left_alone(
    ready: Azure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("calls.gateway.acs.READ_SECONDS", 0.2)
    ready.simulator.fault("slow", "get", seconds=1)
    assert line(check(), "No readable answer").startswith("MEND")


def test_the_access_key_is_printed_nowhere(ready: Azure, settings: Any) -> None:
    endpoint, key = settings.ACS_CONNECTION_STRING.split(";accesskey=")
    wrong = "d3JvbmctYWNjZXNzLWtleQ=="
    for secret in (key, wrong):
        settings.ACS_CONNECTION_STRING = f"{endpoint};accesskey={secret}"
        assert secret not in check()
        assert secret not in check("--json")


@pytest.mark.parametrize("connection", ["", "endpoint=https://a.example", "x;accesskey=!"])
def test_a_connection_string_that_is_none_is_named(
    db: None, settings: Any, connection: str
) -> None:
    settings.ACS_CONNECTION_STRING = connection
    assert line(check(), "ACS_CONNECTION_STRING").startswith("MEND")


@pytest.mark.parametrize(
    ("minutes", "says", "verdict"),
    [(0, "agree", "ok"), (1, "60 s ahead of", "look"), (-4, "240 s behind", "MEND")],
)
def test_a_clock_that_is_wrong_is_told_by_how_much(
    ready: Azure, monkeypatch: pytest.MonkeyPatch, minutes: int, says: str, verdict: str
) -> None:
    answered = datetime(2026, 11, 17, 19, 0, tzinfo=UTC)
    answer = wire.Knock(404, wire.NOT_FOUND, "2025-08-15-preview", answered)
    monkeypatch.setattr(wire, "knock", lambda *args: answer)
    monkeypatch.setattr(clock, "system_now", lambda: answered + timedelta(minutes=minutes))
    assert line(check(), says).startswith(verdict)


def test_the_keys_of_callbacks_are_fetched_anew(ready: Azure) -> None:
    assert "callbacks can be fetched" in check()
    ready.simulator.fault("keys_down")
    assert line(check(), "cannot be fetched").startswith("MEND")


def verdict(findings: Iterator[Finding]) -> dict[str, str]:
    return {finding.check: finding.verdict.value for finding in findings}


@pytest.mark.parametrize(
    ("url", "azure_at", "expected"),
    [
        ("http://127.0.0.1:9", "https://a.communication.azure.com", {"public_url": "MEND"}),
        ("http://clinic.example", "https://a.communication.azure.com", {"public_url": "MEND"}),
        ("http://127.0.0.1:9", "http://127.0.0.1:8", {"public_url": "ok", "callbacks": "MEND"}),
    ],
)
def test_a_public_address_that_azure_cannot_use_is_named(
    settings: Any, url: str, azure_at: str, expected: dict[str, str]
) -> None:
    settings.PUBLIC_URL = url
    settings.ACS_CONNECTION_STRING = f"endpoint={azure_at};accesskey=a2V5"
    assert expected.items() <= verdict(wire.public_url()).items()


def test_another_web_server_in_our_place_is_found_out(azure: Azure, settings: Any) -> None:
    settings.PUBLIC_URL = azure.simulator.url
    assert verdict(wire.public_url())["callbacks"] == "MEND"


@pytest.mark.parametrize(
    ("addresses", "expected"), [(["10.1.2.3"], "look"), (["8.8.8.8"], "look"), ([], "MEND")]
)
def test_what_cannot_be_known_of_the_internet_is_said(
    monkeypatch: pytest.MonkeyPatch, addresses: list[str], expected: str
) -> None:
    def found(host: str, port: None) -> list[Any]:
        if not addresses:
            raise socket.gaierror
        return [(2, 1, 6, "", (address, 0)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", found)
    assert wire._from_outside("https://calls.clinic.example").verdict == expected


@pytest.mark.parametrize(
    ("name", "value", "says", "starts"),
    [
        ("ACS_CALLER_ID", "", "ACS_CALLER_ID is not set", "MEND"),
        ("ACS_CALLER_ID", "+1 212 555 0100", "not written in E.164", "MEND"),
        ("ACS_CALLER_ID", "+18005550100", "and is toll-free", "ok"),
        ("ACS_CALLER_ID", "+12125550100", "ACS_CALLER_ID ends in 0100.", "ok"),
        ("ACS_CALLER_ID", "+15555550100", "in no range", "look"),
        ("ACS_COGNITIVE_SERVICES_ENDPOINT", "", "nothing can be spoken", "MEND"),
        ("ACS_COGNITIVE_SERVICES_ENDPOINT", "http://a.example", "is not https", "MEND"),
        (
            "ACS_COGNITIVE_SERVICES_ENDPOINT",
            "https://westus2.api.cognitive.microsoft.com/",
            "address of a region",
            "MEND",
        ),
        ("ACS_COGNITIVE_SERVICES_ENDPOINT", "https://a.example/", "unusual address", "look"),
        ("ACS_COGNITIVE_SERVICES_ENDPOINT", WEST, "AI resource is ringwell-ai", "ok"),
        ("ACS_RESOURCE_ID", "", "ACS_RESOURCE_ID is not set", "MEND"),
        ("ACS_RESOURCE_ID", "/subscriptions/1", "does not look like an id", "MEND"),
        ("PHONE_HASH_KEY", "", "PHONE_HASH_KEY is not set", "MEND"),
        ("MAX_CALLS_PER_DAY", 0, "MAX_CALLS_PER_DAY is 0", "MEND"),
        ("ACS_API_VERSION", "2026-03-12", "one language at a time", "look"),
    ],
)
def test_each_setting_is_judged(
    ready: Azure, settings: Any, now: datetime, name: str, value: Any, says: str, starts: str
) -> None:
    make_appointment(make_clinic("oak"), make_patient())
    setattr(settings, name, value)
    assert line(check(), says).startswith(starts)


def test_another_hash_key_than_the_opt_outs_are_kept_under_is_found(
    ready: Azure, settings: Any
) -> None:
    assert "is the one" in check()
    settings.PHONE_HASH_KEY = "another"
    assert line(check(), "is another than").startswith("MEND")


def test_languages_without_approved_texts_are_named(ready: Azure) -> None:
    make_clinic("oak").approvals.all().delete()
    elm = make_clinic("elm", languages=["en-US"])
    elm.languages = ["en-US", "fr-FR"]
    elm.save()
    said = check()
    assert line(said, "oak: no text is approved").startswith("MEND")
    assert line(said, "elm: approved in en-US; not in fr-FR").startswith("look")


def test_too_few_lines_for_the_day_are_told_with_the_sum(
    ready: Azure, settings: Any, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_appointment(make_clinic("oak"), make_patient())
    settings.ACS_MAX_CONCURRENT_CALLS = 2
    said = check()
    assert "2 lines, about 96 calls an hour at 75 s each; 1 are planned" in said
    monkeypatch.setattr("calls.readiness.clinics.USUAL_SECONDS", 1e6)
    assert line(check(), "more than fit").startswith("look")


def test_a_pause_is_told(ready: Azure, now: datetime) -> None:
    Installation.pause(now, why="drained")
    assert "All calls are paused (drained)." in check()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "LOOK_EVERY", 0.02)


def test_a_test_call_tells_what_it_saw_until_it_ended(
    ready: Azure, now: datetime, quick: None
) -> None:
    ready.simulator.set_persona(MINE, "confirm_by_voice")
    said = check("--call", MINE)
    assert ready.rings == [MINE]
    assert the_call().rehearsal
    for told in ("dialled: placed", "CallConnected", "menu: Confirm", "It ended as confirmed"):
        assert told in said, said
    assert "From a callback to our next action" in said
    assert MINE not in said


def test_a_test_call_that_is_busy_says_so(ready: Azure, now: datetime, quick: None) -> None:
    ready.simulator.set_persona(MINE, "busy")
    assert "It ended as busy (Azure: 486/" in check("--call", MINE)


def test_a_call_without_callbacks_is_hung_up_and_explained(
    ready: Azure, now: datetime, quick: None, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proxy that keeps /callbacks/ to itself: somebody holds a silent phone."""
    monkeypatch.setattr(trial, "CALLBACK_DUE", 0.3)
    monkeypatch.setattr(trial, "LONGEST", 1.5)
    ready.simulator.set_persona(MINE, "silence")
    ready.simulator.fault("drop_event", "*")
    said = check("--call", MINE)
    assert "the call is answered and no callback came" in said
    assert the_call().hang_up_at is not None


@pytest.mark.parametrize("phone", ["5550142", "+12"])
def test_a_test_call_to_no_number_is_refused(ready: Azure, phone: str) -> None:
    assert "--call:" in check("--call", phone)
    assert ready.rings == []


def test_a_test_call_to_a_patient_is_refused(ready: Azure, now: datetime) -> None:
    make_patient(phone=MINE)
    assert "A patient has this number" in check("--call", MINE)
    assert ready.rings == []


def test_with_several_clinics_a_test_call_asks_whose_texts(ready: Azure) -> None:
    make_clinic("oak")
    assert "--clinic" in check("--call", MINE)
