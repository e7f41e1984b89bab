"""Files of other systems: read in every dress, compared, applied in whole chunks."""

import csv
import io
import zipfile
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import DatabaseError
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st
from openpyxl import Workbook

from reminders import planning
from reminders.gathering import facts_of_each
from reminders.imports import columns, jobs, tables, visit_changes
from reminders.imports.cells import day_of, guess_dates, time_of
from reminders.models import (
    Appointment,
    Clinic,
    Consent,
    Decision,
    ImportFile,
    ImportJob,
    ImportMapping,
    ImportRow,
    Patient,
    PhoneNumber,
    Suppression,
)
from reminders.models.importing import ImportKind
from tests.conftest import TUESDAY, make_appointment, make_clinic, make_patient

HEAD = ("Appt ID", "Patient ID", "Patient", "Phone", "Start", "Status")
ANA = ("a1", "p1", "Ana Ortiz", "+12125550142", "2026-11-24 10:00", "booked")
BO = ("a2", "p2", "Bo Li", "(212) 555-0143", "2026-11-24 11:00", "booked")
CONSENT = {"legal_basis": "consent"}


def csv_of(*rows: Sequence[Any], head: Sequence[str] = HEAD) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([head, *rows])
    return text.getvalue().encode()


def checked(
    clinic: Clinic,
    content: bytes,
    kind: ImportKind = ImportKind.VISITS,
    now: datetime = TUESDAY,
    **options: str,
) -> ImportJob:
    """Upload, take the guessed mapping, run dry."""
    job = jobs.upload(clinic, kind, "list.csv", content, now, by="dana")
    jobs.check(job, job.columns, job.options | options, save_as="")
    jobs.work(lambda: now)
    job.refresh_from_db()
    return job


def applied(clinic: Clinic, content: bytes, *args: Any, gone: bool = False, **kw: Any) -> ImportJob:
    job = checked(clinic, content, *args, **kw)
    assert job.state == "checked", job.note
    jobs.apply(job, by="dana", cancel_gone=gone)
    jobs.work(lambda: kw.get("now", TUESDAY))
    job.refresh_from_db()
    assert job.state == "done", job.note
    return job


def reasons(job: ImportJob) -> list[tuple[int, str]]:
    return list(job.lines.filter(verdict="wrong").values_list("line", "reason"))


# -- the dry run and its application


def test_a_new_visit_is_stored_planned_and_in_the_story(clinic: Clinic) -> None:
    job = applied(clinic, csv_of(ANA, BO), **CONSENT)
    assert job.counts == {"new": 2}
    ana = Appointment.objects.get(external_id="a1")
    assert ana.starts_at == datetime(2026, 11, 24, 15, 0, tzinfo=UTC), "10:00 in New York"
    assert ana.patient.number.e164 == "+12125550142"
    assert ana.next_call_at is not None
    assert ana.planned_for == ana.starts_at
    assert [(e.kind, e.actor) for e in ana.events.all()] == [("created", "import by dana")]
    assert ana.history.get().history_change_reason == "import by dana"
    assert Patient.objects.get(external_id="p2").number.e164 == "+12125550143"


def test_a_bulk_plan_is_the_plan_of_one_by_one(clinic: Clinic) -> None:
    applied(clinic, csv_of(ANA, BO), **CONSENT)
    for visit in Appointment.objects.all():
        verdict = planning.judge(visit, TUESDAY)
        assert (visit.next_call_at, visit.next_call_reason) == (verdict.at, verdict.code)


def test_nobody_is_called_until_a_legal_basis_was_chosen(clinic: Clinic) -> None:
    """R1."""
    applied(clinic, csv_of(ANA))
    visit = Appointment.objects.get()
    assert visit.patient.legal_basis == "none"
    assert visit.next_call_reason == "no_legal_basis"


