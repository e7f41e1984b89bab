"""Callbacks that go wrong on purpose, as their receiver sees them."""

import time
from pathlib import Path

import jwt
import pytest
import requests

import simulator as package
from simulator.faults import Kind
from simulator.testing import running

NUMBER = "+12125550110"  # somebody who answers and stays silent
OTHER = "+12125550210"


def hung_up(telephone, simulator, number=NUMBER):
    """A whole short call: three events."""
    conversation = telephone.connect(number)
    conversation.hang_up()
    assert simulator.wait_idle(10)
    return simulator.call(conversation.id)["events"]


def ended(telephone, simulator, number="+12125550130"):
    """A call to a busy line: one event."""
    call = telephone.dial(number)
    assert simulator.wait_idle(10)
    return simulator.call(call.call_connection_id)["events"]


def test_it_delivers_copies_under_one_event_id(telephone, receiver, simulator):
    simulator.fault("duplicate", "event:CallDisconnected", count=3)
    hung_up(telephone, simulator)
    found = [event for event in receiver.events if event["type"].endswith("CallDisconnected")]
    assert len(found) == 4
    assert all(event == found[0] for event in found)


def test_it_delivers_a_copy_later_when_told_so(telephone, receiver, simulator):
    simulator.fault("duplicate", "event:CallConnected", seconds=5)
    hung_up(telephone, simulator)
    assert sorted(receiver.names()) == [
        "CallConnected",
        "CallConnected",
        "CallDisconnected",
        "ParticipantsUpdated",
    ]
    assert receiver.names()[-1] == "CallConnected"


def test_it_lets_the_next_event_overtake_one(telephone, receiver, simulator):
    first = hung_up(telephone, simulator)[0]["type"]
    receiver.received.clear()
    simulator.fault("reorder", f"event:{first}")
    hung_up(telephone, simulator)
    assert receiver.names()[1] == first


def test_it_lets_several_events_overtake_one(telephone, receiver, simulator):
    simulator.fault("reorder", "event:CallConnected", count=2)
    call = telephone.dial(NUMBER)
    receiver.wait_for("ParticipantsUpdated")
    telephone.client.get_call_connection(call.call_connection_id).hang_up(True)
    assert simulator.wait_idle(10)
    assert receiver.names() == ["ParticipantsUpdated", "CallDisconnected", "CallConnected"]


def test_it_lets_an_event_go_in_the_end_though_nothing_follows(telephone, receiver, simulator):
    simulator.fault("reorder", "event:CreateCallFailed", count=5)
    simulator.fault("batch", "event:CallDisconnected", count=5)
    assert ended(telephone, simulator)[0]["delivery"]["state"] == "delivered"
    hung_up(telephone, simulator)
    assert "CallDisconnected" in receiver.names()


def test_it_delivers_an_event_after_the_end_of_its_call(telephone, receiver, simulator):
    simulator.fault("delay", "event:CallConnected", seconds=60)
    call = telephone.dial(NUMBER)
    receiver.wait_for("ParticipantsUpdated")
    telephone.client.get_call_connection(call.call_connection_id).hang_up(True)
    assert simulator.wait_idle(10)
    assert receiver.names() == ["ParticipantsUpdated", "CallDisconnected", "CallConnected"]


def test_it_delivers_several_events_in_one_post(telephone, receiver, simulator):
    simulator.fault("batch", "*", count=2)
    telephone.dial(NUMBER)
    receiver.wait_for("CallConnected")
    telephone.client.get_call_connection(receiver.call_id()).hang_up(True)
    assert simulator.wait_idle(10)
    sizes = [len(events) for _, _, events in receiver.received]
    assert sizes == [2, 1] or sizes == [3]
    assert {e["delivery"]["state"] for e in simulator.call(receiver.call_id())["events"]} == {
        "delivered"
    }


