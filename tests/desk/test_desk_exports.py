"""Lists as files: the rows that the filters show, masked, harmless, and written down."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from calls.models import CallAttempt
from desk import seeing
from desk.exports import download
from desk.sheets import safe
from reminders.models import Clinic, Export, WorkItem
from reminders.models.workitem import WorkKind
from tests.conftest import TUESDAY, make_appointment, make_patient
from tests.desk.conftest import THURSDAY, make_call, make_visits, phone, told

LISTS = {
    "reminders_appointment": "reminders.view_appointment",
    "calls_callattempt": "calls.view_callattempt",
    "reminders_patient": "reminders.view_patient",
    "reminders_phonenumber": "reminders.view_phonenumber",
    "reminders_workitem": "reminders.view_workitem",
}


def address(model: str, format: str = "csv") -> str:
    return reverse(f"admin:{model}_export", args=[format])


def table(client: Client, model: str, **filters: str) -> list[list[str]]:
    response = client.get(address(model), filters)
    assert response.status_code == 200
    text = b"".join(response.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    return list(csv.reader(io.StringIO(text)))


def column(rows: list[list[str]], heading: str) -> list[str]:
    return [row[rows[0].index(heading)] for row in rows[1:]]


@pytest.fixture
def full(clinic: Clinic) -> CallAttempt:
    """Two visits, one call, one thing to do."""
    visits = make_visits(clinic, 2)
    WorkItem.open(visits[0], WorkKind.UNANSWERED, TUESDAY)
    return make_call(visits[1])


@pytest.mark.parametrize("model", LISTS)
def test_every_list_is_offered_and_downloads_what_it_shows(
    desk: Client, full: CallAttempt, model: str
) -> None:
    listed = desk.get(reverse(f"admin:{model}_changelist"))
    assert address(model) in listed.content.decode()
    rows = table(desk, model)
    assert len(rows) == 1 + len(listed.context["cl"].result_list)
    assert len({len(row) for row in rows}) == 1


@pytest.mark.parametrize("model", LISTS)
def test_looking_at_a_list_is_not_taking_it_along(
    sign_in: Callable[..., Client], full: CallAttempt, model: str
) -> None:
    client = sign_in(LISTS[model].partition(".")[2])
    listed = client.get(reverse(f"admin:{model}_changelist"))
    assert listed.status_code == 200
    assert address(model) not in listed.content.decode()
    assert client.get(address(model)).status_code == 403
    assert not Export.objects.exists()


def test_the_permission_alone_opens_no_list(
    sign_in: Callable[..., Client], full: CallAttempt
) -> None:
    client = sign_in("export_lists", "view_patient")
    assert client.get(address("reminders_patient")).status_code == 200
    assert client.get(address("reminders_appointment")).status_code == 403


def test_filters_and_search_hold_for_the_file(desk: Client, clinic: Clinic) -> None:
    make_appointment(clinic, make_patient("p1", name="Ana Ortiz"), starts_at=THURSDAY)
    make_appointment(clinic, make_patient("p2", phone(151), name="Bo Li"), starts_at=THURSDAY)
    rows = table(desk, "reminders_appointment", q="Bo Li")
    assert column(rows, "Patient") == ["Bo Li"]
    past = table(desk, "reminders_appointment", when="past")
    assert len(past) == 1


def test_times_are_those_of_the_clinics_wall(desk: Client, clinic: Clinic) -> None:
    make_appointment(clinic, make_patient(), starts_at=TUESDAY + timedelta(days=2))
    rows = table(desk, "reminders_appointment")
    assert column(rows, "Start") == ["2026-11-19 14:00"]
    assert column(rows, "Zone") == ["America/New_York"]


@pytest.mark.parametrize("model", LISTS)
@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_no_file_holds_a_whole_number(
    desk: Client, full: CallAttempt, model: str, format: str
) -> None:
    body = b"".join(desk.get(address(model, format)).streaming_content)  # type: ignore[attr-defined]
    if format == "xlsx":
        sheet = load_workbook(io.BytesIO(body)).worksheets[0]
        body = repr([[cell.value for cell in row] for row in sheet.rows]).encode()
    assert phone(150).encode() not in body
    assert phone(151).encode() not in body


def test_names_are_as_the_person_may_see_them(
    desk: Client, full: CallAttempt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seeing, "name", lambda patient, request: "A. O.")
    for model in ("reminders_appointment", "calls_callattempt", "reminders_patient"):
        assert set(column(table(desk, model), "Patient")) == {"A. O."}


def test_who_took_which_list_is_written_down(
    desk: Client, full: CallAttempt, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[str, list[int]]] = []
    monkeypatch.setattr(seeing, "record", lambda request, what, pks: seen.append((what, pks)))
    table(desk, "reminders_patient", q="Patient 1", basis="consent")
    kept = Export.objects.get()
    assert (kept.by, kept.list, kept.format, kept.rows) == ("dana", "patients", "csv", 1)
    assert kept.filters == {"basis": "consent"}, "what was searched for may be a name"
    patient = full.visits.get().patient
    assert seen == [("export of patients", [patient.pk])]


def test_a_formula_in_a_name_is_text_in_the_file(desk: Client, clinic: Clinic) -> None:
    make_patient(name='=HYPERLINK("http://example.com","Ana")')
    assert column(table(desk, "reminders_patient"), "Patient")[0].startswith("'=HYPERLINK")
    body = b"".join(desk.get(address("reminders_patient", "xlsx")).streaming_content)  # type: ignore[attr-defined]
    cells = [cell for row in load_workbook(io.BytesIO(body)).worksheets[0].rows for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert any(str(cell.value).startswith("'=HYPERLINK") for cell in cells)


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@a", "\t=1", "\r=1", "\n=1", " =1", "＝1"])
def test_whatever_a_spreadsheet_would_run_is_disarmed(cell: str) -> None:
    assert safe(cell).startswith("'")


def test_what_no_workbook_can_hold_is_left_out(desk: Client, clinic: Clinic) -> None:
    make_patient(name="Ana\x08\x1b Ortiz")
    response = desk.get(address("reminders_patient", "xlsx"))
    body = b"".join(response.streaming_content)  # type: ignore[attr-defined]
    values: list[Any] = [c.value for c in load_workbook(io.BytesIO(body)).worksheets[0]["B"]]
    assert values == ["Patient", "Ana Ortiz"]


def test_a_list_too_long_for_a_file_says_so(
    desk: Client, clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_visits(clinic, 2)
    monkeypatch.setattr(download, "MOST_ROWS", 1)
    response = desk.get(address("reminders_appointment"), {"when": "all"})
    assert response["Location"].endswith("?when=all")
    assert "Set a filter" in told(response)
    assert not Export.objects.exists()


def test_a_file_of_a_hundred_rows_asks_no_more_than_one_of_two(
    desk: Client, clinic: Clinic, django_assert_max_num_queries: Any
) -> None:
    for model in LISTS:
        table(desk, model)
    make_visits(clinic, 20)
    with django_assert_max_num_queries(14):
        assert len(table(desk, "reminders_appointment")) == 21


def test_an_unknown_format_or_filter_is_no_fault_of_ours(desk: Client, clinic: Clinic) -> None:
    assert desk.get(address("reminders_patient", "exe")).status_code == 404
    odd = desk.get(address("reminders_patient"), {"no__such": "1"})
    assert odd.status_code == 400