def test_a_dry_run_changes_nothing(clinic: Clinic) -> None:
    job = checked(clinic, csv_of(ANA, BO))
    assert job.counts == {"new": 2}
    assert not Appointment.objects.exists()
    assert not Patient.objects.exists()
    assert not PhoneNumber.objects.exists()


def test_the_same_file_twice_changes_nothing(clinic: Clinic) -> None:
    content = csv_of(ANA, BO)
    applied(clinic, content, **CONSENT)
    before = list(Appointment.objects.order_by("pk").values())
    rows = (Decision.objects.count(), Appointment.history.count(), Patient.history.count())
    again = applied(clinic, content, **CONSENT, now=TUESDAY + timedelta(hours=1))
    assert again.counts == {"same": 2}
    assert list(Appointment.objects.order_by("pk").values()) == before
    after = (Decision.objects.count(), Appointment.history.count(), Patient.history.count())
    assert after == rows


def test_a_moved_visit_is_armed_again(clinic: Clinic) -> None:
    """B9, B14."""
    applied(clinic, csv_of(ANA), **CONSENT)
    visit = Appointment.objects.get()
    Appointment.objects.update(answer="confirmed", status="confirmed")
    planning.replan(visit.pk, TUESDAY)
    moved = csv_of(("a1", "p1", "Ana Ortiz", "+12125550142", "2026-11-25 10:00", "booked"))
    job = applied(clinic, moved)
    assert job.counts == {"changed": 1}
    visit.refresh_from_db()
    assert (visit.status, visit.answer) == ("scheduled", "")
    assert visit.planned_for == visit.starts_at == datetime(2026, 11, 25, 15, 0, tzinfo=UTC)
    assert visit.next_call_at is not None
    assert "moved" in visit.events.values_list("kind", flat=True)


def test_the_diff_tells_old_and_new(clinic: Clinic) -> None:
    applied(clinic, csv_of(ANA))
    job = checked(clinic, csv_of(("a1", "p1", "Ana Ruiz", "+12125550199", ANA[4], "booked")))
    assert job.lines.get().diff == [
        ["patient.name", "Ana Ortiz", "Ana Ruiz"],
        ["patient.phone", "+12125550142", "+12125550199"],
    ]


def test_a_new_number_plans_every_coming_visit_of_the_patient(clinic: Clinic) -> None:
    applied(clinic, csv_of(ANA), **CONSENT)
    other = make_appointment(
        clinic, Patient.objects.get(), external_id="x", starts_at=TUESDAY + timedelta(days=9)
    )
    PhoneNumber.obtain("+12125550199").suppress(TUESDAY, source="staff")
    applied(clinic, csv_of((*ANA[:3], "+12125550199", *ANA[4:])))
    other.refresh_from_db()
    assert other.next_call_reason == "opted_out"
    assert Appointment.objects.get(external_id="a1").next_call_reason == "opted_out"


def test_one_bad_row_among_a_thousand_stops_no_other(clinic: Clinic) -> None:
    """B3."""
    rows = [
        (f"a{n}", f"p{n}", "Ana Ortiz", f"+1212555{n:04}", "2026-11-24 10:00", "booked")
        for n in range(1, 1001)
    ]
    rows[500] = (*rows[500][:3], "", *rows[500][4:])
    job = applied(clinic, csv_of(*rows), **CONSENT)
    assert job.counts == {"new": 999, "wrong": 1}
    assert reasons(job) == [(502, "Phone: is empty")]
    assert Appointment.objects.exclude(next_call_at=None).count() == 999


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({0: ""}, "Appointment id: is empty"),
        ({0: "a b"}, "Appointment id: may hold"),
        ({1: ""}, "Patient id: is empty"),
        ({2: " "}, "Patient's name: is empty"),
        ({2: "x" * 201}, "Patient's name: is longer"),
        ({3: "555"}, "Phone: This number is too"),
        ({3: "1.21255501E+10"}, "Phone: was shortened by a spreadsheet"),
        ({4: "soon"}, "Start (date and time): is no"),
        ({4: "2026-02-30 10:00"}, "Start (date and time): is no day"),
        ({4: "2026-11-24"}, "Start (date and time): is no time"),
        ({4: "2026-11-01 10:00"}, "Start (date and time): lies in the past"),
        ({4: "2027-03-14 02:30"}, "Start (date and time): 02:30 does not exist"),
        ({4: "2027-11-07 01:30"}, "Start (date and time): 01:30 comes twice"),
        ({4: "9999-11-07 01:30"}, "Start (date and time): the year"),
        ({5: "perhaps"}, "Status: is no word"),
    ],
)
def test_a_wrong_cell_is_named_by_line_and_column(
    clinic: Clinic, change: dict[int, str], reason: str
) -> None:
    row = [change.get(place, cell) for place, cell in enumerate(ANA)]
    job = checked(clinic, csv_of(BO, row), dates="ymd")
    ((line, told),) = reasons(job)
    assert line == 3
    assert told.startswith(reason)
    assert not any(cell in told for cell in change.values() if len(cell) > 5)


