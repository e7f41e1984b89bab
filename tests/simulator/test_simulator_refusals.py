"""What the wire refuses, as the SDK sees it."""

import base64
import hashlib
import uuid
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import requests
from azure.communication.callautomation import SsmlSource, TextSource
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError

from simulator.auth import SIGNED_HEADERS, signature
from simulator.wire import read_callback_uri

SILENT = "+12125550110"
NOBODY = "+12125550131"  # rings until it is given up


def refusal_of(action, *args, **options):
    with pytest.raises(HttpResponseError) as refusal:
        action(*args, **options)
    return refusal.value.status_code, refusal.value.error.code, refusal.value.error.message


def post(simulator, path, *, body=b"{}", query="?api-version=2025-08-15-preview", **overrides):
    """A request signed by hand; overrides change single parts of it."""
    host = simulator.url.removeprefix("http://")
    key = simulator.connection_string.partition("accesskey=")[2]
    moment = datetime.now(UTC) + overrides.get("skew", timedelta(0))
    date = format_datetime(moment, usegmt=True)
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    text = f"POST\n{overrides.get('signed_path') or path}{query}\n{date};{host};{digest}"
    headers = {
        "x-ms-date": date,
        "x-ms-content-sha256": digest,
        "Authorization": (
            f"HMAC-SHA256 SignedHeaders={SIGNED_HEADERS}&Signature={signature(key, text)}"
        ),
    }
    headers |= overrides.get("headers", {})
    return requests.post(
        simulator.url + path + query, data=overrides.get("sent", body), headers=headers, timeout=10
    )


def test_it_refuses_another_key(telephone, simulator):
    client = telephone.client_with(key=base64.b64encode(b"another key").decode())
    with pytest.raises(ClientAuthenticationError) as refusal:
        telephone.dial(SILENT, client)
    assert refusal.value.error.code == "401"
    assert simulator.calls() == []


@pytest.mark.parametrize(
    "overrides",
    [
        {"skew": timedelta(minutes=-6)},
        {"skew": timedelta(minutes=6)},
        {"sent": b'{"changed": 1}'},
        {"signed_path": "/calling/callConnections/a b:terminate"},
        {"headers": {"Authorization": "Bearer x"}},
        {"headers": {"Authorization": ""}},
        {"headers": {"x-ms-date": "yesterday"}},
        {"headers": {"x-ms-content-sha256": "é"}},
        {"headers": {"Host": "elsewhere.invalid"}},
    ],
    ids=str,
)
def test_it_refuses_a_signature_that_does_not_hold(simulator, overrides):
    answer = post(simulator, "/calling/callConnections/a%20b:terminate", **overrides)
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "401"


def test_it_verifies_the_path_as_it_was_encoded(telephone):
    # The SDK signs a%40b, which a server that looks at the decoded path takes for a@b.
    connection = telephone.client.get_call_connection("a@b")
    assert refusal_of(connection.hang_up, True)[:2] == (404, "8522")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b"[" * 100_000], ids=repr)
def test_it_refuses_a_body_that_is_no_object(simulator, body):
    answer = post(simulator, "/calling/callConnections", body=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "8523")


def test_it_asks_for_an_api_version(simulator):
    answer = post(simulator, "/calling/callConnections", query="")
    assert answer.status_code == 400
    assert "api-version" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "path",
    [
        "/calling/recordings",
        "/calling/callConnections/x:startRecording",
        "/calling/callConnections/x/participants:add",
        "/calling/callConnections:answer",
        "/calling",
    ],
)
def test_it_says_what_it_does_not_offer(simulator, path):
    answer = post(simulator, path)
    assert (answer.status_code, answer.json()["error"]["code"]) == (501, "501")
    assert path in answer.json()["error"]["message"]


def test_it_says_so_to_the_sdk_too(telephone):
    conversation = telephone.connect(SILENT)
    status, _, message = refusal_of(
        conversation.connection.send_dtmf_tones, ["one"], conversation.target
    )
    assert status == 501
    assert "sendDtmfTones" in message


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"callback_url": "http://clinic.invalid/callback"}, "The field CallbackUri is invalid"),
        ({"callback_url": "ftp://127.0.0.1/callback"}, "The field CallbackUri is invalid"),
        ({"callback_url": "/callback"}, "The field CallbackUri is invalid"),
        ({"callback_url": "http://[::/callback"}, "The field CallbackUri is invalid"),
        ({"caller_id": None}, "SourceCallerIdNumber"),
        ({"caller_id": "+15555550199"}, "SourceCallerIdNumber"),
    ],
)
def test_it_refuses_a_create_call_that_azure_would_refuse(telephone, simulator, options, words):
    status, code, message = refusal_of(telephone.dial, SILENT, **options)
    assert (status, code) == (400, "8523")
    assert words in message
    assert simulator.calls() == []


@pytest.mark.parametrize("number", ["abc", "12125550110", "+0125550110", "+1212"])
def test_it_refuses_a_target_that_is_no_number(telephone, number):
    assert refusal_of(telephone.dial, number)[:2] == (400, "8523")


