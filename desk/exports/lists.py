"""What stands in the file of each list. Times are those of the clinic's wall, with its zone."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest

from calls.models import CallAttempt
from desk import seeing
from desk.exports.download import ListExport
from desk.wording import ANSWERS, BASES, CALL_STATUS, OUTCOMES, TO_DO, WHY, WORK, status_label
from reminders.models import Appointment, Patient, PhoneNumber, WorkItem


def wall(at: datetime | None, zone: ZoneInfo) -> str:
    """``2026-11-24 10:00``, which spreadsheets sort and Ringwell's import reads."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}" if at else ""


def _of_visit(read: Any) -> Any:
    """A cell about the visit of a thing to do; empty where it is about none."""
    return lambda row, request: read(row.appointment, request) if row.appointment else ""


def _patients(call: CallAttempt, request: HttpRequest) -> str:
    about = (visit.appointment.patient for visit in call.visits.all())
    return "; ".join(dict.fromkeys(seeing.name(patient, request) for patient in about))


def _yes(flag: object) -> str:
    return "yes" if flag else ""


def _visit_start(visit: Appointment, request: HttpRequest) -> str:
    return wall(visit.starts_at, visit.clinic.zone)


APPOINTMENTS = ListExport(
    name="appointments",
    patient="patient",
    related=("patient__number", "clinic", "practitioner", "type"),
    columns=(
        ("Appointment id", lambda row, _: row.external_id),
        ("Patient id", lambda row, _: row.patient.external_id),
        ("Patient", lambda row, request: seeing.name(row.patient, request)),
        ("Phone", lambda row, request: seeing.number(row.patient.number, request)),
        ("Start", _visit_start),
        ("Zone", lambda row, _: row.clinic.time_zone),
        ("Minutes", lambda row, _: row.minutes),
        ("Clinic", lambda row, _: row.clinic.name),
        ("Practitioner", lambda row, _: row.practitioner or ""),
        ("Visit type", lambda row, _: row.type or ""),
        ("Status", lambda row, _: status_label(row.status)),
        ("Answer", lambda row, _: ANSWERS[row.answer]),
        ("Next call", lambda row, _: wall(row.next_call_at, row.clinic.zone)),
        ("Why", lambda row, _: WHY[row.next_call_reason]),
    ),
)

CALLS = ListExport(
    name="calls",
    patient="visits__appointment__patient",
    columns=(
        ("Call id", lambda row, _: row.pk),
        ("Started", lambda row, _: wall(row.queued_at, row.clinic.zone)),
        ("Zone", lambda row, _: row.clinic.time_zone),
        ("Clinic", lambda row, _: row.clinic.name),
        ("Patient", _patients),
        ("Phone", lambda row, request: seeing.number(row.number, request)),
        ("Status", lambda row, _: CALL_STATUS[row.status]),
        ("Outcome", lambda row, _: OUTCOMES.get(row.outcome, row.outcome)),
        ("Language", lambda row, _: row.language),
        ("Rehearsal", lambda row, _: _yes(row.rehearsal)),
    ),
)


def _basis(row: Patient, request: HttpRequest) -> str:
    return BASES[row.legal_basis]


PATIENTS = ListExport(
    name="patients",
    patient="pk",
    columns=(
        ("Patient id", lambda row, _: row.external_id),
        ("Patient", lambda row, request: seeing.name(row, request)),
        ("Phone", lambda row, request: seeing.number(row.number, request)),
        ("Language", lambda row, _: row.language),
        ("Zone", lambda row, _: row.time_zone),
        ("Legal basis", _basis),
        ("Asked for no calls", lambda row, _: _yes(row.stopped)),
        ("Has died", lambda row, _: _yes(row.deceased_at)),
    ),
)


def _masked(row: PhoneNumber, request: HttpRequest) -> str:
    return seeing.number(row, request)


NUMBERS = ListExport(
    name="numbers",
    columns=(
        ("Phone", _masked),
        ("Kind", lambda row, _: row.get_kind_display()),
        ("Patients", lambda row, _: row.people),
        ("Asked for no calls", lambda row, _: _yes(row.opted)),
        ("Wrong number", lambda row, _: _yes(row.wrong_number_at)),
        ("Reassigned", lambda row, _: _yes(row.reassigned_at)),
        ("No such number", lambda row, _: _yes(row.invalid_at)),
        ("Room line", lambda row, _: _yes(row.facility_line)),
        ("Doubtful", lambda row, _: _yes(row.doubtful)),
    ),
)


def _detail(row: WorkItem, request: HttpRequest) -> str:
    people = [row.appointment.patient] if row.appointment else []
    return seeing.words(row.detail, people, request)


def _why_here(row: WorkItem, request: HttpRequest) -> str:
    return WORK[row.kind]


WORK_LIST = ListExport(
    name="work list",
    patient="appointment__patient",
    columns=(
        ("Why", _why_here),
        ("What to do", lambda row, _: TO_DO[row.kind]),
        ("Detail", _detail),
        ("Patient", _of_visit(lambda visit, request: seeing.name(visit.patient, request))),
        ("Patient id", _of_visit(lambda visit, _: visit.patient.external_id)),
        ("Appointment id", _of_visit(lambda visit, _: visit.external_id)),
        ("Visit", _of_visit(_visit_start)),
        ("Clinic", _of_visit(lambda visit, _: visit.clinic.name)),
        ("Since", lambda row, _: wall(row.created_at, ZoneInfo("UTC"))),
        ("Due", lambda row, _: wall(row.due_at, ZoneInfo("UTC"))),
        ("Who", lambda row, _: row.owner.get_username() if row.owner else ""),
        ("Done", lambda row, _: wall(row.done_at, ZoneInfo("UTC"))),
        ("Done by", lambda row, _: row.done_by),
        ("What came of it", lambda row, _: row.result),
    ),
)
