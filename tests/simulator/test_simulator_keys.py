"""Keys: input type dtmf, and the keypad that somebody gets who was not understood."""

import pytest
from azure.communication.callautomation import FileSource
from azure.core.exceptions import HttpResponseError

FAR_AWAY = FileSource("https://clinic.invalid/prompt.wav")
PREFIX = "+121255501"


def completed(receiver, count=1):
    data = receiver.wait_for("RecognizeCompleted", count)["data"]
    return data["resultInformation"]["subCode"], data


def failed(receiver, count=1):
    data = receiver.wait_for("RecognizeFailed", count)["data"]
    return data["resultInformation"]["code"], data["resultInformation"]["subCode"]


def test_it_collects_as_many_keys_as_were_asked_for(telephone, receiver):
    telephone.connect(PREFIX + "14").ask_keys(4, operation_context="identity.1")
    sub_code, data = completed(receiver)
    assert sub_code == 8531
    assert data["recognitionType"] == "dtmf"
    assert data["dtmfResult"] == {"tones": ["zero", "four", "zero", "seven"]}
    assert data["operationContext"] == "identity.1"


def test_it_ends_keys_with_a_stop_tone_that_is_not_one_of_them(telephone, receiver):
    telephone.connect(PREFIX + "14").ask_keys(8)
    sub_code, data = completed(receiver)
    assert sub_code == 8514
    assert data["dtmfResult"]["tones"] == ["zero", "four", "zero", "seven"]


def test_it_gives_up_when_no_further_key_comes(telephone, receiver, simulator):
    telephone.connect(PREFIX + "14").ask_keys(8, stops=())
    assert failed(receiver) == (400, 8532)
    [answer] = simulator.calls()[0]["answers"]
    assert (answer["key"], answer["step"], answer["heard_as"]) == ("0407", "identity", None)
    assert simulator.ledger()["rings"][0]["said"] == []


def test_it_gives_up_when_no_key_comes_at_all(telephone, receiver):
    telephone.connect(PREFIX + "10").ask_keys(4)
    assert failed(receiver) == (400, 8510)


def test_it_hears_no_words_where_keys_are_asked_for(telephone, receiver, simulator):
    telephone.connect(PREFIX + "11").ask_keys(1)
    assert failed(receiver) == (400, 8510)
    [answer] = simulator.calls()[0]["answers"]
    assert "the dog" in answer["text"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"dtmf_max_tones_to_collect": 0}, "MaxTonesToCollect"),
        ({}, "MaxTonesToCollect"),
        ({"dtmf_max_tones_to_collect": 4, "dtmf_inter_tone_timeout": 61}, "InterToneTimeout"),
        ({"dtmf_max_tones_to_collect": 4, "dtmf_inter_tone_timeout": 0}, "InterToneTimeout"),
        ({"dtmf_max_tones_to_collect": 4, "dtmf_stop_tones": ["eleven"]}, "tone"),
        ({"dtmf_max_tones_to_collect": 4, "initial_silence_timeout": 301}, "InitialSilence"),
    ],
)
def test_it_refuses_keys_that_azure_would_refuse(telephone, options, words):
    conversation = telephone.connect(PREFIX + "10")
    with pytest.raises(HttpResponseError) as refusal:
        conversation.listen("dtmf", **options)
    assert (refusal.value.status_code, refusal.value.error.code) == (400, "8523")
    assert words in refusal.value.error.message


def test_it_waits_longer_for_keys_than_for_words(telephone):
    telephone.connect(PREFIX + "10").ask_keys(4, initial_silence_timeout=300)


def test_it_asks_for_keys_without_an_ai_resource_if_nothing_is_spoken_from_text(telephone):
    conversation = telephone.connect(PREFIX + "14", cognitive_services_endpoint=None)
    conversation.ask_keys(4, prompt=None)
    conversation.ask_keys(4, play_prompt=FAR_AWAY)
    with pytest.raises(HttpResponseError) as refusal:
        conversation.ask_keys(4)
    assert refusal.value.error.code == "8567"


def test_it_spares_recorded_keypads_when_the_ai_service_fails(telephone, receiver, simulator):
    conversation = telephone.connect(PREFIX + "50")
    conversation.ask_right_party()
    assert failed(receiver) == (429, 8565)
    conversation.ask_keys(1, play_prompt=FAR_AWAY)
    completed(receiver)
    conversation.ask_keys(1, play_prompt=[FAR_AWAY, FAR_AWAY])
    assert completed(receiver, 2)[1]["dtmfResult"]["tones"] == ["one"]
    conversation.ask_keys(1)
    assert failed(receiver, 2) == (429, 8565)
    row = simulator.ledger()["rings"][0]
    assert [(act["step"], act["means"]) for act in row["said"]] == [
        ("right_party", "Yes"),
        ("menu", "Confirm"),
    ]
    assert (row["final_act"], row["acts"]) == ("confirmed", ["confirmed"])


def press_through(conversation, receiver, count):
    for n in range(count):
        conversation.ask_keys(1, prompt=None, play_prompt=FAR_AWAY)
        completed(receiver, n + 1)


@pytest.mark.parametrize(
    ("digits", "count", "keys", "final_act"),
    [
        ("03", 3, ["1", "2", "1"], "cancelled"),
        ("04", 4, ["1", "2", "2", "1"], "confirmed"),
        ("13", 1, ["2"], "wrong_person"),
        ("20", 2, ["1", "1"], "confirmed"),
        ("38", 2, ["1", "0"], "staff"),
        ("36", 2, ["1", "3"], "rescheduled"),
        ("40", 1, ["9"], "stop"),
        ("47", 3, ["1", "1", "2"], "confirmed"),
    ],
)
def test_it_presses_what_it_would_have_said(
    telephone, receiver, simulator, digits, count, keys, final_act
):
    press_through(telephone.connect(PREFIX + digits), receiver, count)
    row = simulator.ledger()["rings"][0]
    assert [act["words"] for act in row["said"]] == keys
    assert row["final_act"] == final_act


def test_it_answers_the_question_again_that_was_not_understood(telephone, receiver, simulator):
    conversation = telephone.connect(PREFIX + "03")
    conversation.ask_right_party()
    completed(receiver)
    conversation.ask_menu(speech_language="fr-FR")
    assert failed(receiver) == (400, 8547)
    conversation.ask_keys(1)
    completed(receiver, 2)
    assert simulator.ledger()["rings"][0]["said"][-1]["means"] == "Cancel"
