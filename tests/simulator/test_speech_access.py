"""Who may speak with the stand-in: keys, and tokens that grow old."""

import azure.cognitiveservices.speech as sdk
import pytest
import requests

from simulator.speech import access
from simulator.testing import running
from tests.simulator import speech_client as client
from tests.simulator.speech_client import PATIENCE, Recording, quiet, spoken

OTHER_KEY = "0123456789abcdef0123456789abcdef"
FAILED = sdk.CancellationErrorCode.AuthenticationFailure


@pytest.fixture(scope="module")
def whole():
    with running(speech_keys=[OTHER_KEY]) as simulator:
        yield simulator


@pytest.fixture
def simulator(whole):
    whole.speech_reset()
    return whole


@pytest.fixture
def recording(simulator, tmp_path):
    return Recording.at(tmp_path, spoken(simulator, "Yes."))


def test_it_takes_the_access_key_and_those_it_was_given(simulator, recording):
    for key in (simulator.speech_key, OTHER_KEY):
        assert client.ask(client.config(simulator, key=key), recording).text == "Yes."


@pytest.mark.parametrize("credential", [{"key": "wrong"}, {"token": "wrong"}])
@pytest.mark.parametrize("host", [False, True], ids=["cloud", "container"])
def test_it_refuses_what_is_wrong(simulator, recording, credential, host):
    settings = client.config(simulator, host=host, **credential)
    if host and "key" in credential:
        settings = sdk.SpeechConfig(host=simulator.speech_host, subscription="wrong")
    result = client.ask(settings, recording)
    assert result.cancellation_details.code == FAILED
    seen = simulator.speech_seen("recognize")[-1]
    assert (seen["status"], seen["turns"]) == (401, [])


def test_it_takes_a_token_until_it_is_old(simulator, recording, monkeypatch):
    settings = client.config(simulator, token=issue(simulator).text)
    assert client.ask(settings, recording).text == "Yes."
    now = access.time.monotonic()
    monkeypatch.setattr(access.time, "monotonic", lambda: now + access.TOKEN_SECONDS + 1)
    assert client.ask(settings, recording).cancellation_details.code == FAILED


def test_it_takes_a_new_token_from_a_running_recogniser(simulator, tmp_path):
    recording = Recording.at(
        tmp_path, spoken(simulator, "Yes."), quiet(1), spoken(simulator, "No.")
    )
    recognizer = sdk.SpeechRecognizer(
        client.config(simulator, token=simulator.speech_token()),
        sdk.AudioConfig(filename=recording.path),
    )
    assert recognizer.recognize_once_async().get().text == "Yes."
    simulator.expire_speech_tokens()
    recognizer.authorization_token = simulator.speech_token()
    sdk.Connection.from_recognizer(recognizer).close()
    assert recognizer.recognize_once_async().get().text == "No."


def test_it_issues_tokens_for_keys_alone(simulator):
    assert issue(simulator, key="wrong").status_code == 401
    token = {"Authorization": f"Bearer {simulator.speech_token()}"}
    address = simulator.url + "/sts/v1.0/issueToken"
    assert requests.post(address, headers=token, timeout=PATIENCE).status_code == 401


def test_it_lists_its_voices_to_those_who_may_speak(simulator):
    address = simulator.speech_voices_endpoint
    headers = {access.KEY_HEADER: OTHER_KEY}
    assert requests.get(address, timeout=PATIENCE).status_code == 401
    assert requests.get(address, headers=headers, timeout=PATIENCE).json()[0]["Locale"] == "en-US"


def test_it_shows_no_key_and_no_token(simulator, recording):
    token = issue(simulator).text
    client.ask(client.config(simulator, token=token), recording)
    client.ask(client.config(simulator, key=OTHER_KEY), recording)
    shown = requests.get(simulator.url + "/control/speech", timeout=PATIENCE)
    assert [each["credential"] for each in shown.json()["connections"][-2:]] == ["token", "key"]
    assert not [
        secret for secret in (token, OTHER_KEY, simulator.speech_key) if secret in shown.text
    ]


def issue(simulator, key=OTHER_KEY):
    address = simulator.url + "/sts/v1.0/issueToken"
    return requests.post(address, headers={access.KEY_HEADER: key}, timeout=PATIENCE)
