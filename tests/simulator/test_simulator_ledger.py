"""The ledger that a drill holds against what the caller believes."""

import time
import uuid

import pytest
import requests
from azure.core.exceptions import HttpResponseError, ServiceResponseError

from simulator.testing import running

PREFIX = "+121255501"
SILENT = PREFIX + "10"
OVER = ("RecognizeCompleted", "RecognizeFailed", "RecognizeCanceled")


def talk(telephone, receiver, digits, *asks):
    """A call in which these questions are asked one after the other; its row of the ledger."""
    conversation = telephone.connect(PREFIX + digits)
    for n, ask in enumerate(asks, 1):
        getattr(conversation, f"ask_{ask}")(operation_context=f"{ask}.{n}")
        receiver.wait_for_any(OVER, n)
    if "CallDisconnected" not in receiver.names() and digits not in ("05", "12"):
        conversation.hang_up()
    assert telephone.simulator.wait_idle(10)
    return telephone.simulator.ledger()["rings"][-1]


def repeatable():
    return {
        "Repeatability-Request-ID": str(uuid.uuid4()),
        "Repeatability-First-Sent": "Sat, 21 Nov 2026 10:00:00 GMT",
    }


@pytest.mark.parametrize(
    ("digits", "asks", "final_act"),
    [
        ("01", ["right_party", "menu"], "confirmed"),
        ("02", ["right_party", "menu"], "confirmed"),
        ("20", ["right_party", "menu"], "confirmed"),
        ("03", ["right_party", "menu", "right_party"], "cancelled"),
        ("09", ["right_party", "menu", "right_party"], "cancelled"),
        ("21", ["right_party", "menu", "right_party"], "cancelled"),
        ("03", ["right_party", "menu"], "cancel_unfinished"),
        ("05", ["right_party", "menu", "right_party"], "cancel_unfinished"),
        ("04", ["right_party", "menu", "right_party"], "none"),
        ("04", ["right_party", "menu", "right_party", "menu"], "confirmed"),
        ("40", ["right_party"], "stop"),
        ("41", ["right_party"], "stop"),
        ("13", ["right_party"], "wrong_person"),
        ("01", ["right_party"], "none"),
        ("10", ["right_party"], "none"),
        ("11", ["right_party", "menu"], "none"),
        ("12", ["right_party"], "none"),
        ("50", ["menu"], "none"),
    ],
)
def test_it_knows_what_a_patient_told_the_caller(telephone, receiver, digits, asks, final_act):
    assert talk(telephone, receiver, digits, *asks)["final_act"] == final_act


def test_it_tells_each_act_with_its_question_and_its_event(telephone, receiver):
    row = talk(telephone, receiver, "09", "right_party", "menu", "right_party")
    told = [(a["step"], a["label"], a["by"], a["words"], a["context"]) for a in row["said"]]
    assert told == [
        ("right_party", "Yes", "key", "1", "right_party.1"),
        ("menu", "Cancel", "key", "2", "menu.2"),
        ("read_back", "Yes", "key", "1", "right_party.3"),
    ]
    assert {act["event"] for act in row["said"]} == {"delivered"}
    sent = [e["id"] for e in receiver.events if e["type"].endswith("RecognizeCompleted")]
    assert [act["event_id"] for act in row["said"]] == sent


def test_it_tells_a_ring_with_its_times(telephone, receiver, simulator):
    before = time.time()
    row = talk(telephone, receiver, "01")
    assert (row["dialled"], row["caller_id"]) == (PREFIX + "01", simulator.caller_id)
    assert (row["persona"], row["ending"]) == ("confirm_by_voice", "app_hung_up")
    assert before <= row["rang_at"] <= time.time()
    assert row["started_at"] < row["connected_at"] < row["ended_at"]


def test_it_tells_real_time_whatever_the_clock_offset(receiver, telephone_to):
    with running(speed=200, clock_offset=3 * 86400) as simulator:
        row = talk(telephone_to(simulator), receiver, "01")
        assert abs(row["rang_at"] - time.time()) < 3600
        assert row["started_at"] == simulator.calls()[0]["started_at"]


def test_it_tells_an_answer_that_was_lost(telephone, receiver, simulator):
    conversation = telephone.connect(PREFIX + "01")
    simulator.fault("drop_event", "event:RecognizeCompleted")
    conversation.ask_menu()
    simulator.set_redelivery(True)
    assert wait_for_end(telephone, conversation)["final_act"] == "confirmed"
    [act] = simulator.ledger()["rings"][0]["said"]
    assert (act["label"], act["event"]) == ("Confirm", "lost")


