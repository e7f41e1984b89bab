"""What is wrong in the data is counted, shown within reach, and leads to where it is mended."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from desk.base import admin_url
from desk.models import StaffProfile
from reminders.models import Clinic, ImportJob, ImportRow, Patient, PhoneNumber
from tests.conftest import TUESDAY, make_appointment, make_clinic, make_patient
from tests.desk.conftest import THURSDAY, phone

QUALITY = "admin:quality"
SOUND = {"language": "en-US", "time_zone": "America/New_York"}


def counts(client: Client) -> dict[str, int]:
    kinds = client.get(reverse(QUALITY)).context["kinds"]
    return {kind.name: number for kind, number in kinds if number}


def rows(client: Client, kind: str) -> list[Any]:
    return list(client.get(reverse(QUALITY), {"kind": kind}).context["rows"])


def sound_patient(external_id: str = "p1", number: int = 100, **columns: Any) -> Patient:
    patient = make_patient(external_id, phone(number), **(SOUND | columns))
    PhoneNumber.objects.update(doubtful=False)
    return patient


def test_sound_data_is_no_trouble(desk: Client, clinic: Clinic) -> None:
    make_appointment(clinic, sound_patient(), starts_at=THURSDAY)
    assert counts(desk) == {}
    assert "Nothing to mend" in desk.get(reverse(QUALITY)).content.decode()


@pytest.mark.parametrize(
    ("columns", "kinds"),
    [
        ({"language": ""}, {"language": 1}),
        ({"time_zone": ""}, {"zone": 1}),
        ({"legal_basis": "none"}, {"basis": 1, "calls": 1}),
    ],
)
def test_what_a_patient_lacks_leads_to_the_patient(
    desk: Client, clinic: Clinic, columns: dict[str, str], kinds: dict[str, int]
) -> None:
    patient = sound_patient(**columns)
    make_appointment(clinic, patient, starts_at=THURSDAY)
    assert counts(desk) == kinds
    (row,) = rows(desk, next(iter(kinds)))
    assert row.link == admin_url(patient)


def test_patients_without_a_visit_to_come_disturb_nobody(desk: Client, clinic: Clinic) -> None:
    sound_patient(legal_basis="none", language="")
    assert counts(desk) == {}


@pytest.mark.parametrize(
    ("columns", "kind"),
    [
        ({"wrong_number_at": TUESDAY}, "wrong"),
        ({"reassigned_at": TUESDAY}, "wrong"),
        ({"invalid_at": TUESDAY}, "invalid"),
        ({"doubtful": True}, "doubtful"),
        ({"facility_line": True}, "facility"),
    ],
)
def test_what_is_wrong_with_a_number_leads_to_the_number(
    desk: Client, clinic: Clinic, columns: dict[str, Any], kind: str
) -> None:
    patient = sound_patient()
    PhoneNumber.objects.update(**columns)
    assert counts(desk) == {kind: 1}
    (row,) = rows(desk, kind)
    assert (row.what, row.link) == ("+1••••••0100", admin_url(patient.number))


def test_shared_numbers_and_likely_twins(desk: Client, clinic: Clinic) -> None:
    sound_patient("p1", name="Ana Ortiz")
    sound_patient("p2", name="ana ortiz")
    sound_patient("p3", 151, name="Bo Li", birth_date="1970-01-02")
    sound_patient("p4", 152, name="Bo Li", birth_date="1970-01-02")
    sound_patient("p5", 153, name="Bo Li")
    assert counts(desk) == {"shared": 1, "twice": 4}
    assert "Ana Ortiz" in rows(desk, "shared")[0].matter


def test_visits_without_a_possible_call_say_why(desk: Client, clinic: Clinic) -> None:
    patient = sound_patient()
    patient.number.suppress(TUESDAY, source="call")
    visit = make_appointment(clinic, patient, starts_at=THURSDAY)
    make_appointment(clinic, patient, external_id="past", starts_at=TUESDAY - timedelta(days=1))
    (row,) = rows(desk, "calls")
    assert row.link == admin_url(visit)
    assert row.matter


def test_lines_that_an_import_left_out_lead_to_it(desk: Client, clinic: Clinic) -> None:
    job = ImportJob.objects.create(
        clinic=clinic, kind="visits", file_name="list.csv", created_at=TUESDAY, created_by="dana"
    )
    ImportRow.objects.create(job=job, line=7, verdict="wrong", reason="Phone: is empty")
    (row,) = rows(desk, "file")
    assert (row.what, row.matter) == ("list.csv · 7", "Phone: is empty")
    assert row.link == reverse("admin:imports_job", args=[job.pk])


def test_other_clinics_troubles_are_not_mine(desk: Client, clinic: Clinic) -> None:
    make_appointment(clinic, sound_patient(language="", legal_basis="none"), starts_at=THURSDAY)
    oak = make_clinic("oak")
    shared = sound_patient("p2", name="Mine")
    make_appointment(oak, shared, starts_at=THURSDAY)
    user = User.objects.create_user("eve", password="x", is_staff=True)
    models = ("patient", "phonenumber", "appointment")
    names = [*(f"view_{model}" for model in models), "see_names"]
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    StaffProfile.objects.create(user=user).clinics.add(oak)
    mine = Client()
    mine.force_login(user)
    assert counts(mine) == {"shared": 1}
    assert rows(mine, "shared")[0].matter == "Mine", "and not who else is on that number"


def test_each_kind_asks_for_its_own_permission(
    sign_in: Callable[..., Client], clinic: Clinic
) -> None:
    client = sign_in("view_phonenumber")
    kinds = {kind.name for kind, _ in client.get(reverse(QUALITY)).context["kinds"]}
    assert kinds == {"wrong", "invalid", "doubtful", "facility", "shared"}


def test_nobody_without_permission_sees_the_page(
    sign_in: Callable[..., Client], clinic: Clinic
) -> None:
    assert sign_in("view_callattempt").get(reverse(QUALITY)).status_code == 403


def test_a_hundred_troubles_ask_no_more_than_one(
    desk: Client, clinic: Clinic, django_assert_max_num_queries: Any
) -> None:
    desk.get(reverse(QUALITY))
    for n in range(12):
        patient = make_patient(f"p{n}", phone(100 + n // 2), name="Ana", legal_basis="none")
        make_appointment(clinic, patient, starts_at=THURSDAY)
    for kind in counts(desk):
        with django_assert_max_num_queries(24):
            assert rows(desk, kind)


def test_the_page_takes_as_many_queries_for_60_rows_as_for_10(
    desk: Client, clinic: Clinic, django_assert_num_queries: Any
) -> None:
    def troubled(count: int, start: int) -> None:
        job = ImportJob.objects.create(
            clinic=clinic, kind="visits", file_name="x.csv", created_at=TUESDAY, created_by="dana"
        )
        for n in range(start, start + count):
            patient = make_patient(
                f"p{n}", phone(n // 2), name=f"Twin {n // 2}", legal_basis="none"
            )
            make_appointment(clinic, patient, starts_at=THURSDAY)
            ImportRow.objects.create(job=job, line=n, verdict="wrong", reason="Phone: is empty")

    kinds = ("", "calls", "basis", "shared", "twice", "language", "zone", "file")
    urls = [f"{reverse(QUALITY)}?kind={kind}" for kind in kinds]
    troubled(10, 0)
    few = []
    for url in urls:
        desk.get(url)
        with CaptureQueriesContext(connection) as captured:
            assert desk.get(url).context["rows"]
        few.append(len(captured))
    troubled(50, 10)
    for url, queries in zip(urls, few, strict=True):
        desk.get(url)
        with django_assert_num_queries(queries):
            desk.get(url)


def test_one_person_written_in_two_ways_may_be_there_twice(desk: Client, clinic: Clinic) -> None:
    for n, name in enumerate(("Lucía Núñez", "LUCIA NUNEZ")):
        make_appointment(
            clinic, sound_patient(f"p{n}", 100 + n, name=name, birth_date="1980-05-01")
        )
    sound_patient("other", 105, name="Lucia Nuno", birth_date="1980-05-01")
    assert counts(desk) == {"twice": 2}
