"""How a clinic's calls ask and listen, kinds of visits, and what a patient's page knows."""

from typing import Any

import pytest
from django.test import Client

from calls.conversation.profile import SETTINGS
from calls.models import CallProfile
from reminders.models import Clinic, Patient, VisitType
from tests.conftest import TUESDAY, make_clinic, make_patient
from tests.desk.conftest import as_sent, errors, fill_in, make_visits, page, phone

CLINIC, PATIENT, VISIT = "reminders_clinic", "reminders_patient", "reminders_appointment"
COLUMNS = [s for s in SETTINGS if s.name not in ("sentiment", "choices_silence_seconds")]
BOUNDED = [setting for setting in COLUMNS if setting.low is not None]


def profile_errors(response: Any) -> dict[str, list[str]]:
    """What the inline form complains of."""
    assert response.status_code == 200, "the form was accepted"
    inline = response.context["inline_admin_formsets"][0]
    return dict(inline.formset.forms[0].errors)


def test_saving_a_clinic_without_touching_its_profile_makes_none(
    desk: Client, clinic: Clinic
) -> None:
    fill_in(desk, page(CLINIC, clinic), name="Maple")
    assert Clinic.objects.get().name == "Maple"
    assert not CallProfile.objects.exists()


def test_a_setting_is_stored_and_the_others_keep_their_defaults(
    desk: Client, clinic: Clinic
) -> None:
    fill_in(desk, page(CLINIC, clinic), **{"call_profile-0-pin_digits": "6"})
    profile = CallProfile.objects.get()
    assert (profile.pin_digits, profile.stop_tones) == (6, ["pound"])
    assert (profile.interrupt_prompt, profile.end_silence_seconds) == (True, 1.0)
    CallProfile.objects.update(voices={"en-US": "en-US-AvaNeural"})
    fill_in(desk, page(CLINIC, clinic), **{"call_profile-0-pin_digits": "7"})
    profile = CallProfile.objects.get()
    assert (profile.pin_digits, profile.voices) == (7, {"en-US": "en-US-AvaNeural"})


@pytest.mark.parametrize("setting", BOUNDED, ids=lambda setting: setting.name)
def test_each_bound_of_the_table_is_an_error_of_its_field(
    desk: Client, clinic: Clinic, setting: Any
) -> None:
    for beyond in (setting.low - 1, setting.high + 1):
        sent = {f"call_profile-0-{setting.name}": str(beyond)}
        assert list(profile_errors(fill_in(desk, page(CLINIC, clinic), **sent))) == [setting.name]
    assert not CallProfile.objects.exists()


def test_each_setting_tells_our_default_and_azures(desk: Client, clinic: Clinic) -> None:
    shown = desk.get(page(CLINIC, clinic)).context["inline_admin_formsets"][0]
    fields = shown.formset.forms[0].fields
    for setting in COLUMNS:
        assert fields[setting.name].help_text.startswith(setting.help), setting.name
    pause = fields["end_silence_seconds"].help_text
    assert "0.1 to 5 seconds; Ringwell's default: 1; Azure's own: 0.5." in pause
    assert "preview feature" in desk.get(page(CLINIC, clinic)).content.decode()


def test_a_number_that_is_none_is_an_error_of_the_field(desk: Client, clinic: Clinic) -> None:
    sent = {"call_profile-0-transfer_number": "reception"}
    assert "transfer_number" in profile_errors(fill_in(desk, page(CLINIC, clinic), **sent))


def test_who_may_change_a_clinic_may_change_all_of_its_page(sign_in: Any, clinic: Clinic) -> None:
    client = sign_in("view_clinic", "change_clinic")
    fill_in(client, page(CLINIC, clinic), **{"call_profile-0-pin_digits": "5"})
    assert CallProfile.objects.get().pin_digits == 5


