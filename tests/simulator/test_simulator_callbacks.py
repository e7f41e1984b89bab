"""What a receiver of callbacks gets: one event per POST, signed, in order."""

import re
import time
from datetime import UTC, datetime, timedelta

import jwt
import pytest
import requests
from azure.core.messaging import CloudEvent

from simulator.delivery import Redelivery
from simulator.testing import running

NUMBER = "+12125550101"


def claims_of(token, simulator):
    """Check a token as a careful receiver does, starting from the OpenID address alone."""
    configuration = requests.get(simulator.openid_configuration, timeout=10).json()
    key = jwt.PyJWKClient(configuration["jwks_uri"]).get_signing_key_from_jwt(token)
    return jwt.decode(
        token,
        key,
        algorithms=["RS256"],
        audience=simulator.resource_id,
        issuer=configuration["issuer"],
        options={"require": ["exp", "iat", "aud", "iss"]},
    )


def test_it_posts_an_array_of_one_event_as_json(telephone, receiver):
    telephone.connect(NUMBER)
    receiver.wait_for("ParticipantsUpdated")
    for path, headers, events in receiver.received:
        assert path == "/callback"
        assert headers["Content-Type"] == "application/json; charset=utf-8"
        assert len(events) == 1


def test_it_signs_each_event_with_a_token_that_the_openid_keys_verify(
    telephone, receiver, simulator
):
    telephone.connect(NUMBER)
    receiver.wait_for("ParticipantsUpdated")
    for _, headers, _ in receiver.received:
        claims = claims_of(headers["Authorization"].removeprefix("Bearer "), simulator)
        assert claims["exp"] - claims["iat"] == 300
        assert claims["iss"] == simulator.issuer


def test_it_makes_tokens_that_a_receiver_must_refuse(simulator):
    now = int(time.time())
    assert claims_of(simulator.sign(), simulator)["aud"] == simulator.resource_id
    for token, reason in [
        (simulator.sign(key="foreign"), jwt.InvalidSignatureError),
        (simulator.sign({"exp": now - 60}), jwt.ExpiredSignatureError),
        (simulator.sign({"exp": None}), jwt.MissingRequiredClaimError),
        (simulator.sign({"aud": "another"}), jwt.InvalidAudienceError),
        (simulator.sign({"iss": "https://other.invalid"}), jwt.InvalidIssuerError),
    ]:
        with pytest.raises(reason):
            claims_of(token, simulator)


def test_it_publishes_the_key_before_a_rotation_as_long_as_asked():
    with running() as simulator:
        old = simulator.sign()
        simulator.rotate_keys()
        new = simulator.sign()
        assert jwt.get_unverified_header(old)["kid"] != jwt.get_unverified_header(new)["kid"]
        claims_of(old, simulator)
        claims_of(new, simulator)
        simulator.rotate_keys(keep_old=False)
        with pytest.raises(jwt.PyJWKClientError):
            claims_of(new, simulator)


def test_it_sends_events_that_the_sdk_reads(telephone, receiver):
    conversation = telephone.connect(NUMBER)
    conversation.ask_right_party()
    receiver.wait_for("RecognizeCompleted")
    place = f"calling/callConnections/{conversation.id}"
    for event in receiver.events:
        read = CloudEvent.from_dict(event)
        assert read.specversion == "1.0"
        assert (read.source, read.subject) == (place, place)
        assert event["data"]["publicEventType"] == event["type"]
        assert event["data"]["callConnectionId"] == conversation.id
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{5,7}\+00:00", event["time"]), (
            event["time"]
        )
    assert len({event["id"] for event in receiver.events}) == len(receiver.events)


def test_it_moves_the_times_of_events_and_nothing_else(receiver, telephone_to):
    with running(speed=200, clock_offset=3 * 86400) as simulator:
        telephone_to(simulator).connect(NUMBER)
        ahead = datetime.now(UTC) + timedelta(days=2)
        assert CloudEvent.from_dict(receiver.events[0]).time > ahead
        assert datetime.fromisoformat(simulator.calls()[0]["started_at"]) > ahead
        token = receiver.received[0][1]["Authorization"].removeprefix("Bearer ")
        claims_of(token, simulator)  # would be "not yet valid" on the moved clock


def test_it_lets_the_roster_overtake_the_connection_for_some_numbers(telephone, receiver):
    orders = set()
    for number in (f"+1212555{n:02}01" for n in range(20)):
        receiver.received.clear()
        telephone.connect(number).hang_up()
        receiver.wait_for("CallDisconnected")
        orders.add(tuple(receiver.names()[:2]))
    assert orders == {
        ("CallConnected", "ParticipantsUpdated"),
        ("ParticipantsUpdated", "CallConnected"),
    }


