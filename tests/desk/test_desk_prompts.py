"""The prompts: read, previewed, changed as versions, approved by a named person."""

import io
import wave
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from calls import scripting
from calls.conversation import linting, wording
from calls.models import CallProfile, ClinicWording, PromptApproval, Recording
from desk.prompts.groups import GROUPS, TITLES
from desk.prompts.versions import Wordings
from reminders.models import Clinic
from tests.conftest import TUESDAY, approve, make_appointment, make_clinic, make_patient
from tests.desk.conftest import THURSDAY, as_sent, page, phone, told

SignIn = Callable[..., Client]
CLINIC = "reminders_clinic"
GOODBYE = "You can reach us at {phone}. Have a good day."


def url(clinic: Clinic, base: str = "en", name: str = "prompts") -> str:
    return f"{page(CLINIC, clinic, name)}?language={base}"


def send(client: Client, clinic: Clinic, base: str = "en", **changes: Any) -> HttpResponse:
    """Open the page, change fields, save; ``__`` in a name stands for "-"."""
    form = client.get(url(clinic, base)).context["form"]
    sent = {name: value for name, value in as_sent(form).items() if value is not None}
    changed = {name.replace("__", "-"): value for name, value in changes.items()}
    return client.post(url(clinic, base), sent | changed)


def faults(response: HttpResponse) -> dict[str, list[str]]:
    assert response.status_code == 200, "it was saved"
    return dict(response.context["form"].errors)


def wav(rate: int = 16_000, channels: int = 1, seconds: float = 1.0) -> SimpleUploadedFile:
    made = io.BytesIO()
    with wave.open(made, "wb") as sound:
        sound.setnchannels(channels)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes(b"\0\0" * int(rate * seconds) * channels)
    return SimpleUploadedFile("goodbye.wav", made.getvalue(), content_type="audio/wav")


def test_every_text_stands_in_one_step_under_a_name_of_its_own() -> None:
    grouped = [key for group in GROUPS for key in group.texts]
    assert sorted(grouped) == sorted(wording.packs()["en"].texts)
    assert set(TITLES) == set(grouped)
    assert {g.phrases for g in GROUPS if g.phrases} == set(wording.packs()["en"].phrases)


@pytest.mark.parametrize("base", sorted(wording.packs()))
def test_every_language_is_shown_with_its_class_and_an_invented_patient(
    desk: Client, base: str
) -> None:
    clinic = make_clinic(languages=["en-US", base] if base != "en" else ["en-US"])
    response = desk.get(url(clinic, base))
    shown = response.content.decode()
    assert "anybody may hear" in shown
    assert "after identity" in shown
    texts = [text for section in response.context["sections"] for text in section.texts]
    assert len(texts) == len(wording.packs()[base].texts)
    assert all(text.preview for text in texts)
    opening = next(text for text in texts if text.key == "opening")
    assert linting.SAMPLE_VALUES["clinic"] in opening.preview
    assert opening.who == "anybody may hear"
    assert next(text for text in texts if text.key == "menu").who == "after identity"


def test_only_what_differs_from_the_shipped_text_is_stored(desk: Client, clinic: Clinic) -> None:
    response = send(
        desk, clinic, text__goodbye=GOODBYE, **{"phrases-menu-Confirm": "confirm\n\nI confirm "}
    )
    assert response.status_code == 302
    row = ClinicWording.objects.get()
    assert (row.texts, row.sounds) == ({"goodbye": GOODBYE}, {})
    assert row.phrases == {"menu": {"Confirm": ["confirm", "I confirm"]}}
    assert (row.language, row.made_by, row.made_at) == ("en", "dana", TUESDAY)
    assert GOODBYE.split(".")[1] in desk.get(url(clinic)).content.decode()


