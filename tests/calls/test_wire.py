"""What the real SDK sends for us: labels and keys, languages, limits, the stored pair."""

import uuid
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import pytest

from calls.conversation.actions import Ask, Choice, ForChoices, Prompt, Say
from calls.gateway.acs import AcsGateway, Dial, endpoint_and_key
from calls.gateway.errors import GatewayError
from tests.calls.recording import Recorder, recorder

PROMPT = Prompt(text="Hello.", locale="en-US", voice="en-US-JennyNeural")
__all__ = ["recorder"]


CHOICES = (
    Choice(label="Confirm", phrases=("confirm",), tone="one"),
    Choice(label="Cancel", phrases=("cancel",), tone="two"),
    Choice(label="Repeat", phrases=("repeat",), tone="asterisk"),
    Choice(label="Stop", phrases=("stop calling",), tone="nine"),
)


def ask(languages: tuple[str, ...] = ("es-US", "en-US"), **changes: Any) -> Ask:
    listen = ForChoices(choices=CHOICES, languages=languages, initial_silence=10)
    values: dict[str, Any] = {
        "context": "menu.2",
        "prompts": (PROMPT, PROMPT),
        "listen": listen,
        "sentiment": True,
    }
    return Ask(**(values | changes))


def line(recorder: Recorder, **settings: str) -> AcsGateway:
    values = {"api_version": "", "cognitive": "https://speech.example.invalid/"} | settings
    return AcsGateway(f"endpoint={recorder.url}/;accesskey=a2V5", **values)


def dialled(**changes: Any) -> Dial:
    values: dict[str, Any] = {
        "number": "+12125550142",
        "caller_id": "+15555550100",
        "callback_url": "https://ringwell.example/callbacks/calls/1/2",
        "repeatability_id": uuid.UUID("6f9e3c5a-2f0b-4d0e-9a51-6f6c1f1f7a10"),
        "first_sent_at": datetime(2026, 11, 17, 19, 0, 1, tzinfo=UTC),
    }
    return Dial(**(values | changes))


def test_a_create_call_carries_the_stored_pair(recorder: Recorder) -> None:
    line(recorder).dial(dialled())
    headers = recorder.last.headers
    assert headers["Repeatability-Request-ID"] == "6f9e3c5a-2f0b-4d0e-9a51-6f6c1f1f7a10"
    assert headers["Repeatability-First-Sent"] == "Tue, 17 Nov 2026 19:00:01 GMT"
    assert format_datetime(dialled().first_sent_at, usegmt=True) == "Tue, 17 Nov 2026 19:00:01 GMT"


def test_a_create_call_names_both_numbers_the_callback_and_the_ai_resource(
    recorder: Recorder,
) -> None:
    line(recorder).dial(dialled())
    body = recorder.last.body
    assert body["targets"][0]["phoneNumber"]["value"] == "+12125550142"
    assert body["sourceCallerIdNumber"]["value"] == "+15555550100"
    assert body["callbackUri"].startswith("https://ringwell.example/callbacks/")
    intelligence = body["callIntelligenceOptions"]
    assert intelligence["cognitiveServicesEndpoint"] == "https://speech.example.invalid/"


def test_a_question_carries_labels_phrases_and_keys(recorder: Recorder) -> None:
    line(recorder).ask("call-1", "+12125550142", ask())
    options = recorder.last.body["recognizeOptions"]
    assert [(c["label"], c["tone"]) for c in options["choices"]] == [
        ("Confirm", "one"),
        ("Cancel", "two"),
        ("Repeat", "asterisk"),
        ("Stop", "nine"),
    ]
    assert options["targetParticipant"]["phoneNumber"]["value"] == "+12125550142"
    assert options["interruptPrompt"] is True
    assert options["initialSilenceTimeoutInSeconds"] == 10
    assert recorder.last.body["operationContext"] == "menu.2"
    assert recorder.last.body["recognizeInputType"] == "choices"


def test_a_question_listens_for_all_candidate_languages_and_sentiment(recorder: Recorder) -> None:
    line(recorder).ask("call-1", "+12125550142", ask())
    options = recorder.last.body["recognizeOptions"]
    assert options["speechLanguages"] == ["es-US", "en-US"]
    assert options["enableSentimentAnalysis"] is True


def test_one_language_needs_no_list(recorder: Recorder) -> None:
    line(recorder).ask("call-1", "+12125550142", ask(languages=("en-US",)))
    options = recorder.last.body["recognizeOptions"]
    assert options["speechLanguage"] == "en-US"
    assert "speechLanguages" not in options


