"""Patients, numbers, clinics: what is changed about them plans their visits anew."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from reminders.models import Clinic, Patient, PhoneNumber
from tests.conftest import TUESDAY, make_appointment, make_clinic, make_patient
from tests.desk import conftest as forms
from tests.desk.conftest import THURSDAY, errors, fill_in, make_visits, page, phone, told

PATIENT, NUMBER, CLINIC = "reminders_patient", "reminders_phonenumber", "reminders_clinic"


def test_a_new_patient_is_stored_with_the_number_in_e164(desk: Client) -> None:
    sent = {"name": "Nora New", "phone": "+1 (212) 555-0150", "legal_basis": "consent"}
    fill_in(desk, page(PATIENT, action="add"), **sent)
    patient = Patient.objects.get()
    assert patient.number.e164 == "+12125550150"
    assert patient.external_id.startswith("desk-")


@pytest.mark.parametrize("text", ["555-0150", "+1212", "hello", "+1212555015012345"])
def test_a_number_that_is_none_is_an_error_of_the_field_and_stores_nothing(
    desk: Client, text: str
) -> None:
    response = fill_in(desk, page(PATIENT, action="add"), name="Nora", phone=text)
    assert errors(response)["phone"]
    assert not Patient.objects.exists()
    assert not PhoneNumber.objects.exists()


def test_a_new_patient_needs_a_number(desk: Client) -> None:
    assert errors(fill_in(desk, page(PATIENT, action="add"), name="Nora"))["phone"]


@pytest.mark.parametrize(
    ("field", "text"), [("language", "klingonish-x"), ("time_zone", "Mars/Base")]
)
def test_an_unknown_language_or_zone_is_an_error_of_the_field(
    desk: Client, field: str, text: str
) -> None:
    sent = {"name": "Nora", "phone": phone(150), field: text}
    assert errors(fill_in(desk, page(PATIENT, action="add"), **sent))[field]


def test_a_language_is_stored_in_its_usual_spelling(desk: Client) -> None:
    sent = {"name": "Nora", "phone": phone(150), "language": "es-us"}
    fill_in(desk, page(PATIENT, action="add"), **sent)
    assert Patient.objects.get().language == "es-US"


def test_an_empty_phone_keeps_the_number(desk: Client) -> None:
    patient = make_patient("p1", phone(150))
    fill_in(desk, page(PATIENT, patient), name="Ana Maria Ortiz")
    patient.refresh_from_db()
    assert (patient.name, patient.number.e164) == ("Ana Maria Ortiz", phone(150))


def test_a_new_number_is_taken(desk: Client) -> None:
    patient = make_patient("p1", phone(150))
    fill_in(desk, page(PATIENT, patient), phone=phone(151))
    patient.refresh_from_db()
    assert patient.number.e164 == phone(151)


def test_taking_the_legal_basis_away_stops_the_calls_of_the_coming_visits(
    desk: Client, clinic: Clinic
) -> None:
    [visit] = make_visits(clinic, 1)
    response = fill_in(desk, page(PATIENT, visit.patient), legal_basis="none")
    visit.refresh_from_db()
    assert (visit.next_call_at, visit.next_call_reason) == (None, "no_legal_basis")
    assert "1 visit planned anew" in told(response)


def test_a_visit_in_the_past_is_left_alone(desk: Client, clinic: Clinic) -> None:
    visit = make_appointment(clinic, make_patient(), starts_at=TUESDAY - timedelta(days=1))
    decisions = visit.decisions.count()
    fill_in(desk, page(PATIENT, visit.patient), legal_basis="none")
    assert visit.decisions.count() == decisions


def test_a_flag_of_a_number_stops_every_patient_who_shares_it(desk: Client, clinic: Clinic) -> None:
    one, other = make_patient("p1", phone(150)), make_patient("p2", phone(150), name="Bo")
    visits = [make_appointment(clinic, who, starts_at=THURSDAY) for who in (one, other)]
    fill_in(desk, page(NUMBER, one.number), quarantined="on")
    for visit in visits:
        visit.refresh_from_db()
        assert visit.next_call_reason == "quarantined"
    assert PhoneNumber.objects.get().wrong_number_at == TUESDAY


def test_lifting_the_flag_lets_calls_go_out_again(desk: Client, clinic: Clinic) -> None:
    [visit] = make_visits(clinic, 1)
    number = visit.patient.number
    number.quarantine(TUESDAY)
    number.refresh_from_db()
    url = page(NUMBER, number)
    sent = forms.as_sent(desk.get(url).context["adminform"].form)
    sent.pop("quarantined")
    desk.post(url, sent)
    number.refresh_from_db()
    visit.refresh_from_db()
    assert number.wrong_number_at is None
    assert visit.next_call_at is not None


def test_saving_a_number_again_keeps_since_when_it_is_flagged(desk: Client) -> None:
    number = make_patient("p1", phone(150)).number
    PhoneNumber.objects.update(invalid_at=TUESDAY - timedelta(days=5))
    fill_in(desk, page(NUMBER, number), facility_line="on")
    number.refresh_from_db()
    assert (number.invalid_at, number.facility_line) == (TUESDAY - timedelta(days=5), True)


def test_a_number_is_never_added_by_hand(desk: Client) -> None:
    assert desk.get(page(NUMBER, action="add")).status_code == 403


def test_the_hours_of_a_clinic_are_lines_of_text(desk: Client, clinic: Clinic) -> None:
    shown = desk.get(page(CLINIC, clinic)).content.decode()
    assert "MO 09:00-20:00" in shown


def test_new_hours_are_stored_and_plan_the_visits_anew(desk: Client, clinic: Clinic) -> None:
    [visit] = make_visits(clinic, 1)
    response = fill_in(desk, page(CLINIC, clinic), hours="SU 10:00-12:00")
    clinic.refresh_from_db()
    visit.refresh_from_db()
    assert clinic.hours == {"SU": [["10:00", "12:00"]]}
    assert "Visits planned anew: 1" in told(response)
    assert visit.decisions.last().next_call_at == visit.next_call_at


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("hours", "MO nine-five"),
        ("hours", "XX 09:00-10:00"),
        ("hours", "MO 10:00-09:00"),
        ("hours", "MO"),
        ("languages", "en-US en-US"),
        ("closures", "christmas"),
        ("time_zone", "Mars/Base"),
        ("phone", "12"),
    ],
)
def test_what_makes_no_sense_is_an_error_of_its_field(
    desk: Client, clinic: Clinic, field: str, text: str
) -> None:
    assert errors(fill_in(desk, page(CLINIC, clinic), **{field: text}))[field]


def test_many_visits_are_planned_anew_by_the_next_looks(
    desk: Client, clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desk.clinics.AT_ONCE", 2)
    visits = make_visits(clinic, 3)
    response = fill_in(desk, page(CLINIC, clinic))
    before = visits[-1].next_call_at
    visits[-1].refresh_from_db()
    assert before is not None
    assert visits[-1].next_call_at is not None
    assert visits[-1].next_call_at < before
    assert "Visits planned anew: 2; 1 more follow" in told(response)


def test_a_clinic_is_paused_and_resumed_by_two_steps(desk: Client, clinic: Clinic) -> None:
    [visit] = make_visits(clinic, 1)
    assert "Stop all calls of Maple" in desk.get(page(CLINIC, clinic, "pause")).content.decode()
    desk.post(page(CLINIC, clinic, "pause"))
    clinic.refresh_from_db()
    visit.refresh_from_db()
    assert clinic.paused_at == TUESDAY
    assert visit.next_call_reason == "paused"
    desk.post(page(CLINIC, clinic, "resume"))
    clinic.refresh_from_db()
    visit.refresh_from_db()
    assert clinic.paused_at is None
    assert visit.next_call_reason == "touch"


def test_the_clinics_page_says_where_no_text_is_approved(desk: Client, clinic: Clinic) -> None:
    assert "This clinic calls" in desk.get(page(CLINIC, clinic)).content.decode()
    clinic.approvals.all().delete()
    assert "No calls: no text is approved" in desk.get(page(CLINIC, clinic)).content.decode()


def test_the_history_of_edits_goes_by_the_one_clock(desk: Client, clinic: Clinic) -> None:
    [visit] = make_visits(clinic, 1)
    assert Patient.history.get().history_date == TUESDAY
    fill_in(desk, page(PATIENT, visit.patient), name="Ana Other")
    assert Patient.history.count() == 2
    assert {row.history_date for row in Patient.history.all()} == {TUESDAY}


def test_the_list_of_clinics_tells_which_calls_and_what_keeps_the_others(
    desk: Client, settings: Any, django_assert_num_queries: Any
) -> None:
    settings.ACS_CALLER_ID = ""
    line = "+15555550100"
    make_clinic("calls", name="Elm", caller_id=line)
    make_clinic("rests", name="Oak", caller_id=line, paused_at=TUESDAY)
    make_clinic("mute", name="Yew", caller_id=line).approvals.all().delete()
    make_clinic("nameless", name="Fir")
    url = page(CLINIC, action="changelist")
    text = desk.get(url).content.decode()
    row = r"field-name.*?>([A-Z][a-z]+)</a>.*?field-calling.*?<span[^>]*>\s*(.*?)\s*</span>"
    rows = re.findall(row, text, re.DOTALL)
    assert rows == [
        ("Elm", "Calling"),
        ("Fir", "Not calling: no caller id"),
        ("Oak", "Paused"),
        ("Yew", "Not calling: texts not approved"),
    ]
    with CaptureQueriesContext(connection) as few:
        desk.get(url)
    for n in range(6):
        make_clinic(f"more-{n}")
    with django_assert_num_queries(len(few)):
        desk.get(url)
