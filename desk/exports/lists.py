"""What stands in the file of each list. Times are those of the clinic's wall, with its zone."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.utils.translation import gettext, gettext_lazy

from calls.models import CallAttempt
from desk import seeing, stored
from desk.exports.download import ListExport
from desk.wording import ANSWERS, BASES, CALL_STATUS, OUTCOMES, TO_DO, WHY, WORK, status_label
from desk.worklist.rows import zone_of
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
    return gettext("yes") if flag else ""


def _visit_start(visit: Appointment, request: HttpRequest) -> str:
    return wall(visit.starts_at, visit.clinic.zone)


APPOINTMENTS = ListExport(
    name="appointments",
    patient="patient",
    related=("patient__number", "clinic", "practitioner", "type"),
    columns=(
        (gettext_lazy("Appointment id"), lambda row, _: row.external_id),
        (gettext_lazy("Patient id"), lambda row, _: row.patient.external_id),
        (gettext_lazy("Patient"), lambda row, request: seeing.name(row.patient, request)),
        (gettext_lazy("Phone"), lambda row, request: seeing.number(row.patient.number, request)),
        (gettext_lazy("Start"), _visit_start),
        (gettext_lazy("Zone"), lambda row, _: row.clinic.time_zone),
        (gettext_lazy("Minutes"), lambda row, _: row.minutes),
        (gettext_lazy("Clinic"), lambda row, _: row.clinic.name),
        (gettext_lazy("Practitioner"), lambda row, _: row.practitioner or ""),
        (gettext_lazy("Visit type"), lambda row, _: row.type or ""),
        (gettext_lazy("Status"), lambda row, _: status_label(row.status)),
        (gettext_lazy("Answer"), lambda row, _: ANSWERS[row.answer]),
        (gettext_lazy("Next call"), lambda row, _: wall(row.next_call_at, row.clinic.zone)),
        (gettext_lazy("Why"), lambda row, _: WHY[row.next_call_reason]),
    ),
)

CALLS = ListExport(
    name="calls",
    patient="visits__appointment__patient",
    columns=(
        (gettext_lazy("Call id"), lambda row, _: row.pk),
        (gettext_lazy("Started"), lambda row, _: wall(row.queued_at, row.clinic.zone)),
        (gettext_lazy("Zone"), lambda row, _: row.clinic.time_zone),
        (gettext_lazy("Clinic"), lambda row, _: row.clinic.name),
        (gettext_lazy("Patient"), _patients),
        (gettext_lazy("Phone"), lambda row, request: seeing.number(row.number, request)),
        (gettext_lazy("Status"), lambda row, _: CALL_STATUS[row.status]),
        (gettext_lazy("Outcome"), lambda row, _: OUTCOMES.get(row.outcome, row.outcome)),
        (gettext_lazy("Language"), lambda row, _: row.language),
        (gettext_lazy("Rehearsal"), lambda row, _: _yes(row.rehearsal)),
    ),
)


def _basis(row: Patient, request: HttpRequest) -> str:
    return BASES[row.legal_basis]


PATIENTS = ListExport(
    name="patients",
    patient="pk",
    columns=(
        (gettext_lazy("Patient id"), lambda row, _: row.external_id),
        (gettext_lazy("Patient"), lambda row, request: seeing.name(row, request)),
        (gettext_lazy("Phone"), lambda row, request: seeing.number(row.number, request)),
        (gettext_lazy("Language"), lambda row, _: row.language),
        (gettext_lazy("Zone"), lambda row, _: row.time_zone),
        (gettext_lazy("Legal basis"), _basis),
        (gettext_lazy("Asked for no calls"), lambda row, _: _yes(row.stopped)),
        (gettext_lazy("Has died"), lambda row, _: _yes(row.deceased_at)),
    ),
)


def _masked(row: PhoneNumber, request: HttpRequest) -> str:
    return seeing.number(row, request)


NUMBERS = ListExport(
    name="numbers",
    columns=(
        (gettext_lazy("Phone"), _masked),
        (gettext_lazy("Kind"), lambda row, _: row.get_kind_display()),
        (gettext_lazy("Patients"), lambda row, _: row.people),
        (gettext_lazy("Asked for no calls"), lambda row, _: _yes(row.opted)),
        (gettext_lazy("Wrong number"), lambda row, _: _yes(row.wrong_number_at)),
        (gettext_lazy("Reassigned"), lambda row, _: _yes(row.reassigned_at)),
        (gettext_lazy("No such number"), lambda row, _: _yes(row.invalid_at)),
        (gettext_lazy("Room line"), lambda row, _: _yes(row.facility_line)),
        (gettext_lazy("Doubtful"), lambda row, _: _yes(row.doubtful)),
    ),
)


def _detail(row: WorkItem, request: HttpRequest) -> str:
    people = [row.appointment.patient] if row.appointment else []
    return seeing.words(stored.read(row.detail), people, request)


def _why_here(row: WorkItem, request: HttpRequest) -> str:
    return WORK[row.kind]


WORK_LIST = ListExport(
    name="work list",
    patient="appointment__patient",
    columns=(
        (gettext_lazy("Why"), _why_here),
        (gettext_lazy("What to do"), lambda row, _: TO_DO[row.kind]),
        (gettext_lazy("Detail"), _detail),
        (
            gettext_lazy("Patient"),
            _of_visit(lambda visit, request: seeing.name(visit.patient, request)),
        ),
        (gettext_lazy("Patient id"), _of_visit(lambda visit, _: visit.patient.external_id)),
        (gettext_lazy("Appointment id"), _of_visit(lambda visit, _: visit.external_id)),
        (gettext_lazy("Visit"), _of_visit(_visit_start)),
        (gettext_lazy("Clinic"), _of_visit(lambda visit, _: visit.clinic.name)),
        (gettext_lazy("Since"), lambda row, _: wall(row.created_at, zone_of(row))),
        (gettext_lazy("Due"), lambda row, _: wall(row.due_at, zone_of(row))),
        (gettext_lazy("Who"), lambda row, _: row.owner.get_username() if row.owner else ""),
        (gettext_lazy("Done"), lambda row, _: wall(row.done_at, zone_of(row))),
        (gettext_lazy("Done by"), lambda row, _: row.done_by),
        (gettext_lazy("What came of it"), lambda row, _: row.result),
    ),
)
