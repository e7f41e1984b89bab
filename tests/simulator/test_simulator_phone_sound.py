"""What a person at the telephone page hears: a voice for texts, recordings as they are."""

import io
import wave
from urllib.parse import quote

import pytest
import requests
from azure.communication.callautomation import FileSource, SsmlSource, TextSource

from simulator.phone_sounds import KEPT, Sounds
from simulator.speech.voice import ToneVoice
from tests.simulator.conftest import wav
from tests.simulator.handset import NUMBER

SPEAK = '<speak version="1.0" xmlns="http://www.w3.org/2001/10/synthesis" xml:lang="en-US">'


def hear(simulator, handset, sound, claim=None):
    address = f"{simulator.url}/control/phones/{quote(NUMBER)}/sounds/{sound}"
    return requests.get(address, params={"claim": claim or handset.claim["claim"]}, timeout=10)


def seconds(answer):
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "audio/wav"
    with wave.open(io.BytesIO(answer.content)) as sound:
        assert (sound.getframerate(), sound.getsampwidth(), sound.getnchannels()) == (16_000, 2, 1)
        return sound.getnframes() / 16_000


def test_a_text_is_heard_for_as_long_as_it_is_shown(talking, handset, simulator):
    prompts = [
        TextSource(text="Is this Ana?", voice_name="en-US-JennyNeural", source_locale="en-US"),
        TextSource(text="Is this Ana?", voice_name="es-US-PalomaNeural", source_locale="es-US"),
    ]
    talking.ask_menu(play_prompt=prompts)
    english, spanish = handset.wait_for("prompt")["prompts"]
    one, other = (hear(simulator, handset, prompt["sound"]) for prompt in (english, spanish))
    assert seconds(one) == pytest.approx(english["seconds"])
    assert one.content != other.content
    assert handset.wait_for("listen")["after"] == pytest.approx(
        english["seconds"] + spanish["seconds"]
    )
    assert handset.claim["voice"] == "tone"


def test_ssml_is_heard_with_its_pauses_and_a_recording_as_it_is(
    talking, handset, simulator, recorder
):
    recording = wav(0.7)
    marked = f'{SPEAK}<voice name="en-US-AvaNeural">Hi<break time="900ms"/>you</voice></speak>'
    talking.ask_menu(
        play_prompt=[SsmlSource(ssml_text=marked), FileSource(url=recorder.put("a.wav", recording))]
    )
    spoken, played = handset.wait_for("prompt")["prompts"]
    assert seconds(hear(simulator, handset, spoken["sound"])) == pytest.approx(0.9 + 5 * 0.06)
    assert hear(simulator, handset, played["sound"]).content == recording
    assert played["seconds"] == pytest.approx(0.7)


def test_what_has_no_sound_is_shown_all_the_same(talking, handset, simulator):
    strange = f'{SPEAK}<voice name="en-US-NobodyNeural">One two three</voice></speak>'
    elsewhere = FileSource(url="https://recordings.example.invalid/a.wav")
    talking.ask_menu(play_prompt=[SsmlSource(ssml_text=strange), elsewhere])
    first, second = handset.wait_for("prompt")["prompts"]
    assert (first["text"], first["sound"], second["sound"]) == ("One two three", None, None)
    assert first["seconds"] == pytest.approx(3 * 60 / 150)


def test_a_sound_is_for_whoever_claimed_the_number(talking, handset, simulator):
    talking.ask_menu()
    [prompt] = handset.wait_for("prompt")["prompts"]
    assert hear(simulator, handset, prompt["sound"], claim="somebody else").status_code == 404
    assert hear(simulator, handset, prompt["sound"] + 1).status_code == 404


def test_a_telephone_keeps_its_latest_sounds():
    sounds = Sounds(ToneVoice())
    first, *others = (sounds.keep(bytes([n])) for n in range(KEPT + 1))
    assert sounds.get(first) is None
    assert [sounds.get(number) for number in others] == [bytes([n + 1]) for n in range(KEPT)]
