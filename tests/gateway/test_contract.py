"""What Ringwell says to Azure and understands of it, with either SDK.

`./dev test --all` runs this file twice: on the SDK of the lock, and on the later one.
"""

import importlib.metadata
import os
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import azure.communication.callautomation as sdk
import pytest

from calls.checks import check_settings
from calls.conversation.actions import Say
from calls.gateway.acs import AcsGateway, Dial, abilities
from calls.gateway.errors import GatewayError
from tests.calls.recording import Recorder
from tests.gateway.conftest import CALLER_ID, IS_GA, PATIENT, PROMPT, SPEECH, question

MENU = ["Confirm", "Cancel", "Repeat", "Stop"]
DIAL = Dial(
    number=PATIENT,
    caller_id=CALLER_ID,
    callback_url="https://ringwell.example/callbacks/calls/1/2",
    repeatability_id=uuid.UUID("6f9e3c5a-2f0b-4d0e-9a51-6f6c1f1f7a10"),
    first_sent_at=datetime(2026, 11, 17, 19, 0, 1, tzinfo=UTC),
)


class TestTheSdk:
    def test_it_is_the_one_that_the_runner_means(self) -> None:
        version = "1.6.0" if IS_GA else "1.6.0b1"
        assert sdk.__version__ == version
        assert importlib.metadata.version("azure-communication-callautomation") == version

    def test_only_the_later_one_lies_in_a_folder_of_its_own(self) -> None:
        folder = Path(os.environ.get("RINGWELL_GA_PATH", "/nowhere"))
        assert Path(sdk.__file__).is_relative_to(folder) == IS_GA

    def test_what_it_can_do_is_seen(self) -> None:
        able = abilities("")
        assert (able.language_list, able.sentiment) == (not IS_GA, not IS_GA)

    def test_no_other_api_version_has_what_came_in_the_preview(self) -> None:
        able = abilities("2026-03-12")
        assert (able.language_list, able.sentiment) == (False, False)

    @pytest.mark.parametrize("api_version", ["", "2026-03-12"])
    def test_a_system_check_says_what_is_missing(self, settings: Any, api_version: str) -> None:
        settings.ACS_API_VERSION = api_version
        missing = {"ringwell.W020", "ringwell.W021"} if IS_GA or api_version else set()
        found = {message.id for message in check_settings(None)}
        assert found & {"ringwell.W020", "ringwell.W021"} == missing