def test_an_id_that_stands_twice_counts_once(clinic: Clinic) -> None:
    job = checked(clinic, csv_of(ANA, (*ANA[:4], "2026-11-25 10:00", "booked")))
    assert reasons(job) == [(3, "Appointment id: stands in line 2 already")]


def test_two_lines_that_contradict_each_other_on_a_patient_are_told(clinic: Clinic) -> None:
    job = checked(clinic, csv_of(ANA, ("a9", *ANA[1:3], "+12125550177", *ANA[4:])))
    assert reasons(job) == [(3, "Phone: differs from line 2, which is the same patient")]


def test_a_shifted_row_is_not_taken(clinic: Clinic) -> None:
    job = checked(clinic, csv_of((*ANA, "what is this")))
    assert reasons(job) == [(2, "has more cells than there are headings")]


def test_nothing_is_gone_while_a_line_is_shifted(clinic: Clinic) -> None:
    applied(clinic, csv_of(ANA, BO))
    job = checked(clinic, csv_of(ANA, (*BO, "one comma too many")))
    assert job.counts == {"same": 1, "wrong": 1}


def test_a_visit_of_another_clinic_is_left_alone(clinic: Clinic) -> None:
    applied(clinic, csv_of(ANA))
    job = checked(make_clinic("oak"), csv_of(ANA))
    assert reasons(job) == [(2, "Appointment id: is a visit of another clinic")]


def test_a_patient_out_of_reach_is_left_alone(clinic: Clinic) -> None:
    oak = make_clinic("oak")
    applied(oak, csv_of(ANA))
    content = csv_of(("b1", "p1", "Mallory", "+12125550166", ANA[4], ""))
    job = jobs.upload(clinic, ImportKind.VISITS, "x", content, TUESDAY, by="eve", reach=[clinic.pk])
    jobs.check(job, job.columns, job.options, save_as="")
    jobs.work(lambda: TUESDAY)
    assert reasons(job) == [(2, "Patient id: is a patient of a clinic that is not yours")]


# -- status


@pytest.mark.parametrize(
    ("word", "status"),
    [("Canceled", "cancelled"), ("No Show", "no_show"), ("Fulfilled", "attended")],
)
def test_an_ending_holds(clinic: Clinic, word: str, status: str) -> None:
    applied(clinic, csv_of(ANA), **CONSENT)
    applied(clinic, csv_of((*ANA[:5], word)))
    visit = Appointment.objects.get()
    assert visit.status == status
    assert visit.next_call_at is None


def test_booked_opens_what_an_import_had_cancelled_and_nothing_else(clinic: Clinic) -> None:
    applied(clinic, csv_of(ANA), **CONSENT)
    applied(clinic, csv_of((*ANA[:5], "cancelled")))
    assert applied(clinic, csv_of(ANA)).counts == {"changed": 1}
    visit = Appointment.objects.get()
    assert visit.status == "scheduled"
    assert visit.next_call_at is not None
    visit.record_answer("cancelled", TUESDAY, actor="patient")  # type: ignore[arg-type]
    assert checked(clinic, csv_of(ANA)).counts == {"same": 1}, "the patient's word stands"


