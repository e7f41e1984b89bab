"""Recordings on the page of a call: who may do what, what is shown, and what is written down."""

from collections.abc import Callable
from datetime import datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from calls import recorded, second_opinion
from calls.models import (
    CallAttempt,
    CallProfile,
    Listen,
    StaffRecording,
    Transcript,
    TranscriptSegment,
)
from config import clock
from reminders.models import Appointment, Clinic
from tests.calls.speaking import noise, wav
from tests.conftest import TUESDAY, make_appointment, make_patient
from tests.desk.conftest import make_call, page, told

FILE = wav(noise(1.0))
ALL = (
    "view_callattempt",
    "view_staffrecording",
    "add_staffrecording",
    "listen_staffrecording",
    "erase_staffrecording",
)


@pytest.fixture
def visit(clinic: Clinic, now: datetime) -> Appointment:
    return make_appointment(clinic, make_patient())


@pytest.fixture
def call(visit: Appointment) -> CallAttempt:
    return make_call(visit)


@pytest.fixture
def recording(call: CallAttempt) -> StaffRecording:
    return recorded.keep(call, FILE, by="dana", now=TUESDAY)


def url(name: str, *args: Any) -> str:
    return reverse(f"admin:calls_recording_{name}", args=args)


def upload(client: Client, call: CallAttempt, content: bytes = FILE, **columns: Any) -> Any:
    sent = {"sound": SimpleUploadedFile("Ana Ortiz.wav", content)} | columns
    return client.post(url("upload", call.pk), sent)


def shown(client: Client, call: CallAttempt) -> str:
    response = client.get(page("calls_callattempt", call))
    assert response.status_code == 200
    return unescape(response.content.decode())


def transcribed(recording: StaffRecording, text: str = "Please cancel my appointment.") -> None:
    """As the worker would have left it."""
    TranscriptSegment.objects.create(
        transcript=recording.transcript,
        offset=61.5,
        duration=2.25,
        language="en-US",
        language_confidence="High",
        confidence=0.87,
        text=text,
    )
    Transcript.objects.filter(recording=recording).update(
        status="done",
        service="the stand-in at 127.0.0.1:8001",
        sdk_version="1.53.0",
        languages=["en-US", "es-US"],
        audio_sha256="ab" * 32,
    )
    second_opinion.give(recording.transcript.pk, TUESDAY)