class TestOnTheWire:
    def test_a_call_carries_the_stored_pair_both_numbers_and_the_callback(
        self, wire: AcsGateway, recorder: Recorder
    ) -> None:
        call = wire.dial(DIAL)
        sent = recorder.last
        assert sent.target.startswith("/calling/callConnections?")
        assert sent.headers["Repeatability-Request-ID"] == str(DIAL.repeatability_id)
        assert sent.headers["Repeatability-First-Sent"] == "Tue, 17 Nov 2026 19:00:01 GMT"
        assert sent.body["targets"][0]["phoneNumber"]["value"] == PATIENT
        assert sent.body["sourceCallerIdNumber"]["value"] == CALLER_ID
        assert sent.body["callbackUri"] == DIAL.callback_url
        assert sent.body["callIntelligenceOptions"]["cognitiveServicesEndpoint"] == SPEECH
        assert (call.connection_id, call.state) == ("call-1", "connecting")
        assert (call.server_call_id, call.correlation_id) == ("server-1", "correlation-1")

    def test_the_api_version_is_the_sdks_own(self, wire: AcsGateway, recorder: Recorder) -> None:
        wire.hang_up("call-1")
        own = "2026-03-12" if IS_GA else "2025-08-15-preview"
        assert f"api-version={own}" in recorder.last.target

    def test_a_question_carries_prompts_labels_phrases_and_keys(
        self, wire: AcsGateway, recorder: Recorder
    ) -> None:
        wire.ask("call-1", PATIENT, question())
        sent = recorder.last
        options = sent.body["recognizeOptions"]
        assert sent.target.startswith("/calling/callConnections/call-1:recognize?")
        assert sent.body["recognizeInputType"] == "choices"
        assert sent.body["operationContext"] == "menu.2"
        assert sent.body["interruptCallMediaOperation"] is True
        assert [prompt["text"]["text"] for prompt in sent.body["playPrompts"]] == ["Hello."] * 2
        assert [choice["label"] for choice in options["choices"]] == MENU
        assert options["choices"][0]["phrases"] == ["confirm", "confirmo"]
        assert [c["tone"] for c in options["choices"]] == ["one", "two", "asterisk", "nine"]
        assert options["targetParticipant"]["phoneNumber"]["value"] == PATIENT
        assert options["interruptPrompt"] is True
        assert options["initialSilenceTimeoutInSeconds"] == 10

    def test_a_question_names_all_languages_or_the_patients_own(
        self, wire: AcsGateway, recorder: Recorder
    ) -> None:
        """A list that the SDK does not know would go out as one text, brackets and all."""
        wire.ask("call-1", PATIENT, question())
        options = recorder.last.body["recognizeOptions"]
        if IS_GA:
            assert options["speechLanguage"] == "es-US"
            assert "speechLanguages" not in options
        else:
            assert options["speechLanguages"] == ["es-US", "en-US"]
            assert not options.get("speechLanguage")

    def test_sentiment_is_asked_for_only_where_it_exists(
        self, wire: AcsGateway, recorder: Recorder
    ) -> None:
        wire.ask("call-1", PATIENT, question())
        options = recorder.last.body["recognizeOptions"]
        assert options.get("enableSentimentAnalysis", "absent") == ("absent" if IS_GA else True)

    def test_another_api_version_gets_no_field_of_the_preview(self, recorder: Recorder) -> None:
        text = f"endpoint={recorder.url};accesskey=a2V5"
        line = AcsGateway(text, api_version="2026-03-12", cognitive=SPEECH)
        line.ask("call-1", PATIENT, question())
        options = recorder.last.body["recognizeOptions"]
        assert options["speechLanguage"] == "es-US"
        assert {"speechLanguages", "enableSentimentAnalysis"}.isdisjoint(options)

    def test_a_prompt_names_its_text_its_voice_its_locale_and_its_hearer(
        self, wire: AcsGateway, recorder: Recorder
    ) -> None:
        wire.say("call-1", PATIENT, Say(context="closing.3", prompts=(PROMPT,)))
        sent = recorder.last
        (source,) = sent.body["playSources"]
        assert sent.target.startswith("/calling/callConnections/call-1:play?")
        assert source["text"]["text"] == "Hello."
        assert source["text"]["voiceName"] == "en-US-JennyNeural"
        assert source["text"]["sourceLocale"] == "en-US"
        assert sent.body["playTo"][0]["phoneNumber"]["value"] == PATIENT
        assert sent.body["operationContext"] == "closing.3"

    def test_a_hang_up_is_for_everyone(self, wire: AcsGateway, recorder: Recorder) -> None:
        wire.hang_up("call-1")
        assert recorder.last.method == "POST"
        assert recorder.last.target.startswith("/calling/callConnections/call-1:terminate?")

    def test_a_look_asks_for_the_call(self, wire: AcsGateway, recorder: Recorder) -> None:
        call = wire.look("call-1")
        assert call is not None
        assert recorder.last.method == "GET"
        assert recorder.last.target.startswith("/calling/callConnections/call-1?")

    @pytest.mark.parametrize(
        ("status", "permanent", "may_have_happened"),
        [
            *((status, True, False) for status in (400, 401, 403, 404, 409)),
            *((status, False, False) for status in (408, 429)),
            *((status, False, True) for status in (500, 502, 503, 504)),
        ],
    )
    def test_a_refusal_says_what_can_be_done_and_is_not_repeated(
        self,
        wire: AcsGateway,
        recorder: Recorder,
        status: int,
        permanent: bool,
        may_have_happened: bool,
    ) -> None:
        recorder.answer(status, {"Retry-After": "7"})
        with pytest.raises(GatewayError) as failed:
            wire.ask("call-1", PATIENT, question())
        error = failed.value
        assert (error.permanent, error.may_have_happened) == (permanent, may_have_happened)
        assert (error.status, error.code, error.retry_after) == (status, "8500", 7)
        assert error.gone == (status == 404)
        assert recorder.count == 1

    @pytest.mark.parametrize("answer", ["empty", "html", "200", "drop"])
    def test_an_answer_that_cannot_be_read_may_have_happened(
        self, wire: AcsGateway, recorder: Recorder, answer: str
    ) -> None:
        recorder.misbehave(answer)
        with pytest.raises(GatewayError) as failed:
            wire.dial(DIAL)
        assert (failed.value.permanent, failed.value.may_have_happened) == (False, True)
        assert recorder.count == 1

    def test_a_call_that_is_over_can_be_hung_up_and_looked_for(
        self, wire: AcsGateway, recorder: Recorder
    ) -> None:
        recorder.answer(404)
        wire.hang_up("call-1")
        assert wire.look("call-1") is None
