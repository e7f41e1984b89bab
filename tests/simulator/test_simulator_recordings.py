"""Recorded prompts: fetched from loopback and measured; those elsewhere are left alone."""

import pytest
from azure.communication.callautomation import FileSource, SsmlSource, TextSource

from simulator.recordings import Unplayable, wav_seconds
from tests.simulator.conftest import wav

SILENT = "+12125550110"


def result(event):
    information = event["data"]["resultInformation"]
    return information["code"], information["subCode"]


def test_it_measures_a_recording():
    assert wav_seconds(wav(1.5)) == pytest.approx(1.5)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"ID3 an mp3",
        wav(1)[:30],
        wav(1, rate=8000),
        wav(1, channels=2),
        wav(1, width=1),
    ],
    ids=["empty", "mp3", "cut", "8 kHz", "stereo", "8 bit"],
)
def test_it_knows_what_is_no_recording_for_a_telephone(body):
    with pytest.raises(Unplayable) as failure:
        wav_seconds(body)
    assert failure.value.result.sub_code == 8535


def test_it_fetches_a_recording_once_for_a_play(telephone, receiver, recorder):
    uri = recorder.put_wav("welcome.wav", 2)
    telephone.connect(SILENT).connection.play_media(FileSource(uri), loop=False)
    receiver.wait_for("PlayCompleted")
    assert recorder.fetched == ["/welcome.wav"]


def test_it_plays_a_recording_as_long_as_it_lasts(unhurried, receiver, recorder):
    conversation = unhurried.connect(SILENT)
    conversation.connection.play_media(FileSource(recorder.put_wav("long.wav", 100)))
    conversation.play("Over it.", interrupt_call_media_operation=True, operation_context="over")
    receiver.wait_for("PlayCanceled")  # at the speed of 10 it would have lasted 10 s
    assert receiver.wait_for("PlayCompleted")["data"]["operationContext"] == "over"


def test_it_fails_a_play_with_the_place_of_what_cannot_be_played(telephone, receiver, recorder):
    conversation = telephone.connect(SILENT)
    text = TextSource(text="Good morning.", voice_name="a-voice")
    missing = FileSource(recorder.put("here.wav", b"").replace("here", "missing"))
    conversation.connection.play_media([text, missing], operation_context="closing")
    failed = receiver.wait_for("PlayFailed")
    assert result(failed) == (400, 8536)
    assert failed["data"]["failedPlaySourceIndex"] == 1
    assert failed["data"]["operationContext"] == "closing"
    conversation.connection.play_media(FileSource(recorder.put("mp3.wav", b"ID3")))
    assert result(receiver.wait_for("PlayFailed", 2)) == (400, 8535)
    conversation.connection.play_media(FileSource("http://127.0.0.1:1/nobody.wav"))
    assert result(receiver.wait_for("PlayFailed", 3)) == (400, 8536)
    assert "PlayStarted" not in receiver.names()


def test_it_fails_a_recognition_whose_prompt_cannot_be_played(telephone, receiver, recorder):
    conversation = telephone.connect(SILENT)
    stereo = FileSource(recorder.put_wav("stereo.wav", 1, channels=2))
    conversation.ask_right_party(play_prompt=stereo)
    failed = receiver.wait_for("RecognizeFailed")
    assert result(failed) == (500, 8511)
    assert failed["data"]["failedPlaySourceIndex"] == 0


def test_it_goes_on_after_a_prompt_that_failed(telephone, receiver, recorder):
    conversation = telephone.connect(SILENT)
    conversation.connection.play_media(FileSource(recorder.put("no.wav", b"no")))
    conversation.play("And now?")
    receiver.wait_for("PlayCompleted")


def test_it_mixes_texts_ssml_and_recordings_in_one_question(telephone, receiver, recorder):
    conversation = telephone.connect("+12125550101")
    prompts = [
        TextSource(text="Hello.", source_locale="en-US", custom_voice_endpoint_id="voice-1"),
        SsmlSource(ssml_text="<speak><voice name='en-US-X'>there</voice></speak>"),
        FileSource(recorder.put_wav("a.wav", 0.5)),
    ]
    conversation.ask_right_party(play_prompt=prompts)
    receiver.wait_for("RecognizeCompleted")
    asked = telephone.simulator.call(conversation.id)["asked"][0]["prompts"]
    assert [prompt["kind"] for prompt in asked] == ["text", "ssml", "file"]
    assert asked[0]["customVoiceEndpointId"] == "voice-1"
    assert asked[0]["sourceLocale"] == "en-US"
    assert asked[1]["voiceName"] == "en-US-X"
    assert asked[2]["uri"].endswith("/a.wav")
