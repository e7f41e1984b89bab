"""The gateway against the simulator, with either SDK: a call from the ring to the hang-up."""

from datetime import datetime

import pytest

from calls import placing
from calls.conversation.actions import Say
from calls.gateway.errors import GatewayError
from tests.conftest import Azure, make_appointment, make_clinic, make_patient, the_call
from tests.gateway.conftest import IS_GA, PROMPT, Telephone, question

SPANISH = "+12125550120"


def test_a_call_goes_from_the_ring_to_the_hang_up(telephone: Telephone) -> None:
    line, call = telephone.gateway, telephone.connected()
    connected = line.look(call.connection_id)
    assert connected is not None
    assert connected.state == "connected"
    line.ask(call.connection_id, "+12125550101", question(languages=("en-US",)))
    assert telephone.heard()["label"] == "Confirm"
    line.say(call.connection_id, "+12125550101", Say(context="closing.3", prompts=(PROMPT,)))
    told = telephone.receiver.wait_for("PlayCompleted")
    assert told["data"]["operationContext"] == "closing.3"
    line.hang_up(call.connection_id)
    telephone.receiver.wait_for("CallDisconnected")
    assert line.look(call.connection_id) is None
    line.hang_up(call.connection_id)


def test_the_same_pair_again_is_the_same_ring(telephone: Telephone) -> None:
    dialling = telephone.dialling()
    first, second = telephone.gateway.dial(dialling), telephone.gateway.dial(dialling)
    assert first.connection_id == second.connection_id
    assert len(telephone.simulator.calls()) == 1


def test_a_patient_is_understood_in_the_first_language_and_no_other_is_garbled(
    telephone: Telephone,
) -> None:
    call = telephone.connected(SPANISH)
    telephone.gateway.ask(call.connection_id, SPANISH, question())
    heard = telephone.heard()
    assert (heard["label"], heard["recognizedPhrase"]) == ("Confirm", "confirmo")
    told = {name: heard.get(name) for name in ("languageIdentified", "sentimentAnalysisResult")}
    if IS_GA:
        assert told == {"languageIdentified": None, "sentimentAnalysisResult": None}
    else:
        assert told["languageIdentified"].lower() == "es-us"
        assert told["sentimentAnalysisResult"] == {"sentiment": "positive"}


def test_a_caller_id_that_is_not_ours_is_refused_for_good(telephone: Telephone) -> None:
    with pytest.raises(GatewayError) as failed:
        telephone.gateway.dial(telephone.dialling(caller_id="+15555550199"))
    assert (failed.value.permanent, failed.value.may_have_happened) == (True, False)
    assert telephone.simulator.calls() == []


def test_a_question_to_a_call_that_is_over_finds_it_gone(telephone: Telephone) -> None:
    call = telephone.connected()
    telephone.gateway.hang_up(call.connection_id)
    telephone.receiver.wait_for("CallDisconnected")
    with pytest.raises(GatewayError) as failed:
        telephone.gateway.ask(call.connection_id, "+12125550101", question())
    assert failed.value.gone


def test_more_silence_than_azure_allows_is_refused_for_good(telephone: Telephone) -> None:
    call = telephone.connected()
    with pytest.raises(GatewayError) as failed:
        telephone.gateway.ask(call.connection_id, "+12125550101", question(initial_silence=21))
    assert failed.value.permanent


@pytest.mark.parametrize(
    ("persona", "language", "outcome"),
    [
        ("confirm_by_voice", "", "confirmed"),
        ("cancel_with_read_back", "", "cancelled"),
        ("spanish", "es-US", "confirmed"),
        # Nobody wrote down that this patient speaks Spanish.
        ("spanish", "", "not_understood" if IS_GA else "confirmed"),
    ],
)
def test_a_reminder_is_carried_to_its_outcome(
    azure: Azure, now: datetime, persona: str, language: str, outcome: str
) -> None:
    make_appointment(make_clinic(), make_patient(phone="+12125550142", language=language))
    azure.simulator.set_persona("+12125550142", persona)
    placing.place_due(now)
    azure.settle()
    assert the_call().outcome == outcome
