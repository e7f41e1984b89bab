"""The control surface and the page, over HTTP as the demo and the drills use them."""

import pytest
import requests

NUMBER = "+12125550103"


def get(simulator, path):
    return requests.get(simulator.url + path, timeout=10)


def post(simulator, path, **options):
    return requests.post(simulator.url + path, timeout=10, **options)


@pytest.fixture
def cancelled(telephone, receiver, simulator):
    """A call in which the patient asked to cancel, and was hung up on."""
    conversation = telephone.connect(NUMBER, operation_context="attempt")
    conversation.ask_menu(operation_context="menu")
    receiver.wait_for("RecognizeCompleted")
    conversation.hang_up()
    assert simulator.wait_idle(10)
    return conversation


def test_it_keeps_a_ledger_of_rings_and_of_what_patients_said(cancelled, simulator, receiver):
    [ring] = get(simulator, "/control/calls").json()
    assert ring == simulator.calls()[0]
    assert ring["id"] == cancelled.id
    assert ring["dialled"] == NUMBER
    assert ring["caller_id"] == simulator.caller_id
    assert ring["persona"] == "cancel_with_read_back"
    assert ring["operation_context"] == "attempt"
    assert ring["callback_uri"] == receiver.url
    assert (ring["state"], ring["ending"]) == ("disconnected", "app_hung_up")
    assert ring["started_at"] < ring["connected_at"] < ring["ended_at"]
    [answer] = ring["answers"]
    assert "cancel" in answer["text"]
    assert (answer["context"], answer["heard_as"]) == ("menu", "Cancel")


def test_it_tells_one_call_with_transcript_and_deliveries(cancelled, simulator):
    call = get(simulator, f"/control/calls/{cancelled.id}").json()
    assert [line["who"] for line in call["transcript"]] == ["ringwell", "patient"]
    assert call["transcript"][0]["text"] == "A question?"
    assert call["events"][-1]["type"] == "CallDisconnected"
    assert {event["delivery"]["state"] for event in call["events"]} == {"delivered"}


def test_it_prints_a_conversation_for_people(cancelled, simulator):
    answer = get(simulator, f"/control/transcript/{cancelled.id}")
    assert answer.headers["Content-Type"].startswith("text/plain")
    head, question, reply = answer.text.splitlines()
    assert head == f"{NUMBER} (cancel_with_read_back): disconnected, app hung up"
    assert "ringwell: A question?" in question
    assert reply.endswith("-> Cancel")


@pytest.mark.parametrize("path", ["/control/calls/unknown", "/control/transcript/unknown"])
def test_it_does_not_know_other_calls(simulator, path):
    assert get(simulator, path).status_code == 404


def test_it_lists_the_personas(simulator):
    table = get(simulator, "/control/personas").json()
    assert table["default"] == "confirm_by_voice"
    assert {"name": "busy", "digits": ["30"], "summary": "The line is busy."} in table["personas"]


def test_it_lets_one_number_be_answered_by_another_persona(telephone, simulator):
    answer = post(simulator, f"/control/personas/{NUMBER}", json={"persona": "busy"})
    assert answer.json() == {"number": NUMBER, "persona": "busy"}
    telephone.dial(NUMBER)
    assert simulator.wait_idle(10)
    assert simulator.calls()[0]["ending"] == "busy"
    answer = post(simulator, f"/control/personas/{NUMBER}", json={"persona": None})
    assert answer.json()["persona"] == "cancel_with_read_back"


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"persona": 1}', b'{"persona": "nobody"}'])
def test_it_refuses_a_persona_that_there_is_not(simulator, body):
    answer = post(simulator, f"/control/personas/{NUMBER}", data=body)
    assert answer.status_code == 400


def test_it_forgets_everything_on_reset(unhurried, receiver):
    simulator = unhurried.simulator
    simulator.set_persona(NUMBER, "busy")
    unhurried.connect("+12125550110")
    assert not simulator.wait_idle(0)
    assert post(simulator, "/control/reset").status_code == 200
    assert simulator.wait_idle(0)
    assert simulator.calls() == []
    assert "CallDisconnected" not in receiver.names()
    unhurried.connect(NUMBER)
    assert simulator.calls()[0]["persona"] == "cancel_with_read_back"


def test_on_reset_it_forgets_what_speech_was_told_too(simulator):
    known = {"sha256": "0" * 64, "segments": [{"text": "Hello.", "language": "en-US"}]}
    assert post(simulator, "/control/speech/ledger", json=known).status_code == 201
    assert post(simulator, "/control/speech/faults", json={"kind": "silent"}).status_code == 201
    assert post(simulator, "/control/reset").status_code == 200
    assert get(simulator, "/control/speech/ledger").json() == []
    assert get(simulator, "/control/speech/faults").json() == []


def test_it_shows_recent_calls_on_a_page_of_its_own(cancelled, simulator):
    cancelled_page = get(simulator, "/")
    assert cancelled_page.headers["Content-Type"].startswith("text/html")
    assert NUMBER in cancelled_page.text
    assert "→ Cancel" in cancelled_page.text
    assert "src=" not in cancelled_page.text


def test_it_shows_who_said_what_and_what_came_of_it(cancelled, simulator):
    page = get(simulator, "/").text
    assert page.index('<li class="caller">') < page.index('<li class="patient">')
    assert "A question?" in page
    assert "cancel with read back" in page
    assert "cancel unfinished" in page
    assert "app hung up" in page
    assert "<script" not in page
    assert "@import" not in page
    assert "url(" not in page


def test_it_shows_the_latest_calls_only(telephone, simulator):
    for _ in range(52):
        telephone.dial("+12125550130")
        assert simulator.wait_idle(10)
    page = get(simulator, "/").text
    assert "Last 50 of 52 calls" in page
    assert page.count("<details>") == 50


def test_it_shows_a_call_that_goes_on_and_the_faults_set(unhurried):
    unhurried.simulator.fault("keys_down")
    unhurried.dial("+12125550131")
    page = get(unhurried.simulator, "/").text
    assert "connecting" in page
    assert "Faults set: 1" in page


def test_it_escapes_what_callers_say_on_the_page(telephone, receiver, simulator):
    conversation = telephone.connect(NUMBER)
    conversation.play("<script>alert(1)</script>")
    receiver.wait_for("PlayCompleted")
    page = get(simulator, "/").text
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_it_says_on_the_page_that_nobody_has_called(simulator):
    assert "Nobody has called yet" in get(simulator, "/").text
