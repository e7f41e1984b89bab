"""Speech that goes wrong on purpose, as the unmodified SDK tells it; and the end of it all.

One utterance is asked for where an answer is sure to come within seconds; a continuous recognition
that failed takes the SDK eleven seconds to let go of.
"""

import threading
import time

import azure.cognitiveservices.speech as sdk
import pytest
import requests

from simulator.testing import running
from tests.simulator import speech_client as client
from tests.simulator.speech_client import PATIENCE, Recording, quiet, spoken

CODES = sdk.CancellationErrorCode


@pytest.fixture(scope="module")
def whole():
    with running() as simulator:
        yield simulator


@pytest.fixture
def simulator(whole):
    whole.speech_reset()
    return whole


@pytest.fixture
def recording(simulator, tmp_path):
    return Recording.at(tmp_path, spoken(simulator, "Yes."), quiet(0.2))


class TestAtTheDoor:
    @pytest.mark.parametrize(
        ("status", "code"),
        [
            (400, CODES.BadRequest),
            (401, CODES.AuthenticationFailure),
            (403, CODES.AuthenticationFailure),
            (408, CODES.ServiceTimeout),
            (429, CODES.TooManyRequests),
            (500, CODES.ServiceError),
            (503, CODES.ServiceUnavailable),
        ],
    )
    def test_it_answers_with_a_status(self, simulator, recording, status, code):
        simulator.speech_fault("status", "recognize", status=status)
        result = client.ask(client.config(simulator), recording)
        assert result.cancellation_details.code == code

    def test_it_lets_a_retry_through(self, simulator, recording):
        simulator.speech_fault("status", "recognize", status=503, times=2)
        assert client.ask(client.config(simulator), recording).text == "Yes."
        assert [each["status"] for each in simulator.speech_seen("recognize")] == [503, 503, 101]
        assert simulator.speech_faults()[0]["hits"] == 2


class TestOnTheSocket:
    @pytest.mark.parametrize(
        ("close", "code"),
        [
            (1001, CODES.ConnectionFailure),
            (1007, CODES.BadRequest),
            (1008, CODES.ConnectionFailure),
            (1011, CODES.ServiceError),
            (4429, CODES.TooManyRequests),
        ],
    )
    def test_it_closes_with_a_code(self, simulator, recording, close, code):
        simulator.speech_fault("close", "recognize", code=close)
        result = client.ask(client.config(simulator), recording)
        assert result.cancellation_details.code == code
        assert simulator.speech_seen("recognize")[0]["closed"] == close

    def test_it_ends_a_continuous_recognition(self, simulator, recording):
        simulator.speech_fault("close", "recognize", code=1007)
        heard = client.listen(client.config(simulator), recording)
        assert heard.cancellation.code == CODES.BadRequest
        assert heard.names[-2:] == ["canceled", "session_stopped"]

    def test_it_gives_its_reason(self, simulator):
        simulator.speech_fault("close", "synthesize", code=1007, reason="Not today.")
        result = client.say(simulator, "Hello.")
        assert "Not today." in result.cancellation_details.error_details

    def test_it_answers_late(self, simulator, recording):
        simulator.speech_fault("slow", "recognize", seconds=1.5)
        begin = time.monotonic()
        assert client.listen(client.config(simulator), recording).texts == ["Yes."]
        assert time.monotonic() - begin > 1.5

    def test_it_loses_a_synthesis(self, simulator):
        simulator.speech_fault("drop", "synthesize", after_ms=500)
        result = client.say(simulator, "A long enough sentence to be broken off.")
        assert result.reason == sdk.ResultReason.Canceled


class TestWithoutAnAnswer:
    """The SDK would wait for 70 s, and for 20 s more to be let go: the server goes away first."""

    def test_it_takes_everything_and_says_nothing_until_it_is_stopped(self, tmp_path):
        with running() as simulator:
            recording = Recording.at(tmp_path, spoken(simulator, "Yes."))
            simulator.speech_fault("silent", "recognize")
            settings = client.config(simulator)
            recognizer = sdk.SpeechRecognizer(settings, sdk.AudioConfig(filename=recording.path))
            over, told = threading.Event(), []
            recognizer.recognized.connect(told.append)
            recognizer.canceled.connect(lambda event: over.set())
            recognizer.start_continuous_recognition()
            assert not over.wait(1)
            [seen] = simulator.speech_seen("recognize")
            assert (seen["status"], seen["fault"], seen["turns"]) == (101, "silent", [])
            begin = time.monotonic()
        assert time.monotonic() - begin < 3  # it closes its sockets with 1001, and does not wait
        assert over.wait(PATIENCE)
        assert told == []


class TestControl:
    def test_it_sets_lists_and_clears_faults(self, simulator):
        address = simulator.url + "/control/speech/faults"
        fault = {"kind": "close", "operation": "recognize", "code": 1011, "times": 3}
        made = requests.post(address, json=fault, timeout=PATIENCE)
        assert (made.status_code, made.json()["id"]) == (201, 1)
        assert requests.get(address, timeout=PATIENCE).json()[0]["code"] == 1011
        assert requests.delete(f"{address}/1", timeout=PATIENCE).ok
        assert requests.delete(f"{address}/1", timeout=PATIENCE).status_code == 404
        assert requests.delete(address, timeout=PATIENCE).ok

    @pytest.mark.parametrize(
        "fault",
        [
            {},
            {"kind": "explode"},
            {"kind": "close"},
            {"kind": "status", "status": 99},
            {"kind": "silent", "operation": "token"},
            {"kind": "slow", "seconds": "5"},
            {"kind": "drop", "colour": "red"},
        ],
        ids=str,
    )
    def test_it_refuses_what_is_no_fault(self, simulator, fault):
        address = simulator.url + "/control/speech/faults"
        assert requests.post(address, json=fault, timeout=PATIENCE).status_code == 400
