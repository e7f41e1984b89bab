"""Whole calls through the unmodified SDK."""

import pytest
from azure.core.exceptions import ResourceNotFoundError

NEW_YORK = "+121255501"
LONDON = "+4477009000"


def test_it_carries_a_call_from_ringing_to_hang_up(telephone, receiver, simulator):
    call = telephone.dial(NEW_YORK + "01", operation_context="attempt")
    assert call.call_connection_state == "connecting"
    conversation = telephone.connection(call, NEW_YORK + "01")
    assert conversation.connection.get_call_properties().call_connection_state == "connected"

    conversation.ask_right_party(operation_context="right-party")
    assert receiver.wait_for("RecognizeCompleted")["data"]["choiceResult"]["label"] == "Yes"
    conversation.ask_menu(operation_context="menu")
    assert receiver.wait_for("RecognizeCompleted", 2)["data"]["choiceResult"]["label"] == "Confirm"
    conversation.play("Thank you, goodbye.", operation_context="closing")
    receiver.wait_for("PlayCompleted")
    conversation.hang_up()

    assert simulator.wait_idle(10)
    assert sorted(receiver.names()[:2]) == ["CallConnected", "ParticipantsUpdated"]
    assert receiver.names()[2:] == [
        "PlayStarted",
        "RecognizeCompleted",
        "PlayStarted",
        "RecognizeCompleted",
        "PlayStarted",
        "PlayCompleted",
        "CallDisconnected",
    ]
    contexts = [event["data"].get("operationContext") for event in receiver.events]
    assert contexts == [
        *["attempt"] * 2,
        *["right-party"] * 2,
        *["menu"] * 2,
        *["closing"] * 2,
        "attempt",
    ]
    assert receiver.events[-1]["data"]["resultInformation"]["subCode"] == 7000
    with pytest.raises(ResourceNotFoundError) as refusal:
        conversation.connection.get_call_properties()
    assert refusal.value.error.code == "8522"


@pytest.mark.parametrize(
    ("digits", "right_party", "menu"),
    [
        ("01", "Yes", "Confirm"),
        ("02", "Yes", "Confirm"),
        ("06", "Yes", "Confirm"),
        ("77", "Yes", "Confirm"),
        ("03", "Yes", "Cancel"),
        ("20", "Yes", "Confirm"),
        ("21", "Yes", "Cancel"),
        ("40", "Stop", "Stop"),
        ("41", "Stop", "Stop"),
        ("13", "No", "Confirm"),
    ],
)
def test_it_lets_each_persona_answer_in_its_way(telephone, receiver, digits, right_party, menu):
    conversation = telephone.connect(LONDON + digits)
    conversation.ask_right_party()
    assert receiver.wait_for("RecognizeCompleted")["data"]["choiceResult"]["label"] == right_party
    conversation.ask_menu()
    assert receiver.wait_for("RecognizeCompleted", 2)["data"]["choiceResult"]["label"] == menu


def test_it_tells_voice_language_and_sentiment_in_the_preview(telephone, receiver):
    conversation = telephone.connect(NEW_YORK + "20")
    conversation.ask_right_party()
    conversation.ask_menu(enable_sentiment_analysis=True, operation_context="menu")
    data = receiver.wait_for("RecognizeCompleted", 2)["data"]
    assert data["version"] == "2025-08-15-preview"
    assert data["recognitionType"] == "choices"
    assert data["resultInformation"]["subCode"] == 8545
    assert data["resultInformation"]["message"].endswith("DiagCode: 200#8545.@")
    choice = data["choiceResult"]
    assert choice.pop("confidence") > 0.5
    assert choice == {
        "label": "Confirm",
        "recognizedPhrase": "confirmo",
        "languageIdentified": "es-MX",
        "sentimentAnalysisResult": {"sentiment": "positive"},
    }


def test_it_leaves_language_and_sentiment_out_of_other_versions(telephone, receiver):
    client = telephone.client_with(api_version="2025-06-15")
    conversation = telephone.connect(NEW_YORK + "01", client)
    conversation.ask_right_party(speech_language="en-US", enable_sentiment_analysis=True)
    data = receiver.wait_for("RecognizeCompleted")["data"]
    assert data["version"] == "2025-06-15"
    assert set(data["choiceResult"]) == {"label", "recognizedPhrase", "confidence"}


def test_it_gives_a_key_a_label_and_no_phrase(telephone, receiver):
    conversation = telephone.connect(NEW_YORK + "02")
    conversation.ask_right_party()
    data = receiver.wait_for("RecognizeCompleted")["data"]
    assert data["recognitionType"] == "dtmf"
    assert data["choiceResult"] == {"label": "Yes"}
    assert data["resultInformation"]["subCode"] == 8533
    assert "operationContext" not in data


def test_it_fails_a_key_that_no_choice_has(telephone, receiver):
    conversation = telephone.connect(NEW_YORK + "41")
    conversation.ask([("Yes", ["yes"], "one"), ("No", ["no"], "two")])
    result = receiver.wait_for("RecognizeFailed")["data"]["resultInformation"]
    assert result["subCode"] == 8534


@pytest.mark.parametrize(("digits", "sub_code"), [("10", 8510), ("11", 8547), ("50", 8565)])
def test_it_fails_recognition_for_what_went_wrong(telephone, receiver, digits, sub_code):
    conversation = telephone.connect(NEW_YORK + digits)
    conversation.ask_right_party(initial_silence_timeout=10, operation_context="right-party")
    data = receiver.wait_for("RecognizeFailed")["data"]
    assert data["resultInformation"]["subCode"] == sub_code
    assert data["operationContext"] == "right-party"