def test_saving_what_is_there_makes_no_version(desk: Client, clinic: Clinic) -> None:
    assert "Nothing was changed" in told(send(desk, clinic))
    send(desk, clinic, text__goodbye=GOODBYE)
    assert "Nothing was changed" in told(send(desk, clinic))
    assert ClinicWording.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        ("text-opening", "Hello from {clinic}.", "The opening does not say"),
        ("text-right_party", "Your visit on {when}. Is this {patient}?", "right-party question"),
        ("text-goodbye", "Your {visit_type} is over.", "never said"),
        ("text-goodbye", "Call us at {phone", "brace"),
        ("text-goodbye", "We have an offer: a discount of 10 dollars.", "money"),
        ("text-goodbye", "", "required"),
        ("phrases-menu-Confirm", "confirm\ncancel", "means"),
        ("phrases-menu-Confirm", "one", "number"),
        ("phrases-menu-Confirm", "", "No phrase"),
        ("phrases-any-Stop", "stop calling\ncancel", "means"),
    ],
)
def test_a_text_that_may_not_be_spoken_is_told_and_nothing_is_saved(
    desk: Client, clinic: Clinic, field: str, text: str, words: str
) -> None:
    response = send(desk, clinic, text__thanks="Bye.", **{field: text})
    assert words in str(faults(response))
    assert not ClinicWording.objects.exists()
    assert "Nothing is saved yet" in response.content.decode()
    assert "Bye." in response.content.decode()


def test_a_phrase_that_another_language_of_the_clinic_takes_otherwise_is_refused(
    desk: Client, clinic: Clinic
) -> None:
    response = send(desk, clinic, "es", **{"phrases-menu-Cancel": "cancelar\nconfirm"})
    assert "confirm" in str(faults(response))
    assert not ClinicWording.objects.exists()


def test_a_call_that_takes_too_long_is_refused(desk: Client, clinic: Clinic) -> None:
    response = send(desk, clinic, text__menu="You have an appointment on {when}. " + "well " * 60)
    assert "seconds" in str(faults(response))


def test_who_saves_over_a_newer_version_is_told_so(desk: Client, clinic: Clinic) -> None:
    stale = as_sent(desk.get(url(clinic)).context["form"])
    send(desk, clinic, text__goodbye=GOODBYE)
    response = desk.post(url(clinic), stale | {"text-thanks": "Thanks."})
    assert "Somebody saved another version" in str(faults(response))
    assert ClinicWording.objects.count() == 1


def test_a_version_is_spoken_once_it_is_approved_by_who_is_signed_in(
    desk: Client, clinic: Clinic
) -> None:
    send(desk, clinic, text__goodbye=GOODBYE)
    before = scripting.spoken(clinic)["en"]
    assert before.pack.texts["goodbye"] != GOODBYE
    shown = desk.get(url(clinic)).content.decode()
    assert "waits for approval" in shown
    assert before.approval.fingerprint[:12] in shown
    newest = Wordings(clinic, "en").pack.fingerprint
    desk.post(url(clinic, name="prompts_approve"), {"fingerprint": newest})
    spoken = scripting.spoken(Clinic.objects.get())["en"]
    assert (spoken.pack.texts["goodbye"], spoken.approval.approved_by) == (GOODBYE, "dana")
    shown = desk.get(url(clinic)).content.decode()
    assert "approved by dana" in shown
    assert "waits for approval" not in shown


def test_what_was_not_read_is_not_approved(desk: Client, clinic: Clinic) -> None:
    read = Wordings(clinic, "en").pack.fingerprint
    send(desk, clinic, text__goodbye=GOODBYE)
    approvals = PromptApproval.objects.count()
    response = desk.post(url(clinic, name="prompts_approve"), {"fingerprint": read})
    assert "There is a newer version" in told(response)
    assert PromptApproval.objects.count() == approvals


def test_a_draft_translation_is_marked_and_asks_for_a_tick(desk: Client) -> None:
    clinic = make_clinic(languages=["en-US", "fr-FR"])
    clinic.approvals.filter(language="fr-FR").delete()
    assert "draft translation" in desk.get(url(clinic, "fr")).content.decode()
    assert "draft translation" not in desk.get(url(clinic, "en")).content.decode().split("<h2")[1]
    sent = {"fingerprint": wording.packs()["fr"].fingerprint}
    assert "draft" in told(desk.post(url(clinic, "fr", "prompts_approve"), sent))
    assert not PromptApproval.objects.filter(language="fr-FR").exists()
    desk.post(url(clinic, "fr", "prompts_approve"), sent | {"draft": "on"})
    assert PromptApproval.objects.get(language="fr-FR").approved_by == "dana"


