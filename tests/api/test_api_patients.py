"""Patients over REST."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from simple_history.utils import update_change_reason

from api.models import ApiToken
from reminders import planning
from reminders.models import Appointment, Decision, Patient, PhoneNumber
from reminders.policy.vocabulary import Reason
from tests.api.conftest import PATIENT, Rest

BARE = {"name": "Ana Ortiz", "phone": "+12125550142"}
DEFAULTS = {
    "spoken_name": None,
    "language": None,
    "time_zone": None,
    "legal_basis": "none",
    "birth_date": None,
    "voicemail_ok": True,
    "deceased": False,
    "has_call_pin": False,
}
OTHERS = {
    "spoken_name": "Anita",
    "language": "es-US",
    "time_zone": "America/Chicago",
    "legal_basis": "us_exemption",
    "birth_date": "1987-07-04",
    "voicemail_ok": False,
    "deceased": True,
}


def test_a_patient_is_made_with_the_defaults(rest: Rest) -> None:
    answer = rest.put("patients/p-1/", BARE)
    assert answer.status_code == 201
    assert answer.json() == {"external_id": "p-1"} | BARE | DEFAULTS
    assert rest.get("patients/p-1/").json() == answer.json()


def test_every_optional_field_can_be_set_left_out_and_cleared(rest: Rest) -> None:
    rest.put("patients/p-1/", BARE)
    changed = rest.put("patients/p-1/", OTHERS)
    assert (changed.status_code, changed.json()) == (
        200,
        {"external_id": "p-1"} | BARE | DEFAULTS | OTHERS,
    )
    assert rest.put("patients/p-1/", {}).json() == changed.json()
    cleared = rest.put("patients/p-1/", dict.fromkeys(OTHERS)).json()
    assert cleared == {"external_id": "p-1"} | BARE | DEFAULTS


@pytest.mark.parametrize("field", BARE)
def test_what_is_required_is_neither_missing_when_new_nor_null(rest: Rest, field: str) -> None:
    missing = {name: value for name, value in BARE.items() if name != field}
    assert list(rest.put("patients/p-1/", missing).json()) == [field]
    rest.put("patients/p-1/", BARE)
    answer = rest.put("patients/p-1/", {field: None})
    assert (answer.status_code, list(answer.json())) == (400, [field])


@pytest.mark.parametrize(
    ("field", "bad"),
    [
        ("name", ["Ana"]),
        ("name", "\u2003"),
        ("phone", "212 555 0142"),
        ("phone", "+1212555014"),
        ("phone", "+12125550142;ext=7"),
        ("phone", "call me"),
        ("phone", ""),
        ("phone", "+" + "1" * 400_000),
        ("language", "xx-nowhere"),
        ("language", ""),
        ("time_zone", "EST5"),
        ("time_zone", ""),
        ("legal_basis", "because"),
        ("legal_basis", ""),
        ("legal_basis", {}),
        ("spoken_name", "x" * 101),
        ("birth_date", "04/07/1987"),
        ("birth_date", "19870704"),
        ("birth_date", "1987-02-30"),
        ("birth_date", "1899-12-31"),
        ("birth_date", "2026-11-18"),
        ("birth_date", 1987),
        ("call_pin", "123"),
        ("call_pin", "123456789"),
        ("call_pin", "12a4"),
        ("call_pin", "١٢٣٤"),
        ("call_pin", 1234),
        ("call_pin", ""),
        ("has_call_pin", True),
        ("voicemail_ok", "yes"),
        ("deceased", 1),
        ("deceased", "2026-11-01"),
        ("deceased_at", "2026-11-01T00:00:00Z"),
    ],
)
def test_a_bad_value_is_told_by_its_field_and_nothing_is_saved(
    rest: Rest, field: str, bad: Any
) -> None:
    answer = rest.put("patients/p-1/", BARE | {field: bad})
    assert answer.status_code == 400
    assert list(answer.json()) == [field]
    assert not Patient.objects.exists()
    assert not PhoneNumber.objects.exists()


def test_a_malformed_number_is_told_what_to_write(rest: Rest) -> None:
    message = rest.put("patients/p-1/", BARE | {"phone": "555-0142"}).json()["phone"][0]
    assert "E.164" in message
    assert "+12125550142" in message


def test_a_possible_number_in_no_known_range_is_taken_and_flagged(rest: Rest) -> None:
    answer = rest.put("patients/p-1/", BARE | {"phone": "+1 111 555 0142"})
    assert (answer.status_code, answer.json()["phone"]) == (201, "+11115550142")
    assert PhoneNumber.objects.get().doubtful


def test_patients_share_the_row_of_a_number(rest: Rest) -> None:
    rest.put("patients/p-1/", BARE)
    rest.put("patients/p-2/", BARE | {"name": "Luis Ortiz", "phone": "+1 212 555 0142"})
    assert PhoneNumber.objects.count() == 1


def test_the_same_body_twice_changes_nothing(sent: Callable[..., Any], rest: Rest) -> None:
    sent()
    before = (Patient.history.count(), Decision.objects.count())
    answer = rest.put("patients/p-1/", PATIENT | {"phone": "+1 (212) 555-0142"})
    assert answer.status_code == 200
    assert (Patient.history.count(), Decision.objects.count()) == before
    prefix = ApiToken.objects.get().prefix
    assert Patient.history.get().history_change_reason == f"api practice system {prefix}"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"legal_basis": "none"}, "no_legal_basis"),
        ({"time_zone": "Asia/Kolkata"}, "no_common_hours"),
    ],
)
def test_what_decides_the_plan_plans_the_coming_visits_anew(
    sent: Callable[..., Any], rest: Rest, change: dict[str, str], reason: str
) -> None:
    assert sent()["next_call_reason"] == "touch"
    rest.put("clinics/maple/", {"hours": {"TU": [["14:00", "15:00"]]}})
    rest.put("patients/p-1/", change)
    assert rest.get("appointments/a-1/").json()["next_call_reason"] == reason


def test_another_number_brings_its_own_limits(sent: Callable[..., Any], rest: Rest) -> None:
    sent()
    PhoneNumber.objects.create(
        e164="+12125550143", keyed_hash="-", invalid_at="2026-11-01T00:00:00Z"
    )
    rest.put("patients/p-1/", {"phone": "+12125550143"})
    assert rest.get("appointments/a-1/").json()["next_call_reason"] == "invalid_number"


def test_another_name_plans_nothing(sent: Callable[..., Any], rest: Rest) -> None:
    sent()
    decisions = Decision.objects.count()
    rest.put("patients/p-1/", {"name": "Ana Ortiz Vega", "language": "es"})
    assert Decision.objects.count() == decisions


def test_a_pin_is_taken_and_never_shown(rest: Rest) -> None:
    answer = rest.put("patients/p-1/", BARE | {"call_pin": "482913"})
    assert answer.json()["has_call_pin"] is True
    assert "call_pin" not in answer.json()
    for shown in (answer, rest.get("patients/p-1/"), rest.get("patients/")):
        assert "482913" not in shown.content.decode()
    assert Patient.objects.get().call_pin == "482913"
    assert rest.put("patients/p-1/", {"call_pin": None}).json()["has_call_pin"] is False


def test_a_death_ends_every_call_and_can_be_taken_back(
    sent: Callable[..., Any], rest: Rest
) -> None:
    sent()
    rest.put("patients/p-1/", {"deceased": True})
    since = Patient.objects.get().deceased_at
    assert rest.get("appointments/a-1/").json()["next_call_at"] is None
    rest.put("patients/p-1/", {"deceased": True})
    assert (Patient.objects.get().deceased_at, Patient.history.count()) == (since, 2)
    assert rest.put("patients/p-1/", {"deceased": False}).json()["deceased"] is False
    assert rest.get("appointments/a-1/").json()["next_call_reason"] == "touch"


def test_a_sender_who_says_false_with_every_body_does_not_undo_what_the_phone_told(
    sent: Callable[..., Any], rest: Rest, now: datetime
) -> None:
    sent()
    patient = Patient.objects.get()
    patient.deceased_at = now
    patient.save()
    update_change_reason(patient, "told on the phone, call 1")
    for _ in range(2):
        rest.put("patients/p-1/", PATIENT | {"deceased": False, "name": "Ana O."})
        assert Patient.objects.get().deceased_at == now


@pytest.mark.parametrize("told", [{"birth_date": "1987-07-04"}, {"call_pin": "4829"}])
def test_what_was_missing_for_the_call_plans_the_visits_anew(
    sent: Callable[..., Any], rest: Rest, now: datetime, told: dict[str, str]
) -> None:
    sent()
    planning.hold(Appointment.objects.get(), Reason.PAUSED, now, detail="It is missing.")
    rest.put("patients/p-1/", told)
    assert rest.get("appointments/a-1/").json()["next_call_reason"] == "touch"
