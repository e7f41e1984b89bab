"""Listen: each text in its real voice, by the real SDK, spoken once and kept."""

import io
import wave
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from calls import recordings, voicing
from calls.models import CallProfile, ClinicWording, SpokenText
from reminders.models import Clinic
from tests.calls.speaking import StandIn, noise, standing_in
from tests.calls.speaking import wav as wav_of
from tests.conftest import TUESDAY, make_clinic
from tests.desk.conftest import page

SignIn = Callable[..., Client]
GOODBYE = "You can reach us at {phone}. Goodbye."


@pytest.fixture(scope="module")
def _stand_in() -> Iterator[StandIn]:
    with standing_in() as stand_in:
        yield stand_in


@pytest.fixture
def azure(_stand_in: StandIn, settings: Any) -> StandIn:
    """The speech service is the stand-in, found by where calls go."""
    _stand_in.reset()
    settings.ACS_CONNECTION_STRING = _stand_in.connection_string
    return _stand_in


def address(clinic: Clinic, base: str = "en") -> str:
    return f"{page('reminders_clinic', clinic, 'prompts_hear')}?language={base}"


def listen(client: Client, clinic: Clinic, key: str = "goodbye", **sent: str) -> HttpResponse:
    """Press the button of a text, with what was typed."""
    return client.post(address(clinic), {"key": key, "tag": "en-US"} | sent)


def seconds(response: HttpResponse) -> float:
    assert response["Content-Type"] == "audio/wav", response.content
    with wave.open(io.BytesIO(response.content)) as sound:
        assert (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) == (1, 2, 16_000)
        return float(sound.getnframes() / 16_000)


def spoken(azure: StandIn) -> list[str]:
    """The SSML that the service was sent, in order."""
    return [turn["ssml"] for one in azure.asked("synthesize") for turn in one["turns"]]


def test_a_text_is_spoken_in_its_voice_for_an_invented_patient_once(
    desk: Client, clinic: Clinic, azure: StandIn
) -> None:
    CallProfile.objects.create(clinic=clinic, voices={"en-US": "en-US-GuyNeural"})
    first = listen(desk, clinic, "menu")
    again = listen(desk, clinic, "menu")
    assert seconds(first) > 1
    assert again.content == first.content
    [ssml] = spoken(azure)
    assert "en-US-GuyNeural" in ssml
    assert "Dr. Blake" in ssml or "Wednesday" in ssml
    assert first["X-Spoken-Voice"] == "en-US-GuyNeural"
    assert first["X-Spoken-By-Stand-In"] == "1"


def test_what_is_typed_is_heard_before_it_is_saved(
    desk: Client, clinic: Clinic, azure: StandIn
) -> None:
    typed = {"text": "Bye, {patient} & all.", "sound": "", "ssml": "", "voice": ""}
    assert seconds(listen(desk, clinic, **typed)) > 0.5
    speak = '<speak version="1.0" xmlns="http://www.w3.org/2001/10/synthesis" xml:lang="en-US">'
    ssml = f'{speak}<voice name="en-US-AvaNeural">We are {{clinic}}.</voice></speak>'
    assert seconds(listen(desk, clinic, **typed | {"sound": "ssml", "ssml": ssml})) > 0.5
    plain, marked = spoken(azure)
    assert "Bye, Ana &amp; all." in plain
    assert "We are Maple Street Clinic." in marked
    assert not ClinicWording.objects.exists()


def test_a_recording_plays_the_recording_and_needs_no_service(
    desk: Client, clinic: Clinic, settings: Any, now: datetime
) -> None:
    settings.ACS_CONNECTION_STRING = ""
    content = wav_of(noise(1.5))
    kept = recordings.keep(clinic, content, name="bye.wav", by="dana", now=now)
    ClinicWording.objects.create(
        clinic=clinic,
        language="en",
        sounds={"goodbye": {"kind": "file", "source": kept.sha256}},
        made_by="dana",
        made_at=now,
    )
    assert listen(desk, clinic).content == content
    shown = desk.get(page("reminders_clinic", clinic, "prompts")).content.decode()
    assert 'data-heard="1.5"' in shown
    assert "no speech service is set up" in shown
    refused = listen(desk, clinic, "menu")
    assert refused.status_code == 424
    assert refused.json()["error"] == "No speech service is set up."