def test_sentiment_can_be_left_out(recorder: Recorder) -> None:
    line(recorder).ask("call-1", "+12125550142", ask(sentiment=False))
    assert "enableSentimentAnalysis" not in recorder.last.body["recognizeOptions"]


def test_a_prompt_names_its_voice_and_its_locale(recorder: Recorder) -> None:
    line(recorder).say("call-1", "+12125550142", Say(context="closing.3", prompts=(PROMPT,)))
    (source,) = recorder.last.body["playSources"]
    assert source["text"]["voiceName"] == "en-US-JennyNeural"
    assert recorder.last.body["operationContext"] == "closing.3"


@pytest.mark.parametrize(("setting", "sent"), [("", "2025-08-15-preview"), ("2026-03-12",) * 2])
def test_the_api_version_is_the_sdks_own_unless_set(
    recorder: Recorder, setting: str, sent: str
) -> None:
    line(recorder, api_version=setting).dial(dialled())
    assert f"api-version={sent}" in recorder.last.target


def test_the_signed_host_has_no_trailing_slash(recorder: Recorder) -> None:
    line(recorder).dial(dialled())
    assert recorder.last.target.startswith("/calling/callConnections?")


@pytest.mark.parametrize("status", [400, 401, 403, 409])
def test_a_refusal_is_permanent_and_nothing_happened(recorder: Recorder, status: int) -> None:
    recorder.answer(status)
    with pytest.raises(GatewayError) as failed:
        line(recorder).dial(dialled())
    assert failed.value.permanent
    assert not failed.value.may_have_happened
    assert recorder.count == 1


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_server_error_may_have_happened_and_the_sdk_does_not_retry(
    recorder: Recorder, status: int
) -> None:
    recorder.answer(status, {"Retry-After": "1"})
    with pytest.raises(GatewayError) as failed:
        line(recorder).dial(dialled())
    assert not failed.value.permanent
    assert failed.value.may_have_happened
    assert failed.value.retry_after == 1
    assert recorder.count == 1


def test_a_throttled_call_did_not_happen(recorder: Recorder) -> None:
    recorder.answer(429, {"Retry-After": "7"})
    with pytest.raises(GatewayError) as failed:
        line(recorder).dial(dialled())
    assert (failed.value.permanent, failed.value.may_have_happened) == (False, False)
    assert failed.value.retry_after == 7


@pytest.mark.parametrize("answer", ["empty", "html", "200", "drop"])
def test_an_answer_that_cannot_be_read_may_have_happened(recorder: Recorder, answer: str) -> None:
    recorder.misbehave(answer)
    with pytest.raises(GatewayError) as failed:
        line(recorder).dial(dialled())
    assert failed.value.may_have_happened


def test_nobody_at_the_address_means_nothing_happened() -> None:
    gone = AcsGateway("endpoint=http://127.0.0.1:9;accesskey=a2V5", api_version="", cognitive="")
    with pytest.raises(GatewayError) as failed:
        gone.dial(dialled())
    assert (failed.value.permanent, failed.value.may_have_happened) == (False, False)


def test_hanging_up_a_call_that_is_over_is_fine(recorder: Recorder) -> None:
    recorder.answer(404)
    line(recorder).hang_up("call-1")


def test_looking_for_a_call_that_is_over_finds_none(recorder: Recorder) -> None:
    recorder.answer(404)
    assert line(recorder).look("call-1") is None


@pytest.mark.parametrize(
    ("text", "endpoint"),
    [
        ("endpoint=https://a.example/;accesskey=a2V5", "https://a.example"),
        ("endpoint=http://127.0.0.1:8/;accesskey=a2V5", "http://127.0.0.1:8"),
        ("AccessKey=a2V5;Endpoint=https://a.example", "https://a.example"),
    ],
)
def test_a_connection_string_keeps_its_scheme_and_loses_its_slash(text: str, endpoint: str) -> None:
    assert endpoint_and_key(text) == (endpoint, "a2V5")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "endpoint=https://a.example",
        "accesskey=a2V5",
        "nonsense",
        "endpoint=https://a.example;accesskey=not base64",
    ],
)
def test_half_a_connection_string_names_what_is_missing(text: str) -> None:
    with pytest.raises(ValueError, match=r"endpoint|accesskey"):
        endpoint_and_key(text)
