"""Free words: input types speech and speechOrDtmf."""

import pytest
from azure.core.exceptions import HttpResponseError

PREFIX = "+121255501"
TEN = ["en-US", "es-ES", "fr-FR", "de-DE", "pt-BR", "it-IT", "nl-NL", "pl-PL", "sv-SE", "ar-EG"]
LIMITS = {"dtmf_max_tones_to_collect": 1, "dtmf_inter_tone_timeout": 2}


def heard(receiver, count=1):
    data = receiver.wait_for("RecognizeCompleted", count)["data"]
    return data["resultInformation"]["subCode"], data


def cancelled(telephone, receiver, digits):
    """A call in which the patient has cancelled and said yes to it."""
    conversation = telephone.connect(PREFIX + digits)
    for n, ask in enumerate(("right_party", "menu", "right_party"), 1):
        getattr(conversation, f"ask_{ask}")()
        receiver.wait_for("RecognizeCompleted", n)
    return conversation


def test_it_tells_free_words_with_language_and_sentiment(telephone, receiver):
    conversation = cancelled(telephone, receiver, "44")
    conversation.listen("speech", enable_sentiment_analysis=True, end_silence_timeout=1)
    sub_code, data = heard(receiver, 4)
    assert (sub_code, data["recognitionType"]) == (8569, "speech")
    assert data["speechResult"].pop("confidence") > 0.5
    assert data["speechResult"] == {
        "speech": "I have a cold and I am very annoyed",
        "languageIdentified": "en-US",
        "sentimentAnalysisResult": {"sentiment": "negative"},
    }


def test_it_leaves_language_and_sentiment_out_of_other_versions(telephone, receiver):
    client = telephone.client_with(api_version="2025-06-15")
    conversation = telephone.connect(PREFIX + "01", client)
    conversation.listen("speech", None, speech_language="en-US", enable_sentiment_analysis=True)
    assert set(heard(receiver)[1]["speechResult"]) == {"speech", "confidence"}


def test_it_does_not_recognize_another_language(telephone, receiver):
    conversation = telephone.connect(PREFIX + "51")
    conversation.listen("speech", None, speech_language=["en-US", "es-MX"])
    result = receiver.wait_for("RecognizeFailed")["data"]["resultInformation"]
    assert (result["code"], result["subCode"]) == (400, 8563)


def test_it_takes_speech_without_a_prompt_for_picking_up(telephone, receiver, simulator):
    telephone.connect(PREFIX + "01").listen("speech", None)
    assert heard(receiver)[1]["speechResult"]["speech"] == "hello?"
    assert "PlayStarted" not in receiver.names()
    assert simulator.calls()[0]["answers"][0]["step"] == "greeting"


def test_it_is_silent_at_a_reason_it_has_not_got(telephone, receiver):
    telephone.connect(PREFIX + "03").listen("speech")
    result = receiver.wait_for("RecognizeFailed")["data"]["resultInformation"]
    assert result["subCode"] == 8510


def test_it_takes_words_where_keys_might_have_come(telephone, receiver):
    telephone.connect(PREFIX + "36").listen("speechOrDtmf", **LIMITS)
    sub_code, data = heard(receiver)
    assert (sub_code, data["recognitionType"]) == (8569, "speech")
    assert "Thursday" in data["speechResult"]["speech"]


def test_it_takes_keys_where_words_might_have_come(telephone, receiver):
    telephone.connect(PREFIX + "37").listen("speechOrDtmf", **LIMITS)
    sub_code, data = heard(receiver)
    assert (sub_code, data["recognitionType"]) == (8531, "dtmf")
    assert data["dtmfResult"] == {"tones": ["one"]}


@pytest.mark.parametrize("kind", ["speech", "speechOrDtmf"])
def test_it_takes_ten_languages_and_twenty_seconds(telephone, kind):
    conversation = telephone.connect(PREFIX + "10")
    limits = LIMITS if kind == "speechOrDtmf" else {}
    conversation.listen(kind, speech_language=TEN, initial_silence_timeout=20, **limits)
    for wrong in ({"speech_language": [*TEN, "tr-TR"]}, {"initial_silence_timeout": 21}):
        with pytest.raises(HttpResponseError) as refusal:
            conversation.listen(kind, **limits, **wrong)
        assert (refusal.value.status_code, refusal.value.error.code) == (400, "8523")


def test_it_wants_to_know_how_many_keys_may_come(telephone):
    conversation = telephone.connect(PREFIX + "10")
    with pytest.raises(HttpResponseError) as refusal:
        conversation.listen("speechOrDtmf")
    assert "MaxTonesToCollect" in refusal.value.error.message


def test_it_notes_custom_models_and_voices(telephone, receiver, simulator):
    conversation = telephone.connect(PREFIX + "01")
    model = "11111111-2222-4333-8444-555555555555"
    conversation.listen("speech", speech_recognition_model_endpoint_id=model)
    conversation.ask_menu(speech_recognition_model_endpoint_id=model)
    receiver.wait_for("RecognizeCompleted")
    speech, choices = simulator.call(conversation.id)["asked"]
    assert speech["speechRecognitionModelEndpointId"] == model
    assert speech["recognizeInputType"] == "speech"
    assert speech["prompts"] == [{"kind": "text", "text": "A question?", "voiceName": "a-voice"}]
    assert choices["labels"] == ["Confirm", "Cancel", "Repeat", "Stop"]
    assert simulator.ledger()["rings"][0]["speech_models"] == [model]