def test_an_upload_is_kept_without_its_name_and_waits_for_a_worker(
    desk: Client, call: CallAttempt
) -> None:
    response = upload(desk, call)
    assert response.url == page("calls_callattempt", call), "the message is at the top"
    assert "being transcribed" in told(response)
    kept = StaffRecording.objects.get()
    assert (kept.attempt, kept.uploaded_by, bytes(kept.content)) == (call, "dana", FILE)
    assert kept.expires_at == TUESDAY + timedelta(days=90)
    body = shown(desk, call)
    for words in ("Recording of 1 s", "Waiting", "nobody has listened", "pcm, 16000 Hz"):
        assert words in body
    assert "Ana Ortiz.wav" not in body


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        (b"ID3" + bytes(400), "Recording: The file is no WAV file"),
        (b"", "Recording: The submitted file is empty"),
        (bytes(recorded.LARGEST + 1), "Recording: The file is larger than 7 MB."),
        (FILE[:20], "Recording: The file is a WAV file without a format"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_and_nothing_is_kept(
    desk: Client, call: CallAttempt, content: bytes, wrong: str
) -> None:
    assert wrong in told(upload(desk, call, content))
    assert not StaffRecording.objects.exists()


def test_without_a_file_the_field_is_named(desk: Client, call: CallAttempt) -> None:
    response = desk.post(url("upload", call.pk), {})
    assert told(response) == "Recording: This field is required."


def test_while_the_call_lasts_nothing_is_added(desk: Client, visit: Appointment) -> None:
    call = make_call(visit, status="connected", outcome="", ended_at=None)
    assert "recording-file" not in shown(desk, call)
    assert "The call is not over yet." in told(upload(desk, call))


def test_a_clinic_of_keys_alone_sends_nobodys_voice_anywhere(
    desk: Client, call: CallAttempt
) -> None:
    CallProfile.objects.create(clinic=call.clinic, keypad_only=True)
    assert "heard by no speech service" in told(upload(desk, call))
    assert not StaffRecording.objects.exists()


def test_the_words_are_shown_with_what_they_rest_on_and_where_they_disagree(
    desk: Client, call: CallAttempt, recording: StaffRecording
) -> None:
    transcribed(recording)
    body = shown(desk, call)
    for words in (
        "“Please cancel my appointment.”",
        "1:01.5",
        "English (en-US), high",
        "87%",
        "Sounds like: Cancel",
        "say something else than the call",
        "the stand-in at 127.0.0.1:8001",
        "1.53.0",
        "ab" * 8,
        "English, Spanish",
    ):
        assert words in body, words


def test_a_failure_says_what_to_mend_and_can_be_tried_again(
    desk: Client, call: CallAttempt, recording: StaffRecording
) -> None:
    Transcript.objects.update(status="failed", code="NotInstalled", hint="The SDK is missing.")
    body = shown(desk, call)
    assert "Not transcribed" in body
    assert "The SDK is missing. (NotInstalled)" in body
    response = desk.post(url("again", call.pk, recording.pk))
    assert "tried again" in told(response)
    assert Transcript.objects.get().status == "queued"
    assert "nothing to try" in told(desk.post(url("again", call.pk, recording.pk)))


def test_what_nobody_takes_up_is_said(
    desk: Client, call: CallAttempt, recording: StaffRecording
) -> None:
    Transcript.objects.update(due_at=TUESDAY - timedelta(minutes=20))
    assert "is there a worker for the queue “speech”?" in shown(desk, call)


def press_play(client: Client, recording: StaffRecording) -> str:
    """The address of the sound."""
    client.post(url("listen", recording.attempt_id, recording.pk))
    return url("sound", recording.attempt_id, Listen.objects.latest("at").pk)


def content(response: HttpResponse) -> bytes:
    return bytes(response.content)


def test_nobody_hears_a_sound_without_being_written_down(
    desk: Client, call: CallAttempt, recording: StaffRecording
) -> None:
    assert "<audio" not in shown(desk, call)
    sound = press_play(desk, recording)
    body = shown(desk, call)
    assert f'src="{sound}"' in body
    assert "dana, Tue 17 Nov 14:00" in body
    assert "listened to once" in body
    response = desk.get(sound)
    assert (response.status_code, content(response)) == (200, FILE)
    assert response["Content-Type"] == "audio/wav"
    assert "no-store" in response["Cache-Control"]
    assert Listen.objects.count() == 1


def test_a_browser_may_fetch_a_sound_in_pieces(desk: Client, recording: StaffRecording) -> None:
    sound = press_play(desk, recording)

    def ask(wanted: str) -> Any:
        return desk.get(sound, headers={"Range": wanted})

    size = len(FILE)
    for wanted, first, last in (
        ("bytes=0-", 0, size - 1),
        ("bytes=100-199", 100, 199),
        ("bytes=-50", size - 50, size - 1),
        (f"bytes=10-{size * 2}", 10, size - 1),
    ):
        response = ask(wanted)
        assert response.status_code == 206
        assert response["Content-Range"] == f"bytes {first}-{last}/{size}"
        assert content(response) == FILE[first : last + 1]
    for wanted in (f"bytes={size}-", "bytes=9-3"):
        assert ask(wanted).status_code == 416
    for wanted in ("bytes=-", "bytes=0-1,5-9", "lines=1-2"):
        assert (ask(wanted).status_code, content(ask(wanted))) == (200, FILE)


def test_the_address_of_a_sound_is_one_persons_and_good_for_minutes(
    desk: Client,
    call: CallAttempt,
    visit: Appointment,
    recording: StaffRecording,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sound = press_play(desk, recording)
    listen = Listen.objects.get()
    other_call = make_call(visit, at=TUESDAY - timedelta(days=1))
    assert desk.get(url("sound", other_call.pk, listen.pk)).status_code == 404
    assert desk.get(url("sound", call.pk, recording.pk)).status_code == 404
    Listen.objects.update(by="eve")
    assert desk.get(sound).status_code == 404
    Listen.objects.update(by="dana")
    monkeypatch.setattr(clock, "now", lambda: TUESDAY + timedelta(minutes=15))
    assert desk.get(sound).status_code == 404
    assert "<audio" not in shown(desk, call)


def test_erasing_asks_first_and_leaves_the_fact(
    desk: Client, call: CallAttempt, recording: StaffRecording
) -> None:
    transcribed(recording)
    sound = press_play(desk, recording)
    erase = url("erase", call.pk, recording.pk)
    assert "gone for good" in unescape(desk.get(erase).content.decode())
    assert StaffRecording.objects.get().content is not None
    assert "are erased" in told(desk.post(erase))
    assert "already" in told(desk.post(erase))
    body = shown(desk, call)
    assert "Please cancel" not in body
    assert "Sounds like" not in body
    assert "Erased" in body
    assert recording.sha256[:16] in body
    assert desk.get(sound).status_code == 404
    assert "is erased" in told(desk.post(url("listen", call.pk, recording.pk)))
    assert Listen.objects.count() == 1


@pytest.mark.parametrize("missing", ALL)
def test_each_thing_needs_its_own_permission(
    sign_in: Callable[..., Client],
    call: CallAttempt,
    recording: StaffRecording,
    missing: str,
) -> None:
    transcribed(recording)
    client = sign_in(*(name for name in ALL if name != missing))
    listen = Listen.objects.create(recording=recording, by="eve", at=TUESDAY)
    refused = {
        "add_staffrecording": [
            upload(client, call, wav(noise(0.2))),
            client.post(url("again", call.pk, recording.pk)),
        ],
        "listen_staffrecording": [
            client.post(url("listen", call.pk, recording.pk)),
            client.get(url("sound", call.pk, listen.pk)),
        ],
        "view_callattempt": [],
        "view_staffrecording": [],
        "erase_staffrecording": [
            client.get(url("erase", call.pk, recording.pk)),
            client.post(url("erase", call.pk, recording.pk)),
        ],
    }
    for name, responses in refused.items():
        for response in responses:
            denied = response.status_code == 403
            assert denied == (missing in (name, "view_callattempt")), (name, response.status_code)
    if missing == "view_staffrecording":
        assert "cancel my appointment" not in shown(client, call)


def test_who_may_do_nothing_with_recordings_sees_none(
    sign_in: Callable[..., Client], call: CallAttempt, recording: StaffRecording
) -> None:
    transcribed(recording)
    body = shown(sign_in("view_callattempt"), call)
    assert 'id="recordings"' not in body
    assert "cancel my appointment" not in body


def test_nothing_happens_by_looking(
    desk: Client, call: CallAttempt, recording: StaffRecording
) -> None:
    for address in (
        url("upload", call.pk),
        url("listen", call.pk, recording.pk),
        url("again", call.pk, recording.pk),
    ):
        assert desk.get(address).status_code == 405
    assert not Listen.objects.exists()
