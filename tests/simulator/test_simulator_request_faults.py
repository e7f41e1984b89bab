"""Requests that go wrong on purpose, as the SDK sees them."""

import uuid

import pytest
import requests
from azure.core.exceptions import HttpResponseError, ServiceResponseError

from simulator.testing import running

NUMBER = "+12125550110"  # somebody who answers and stays silent
OTHER = "+12125550210"
HEADERS = {"Repeatability-First-Sent": "Sat, 21 Nov 2026 10:00:00 GMT"}


def repeatable():
    return HEADERS | {"Repeatability-Request-ID": str(uuid.uuid4())}


def failure_of(action, *args, **options):
    with pytest.raises(HttpResponseError) as failure:
        action(*args, **options)
    return failure.value


@pytest.mark.parametrize("status", [400, 403, 429, 500, 503])
def test_it_answers_with_a_status_before_anything_is_done(telephone, simulator, status):
    simulator.fault("status", "create", status=status)
    failure = failure_of(telephone.dial, NUMBER)
    assert failure.status_code == status
    assert failure.error.code == str(status)
    assert "Retry-After" not in failure.response.headers
    assert simulator.calls() == []


def test_it_says_when_to_try_again(telephone, simulator):
    simulator.fault("status", "create", status=429, retry_after=7)
    failure = failure_of(telephone.dial, NUMBER)
    assert (failure.status_code, failure.response.headers["Retry-After"]) == (429, "7")


def test_it_lets_the_sdks_own_retry_through_once_a_fault_is_spent(telephone, simulator):
    simulator.fault("status", "create", status=429, retry_after=0, times=2)
    client = telephone.client_with(retry_total=3)
    assert telephone.dial(NUMBER, client).call_connection_id == simulator.calls()[0]["id"]
    [fault] = simulator.faults()
    assert (fault["hits"], fault["times"]) == (2, 2)


def test_it_rings_although_the_answer_is_lost(telephone, receiver, simulator):
    simulator.fault("lost_answer", "create", times=1)
    headers = repeatable()
    with pytest.raises(ServiceResponseError):
        telephone.dial(NUMBER, headers=dict(headers))
    receiver.wait_for("CallConnected")
    [ring] = simulator.calls()
    again = telephone.dial(NUMBER, headers=dict(headers))
    assert again.call_connection_id == ring["id"]
    assert len(simulator.calls()) == 1


@pytest.mark.parametrize("status", [500, 503])
def test_it_rings_although_it_answers_with_an_error(telephone, receiver, simulator, status):
    simulator.fault("status_after", "create", status=status)
    assert failure_of(telephone.dial, NUMBER).status_code == status
    receiver.wait_for("CallConnected")


def test_it_drops_the_connection_before_doing_anything(telephone, simulator):
    simulator.fault("drop", "create")
    with pytest.raises(ServiceResponseError):
        telephone.dial(NUMBER)
    assert simulator.calls() == []


def test_it_rings_while_the_client_has_given_up_waiting(telephone, receiver, simulator):
    simulator.fault("slow", "create", seconds=1)
    with pytest.raises(ServiceResponseError):
        telephone.dial(NUMBER, read_timeout=0.1)
    receiver.wait_for("CallConnected")


def test_it_answers_without_a_body_when_told_to(telephone, simulator):
    simulator.fault("empty_201", "create")
    with pytest.raises(AttributeError):
        telephone.dial(NUMBER)
    assert len(simulator.calls()) == 1


@pytest.mark.parametrize(
    ("operation", "act"),
    [
        ("play", lambda conversation: conversation.play("Hello")),
        ("recognize", lambda conversation: conversation.ask_right_party()),
        ("cancel", lambda conversation: conversation.connection.cancel_all_media_operations()),
        ("get", lambda conversation: conversation.connection.get_call_properties()),
        ("terminate", lambda conversation: conversation.connection.hang_up(True)),
        ("terminate", lambda conversation: conversation.connection.hang_up(False)),
        ("*", lambda conversation: conversation.hang_up()),
    ],
)
def test_it_fails_each_operation_by_its_name(telephone, simulator, operation, act):
    conversation = telephone.connect(NUMBER)
    simulator.fault("status", operation, status=503, times=1)
    assert failure_of(act, conversation).status_code == 503
    act(conversation)


