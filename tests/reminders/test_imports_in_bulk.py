"""Large files: what the database is asked for a batch of lines, and how it answers."""

from collections.abc import Callable
from datetime import datetime
from itertools import groupby
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reminders import planning
from reminders.imports import jobs
from reminders.models import Appointment, Clinic, Installation, Patient, PhoneNumber, Practitioner
from reminders.models.workitem import WorkItem
from tests.conftest import TUESDAY
from tests.reminders.importing import ANA, BO, CONSENT, HEAD, applied, checked, csv_of

WHO = (*HEAD, "Practitioner")


def statements(act: Callable[[], Any]) -> list[str]:
    """The beginnings of an act's statements. SQLite stores many rows in several statements."""
    with CaptureQueriesContext(connection) as captured:
        act()
    asked = [query["sql"] for query in captured.captured_queries]
    verbs = ("SELECT", "INSERT", "UPDATE", "DELETE")
    told = [" ".join(sql.split()[:4]) for sql in asked if sql.startswith(verbs)]
    if connection.vendor == "postgresql":
        return told
    alone = (list(same) for _, same in groupby(told))
    return [sql for same in alone for sql in (same[:1] if same[0].startswith("INSERT") else same)]


def lines(count: int, *, phone: int = 5550000, at: str = ANA[4], who: str = "Dr. A") -> list[Any]:
    return [
        (f"a{n}", f"p{n // 2}", "Ana", f"+1212{phone + n // 2}", at, "", who) for n in range(count)
    ]


def forget_all() -> None:
    for model in (Appointment, Patient, PhoneNumber, Practitioner):
        model.objects.all().delete()
    Installation.get()


def applying(clinic: Clinic, rows: list[Any], *, gone: bool = False) -> list[str]:
    job = checked(clinic, csv_of(*rows, head=WHO), **CONSENT)
    jobs.apply(job, by="dana", cancel_gone=gone)
    return statements(lambda: jobs.work(lambda: TUESDAY))


@pytest.mark.parametrize(
    ("then", "most"),
    [
        (None, 36),
        ({"who": "Dr. B"}, 34),
        ({"phone": 5560000}, 34),
        ({"at": "2026-11-25 09:00"}, 34),
    ],
)
def test_a_batch_takes_as_many_statements_however_many_lines_it_has(
    clinic: Clinic, then: dict[str, Any] | None, most: int
) -> None:
    taken = []
    for count in (10, 200):
        forget_all()
        taken.append(applying(clinic, lines(count)))
        if then is not None:
            taken[-1] = applying(clinic, lines(count, **then))
        assert Appointment.objects.count() == count
    few, many = taken
    assert few == many
    assert len(few) <= most, "\n".join(few)


def test_a_batch_of_what_is_gone_takes_as_many_statements(clinic: Clinic) -> None:
    taken = []
    for count in (10, 200):
        forget_all()
        applied(clinic, csv_of(*lines(count), head=WHO), **CONSENT)
        taken.append(applying(clinic, [("b1", *ANA[1:], "")], gone=True))
        assert Appointment.objects.filter(status="cancelled").count() == count
    assert taken[0] == taken[1]


@pytest.mark.parametrize("status", ["cancelled", "no-show"])
def test_a_batch_that_moves_and_ends_takes_as_many_statements(clinic: Clinic, status: str) -> None:
    taken = []
    for count in (10, 200):
        forget_all()
        applied(clinic, csv_of(*lines(count), head=WHO), **CONSENT)
        moved = [(*row[:4], "2026-11-25 09:00", status, row[6]) for row in lines(count)]
        taken.append(applying(clinic, moved))
        assert set(Appointment.objects.values_list("status", flat=True)) != {"scheduled"}
    assert taken[0] == taken[1]


def test_a_batch_that_is_left_to_staff_takes_as_many_statements(clinic: Clinic) -> None:
    taken = []
    for count in (10, 200):
        forget_all()
        applied(clinic, csv_of(*lines(count), head=WHO), **CONSENT)
        job = checked(clinic, csv_of(*lines(count, who="Dr. B"), head=WHO), **CONSENT)
        Appointment.objects.update(practitioner=None)
        jobs.apply(job, by="dana", cancel_gone=False)
        taken.append(statements(lambda: jobs.work(lambda: TUESDAY)))
        job.refresh_from_db()
        assert job.counts["left"] == count
    assert taken[0] == taken[1]


def test_the_history_tells_each_row_as_it_was_stored(clinic: Clinic) -> None:
    applied(clinic, csv_of(ANA, BO), **CONSENT)
    applied(clinic, csv_of(("a1", "p1", "Ana Paz", *ANA[3:4], "2026-11-25 10:00", "")))
    for row in (Appointment.objects.get(external_id="a1"), Patient.objects.get(external_id="p1")):
        changed, made = row.history.order_by("-history_id")
        assert (made.history_type, changed.history_type) == ("+", "~")
        for line in (made, changed):
            assert line.history_change_reason == "import by dana"
            assert (line.history_date, line.history_user) == (TUESDAY, None)
        for field in row.history.model.tracked_fields:
            if field.attname not in ("status", "answer"):
                assert getattr(changed, field.attname) == getattr(row, field.attname)
    assert Patient.history.filter(name="Ana Ortiz").count() == 1
    assert Appointment.history.count() == 3
    assert Patient.history.count() == 3


def test_a_new_visit_that_cannot_be_judged_is_set_aside_and_stops_no_other(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B3."""
    real, ana = planning.decide, datetime.fromisoformat("2026-11-24T15:00:00+00:00")

    def stumbles(facts: Any, *rest: Any) -> Any:
        if facts.starts_at == ana:
            raise LookupError
        return real(facts, *rest)

    monkeypatch.setattr(planning, "decide", stumbles)
    applied(clinic, csv_of(ANA, BO), **CONSENT)
    visit, other = Appointment.objects.order_by("external_id")
    assert WorkItem.objects.get().appointment == visit
    assert (visit.next_call_reason, visit.planned_for) == ("paused", visit.starts_at)
    assert other.next_call_at is not None
    assert other.next_call_reason != "paused"


def test_new_visits_are_planned_by_the_clinic_as_it_is_by_then(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A large file takes minutes: whoever pauses the clinic meanwhile pauses what comes next."""
    monkeypatch.setattr(jobs, "CHUNK", 1)
    job = checked(clinic, csv_of(ANA, BO), **CONSENT)
    jobs.apply(job, by="dana", cancel_gone=False)
    ticks = []

    def tick() -> datetime:
        ticks.append(1)
        if Appointment.objects.exists():
            Clinic.objects.update(paused_at=TUESDAY)
        return TUESDAY

    jobs.work(tick)
    reasons = Appointment.objects.order_by("external_id").values_list("next_call_reason", flat=True)
    assert [reason == "paused" for reason in reasons] == [False, True]


@pytest.mark.django_db
def test_many_numbers_are_found_without_reading_all_of_their_area() -> None:
    """The trigram index of last digits once answered this, in a table that nobody had vacuumed
    yet: half a second for 125 numbers among 5,000, and more with each batch."""
    e164s = [f"+1212555{n:04}" for n in range(3000)]
    # Row after row, as batches come in.
    for first in range(0, len(e164s), 100):
        PhoneNumber.objects.bulk_create(
            PhoneNumber(e164=e164, keyed_hash=e164) for e164 in e164s[first : first + 100]
        )
    found = PhoneNumber.objects.written(e164s[::24])
    assert {number.e164 for number in found} == set(e164s[::24])
    if connection.vendor == "postgresql":
        assert "number_digits" not in found.explain()
