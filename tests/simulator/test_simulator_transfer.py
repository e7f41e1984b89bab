"""A call handed on to somebody at the clinic."""

import uuid

import pytest
from azure.core.exceptions import HttpResponseError

PATIENT = "+12125550143"
CLINIC = "+12125550199"


@pytest.fixture
def hand_on(telephone, receiver, simulator):
    """A call, and a way to hand it on."""
    conversation = telephone.connect(PATIENT)

    def hand_on(number=CLINIC, **options):
        options.setdefault("caller_id", simulator.caller_id)
        return conversation.transfer(number, **options)

    hand_on.conversation = conversation
    return hand_on


def refusal_of(action, *args, **options):
    with pytest.raises(HttpResponseError) as refusal:
        action(*args, **options)
    return refusal.value.status_code, refusal.value.error.code


def test_it_hands_a_call_on(hand_on, receiver, simulator):
    assert hand_on(operation_context="staff.3").operation_context == "staff.3"
    assert simulator.wait_idle(10)
    accepted, gone = receiver.events[-2:]
    assert accepted["type"].endswith("CallTransferAccepted")
    assert accepted["data"]["operationContext"] == "staff.3"
    assert accepted["data"]["transferTarget"]["phoneNumber"]["value"] == CLINIC
    assert accepted["data"]["transferee"]["phoneNumber"]["value"] == PATIENT
    assert gone["type"].endswith("CallDisconnected")
    for event in (accepted, gone):
        result = event["data"]["resultInformation"]
        assert (result["code"], result["subCode"]) == (200, 7015)
    [row] = simulator.ledger()["rings"]
    assert row["ending"] == "transferred"
    assert row["transfers"] == [{"to": CLINIC, "context": "staff.3", "outcome": "accepted"}]


@pytest.mark.parametrize(
    ("digits", "code", "sub_code", "outcome"),
    [
        ("30", 486, 560486, "busy"),
        ("31", 408, 560408, "rings_out"),
        ("32", 603, 560603, "declines"),
        ("33", 404, 560404, "bad_number"),
    ],
)
def test_it_keeps_the_patient_when_nobody_takes_the_call(
    hand_on, receiver, simulator, digits, code, sub_code, outcome
):
    hand_on("+121255501" + digits)
    failed = receiver.wait_for("CallTransferFailed")["data"]["resultInformation"]
    assert (failed["code"], failed["subCode"]) == (code, sub_code)
    hand_on.conversation.play("Nobody is free.")
    receiver.wait_for("PlayCompleted")
    assert simulator.calls()[0]["transfers"][0]["outcome"] == outcome


def test_it_confirms_after_a_transfer_that_failed(hand_on, receiver, simulator):
    hand_on.conversation.ask_keys(1)
    receiver.wait_for("RecognizeCompleted")
    hand_on.conversation.ask(
        [("Confirm", ["confirm"], "one"), ("Staff", ["staff"], "zero")],
    )
    answer = receiver.wait_for("RecognizeCompleted", 2)["data"]
    assert answer["choiceResult"] == {"label": "Staff"}
    hand_on("+12125550130")
    receiver.wait_for("CallTransferFailed")
    hand_on.conversation.ask_menu()
    receiver.wait_for("RecognizeCompleted", 3)
    assert simulator.ledger()["rings"][0]["final_act"] == "confirmed"


def test_it_lets_another_persona_take_the_call(hand_on, receiver, simulator):
    simulator.set_persona(CLINIC, "busy")
    hand_on()
    receiver.wait_for("CallTransferFailed")


def test_it_is_deaf_while_the_other_telephone_rings(unhurried, receiver):
    conversation = unhurried.connect(PATIENT)
    simulator = unhurried.simulator
    conversation.play("Please wait.", loop=True, operation_context="waiting")
    receiver.wait_for("PlayStarted")
    conversation.transfer("+12125550131", simulator.caller_id)
    assert receiver.wait_for("PlayCanceled")["data"]["operationContext"] == "waiting"
    properties = conversation.connection.get_call_properties()
    assert properties.call_connection_state == "transferring"
    assert refusal_of(conversation.play, "Hello?") == (400, "8585")
    assert refusal_of(conversation.transfer, CLINIC, simulator.caller_id) == (400, "8585")
    conversation.hang_up()
    assert simulator.wait_idle(10)
    assert receiver.names()[-1] == "CallDisconnected"
    assert simulator.calls()[0]["transfers"][0]["outcome"] == "cancelled"


def test_it_hands_on_once_for_one_repeatability_id(unhurried, receiver):
    conversation = unhurried.connect(PATIENT)
    headers = {
        "Repeatability-Request-ID": str(uuid.uuid4()),
        "Repeatability-First-Sent": "Sat, 21 Nov 2026 10:00:00 GMT",
    }
    for _ in range(2):
        answer = conversation.transfer(
            CLINIC,
            unhurried.simulator.caller_id,
            operation_context="staff",
            headers=dict(headers),
        )
        assert answer.operation_context == "staff"
    receiver.wait_for("CallTransferAccepted")
    assert unhurried.simulator.wait_idle(10)
    assert receiver.names().count("CallTransferAccepted") == 1


def test_it_refuses_to_hand_on_as_somebody_else(hand_on):
    assert refusal_of(hand_on, caller_id="+15555550199") == (400, "8523")
    assert refusal_of(hand_on, number="12125550199") == (400, "8523")


def test_it_sends_the_events_to_the_address_named(hand_on, receiver):
    hand_on("+12125550130", operation_callback_url=receiver.url + "/other")
    receiver.wait_for("CallTransferFailed")
    assert "/callback/other" in [path for path, _, _ in receiver.received]


def test_it_can_lose_the_request(hand_on, simulator):
    simulator.fault("status", "transfer", status=503, times=1)
    assert refusal_of(hand_on)[0] == 503


def test_it_knows_no_call_that_is_over(hand_on):
    hand_on.conversation.hang_up()
    assert refusal_of(hand_on) == (404, "8522")