def test_it_batches_no_events_for_two_addresses(telephone, receiver, simulator):
    conversation = telephone.connect(NUMBER)
    receiver.wait_for("ParticipantsUpdated")
    simulator.fault("batch", "event:PlayStarted", count=1)
    conversation.play("Elsewhere.", operation_callback_url=receiver.url + "/other")
    conversation.hang_up()
    assert simulator.wait_idle(10)
    for path, _, events in receiver.received:
        assert {("Play" in event["type"]) for event in events} == {path.endswith("/other")}


def test_it_never_delivers_an_event_that_it_drops(telephone, receiver, simulator):
    simulator.set_redelivery(True)
    simulator.fault("drop_event", "event:CallConnected")
    telephone.dial(NUMBER)
    receiver.wait_for("ParticipantsUpdated")
    events = simulator.call(receiver.call_id())["events"]
    states = {event["type"]: event["delivery"] for event in events}
    assert states["CallConnected"] == {
        "state": "dropped",
        "attempts": 0,
        "status": None,
        "error": None,
    }
    assert "CallConnected" not in receiver.names()


def test_it_delivers_the_connection_before_the_answer_to_create(telephone, receiver, simulator):
    simulator.fault("before_answer")
    call = telephone.dial(NUMBER)
    assert set(receiver.names()) >= {"CallConnected", "ParticipantsUpdated"}
    assert call.call_connection_id == receiver.call_id()
    assert call.call_connection_state == "connecting" or call.call_connection_state == "connected"


@pytest.mark.parametrize("digits", ["30", "31", "32"])
def test_it_delivers_a_failure_before_the_answer_to_create(telephone, receiver, simulator, digits):
    simulator.fault("before_answer", "create", times=1)
    telephone.dial("+121255501" + digits)
    assert "CreateCallFailed" in receiver.names()


def test_it_answers_create_although_nobody_takes_the_events(telephone, simulator):
    simulator.fault("before_answer")
    telephone.dial(NUMBER, callback_url="http://127.0.0.1:1/callback")
    assert len(simulator.calls()) == 1


def test_it_loses_a_garbled_event_without_redelivery(telephone, receiver, simulator):
    simulator.fault("corrupt", "event:CreateCallFailed")
    [event] = ended(telephone, simulator)
    assert event["delivery"]["state"] == "failed"
    assert receiver.events == []
    assert len(receiver.garbled) == 1


def test_it_delivers_a_garbled_event_properly_with_redelivery(telephone, receiver, simulator):
    simulator.set_redelivery(True)
    simulator.fault("corrupt", "event:CreateCallFailed")
    [event] = ended(telephone, simulator)
    assert (event["delivery"]["state"], event["delivery"]["attempts"]) == ("delivered", 2)
    assert len(receiver.garbled) == 1
    assert receiver.names() == ["CreateCallFailed"]


def test_it_fails_events_of_one_number_only(telephone, receiver, simulator):
    simulator.fault("drop_event", number=NUMBER)
    telephone.dial(NUMBER)
    telephone.dial(OTHER)
    receiver.wait_for("CallConnected")
    numbers = {call["id"]: call["dialled"] for call in simulator.calls()}
    assert {numbers[event["data"]["callConnectionId"]] for event in receiver.events} == {OTHER}


def test_it_joins_faults_of_several_kinds(telephone, receiver, simulator):
    simulator.set_redelivery(True)
    simulator.fault("corrupt", "event:CreateCallFailed")
    simulator.fault("delay", "event:CreateCallFailed", seconds=5)
    simulator.fault("duplicate", "event:CreateCallFailed")
    [event] = ended(telephone, simulator)
    assert event["delivery"]["state"] == "delivered"
    assert len(receiver.garbled) == 1


def token_of(receiver):
    """The token of the last callback, and the key set that there is now."""
    _, headers, _ = receiver.received[-1]
    return headers.get("Authorization", "").removeprefix("Bearer ")