@pytest.mark.parametrize("status", ["cancelled", "booked", ""])
@pytest.mark.parametrize("ended", ["cancelled", "attended", "no_show"])
def test_another_patient_brings_no_ended_visit_back(
    clinic: Clinic, ended: str, status: str
) -> None:
    applied(clinic, csv_of(ANA), **CONSENT)
    Appointment.objects.update(status=ended)
    merged = ("a1", "p9", *ANA[2:5], status)
    applied(clinic, csv_of(merged), **CONSENT)
    visit = Appointment.objects.get()
    assert visit.patient.external_id == "p9"
    assert visit.status == ("cancelled" if status == "cancelled" else ended)


def test_another_patient_has_not_confirmed_yet(clinic: Clinic) -> None:
    applied(clinic, csv_of(ANA), **CONSENT)
    Appointment.objects.update(status="confirmed", answer="confirmed")
    applied(clinic, csv_of(("a1", "p9", *ANA[2:])), **CONSENT)
    visit = Appointment.objects.get()
    assert (visit.status, visit.answer) == ("scheduled", "")


def test_whoever_moves_and_cancels_has_cancelled(clinic: Clinic) -> None:
    applied(clinic, csv_of(ANA), **CONSENT)
    moved = csv_of((*ANA[:4], "2026-11-26 10:00", "cancelled"))
    applied(clinic, moved)
    visit = Appointment.objects.get()
    assert (visit.status, visit.next_call_at) == ("cancelled", None)
    assert checked(clinic, moved).counts == {"same": 1}


def test_an_empty_cell_says_nothing(clinic: Clinic) -> None:
    head = (*HEAD, "Language", "Provider")
    applied(clinic, csv_of((*ANA, "Spanish", "Dr Kim"), head=head))
    assert Patient.objects.get().language == "es-US", "as the clinic spells it"
    assert checked(clinic, csv_of((*ANA, "", ""), head=head)).counts == {"same": 1}


# -- gone


def test_what_the_file_lacks_is_cancelled_only_when_somebody_ticked_it(clinic: Clinic) -> None:
    applied(clinic, csv_of(ANA, BO), **CONSENT)
    make_appointment(
        clinic,
        make_patient("p7"),
        external_id="desk-1",
        starts_at=datetime(2026, 11, 24, 16, tzinfo=UTC),
    )
    later = make_appointment(
        clinic,
        make_patient("p8"),
        external_id="later",
        starts_at=datetime(2026, 12, 24, 16, tzinfo=UTC),
    )
    job = applied(clinic, csv_of(ANA))
    assert job.counts == {"same": 1, "gone": 1}, "neither the desk's own nor another day's"
    assert Appointment.objects.get(external_id="a2").status == "scheduled"
    applied(clinic, csv_of(ANA), gone=True)
    gone = Appointment.objects.get(external_id="a2")
    assert (gone.status, gone.next_call_at) == ("cancelled", None)
    assert Appointment.objects.get(pk=later.pk).status == "scheduled"


def test_nothing_is_gone_while_an_id_cannot_be_read(clinic: Clinic) -> None:
    applied(clinic, csv_of(ANA, BO))
    assert checked(clinic, csv_of(ANA, ("", *BO[1:]))).counts == {"same": 1, "wrong": 1}


# -- crash, race, cleanliness