def test_it_performs_an_action_whose_answer_is_lost(telephone, receiver, simulator):
    conversation = telephone.connect(NUMBER)
    simulator.fault("lost_answer", "play")
    with pytest.raises(ServiceResponseError):
        conversation.play("Nobody told you that this is played.")
    receiver.wait_for("PlayCompleted")


def test_it_fails_for_one_number_only(telephone, simulator):
    simulator.fault("status", "create", number=NUMBER)
    failure_of(telephone.dial, NUMBER)
    telephone.dial(OTHER)
    assert [call["dialled"] for call in simulator.calls()] == [OTHER]


def which_fail(seed, numbers):
    """The numbers that a fault of one half strikes, on a simulator of that seed."""
    failed = []
    with running(speed=500, seed=seed, max_concurrent=100) as simulator:
        simulator.fault("status", "get", probability=0.5)
        exchange = simulator._exchange
        for number in numbers:
            kinds = {fault.kind for fault in exchange.faults}
            if list(exchange.faults.strike(kinds, "get", number)):
                failed.append(number)
    return failed


def test_it_strikes_the_same_numbers_for_one_seed_in_any_order():
    numbers = [f"+12125550{n}" for n in range(100, 200)]
    struck = which_fail("a", numbers)
    assert struck == sorted(which_fail("a", list(reversed(numbers))))
    assert struck != which_fail("b", numbers)
    assert 30 <= len(struck) <= 70


def test_it_lists_and_clears_faults_over_http(telephone, simulator):
    address = f"{simulator.url}/control/faults"
    body = {"kind": "status", "operation": "create", "status": 500}
    made = requests.post(address, json=body, timeout=10)
    assert made.status_code == 201
    requests.post(address, json={"kind": "drop"}, timeout=10)
    listed = requests.get(address, timeout=10).json()
    assert [(fault["id"], fault["kind"]) for fault in listed] == [(1, "status"), (2, "drop")]
    assert requests.delete(f"{address}/2", timeout=10).status_code == 200
    assert requests.delete(f"{address}/2", timeout=10).status_code == 404
    assert simulator.faults() == [made.json()]
    assert requests.delete(address, timeout=10).status_code == 200
    assert requests.get(address, timeout=10).json() == []
    telephone.dial(NUMBER)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"kind": "mischief"}',
        b'{"kind": "status", "status": 200}',
        b'{"kind": "status", "operation": "event:CallConnected"}',
        b'{"kind": "status", "operation": "answer"}',
        b'{"kind": "delay", "operation": "create"}',
        b'{"kind": "delay", "operation": "event:Nothing"}',
        b'{"kind": "drop", "probability": 2}',
        b'{"kind": "drop", "times": 0}',
        b'{"kind": "drop", "times": true}',
        b'{"kind": "drop", "colour": "red"}',
        b'{"kind": "bad_token", "token": "lovely"}',
    ],
    ids=repr,
)
def test_it_refuses_a_fault_that_there_is_not(simulator, body):
    answer = requests.post(f"{simulator.url}/control/faults", data=body, timeout=10)
    assert answer.status_code == 400
    assert simulator.faults() == []


def test_it_forgets_faults_on_reset(telephone, simulator):
    simulator.fault("drop")
    simulator.reset()
    assert simulator.faults() == []
    telephone.dial(NUMBER)


def test_it_clears_faults_and_goes_on(telephone, simulator):
    simulator.fault("drop")
    simulator.clear_faults()
    telephone.dial(NUMBER)