def wait_for_end(telephone, conversation):
    """Hang up once the patient has been understood; the row of the ledger."""
    deadline = time.monotonic() + 10
    while not any(
        act["event"] != "none" for act in telephone.simulator.ledger()["rings"][0]["said"]
    ):
        assert time.monotonic() < deadline
        time.sleep(0.005)
    conversation.hang_up()
    assert telephone.simulator.wait_idle(10)
    return telephone.simulator.ledger()["rings"][0]


def test_it_counts_an_answer_as_lost_that_nobody_took(telephone, receiver, simulator):
    simulator.fault("corrupt", "event:RecognizeCompleted")
    conversation = telephone.connect(PREFIX + "01")
    conversation.ask_menu()
    [act] = wait_for_end(telephone, conversation)["said"]
    assert act["event"] == "lost"


def test_it_does_not_count_what_was_said_into_a_cancelled_recognition(unhurried, receiver):
    conversation = unhurried.connect(PREFIX + "01")
    conversation.ask_menu()
    simulator = unhurried.simulator
    deadline = time.monotonic() + 10
    while not simulator.ledger()["rings"][0]["said"]:
        assert time.monotonic() < deadline
    conversation.hang_up()
    assert simulator.wait_idle(10)
    row = simulator.ledger()["rings"][0]
    assert [(act["label"], act["event"]) for act in row["said"]] == [("Confirm", "none")]
    assert row["final_act"] == "none"


def test_it_counts_requests_and_answers_for_one_ring(telephone, simulator):
    headers = repeatable()
    simulator.fault("lost_answer", "create", times=1)
    with pytest.raises(ServiceResponseError):
        telephone.dial(SILENT, headers=dict(headers))
    simulator.fault("status_after", "create", times=1)
    with pytest.raises(HttpResponseError):
        telephone.dial(SILENT, headers=dict(headers))
    telephone.dial(SILENT, headers=dict(headers))
    telephone.dial(SILENT, headers=dict(headers))
    [row] = simulator.ledger()["rings"]
    assert row["repeatability_id"] == headers["Repeatability-Request-ID"]
    assert (row["requests"], row["answers"]) == (4, 2)


def test_it_counts_no_answer_that_nobody_waited_for(telephone, simulator):
    simulator.fault("slow", "create", seconds=0.5)
    with pytest.raises(ServiceResponseError):
        telephone.dial(SILENT, read_timeout=0.1)
    simulator.fault("slow", "create", seconds=0.5)
    telephone.dial(PREFIX + "31")  # answered after the first one would have been
    assert [row["answers"] for row in simulator.ledger()["rings"]] == [0, 1]


def test_it_counts_an_answer_without_a_body(telephone, simulator):
    simulator.fault("empty_201", "create")
    with pytest.raises(AttributeError):
        telephone.dial(SILENT)
    assert [row["answers"] for row in simulator.ledger()["rings"]] == [1]


def test_it_counts_most_lines_of_a_caller_id_at_once(unhurried):
    simulator = unhurried.simulator
    for digits in ("31", "31", "30"):
        unhurried.dial(PREFIX + digits)
    assert simulator.ledger()["peak"] == {simulator.caller_id: 3}
    assert simulator.ledger()["open"] >= 2
    simulator.reset()
    assert simulator.ledger() == {"rings": [], "open": 0, "peak": {}}


def test_it_counts_lines_from_nothing_after_a_reset(unhurried):
    simulator = unhurried.simulator
    call = unhurried.dial(PREFIX + "31")
    simulator.reset()
    with pytest.raises(HttpResponseError):
        unhurried.client.get_call_connection(call.call_connection_id).hang_up(True)
    unhurried.dial(PREFIX + "31")
    assert simulator.ledger()["peak"] == {simulator.caller_id: 1}


def test_it_gives_the_ledger_over_http(telephone, receiver, simulator):
    row = talk(telephone, receiver, "01", "right_party", "menu")
    answer = requests.get(simulator.url + "/control/ledger", timeout=10)
    assert answer.json() == simulator.ledger()
    assert answer.json()["rings"] == [row]
    assert ": " not in answer.text.replace(row["callback_uri"], "")