def test_a_crash_in_the_middle_is_taken_up_where_it_stopped(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "CHUNK", 2)
    rows = [(f"a{n}", f"p{n}", "Ana", f"+121255501{n:02}", ANA[4], "") for n in range(5)]
    job = checked(clinic, csv_of(*rows), **CONSENT)
    jobs.apply(job, by="dana", cancel_gone=False)
    real, calls = visit_changes._write_visits, []

    def dies_at_the_second(*args: Any) -> set[int]:
        calls.append(args)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(*args)

    monkeypatch.setattr(visit_changes, "_write_visits", dies_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        jobs.work(lambda: TUESDAY)
    assert Appointment.objects.count() == 2, "a whole chunk, with its plan"
    assert Patient.objects.count() == 2
    assert not Appointment.objects.filter(next_call_at=None).exists()
    assert jobs.work(lambda: TUESDAY) == 0, "its worker may still be alive"
    later = TUESDAY + jobs.SILENCE + timedelta(seconds=1)
    assert jobs.work(lambda: later) == 1
    job.refresh_from_db()
    assert (job.state, job.done) == ("done", 5)
    assert Appointment.objects.exclude(next_call_at=None).count() == 5


def test_a_deadlock_is_tried_again(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    real, calls = visit_changes._write_visits, []

    def fails_once(*args: Any) -> set[int]:
        calls.append(args)
        if len(calls) == 1:
            raise DatabaseError("deadlock detected")
        return real(*args)

    monkeypatch.setattr(visit_changes, "_write_visits", fails_once)
    applied(clinic, csv_of(ANA))
    assert Appointment.objects.count() == 1


def test_what_staff_changed_after_the_dry_run_is_left_to_them(clinic: Clinic) -> None:
    applied(clinic, csv_of(ANA))
    job = checked(clinic, csv_of((*ANA[:4], "2026-11-25 10:00", "")))
    Appointment.objects.update(starts_at=datetime(2026, 11, 26, 15, tzinfo=UTC))
    jobs.apply(job, by="dana", cancel_gone=False)
    jobs.work(lambda: TUESDAY)
    job.refresh_from_db()
    assert job.counts["left"] == 1
    assert reasons(job) == [(2, "was changed since the dry run")]
    assert Appointment.objects.get().starts_at.day == 26


def test_a_visit_confirmed_after_the_dry_run_is_not_gone(clinic: Clinic) -> None:
    applied(clinic, csv_of(ANA, BO))
    job = checked(clinic, csv_of(ANA))
    gone = Appointment.objects.filter(external_id="a2")
    gone.update(status="confirmed", answer="confirmed")
    jobs.apply(job, by="dana", cancel_gone=True)
    jobs.work(lambda: TUESDAY)
    job.refresh_from_db()
    assert gone.get().status == "confirmed"
    assert job.counts["left"] == 1


def test_a_job_is_applied_once_however_often_it_is_asked_for(clinic: Clinic) -> None:
    job = checked(clinic, csv_of(ANA))
    jobs.apply(job, by="dana", cancel_gone=False)
    with pytest.raises(jobs.NotNow):
        jobs.apply(job, by="eve", cancel_gone=False)


@pytest.mark.parametrize("end", ["applied", "cancelled", "forgotten", "failed"])
def test_nothing_of_the_file_outlives_its_job(clinic: Clinic, end: str) -> None:
    job = checked(clinic, csv_of(ANA, ("a2", "p2", "Bo Li", "", ANA[4], "")))
    if end == "applied":
        jobs.apply(job, by="dana", cancel_gone=False)
        jobs.work(lambda: TUESDAY)
    elif end == "cancelled":
        jobs.cancel(job, TUESDAY)
    elif end == "failed":
        jobs._fail(job, "x", TUESDAY)
    else:
        jobs.work(lambda: TUESDAY + jobs.KEPT + timedelta(minutes=1))
    job.refresh_from_db()
    assert job.is_over
    assert not ImportFile.objects.exists()
    kept = list(ImportRow.objects.values_list("line", "reason", "key", "values", "diff"))
    assert kept == [(3, "Phone: is empty", "", {}, [])]


def test_a_saved_mapping_is_offered_for_the_next_file_of_that_shape(clinic: Clinic) -> None:
    job = jobs.upload(clinic, ImportKind.VISITS, "x", csv_of(ANA), TUESDAY, by="dana")
    jobs.check(job, job.columns, job.options | CONSENT, save_as="Nightly")
    assert ImportMapping.objects.get().name == "Nightly"
    again = jobs.upload(clinic, ImportKind.VISITS, "x", csv_of(BO), TUESDAY, by="dana")
    assert again.options["legal_basis"] == "consent"


def test_queries_do_not_grow_with_the_chunk(
    clinic: Clinic, django_assert_max_num_queries: Any
) -> None:
    rows = [(f"a{n}", f"p{n}", "Ana", f"+1212555{n:04}", ANA[4], "") for n in range(100, 300)]
    job = checked(clinic, csv_of(*rows), **CONSENT)
    jobs.apply(job, by="dana", cancel_gone=False)
    with django_assert_max_num_queries(60):
        jobs.work(lambda: TUESDAY)


# -- dresses


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


# -- opt-outs and consent of a previous vendor

STOP_HEAD = ("Phone", "Opted out", "Source")
CONSENT_HEAD = ("Phone", "Patient ID", "Who", "Date", "Source", "Wording")
AGREED = ("+12125550142", "p1", "Ana Ortiz", "2025-03-01", "paper form", "I agree to calls.")


def test_an_opt_out_stops_the_planned_calls_at_once(clinic: Clinic) -> None:
    """R6."""
    applied(clinic, csv_of(ANA), **CONSENT)
    job = applied(
        clinic,
        csv_of(
            ("212-555-0142", "2025-01-02", "old system"), ("+12125550150", "", ""), head=STOP_HEAD
        ),
        ImportKind.STOPS,
    )
    assert job.counts == {"new": 2}
    visit = Appointment.objects.get()
    assert (visit.next_call_at, visit.next_call_reason) == (None, "opted_out")
    kept = Suppression.objects.order_by("at").first()
    assert kept is not None
    assert (kept.source, str(kept.at.date())) == ("import: old system", "2025-01-02")


def test_the_same_opt_outs_twice_change_nothing(clinic: Clinic) -> None:
    content = csv_of(("+12125550142", "", ""), ("+1 212 555 0142", "", ""), head=STOP_HEAD)
    assert applied(clinic, content, ImportKind.STOPS).counts == {"new": 1, "same": 1}
    assert applied(clinic, content, ImportKind.STOPS).counts == {"same": 2}
    assert Suppression.objects.count() == 1


def test_consent_lets_a_patient_be_called_and_is_kept_as_proof(clinic: Clinic) -> None:
    applied(clinic, csv_of(ANA))
    content = csv_of(AGREED, head=CONSENT_HEAD)
    assert applied(clinic, content, ImportKind.CONSENTS).counts == {"new": 1}
    visit = Appointment.objects.get()
    assert visit.patient.legal_basis == "consent"
    assert visit.next_call_at is not None
    kept = Consent.objects.get()
    assert (kept.given_by, kept.how, kept.wording) == ("Ana Ortiz", "imported", "I agree to calls.")
    assert applied(clinic, content, ImportKind.CONSENTS).counts == {"same": 1}
    assert Consent.objects.count() == 1


@pytest.mark.parametrize("stopped", ["2020-01-01", AGREED[3], "2026-11-17"])
def test_an_opt_out_beats_every_imported_consent(clinic: Clinic, stopped: str) -> None:
    """R7: whatever the dates say, no import lifts an opt-out."""
    applied(clinic, csv_of(ANA))
    applied(clinic, csv_of(("+12125550142", stopped, ""), head=STOP_HEAD), ImportKind.STOPS)
    job = applied(clinic, csv_of(AGREED, head=CONSENT_HEAD), ImportKind.CONSENTS)
    assert reasons(job) == [(2, "Patient id: asked for no calls; an import lifts no opt-out")]
    assert Suppression.objects.count() == 1
    assert not Consent.objects.exists()
    assert Patient.objects.get().legal_basis == "none"


def test_an_opt_out_between_dry_run_and_apply_wins(clinic: Clinic) -> None:
    applied(clinic, csv_of(ANA))
    job = checked(clinic, csv_of(AGREED, head=CONSENT_HEAD), ImportKind.CONSENTS)
    PhoneNumber.objects.get().suppress(TUESDAY, source="call")
    jobs.apply(job, by="dana", cancel_gone=False)
    jobs.work(lambda: TUESDAY)
    assert Patient.objects.get().legal_basis == "none"
    assert Suppression.objects.exists()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({1: "p9"}, "Patient id: no such patient is known"),
        ({0: "+12125550177"}, "Phone: is not the number"),
        ({2: ""}, "Who agreed: is empty"),
        ({3: ""}, "Agreed on: is empty"),
        ({3: "2031-01-01"}, "Agreed on: lies in the future"),
        ({4: ""}, "Where it came from: is empty"),
    ],
)
def test_a_consent_that_proves_nothing_is_refused(
    clinic: Clinic, change: dict[int, str], reason: str
) -> None:
    applied(clinic, csv_of(ANA))
    row = [change.get(place, cell) for place, cell in enumerate(AGREED)]
    job = checked(clinic, csv_of(row, head=CONSENT_HEAD), ImportKind.CONSENTS)
    ((_, told),) = reasons(job)
    assert told.startswith(reason)