@pytest.mark.parametrize(
    "uri",
    [
        "https://clinic.invalid/callback",
        "http://127.0.0.1:9/callback",
        "http://localhost:9/callback",
        "http://[::1]:9/callback",
    ],
)
def test_it_takes_https_anywhere_and_http_on_loopback(uri):
    assert read_callback_uri(uri, "CallbackUri") == uri


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"initial_silence_timeout": 21}, "InitialSilence"),
        ({"speech_language": ["en-US", "es-ES", "fr-FR", "de-DE", "pt-BR"]}, "At most 4"),
        ({"speech_language": "['en-US', 'es-ES']"}, "not a locale"),
        ({"speech_language": ["en-US", "spanish"]}, "not a locale"),
        ({"play_prompt": TextSource(text="a" * 4001, voice_name="v")}, "4000"),
        ({"operation_callback_url": "http://clinic.invalid/"}, "OperationCallbackUri"),
    ],
)
def test_it_refuses_a_recognition_that_azure_would_refuse(telephone, options, words):
    conversation = telephone.connect(SILENT)
    status, code, message = refusal_of(conversation.ask_right_party, **options)
    assert (status, code) == (400, "8523")
    assert words in message


def test_it_refuses_choices_without_choices_and_with_unknown_tones(telephone):
    conversation = telephone.connect(SILENT)
    assert refusal_of(conversation.ask, [])[:2] == (400, "8523")
    assert refusal_of(conversation.ask, [("Yes", ["yes"], "eleven")])[:2] == (400, "8523")
    assert refusal_of(conversation.ask, [("Yes", [], "one")])[:2] == (400, "8523")


def test_it_takes_long_ssml_where_text_would_be_too_long(telephone, receiver):
    conversation = telephone.connect(SILENT)
    ssml = "<speak>" + "<break time='1s'/>" * 400 + "word</speak>"
    conversation.connection.play_media(SsmlSource(ssml_text=ssml))
    receiver.wait_for("PlayCompleted")


def test_it_refuses_to_ask_somebody_who_is_not_on_the_call(telephone):
    conversation = telephone.connect(SILENT)
    conversation.target.properties["value"] = "+12125550111"
    assert refusal_of(conversation.ask_right_party)[:2] == (400, "8523")


def test_it_refuses_media_before_somebody_has_answered(unhurried):
    call = unhurried.dial(NOBODY)
    connection = unhurried.client.get_call_connection(call.call_connection_id)
    assert refusal_of(connection.cancel_all_media_operations)[:2] == (400, "8501")
    play = TextSource(text="Hello", voice_name="v")
    assert refusal_of(connection.play_media, play)[:2] == (400, "8501")
    ringing = unhurried.conversation(call, NOBODY)
    assert refusal_of(ringing.ask_right_party)[:2] == (400, "8501")
    assert connection.get_call_properties().call_connection_state == "connecting"


def test_it_knows_no_call_that_is_over(telephone):
    conversation = telephone.connect(SILENT)
    conversation.hang_up()
    assert refusal_of(conversation.play, "Hello?")[:2] == (404, "8522")
    assert refusal_of(conversation.ask_right_party)[:2] == (404, "8522")
    assert refusal_of(conversation.hang_up)[:2] == (404, "8522")
    connection = conversation.connection
    assert refusal_of(connection.get_call_properties)[:2] == (404, "8522")
    assert refusal_of(connection.cancel_all_media_operations)[:2] == (404, "8522")
    assert refusal_of(connection.hang_up, False)[:2] == (404, "8522")


def test_it_knows_no_call_that_was_never_answered(telephone, simulator):
    call = telephone.dial("+12125550130")
    assert simulator.wait_idle(10)
    connection = telephone.client.get_call_connection(call.call_connection_id)
    assert refusal_of(connection.hang_up, True)[:2] == (404, "8522")


def test_it_speaks_only_where_the_call_has_an_ai_resource(telephone):
    conversation = telephone.connect(SILENT, cognitive_services_endpoint=None)
    assert refusal_of(conversation.play, "Hello")[:2] == (400, "8567")
    assert refusal_of(conversation.ask_right_party)[:2] == (400, "8567")


def repeatability(request_id):
    return {
        "Repeatability-Request-ID": str(request_id),
        "Repeatability-First-Sent": "Sat, 21 Nov 2026 10:00:00 GMT",
    }


def test_it_rings_once_for_one_repeatability_id(telephone, simulator):
    request_id = uuid.uuid4()
    first = telephone.dial(NOBODY, headers=repeatability(request_id))
    again = telephone.dial(NOBODY, headers=repeatability(request_id))
    other = telephone.dial(NOBODY, headers=repeatability(uuid.uuid4()))
    assert first.call_connection_id == again.call_connection_id
    assert first.call_connection_id != other.call_connection_id
    rings = [call["repeatability_id"] for call in simulator.calls()]
    assert len(rings) == 2
    assert rings[0] == str(request_id)


def test_it_refuses_one_repeatability_id_for_two_requests(telephone):
    headers = repeatability(uuid.uuid4())
    telephone.dial(NOBODY, headers=dict(headers))
    assert refusal_of(telephone.dial, SILENT, headers=dict(headers))[:2] == (400, "8523")


@pytest.mark.parametrize(
    "headers",
    [
        repeatability("not-a-uuid"),
        repeatability(uuid.uuid1()),
        repeatability(uuid.uuid4()) | {"Repeatability-First-Sent": "now"},
        {"Repeatability-Request-ID": str(uuid.uuid4())},
        {"Repeatability-First-Sent": "Sat, 21 Nov 2026 10:00:00 GMT"},
    ],
    ids=["no uuid", "version 1", "no date", "id alone", "date alone"],
)
def test_it_refuses_half_a_repeatability_pair(simulator, headers):
    answer = post(simulator, "/calling/callConnections", headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "8523")
    assert "Repeatability" in answer.json()["error"]["message"]