def test_the_page_asks_nobody_and_tells_measured_seconds_from_estimated_ones(
    desk: Client, clinic: Clinic, azure: StandIn
) -> None:
    prompts = page("reminders_clinic", clinic, "prompts")
    before = desk.get(prompts).content.decode()
    assert before.count('data-hear="') == before.count("data-key=")
    assert "data-heard=" not in before
    assert "not Azure’s voice" in before
    assert azure.asked("synthesize") == []
    length = seconds(listen(desk, clinic))
    assert f'data-heard="{length:.1f}"' in desk.get(prompts).content.decode()


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"kind": "status", "status": 401}, "refuses our key"),
        ({"kind": "silent"}, "did not answer within"),
        ({"kind": "close", "code": 1007}, "a voice of that name"),
    ],
)
def test_a_service_that_does_not_speak_is_told_in_plain_words(
    desk: Client,
    clinic: Clinic,
    azure: StandIn,
    monkeypatch: pytest.MonkeyPatch,
    fault: dict[str, Any],
    words: str,
) -> None:
    monkeypatch.setattr(voicing, "LIMIT_SECONDS", 1.0)
    azure.goes_wrong(operation="synthesize", **fault)
    refused = listen(desk, clinic)
    assert refused.status_code == 424
    assert words in refused.json()["error"]
    assert "For who looks after Ringwell" in refused.json()["hint"]
    assert not SpokenText.objects.exists()


def test_who_may_only_read_hears_what_is_saved_and_others_nothing(
    sign_in: SignIn, clinic: Clinic, azure: StandIn
) -> None:
    reader = sign_in("view_clinic")
    assert seconds(listen(reader, clinic, text="Something of my own.")) > 0.5
    assert "Something of my own" not in spoken(azure)[0]
    assert reader.get(address(clinic)).status_code == 405
    reader.logout()
    assert reader.post(address(clinic), {"key": "goodbye", "tag": "en-US"}).status_code == 302


def test_a_stranger_to_clinics_hears_nothing(sign_in: SignIn, clinic: Clinic) -> None:
    assert listen(sign_in("view_callattempt"), clinic).status_code == 403


@pytest.mark.parametrize(
    "sent",
    [
        {"key": "nothing"},
        {"tag": "xx-XX"},
        {"text": "a" * 4001},
        {"text": "Hi", "voice": '"><voice'},
    ],
)
def test_what_cannot_be_spoken_is_refused(
    desk: Client, clinic: Clinic, sent: dict[str, str]
) -> None:
    assert listen(desk, clinic, **sent).status_code == 400


@pytest.mark.parametrize("text", ["", "Call {nobody}.", "An open { brace"])
def test_a_text_that_cannot_be_filled_in_is_told(desk: Client, clinic: Clinic, text: str) -> None:
    refused = listen(desk, clinic, text=text)
    assert "cannot be spoken" in refused.json()["error"]


def make_spoken(name: str, used: datetime, by: str = "dana", size: int = 10) -> SpokenText:
    return SpokenText.objects.create(
        sha256=name,
        content=b"x",
        size=size,
        seconds=1,
        voice="v",
        locale="en-US",
        made_by=by,
        made_at=used,
        used_at=used,
    )


def test_a_person_has_so_many_new_texts_spoken_in_a_minute(
    desk: Client, clinic: Clinic, azure: StandIn
) -> None:
    for n in range(voicing.MOST_A_MINUTE):
        make_spoken(str(n), TUESDAY)
    refused = listen(desk, clinic)
    assert (refused.status_code, azure.asked("synthesize")) == (429, [])
    assert "wait a little" in refused.json()["error"]


def test_only_so_many_wait_for_the_service_at_once(
    desk: Client, clinic: Clinic, azure: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(voicing, "PATIENCE_SECONDS", 0.01)
    for _ in range(voicing.AT_ONCE):
        voicing._free.acquire()
    try:
        refused = listen(desk, clinic)
    finally:
        voicing._free.release(voicing.AT_ONCE)
    assert (refused.status_code, azure.asked("synthesize")) == (429, [])


@pytest.mark.django_db
def test_what_nobody_plays_any_more_is_let_go_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voicing, "MOST_ROWS", 3)
    monkeypatch.setattr(voicing, "MOST_BYTES", 100)
    make_spoken("forgotten", TUESDAY - voicing.KEPT - timedelta(days=1))
    make_spoken("large", TUESDAY - timedelta(days=3), size=95)
    for n in range(2):
        make_spoken(f"new{n}", TUESDAY - timedelta(days=n))
    voicing.prune(TUESDAY)
    assert set(SpokenText.objects.values_list("pk", flat=True)) == {"new0", "new1"}
    for n in range(4):
        make_spoken(f"newer{n}", TUESDAY + timedelta(minutes=n))
    voicing.prune(TUESDAY + timedelta(minutes=5))
    assert set(SpokenText.objects.values_list("pk", flat=True)) == {"newer1", "newer2", "newer3"}


def test_another_place_of_the_language_has_its_own_voice(desk: Client, azure: StandIn) -> None:
    clinic = make_clinic("elm", languages=["en-US", "en-GB"])
    listen(desk, clinic)
    response = desk.post(address(clinic), {"key": "goodbye", "tag": "en-GB"})
    assert seconds(response) > 0.5
    american, british = spoken(azure)
    assert american != british