def test_the_history_tells_what_changed_and_leads_back(desk: Client, clinic: Clinic) -> None:
    send(desk, clinic, text__goodbye=GOODBYE)
    send(desk, clinic, text__thanks="Thanks. Bye.")
    shown = desk.get(url(clinic)).content.decode()
    for words in (f'<ins dir="auto">{GOODBYE}', '<ins dir="auto">Thanks. Bye.'):
        assert words in shown
    first = ClinicWording.objects.earliest("pk")
    desk.post(url(clinic, name="prompts_restore"), {"restore": str(first.pk)})
    assert ClinicWording.objects.latest("pk").texts == {"goodbye": GOODBYE}
    desk.post(url(clinic, name="prompts_restore"), {"restore": "0"})
    newest = ClinicWording.objects.latest("pk")
    assert (newest.texts, newest.phrases, newest.sounds) == ({}, {}, {})
    assert ClinicWording.objects.count() == 4
    # Exactly these words were approved before.
    assert scripting.spoken(Clinic.objects.get())["en"].pack.fingerprint == (
        wording.packs()["en"].fingerprint
    )
    assert desk.post(url(clinic, name="prompts_restore"), {"restore": "999"}).status_code == 404


def test_a_recording_is_kept_and_can_be_played(desk: Client, clinic: Clinic) -> None:
    response = send(desk, clinic, sound__thanks="file", file__thanks=wav())
    assert response.status_code == 302
    recording = Recording.objects.get()
    assert ClinicWording.objects.get().sounds == {
        "thanks": {"kind": "file", "source": recording.sha256}
    }
    assert (
        f'src="/callbacks/prompts/{recording.sha256}.wav"' in desk.get(url(clinic)).content.decode()
    )
    send(desk, clinic, text__goodbye=GOODBYE)
    assert ClinicWording.objects.latest("pk").sounds["thanks"]["source"] == recording.sha256
    send(desk, clinic, sound__thanks="")
    assert ClinicWording.objects.latest("pk").sounds == {}


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (lambda: wav(rate=8000), "8,000 Hz"),
        (lambda: wav(channels=2), "2 channel"),
        (lambda: wav(seconds=61), "longer than 60 seconds"),
        (lambda: SimpleUploadedFile("x.wav", b"RIFF nonsense"), "no WAV file"),
        (lambda: SimpleUploadedFile("x.wav", b"\0" * 2_000_001), "larger than 2 MB"),
    ],
)
def test_a_recording_that_azure_cannot_play_says_what_is_wrong(
    desk: Client, clinic: Clinic, file: Any, words: str
) -> None:
    response = send(desk, clinic, text__goodbye=GOODBYE, sound__thanks="file", file__thanks=file())
    assert words in str(faults(response)["file-thanks"])
    assert not Recording.objects.exists()
    assert not ClinicWording.objects.exists()


def test_a_sound_needs_its_source(desk: Client, clinic: Clinic) -> None:
    assert "file-thanks" in faults(send(desk, clinic, sound__thanks="file"))
    assert "ssml-thanks" in faults(send(desk, clinic, sound__thanks="ssml"))
    assert "sound-thanks" in faults(send(desk, clinic, file__thanks=wav()))
    assert "ssml-thanks" in faults(
        send(desk, clinic, sound__thanks="ssml", ssml__thanks="<speak>Bye")
    )


def test_ssml_is_stored_beside_its_text(desk: Client, clinic: Clinic) -> None:
    document = (
        '<speak version="1.0" xmlns="http://www.w3.org/2001/10/synthesis" xml:lang="en-US">'
        '<voice name="en-US-JennyNeural">Thank <emphasis>you</emphasis>.</voice></speak>'
    )
    send(desk, clinic, sound__thanks="ssml", ssml__thanks=document)
    assert ClinicWording.objects.get().sounds == {"thanks": {"kind": "ssml", "source": document}}