def test_a_shared_number_alone_does_not_say_who_agreed(clinic: Clinic) -> None:
    make_patient("p1", "+12125550142")
    make_patient("p2", "+12125550142")
    content = csv_of((AGREED[0], "", *AGREED[2:]), head=CONSENT_HEAD)
    told = reasons(checked(clinic, content, ImportKind.CONSENTS))
    assert told == [(2, "Phone: several patients share this number: give the patient id")]


# -- whatever the table

CELLS = st.sampled_from(["", "Ana", "Bo", "=1+1", "\x01", "x" * 201])
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["a1", "a2", "a3", "", "a b"]),
        st.sampled_from(["p1", "p2", "p3", ""]),
        CELLS,
        st.sampled_from(["+12125550142", "2125550143", "212.555.0144", "5", ""]),
        st.sampled_from(["2026-11-24 10:00", "2026-11-25 11:30", "2027-03-14 02:30", "", "x"]),
        st.sampled_from(["booked", "cancelled", "no-show", "", "?"]),
    ),
    min_size=1,
    max_size=8,
)


@pytest.mark.django_db
@hypothesis(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(first=ROWS, second=ROWS)
def test_every_line_is_told_once_and_nothing_is_left_after_applying(
    clinic: Clinic, first: list[tuple[str, ...]], second: list[tuple[str, ...]]
) -> None:
    for rows in (first, second):
        job = applied(clinic, csv_of(*rows), **CONSENT)
        lines = [row for row in rows if any(cell.strip() for cell in row)]
        told = sum(
            count for verdict, count in job.counts.items() if verdict not in ("gone", "left")
        )
        assert told == len(lines)
        again = checked(clinic, csv_of(*rows), **CONSENT)
        assert not {"new", "changed"} & again.counts.keys(), again.counts
    for visit in Appointment.objects.all():
        assert visit.planned_for == visit.starts_at
        verdict = planning.judge(visit, TUESDAY)
        assert (visit.next_call_at, visit.next_call_reason) == (verdict.at, verdict.code)


def test_facts_of_many_are_the_facts_of_each(clinic: Clinic) -> None:
    visits = [
        make_appointment(clinic, make_patient(f"p{n}", f"+121255501{n:02}")) for n in range(3)
    ]
    visits[1].patient.number.suppress(TUESDAY, source="x")
    rows = list(Appointment.objects.select_related("clinic", "patient__number").order_by("pk"))
    assert facts_of_each(rows, TUESDAY) == [planning.facts_of(row, TUESDAY) for row in rows]
    assert [facts.opted_out for facts in facts_of_each(rows, TUESDAY)] == [False, True, False]