def test_a_kind_of_visit_has_an_identity_check_of_its_own(desk: Client, clinic: Clinic) -> None:
    sent = {
        "visit_types-TOTAL_FORMS": "1",
        "visit_types-0-name": "HIV clinic",
        "visit_types-0-identity_level": "1",
        "visit_types-0-clinic": str(clinic.pk),
        "visit_types-0-id": "",
    }
    fill_in(desk, page(CLINIC, clinic), **sent)
    assert VisitType.objects.get().identity_level == 1


def test_a_visit_takes_a_kind_of_its_own_clinic(desk: Client, clinic: Clinic) -> None:
    [visit] = make_visits(clinic, 1)
    here = VisitType.objects.create(clinic=clinic, name="Physiotherapy")
    elsewhere = VisitType.objects.create(clinic=make_clinic("elm"), name="Dental")
    url = page(VISIT, visit)
    assert errors(fill_in(desk, url, type=str(elsewhere.pk)))["type"]
    fill_in(desk, url, type=str(here.pk))
    visit.refresh_from_db()
    assert visit.type == here


def test_what_a_call_asks_for_is_kept_with_the_patient(desk: Client) -> None:
    patient = make_patient("p1", phone(150))
    fill_in(desk, page(PATIENT, patient), birth_date="1987-07-04", call_pin="4829")
    patient.refresh_from_db()
    assert (f"{patient.birth_date}", patient.call_pin) == ("1987-07-04", "4829")
    assert patient.voicemail_ok
    assert "4829" in desk.get(page(PATIENT, patient)).content.decode()
    assert "4829" not in desk.get(page(PATIENT, action="changelist")).content.decode()


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("birth_date", "2030-01-01"),
        ("birth_date", "1870-01-01"),
        ("birth_date", "yesterday"),
        ("call_pin", "12"),
        ("call_pin", "12ab"),
        ("call_pin", "123456789"),
    ],
)
def test_a_birthday_or_pin_that_cannot_be_is_an_error_of_its_field(
    desk: Client, field: str, text: str
) -> None:
    patient = make_patient("p1", phone(150))
    assert errors(fill_in(desk, page(PATIENT, patient), **{field: text}))[field]


def test_a_death_stops_the_calls_in_two_steps_and_can_be_taken_back(
    desk: Client, clinic: Clinic
) -> None:
    [visit] = make_visits(clinic, 1)
    patient = visit.patient
    assert f"Has {patient.name} died?" in desk.get(page(PATIENT, patient, "died")).content.decode()
    assert Patient.objects.get().deceased_at is None
    desk.post(page(PATIENT, patient, "died"))
    visit.refresh_from_db()
    assert (Patient.objects.get().deceased_at, visit.next_call_at) == (TUESDAY, None)
    assert "Has died: not called" in desk.get(page(PATIENT, patient)).content.decode()
    assert "Has died" in desk.get(page(PATIENT, action="changelist")).content.decode()
    desk.post(page(PATIENT, patient, "lives"))
    visit.refresh_from_db()
    assert Patient.objects.get().deceased_at is None
    assert visit.next_call_reason == "touch"


def test_only_who_may_change_a_patient_tells_of_a_death(sign_in: Any, clinic: Clinic) -> None:
    [visit] = make_visits(clinic, 1)
    client = sign_in("view_patient")
    assert "Has died" not in client.get(page(PATIENT, visit.patient)).content.decode()
    for action in ("died", "lives"):
        assert client.post(page(PATIENT, visit.patient, action)).status_code == 403


def test_the_form_as_it_stands_says_nothing_new(desk: Client, clinic: Clinic) -> None:
    CallProfile.objects.create(clinic=clinic, keys_silence_seconds=20, stop_tones=[])
    inline = desk.get(page(CLINIC, clinic)).context["inline_admin_formsets"][0]
    assert as_sent(inline.formset.forms[0])["call_profile-0-keys_silence_seconds"] == 20
    fill_in(desk, page(CLINIC, clinic))
    profile = CallProfile.objects.get()
    assert (profile.keys_silence_seconds, profile.stop_tones) == (20, [])
