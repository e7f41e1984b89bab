"""Files of other systems: compared with what is known, applied in whole chunks."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from reminders import planning
from reminders.gathering import facts_of_each
from reminders.imports import jobs, visit_changes
from reminders.models import (
    Appointment,
    Clinic,
    Decision,
    ImportFile,
    ImportMapping,
    ImportRow,
    Patient,
    PhoneNumber,
)
from reminders.models.importing import ImportKind
from tests.conftest import TUESDAY, make_appointment, make_clinic, make_patient
from tests.reminders.importing import ANA, BO, CONSENT, HEAD, applied, checked, csv_of, reasons

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