def test_it_does_not_understand_a_language_that_was_not_asked_for(telephone, receiver):
    conversation = telephone.connect(NEW_YORK + "20")
    conversation.ask_right_party(speech_language="en-US")
    result = receiver.wait_for("RecognizeFailed")["data"]["resultInformation"]
    assert result["subCode"] == 8547


def test_it_reads_the_read_back_from_the_order_of_questions(telephone, receiver, simulator):
    conversation = telephone.connect(NEW_YORK + "04")
    for ask in ("right_party", "menu", "right_party", "menu"):
        done = receiver.names().count("RecognizeCompleted")
        getattr(conversation, f"ask_{ask}")(operation_context=ask)
        receiver.wait_for("RecognizeCompleted", done + 1)
    labels = [answer["heard_as"] for answer in simulator.calls()[0]["answers"]]
    assert labels == ["Yes", "Cancel", "No", "Confirm"]


def test_it_repeats_once_and_then_confirms(telephone, receiver, simulator):
    conversation = telephone.connect(NEW_YORK + "07")
    conversation.ask_menu()
    receiver.wait_for("RecognizeCompleted")
    conversation.ask_menu()
    receiver.wait_for("RecognizeCompleted", 2)
    answers = simulator.calls()[0]["answers"]
    assert [answer["heard_as"] for answer in answers] == ["Repeat", "Confirm"]
    assert answers[0]["key"] == "*"


def test_it_takes_hello_over_the_opening_for_an_answer_that_is_none(telephone, receiver):
    conversation = telephone.connect(NEW_YORK + "08")
    conversation.ask_right_party()
    failed = receiver.wait_for("RecognizeFailed")["data"]["resultInformation"]
    assert failed["subCode"] == 8547
    conversation.ask_right_party()
    assert receiver.wait_for("RecognizeCompleted")["data"]["choiceResult"]["label"] == "Yes"


def test_it_cancels_the_recognition_when_the_patient_hangs_up(telephone, receiver, simulator):
    conversation = telephone.connect(NEW_YORK + "12")
    conversation.ask_right_party(operation_context="right-party")
    gone = receiver.wait_for("CallDisconnected")["data"]["resultInformation"]
    assert gone["subCode"] == 560000
    assert gone["q850Details"]["code"] == 16
    cancelled = receiver.wait_for("RecognizeCanceled")["data"]
    assert cancelled["resultInformation"]["subCode"] == 8508
    assert cancelled["operationContext"] == "right-party"
    assert receiver.names()[-2:] == ["RecognizeCanceled", "CallDisconnected"]
    assert simulator.calls()[0]["ending"] == "patient_hung_up"


def test_it_hangs_up_at_the_read_back_only(telephone, receiver, simulator):
    conversation = telephone.connect(NEW_YORK + "05")
    conversation.ask_right_party()
    receiver.wait_for("RecognizeCompleted")
    conversation.ask_menu()
    receiver.wait_for("RecognizeCompleted", 2)
    conversation.ask_right_party()
    receiver.wait_for("CallDisconnected")
    assert simulator.calls()[0]["ending"] == "patient_hung_up"


@pytest.mark.parametrize(
    ("digits", "names", "sub_code", "ending"),
    [
        ("30", ["CreateCallFailed"], 560486, "busy"),
        ("31", ["CreateCallFailed"], 560480, "no_answer"),
        ("32", ["CallDisconnected", "CreateCallFailed"], 5002, "declined"),
        ("33", ["CreateCallFailed"], 560404, "bad_number"),
    ],
)
def test_it_ends_a_call_that_is_never_answered(
    telephone, receiver, simulator, digits, names, sub_code, ending
):
    telephone.dial(NEW_YORK + digits, operation_context="attempt")
    assert simulator.wait_idle(10)
    assert receiver.names() == names
    assert {e["data"]["resultInformation"]["subCode"] for e in receiver.events} == {sub_code}
    assert {e["data"]["operationContext"] for e in receiver.events} == {"attempt"}
    assert [call["ending"] for call in simulator.calls()] == [ending]


def test_it_stamps_the_second_event_of_a_rejection_earlier(telephone, receiver, simulator):
    telephone.dial(NEW_YORK + "32")
    assert simulator.wait_idle(10)
    disconnected, failed = receiver.events
    assert failed["time"] < disconnected["time"]


def test_it_ends_a_ring_that_the_caller_gives_up(unhurried, receiver):
    simulator = unhurried.simulator
    call = unhurried.dial(NEW_YORK + "31")
    unhurried.client.get_call_connection(call.call_connection_id).hang_up(is_for_everyone=True)
    assert simulator.wait_idle(10)
    assert receiver.names() == ["CallDisconnected"]
    assert receiver.events[0]["data"]["resultInformation"]["subCode"] == 560487
    assert simulator.calls()[0]["ending"] == "cancelled_ringing"


def test_it_ends_the_call_when_the_application_leaves(telephone, receiver, simulator):
    telephone.connect(NEW_YORK + "01").connection.hang_up(is_for_everyone=False)
    assert simulator.wait_idle(10)
    assert receiver.names()[-1] == "CallDisconnected"
