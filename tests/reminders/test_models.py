"""What a row accepts, and who won when two write at once."""

from datetime import datetime
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from reminders.models import Clinic, Patient, WorkItem
from reminders.models.patient import LONGEST
from reminders.models.workitem import WorkKind
from reminders.names import folded
from reminders.policy.vocabulary import Answer
from tests.conftest import make_appointment, make_patient


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("time_zone", "Mars/Olympus"),
        ("languages", []),
        ("languages", ["xx-nonsense-yy"]),
        ("languages", ["en-US", "en-US"]),
        ("hours", {"MON": [["09:00", "20:00"]]}),
        ("hours", {"MO": [["20:00", "09:00"]]}),
        ("hours", {"MO": [["09:00", "12:00"], ["11:00", "20:00"]]}),
        ("hours", {"MO": [["09:00+01:00", "20:00"]]}),
        ("hours", []),
        ("closures", ["25 December"]),
        ("rule_set", "unheard-of"),
        ("phone", "555-0100"),
        ("ring_seconds", 19),
        ("ring_seconds", 61),
        ("initial_silence_seconds", 21),
        ("slug", "with space"),
    ],
)
def test_a_clinic_names_the_field_that_is_wrong(clinic: Clinic, field: str, value: Any) -> None:
    setattr(clinic, field, value)
    with pytest.raises(ValidationError) as refused:
        clinic.full_clean()
    assert field in refused.value.message_dict


def test_an_answer_does_not_undo_the_desks_word(clinic: Clinic, now: datetime) -> None:
    appointment = make_appointment(clinic, make_patient())
    type(appointment).objects.update(status="cancelled")
    assert not appointment.record_answer(Answer.CONFIRMED, now, actor="patient")
    appointment.refresh_from_db()
    assert (appointment.status, appointment.answer) == ("cancelled", "")


def test_an_item_stands_on_the_work_list_once(clinic: Clinic, now: datetime) -> None:
    appointment = make_appointment(clinic, make_patient())
    for _ in range(2):
        WorkItem.open(appointment, WorkKind.UNANSWERED, now)
    assert WorkItem.objects.count() == 1
    WorkItem.settle(appointment, WorkKind.UNANSWERED, now)
    WorkItem.open(appointment, WorkKind.UNANSWERED, now)
    assert WorkItem.objects.filter(done_at=None).count() == 1


@pytest.mark.django_db
def test_what_is_searched_follows_the_name_whatever_way_it_is_written() -> None:
    patient = make_patient(name="Émile  Łukasz")

    def searched() -> str:
        return Patient.objects.values_list("search_name", flat=True).get(pk=patient.pk)

    assert searched() == "emile lukasz"
    patient.name = "Zoë"
    patient.save(update_fields=["name"])
    assert searched() == "zoe"
    Patient.objects.update(name="José")
    assert searched() == "jose"
    patient.name = "Bjørn"
    Patient.objects.bulk_create(
        [patient], update_conflicts=True, update_fields=["name"], unique_fields=["pk"]
    )
    assert searched() == "bjorn"


@pytest.mark.parametrize(
    ("name", "searched"),
    [
        ("Straße", "strasse"),
        ("Nguyễn Văn Đức", "nguyen van duc"),
        ("İrem Işık", "irem isik"),
        ("O’Brien", "o'brien"),
        ("김민준", "김민준"),
        ("מֹשֶׁה", "משה"),
    ],
)
def test_names_are_folded_as_a_plain_keyboard_writes_them(name: str, searched: str) -> None:
    assert folded(name) == searched


def test_a_folded_name_always_fits_its_column() -> None:
    longest = max(len(folded(chr(n))) for n in range(0x3000) if chr(n).isprintable())
    assert longest * LONGEST <= Patient._meta.get_field("search_name").max_length
