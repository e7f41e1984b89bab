"""Files of other systems: read in every dress, refused by name."""

import io
import zipfile
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from openpyxl import Workbook

from reminders.imports import columns, jobs, tables
from reminders.imports.cells import day_of, guess_dates, time_of
from reminders.models import Appointment, Clinic, ImportFile, ImportJob, Patient
from reminders.models.importing import ImportKind
from tests.conftest import TUESDAY
from tests.reminders.importing import ANA, BO, HEAD, applied, checked, csv_of, reasons


def book_of(*rows: Sequence[Any]) -> bytes:
    book, file = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(list(row))  # type: ignore[union-attr]
    book.save(file)
    return file.getvalue()


LATIN = (*ANA[:2], "Zoë Müller", *ANA[3:])


@pytest.mark.parametrize(
    ("dress", "name"),
    [
        (lambda text: text.encode(), "CSV, UTF-8, comma"),
        (lambda text: text.encode("utf-8-sig"), "CSV, UTF-8, comma"),
        (lambda text: text.encode("utf-16"), "CSV, UTF-16, comma"),
        (lambda text: text.encode("utf-16-be"), "CSV, UTF-16, comma"),
        (lambda text: text.encode("cp1252"), "CSV, Windows-1252, comma"),
        (lambda text: text.replace(",", ";").encode(), "CSV, UTF-8, semicolon"),
        (lambda text: text.replace(",", "\t").encode(), "CSV, UTF-8, tab"),
        (lambda text: text.replace("\r\n", "\n").encode(), "CSV, UTF-8, comma"),
        (lambda text: ("sep=|\r\n" + text.replace(",", "|")).encode(), "CSV, UTF-8, bar"),
    ],
)
def test_a_table_is_read_in_every_dress(
    clinic: Clinic, dress: Callable[[str], bytes], name: str
) -> None:
    job = applied(clinic, dress(csv_of(LATIN).decode()))
    assert job.read_as == name
    assert Patient.objects.get().name == "Zoë Müller"


def test_a_workbook_with_dates_and_numbers_that_lost_their_plus(clinic: Clinic) -> None:
    head = ("Appt ID", "MRN", "Name", "Mobile", "Date", "Time", "DOB")
    day, born = datetime.combine(date(2026, 11, 24), time()), date(1970, 1, 2)
    row = (1001, 77.0, "Ana Ortiz", 12125550142, day, "2:30 PM", born)
    london = (1002, 78, "Bo Li", 442079460958, day, time(9), None)
    job = applied(clinic, book_of(head, row, (), london))
    assert job.read_as == "Excel"
    visit = Appointment.objects.get(external_id="1001")
    assert visit.starts_at == datetime(2026, 11, 24, 19, 30, tzinfo=UTC)
    assert visit.patient.external_id == "77"
    assert visit.patient.number.e164 == "+12125550142"
    assert str(visit.patient.birth_date) == "1970-01-02"
    assert Patient.objects.get(external_id="78").number.e164 == "+442079460958"


def test_a_formula_is_never_worked_out(clinic: Clinic) -> None:
    content = book_of(HEAD, (*ANA[:2], '=HYPERLINK("http://example.com")', *ANA[3:]))
    assert reasons(checked(clinic, content)) == [(2, "Patient's name: is empty")]


def test_quoted_line_breaks_belong_to_their_cell_and_lines_are_those_of_the_file(
    clinic: Clinic,
) -> None:
    job = checked(clinic, csv_of((*ANA[:2], "Ana\r\nOrtiz", *ANA[3:]), ("", *BO[1:])))
    assert job.lines.get(verdict="new").values["patient"]["name"] == "Ana Ortiz"
    assert reasons(job) == [(4, "Appointment id: is empty")]


def _bomb() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * 50_000_000)
    return file.getvalue()


def _entities() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("xl/workbook.xml", b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'b'>]>")
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"a,b\n", "no rows"),
        (b"\xd0\xcf\x11\xe0old", "old"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\x00", "neither CSV nor Excel"),
        (b"PK\x03\x04nonsense", "cannot be read"),
        (_bomb(), "far larger inside"),
        (_entities(), "no spreadsheet writes"),
        (b'a,b\n1,"never closed' + b"x" * 200_000, "never closed"),
        (b"x" * (tables.MOST_BYTES + 1), "larger than 25 MB"),
        (b",".join(b"%d" % n for n in range(300)) + b"\n1\n", "more than 200 columns"),
    ],
)
def test_a_file_that_cannot_be_taken_is_refused_by_name(
    clinic: Clinic, content: bytes, reason: str
) -> None:
    with pytest.raises(tables.BadFile, match=reason):
        jobs.upload(clinic, ImportKind.VISITS, "x", content, TUESDAY, by="dana")
    assert not ImportJob.objects.exists()


def test_too_many_rows_fail_the_dry_run_by_name(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "MOST_ROWS", 1)
    monkeypatch.setattr(jobs, "SAMPLE", 1)
    job = checked(clinic, csv_of(ANA, BO))
    assert (job.state, job.note) == ("failed", "The file has more than 1 rows: send it in parts.")
    assert not ImportFile.objects.exists()


@pytest.mark.parametrize(
    ("said", "order", "day"),
    [
        ("2026-11-24", "mdy", "2026-11-24"),
        ("11/24/2026", "mdy", "2026-11-24"),
        ("11/24/26", "mdy", "2026-11-24"),
        ("24.11.2026", "dmy", "2026-11-24"),
        ("24/11/2026", "mdy", None),
        ("24 Nov 2026", "ymd", "2026-11-24"),
        ("November 24, 2026", "ymd", "2026-11-24"),
        ("tomorrow", "ymd", None),
    ],
)
def test_days(said: str, order: str, day: str | None) -> None:
    found = day_of(said, order)
    assert (found and found.isoformat()) == day


@pytest.mark.parametrize(
    ("said", "at"),
    [
        ("14:30", "14:30:00"),
        ("2:30 PM", "14:30:00"),
        ("2:30p.m.", "14:30:00"),
        ("12:05 am", "00:05:00"),
        ("9am", "09:00:00"),
        ("1430", "14:30:00"),
        ("9:05:30", "09:05:30"),
        ("9", None),
        ("13:00 PM", None),
        ("25:00", None),
        ("14:30m", None),
    ],
)
def test_times(said: str, at: str | None) -> None:
    found = time_of(said)
    assert (found and found.isoformat()) == at


def test_the_order_of_days_is_guessed_from_all_of_them() -> None:
    assert guess_dates(["01/02/2026", "24/11/2026"], "+12125550100") == "dmy"
    assert guess_dates(["01/02/2026"], "+12125550100") == "mdy"
    assert guess_dates(["01/02/2026"], "+442079460958") == "dmy"
    assert guess_dates(["2026-11-24 10:00"], "+12125550100") == "ymd"


def test_headings_are_guessed_each_once() -> None:
    head = [
        "Patient",
        "Patient ID",
        "Appointment ID",
        "Cell Phone",
        "Date",
        "Start Time",
        "Provider",
    ]
    assert columns.guess(ImportKind.VISITS, head) == {
        "name": "Patient",
        "patient_id": "Patient ID",
        "external_id": "Appointment ID",
        "phone": "Cell Phone",
        "date": "Date",
        "time": "Start Time",
        "practitioner": "Provider",
    }