def decode(token, simulator):
    keys = requests.get(simulator.url + "/calling/keys", timeout=10).json()["keys"]
    kid = jwt.get_unverified_header(token)["kid"]
    [key] = [jwt.PyJWK(key) for key in keys if key["kid"] == kid]
    return jwt.decode(
        token,
        key,
        algorithms=["RS256"],
        audience=simulator.resource_id,
        issuer=simulator.issuer,
        options={"require": ["exp", "iat", "aud", "iss"]},
    )


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ("expired", jwt.ExpiredSignatureError),
        ("foreign", jwt.InvalidSignatureError),
        ("audience", jwt.InvalidAudienceError),
        ("issuer", jwt.InvalidIssuerError),
        ("malformed", jwt.DecodeError),
        ("missing", jwt.DecodeError),
    ],
)
def test_it_sends_an_event_with_a_token_to_be_refused(
    telephone, receiver, simulator, wrong, reason
):
    simulator.fault("bad_token", "event:CreateCallFailed", token=wrong)
    ended(telephone, simulator)
    with pytest.raises(reason):
        decode(token_of(receiver), simulator)


def test_it_sends_an_event_again_with_a_good_token(telephone, receiver, simulator):
    simulator.set_redelivery(True)
    simulator.fault("bad_token", "event:CreateCallFailed")
    receiver.answer_with(401)
    ended(telephone, simulator)
    assert len(receiver.events) == 2
    assert decode(token_of(receiver), simulator)["exp"] > time.time()


@pytest.mark.parametrize("keep_old", [True, False])
def test_it_changes_its_keys_before_an_event(telephone, receiver, simulator, keep_old):
    before = jwt.get_unverified_header(simulator.sign())["kid"]
    simulator.fault("rotate_keys", "event:CreateCallFailed", keep_old=keep_old)
    ended(telephone, simulator)
    decode(token_of(receiver), simulator)
    keys = requests.get(simulator.url + "/calling/keys", timeout=10).json()["keys"]
    assert (before in {key["kid"] for key in keys}) is keep_old


def test_it_changes_its_keys_on_request(simulator):
    before = simulator.sign()
    address = simulator.url + "/control/keys/rotate"
    assert requests.post(address, json={"keep_old": False}, timeout=10).status_code == 200
    assert requests.post(address, json={"keep_old": 1}, timeout=10).status_code == 400
    with pytest.raises(ValueError, match="not enough values"):
        decode(before, simulator)
    decode(simulator.sign(), simulator)


@pytest.mark.parametrize("path", ["/calling/keys", "/calling/.well-known/acsopenidconfiguration"])
def test_it_keeps_its_keys_to_itself_while_they_are_down(simulator, path):
    simulator.fault("keys_down", times=1)
    assert requests.get(simulator.url + path, timeout=10).status_code == 503
    assert requests.get(simulator.url + path, timeout=10).status_code == 200


def test_it_lets_a_client_wait_for_keys_and_hangs_up(simulator):
    simulator.fault("keys_down", seconds=0.01)
    with pytest.raises(requests.ConnectionError):
        requests.get(simulator.url + "/calling/keys", timeout=10)
    simulator.clear_faults()
    simulator.fault("keys_down", seconds=1)
    with pytest.raises(requests.ReadTimeout):
        requests.get(simulator.url + "/calling/keys", timeout=0.1)


def test_it_delivers_while_its_keys_are_down(telephone, receiver, simulator):
    simulator.fault("keys_down")
    ended(telephone, simulator)
    assert receiver.names() == ["CreateCallFailed"]


def states_of(seed):
    """What becomes of a half of all failures, by number."""
    with running(speed=500, seed=seed, max_concurrent=100) as simulator:
        simulator.fault("drop_event", "event:CreateCallFailed", probability=0.5)
        outcome = {}
        for n in range(100, 140):
            number = f"+1212555{n:04}"
            handling = simulator._exchange._outbox(number)._handling_of("CreateCallFailed")
            outcome[number] = handling.dropped
        return outcome


def test_it_strikes_the_same_events_for_one_seed():
    assert states_of("a") == states_of("a")
    assert states_of("a") != states_of("b")
    assert 0 < sum(states_of("a").values()) < 40


def test_it_documents_every_kind_of_fault():
    readme = (Path(package.__file__).parent / "README.md").read_text()
    assert all(f"| `{kind}` |" in readme for kind in Kind if kind is not Kind.KEYS_DOWN)
    assert "`keys_down`" in readme