def test_it_delivers_once_whatever_the_answer_and_writes_it_down(telephone, receiver, simulator):
    receiver.answer_with(500, 204)
    conversation = telephone.connect(NUMBER)
    conversation.hang_up()
    assert simulator.wait_idle(10)
    assert len(receiver.events) == 3
    deliveries = [e["delivery"] for e in simulator.call(conversation.id)["events"]]
    assert [(d["state"], d["status"], d["attempts"]) for d in deliveries] == [
        ("failed", 500, 1),
        ("delivered", 204, 1),
        ("delivered", 200, 1),
    ]


def test_it_delivers_again_where_redelivery_is_on(receiver, telephone_to):
    with running(speed=200, redelivery=True) as simulator:
        receiver.answer_with(500, 503)
        conversation = telephone_to(simulator).connect(NUMBER)
        conversation.hang_up()
        assert simulator.wait_idle(10)
        ids = [event["id"] for event in receiver.events]
        assert (len(ids), len(set(ids))) == (5, 3)
        deliveries = [e["delivery"] for e in simulator.call(conversation.id)["events"]]
        assert {delivery["state"] for delivery in deliveries} == {"delivered"}
        assert sum(delivery["attempts"] for delivery in deliveries) == 5


def test_it_goes_on_with_a_call_whose_first_event_is_never_taken(receiver, telephone_to):
    with running(speed=200, redelivery=True, redelivery_for=0.5) as simulator:
        simulator.fault("corrupt", "event:ParticipantsUpdated", tries=1000)
        telephone_to(simulator).connect(NUMBER).hang_up()
        receiver.wait_for("CallDisconnected")
        assert simulator.wait_idle(10)
        assert set(receiver.names()) == {"CallConnected", "CallDisconnected"}
        states = [e["delivery"]["state"] for e in simulator.call(receiver.call_id())["events"]]
        assert sorted(states) == ["delivered", "delivered", "failed"]


def test_it_switches_redelivery_while_it_runs(receiver, telephone_to):
    with running(speed=200) as simulator:
        telephone = telephone_to(simulator)
        simulator.set_redelivery(True, seconds=5)
        receiver.answer_with(503)
        telephone.connect(NUMBER).hang_up()
        assert simulator.wait_idle(10)
        assert len(receiver.events) == 4
        address = simulator.url + "/control/redelivery"
        answer = requests.post(address, json={"on": False}, timeout=10)
        assert answer.json() == {"on": False, "seconds": 5}
        receiver.answer_with(503)
        telephone.dial("+12125550130")
        assert simulator.wait_idle(10)
        assert len(receiver.events) == 5


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"on": 1}', b'{"on": true, "seconds": 0}'])
def test_it_refuses_another_redelivery(simulator, body):
    answer = requests.post(simulator.url + "/control/redelivery", data=body, timeout=10)
    assert answer.status_code == 400


@pytest.mark.parametrize("speed", [1, 50, 5000])
def test_it_tries_again_for_as_long_as_was_asked_and_not_too_often(speed):
    pauses = list(Redelivery(on=True, seconds=300).pauses(speed))
    assert 300 <= sum(pauses) <= 330
    assert 20 <= len(pauses) <= 30
    assert max(pauses) == 15


def test_it_finds_a_receiver_again_that_was_away(receiver, telephone_to):
    with running(speed=200, redelivery=True, redelivery_for=30) as simulator:
        port = receiver.port
        receiver.close()
        call = telephone_to(simulator).dial(NUMBER)
        assert not simulator.wait_idle(0.5)
        back = type(receiver)(port)
        try:
            back.wait_for("CallConnected")
            back.wait_for("ParticipantsUpdated")
            events = simulator.call(call.call_connection_id)["events"]
            assert min(event["delivery"]["attempts"] for event in events) > 1
        finally:
            back.close()


def test_it_goes_on_when_nobody_listens(telephone, simulator):
    telephone.dial("+12125550130", callback_url="http://127.0.0.1:1/callback")
    assert simulator.wait_idle(10)
    [event] = simulator.call(simulator.calls()[0]["id"])["events"]
    assert event["delivery"]["state"] == "failed"
    assert event["delivery"]["status"] is None
    assert "127.0.0.1" in event["delivery"]["error"]