def test_a_voice_belongs_to_the_profile_and_makes_no_version(desk: Client, clinic: Clinic) -> None:
    CallProfile.objects.create(clinic=clinic, voices={"es-US": "es-US-PalomaNeural"})
    send(desk, clinic, **{"voice-en-US": "en-US-AvaNeural"})
    assert CallProfile.objects.get().voices == {
        "es-US": "es-US-PalomaNeural",
        "en-US": "en-US-AvaNeural",
    }
    assert not ClinicWording.objects.exists()
    assert "voice-en-US" in faults(send(desk, clinic, **{"voice-en-US": "<voice>"}))
    send(desk, clinic, **{"voice-en-US": ""})
    assert CallProfile.objects.get().voices == {"es-US": "es-US-PalomaNeural"}


def test_who_may_only_look_changes_and_approves_nothing(sign_in: SignIn, clinic: Clinic) -> None:
    clinic.approvals.all().delete()
    client = sign_in("view_clinic")
    shown = client.get(url(clinic)).content.decode()
    assert "Save as a new version" not in shown
    assert "Approve the shipped texts" not in shown
    sent = {"fingerprint": wording.packs()["en"].fingerprint, "restore": "0"}
    for name in ("prompts", "prompts_approve", "prompts_restore"):
        assert client.post(url(clinic, name=name), sent).status_code == 403, name
    assert not PromptApproval.objects.exists()


def test_approving_is_a_permission_of_its_own(sign_in: SignIn, clinic: Clinic) -> None:
    clinic.approvals.all().delete()
    client = sign_in("view_clinic", "add_promptapproval")
    sent = {"fingerprint": wording.packs()["en"].fingerprint}
    client.post(url(clinic, name="prompts_approve"), sent)
    assert PromptApproval.objects.get().approved_by == "eve"
    for name in ("prompts_approve", "prompts_restore"):
        assert client.get(url(clinic, name=name)).status_code == 405


@pytest.mark.parametrize("base", ["xx", "fr", "en-US"])
def test_a_language_that_the_clinic_does_not_speak_is_not_found(
    desk: Client, clinic: Clinic, base: str
) -> None:
    assert desk.get(url(clinic, base)).status_code == 404


def test_the_menu_leads_to_the_only_clinic_or_to_a_choice(desk: Client, clinic: Clinic) -> None:
    assert desk.get("/admin/prompts/")["Location"] == page(CLINIC, clinic, "prompts")
    make_clinic("elm", name="Elm Clinic")
    shown = desk.get("/admin/prompts/").content.decode()
    assert "Maple Street Clinic" in shown
    assert "Elm Clinic" in shown
    assert page(CLINIC, clinic, "prompts") in desk.get(page(CLINIC, clinic)).content.decode()


def test_the_page_takes_as_many_queries_for_many_versions(desk: Client, clinic: Clinic) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            desk.get(url(clinic))
        return len(captured)

    send(desk, clinic, text__goodbye=GOODBYE)
    few = queries()
    for n in range(25):
        send(desk, clinic, text__goodbye=f"Goodbye number {n}.")
    assert queries() == few


def test_today_says_whom_an_unapproved_language_concerns(desk: Client, clinic: Clinic) -> None:
    PromptApproval.objects.filter(language="es-US").delete()
    assert "is not approved" not in desk.get("/admin/").content.decode()
    for n in range(4):
        patient = make_patient(f"p{n}", phone(150 + n), language="es-MX")
        make_appointment(clinic, patient, starts_at=THURSDAY)
    make_appointment(clinic, make_patient("p9", phone(170)), starts_at=THURSDAY)
    late = make_patient("p8", phone(171), language="es-MX")
    make_appointment(clinic, late, starts_at=THURSDAY + timedelta(days=30))
    shown = desk.get("/admin/").content.decode()
    calls = "4 calls of the next seven days will be in English."
    assert f"Spanish is not approved at Maple Street Clinic: {calls}" in shown
    assert url(clinic, "es") in shown
    PromptApproval.objects.all().delete()
    assert "nor any other language of Maple Street Clinic: no calls" in (
        desk.get("/admin/").content.decode()
    )
    approve(clinic)
    assert "is not approved" not in desk.get("/admin/").content.decode()
