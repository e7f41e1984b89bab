"""Lines that tell of visits and their patients: read, and compared with what we know."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

from reminders.imports import visit_changes
from reminders.imports.cells import Line
from reminders.imports.columns import label
from reminders.imports.rows import Checked, Diff, Told
from reminders.imports.visit_changes import Known, status_after
from reminders.models import Appointment, Patient
from reminders.models.importing import ImportJob, ImportKind, ImportRow, RowVerdict
from reminders.policy.vocabulary import AppointmentStatus

#: Ids that Ringwell's own desk made: no other system can know those visits.
OURS = "desk-"
OPEN = (AppointmentStatus.SCHEDULED, AppointmentStatus.CONFIRMED)


class Visits:
    """One file of visits, line by line; remembers ids, so that each counts once."""

    def __init__(self, job: ImportJob) -> None:
        self.job = job
        self._lines: dict[str, int] = {}
        self._patients: dict[str, tuple[int, dict[str, Any]]] = {}
        self._first: datetime | None = None
        self._last: datetime | None = None
        #: A line whose id cannot be read may be any visit: then none is gone.
        self._unknown_ids = False

    def read(self, number: int, line: Line, now: datetime) -> Checked:
        """The line by itself."""
        try:
            external_id = line.key("external_id")
        except ValueError:
            self._unknown_ids = True
            raise
        if first := self._lines.get(external_id):
            raise line.wrong("external_id", f"stands in line {first} already")
        self._lines[external_id] = number
        starts_at = line.instant(now)
        self._first = min(self._first or starts_at, starts_at)
        self._last = max(self._last or starts_at, starts_at)
        patient = self._patient(number, line, now)
        visit = {
            "starts_at": starts_at.isoformat(),
            "minutes": line.minutes(),
            "practitioner": line.text("practitioner"),
            "type": line.text("type"),
            "patient": patient.pop("external_id"),
            "status": line.status(),
        }
        values = {"visit": _told(visit), "patient": patient}
        return Checked(number, RowVerdict.NEW, key=external_id, values=values)

    def unread(self) -> None:
        """It may be any visit."""
        self._unknown_ids = True

    def _patient(self, number: int, line: Line, now: datetime) -> dict[str, Any]:
        """What the line tells of the patient; two lines must not contradict each other."""
        born, basis = line.birth_date(now), line.legal_basis()
        patient = _told(
            {
                "external_id": line.key("patient_id"),
                "name": self._name(line),
                "phone": line.phone(),
                "spoken_name": line.text("spoken_name", 100),
                "language": line.language(),
                "time_zone": line.zone(),
                "birth_date": born and born.isoformat(),
                "legal_basis": basis,
            }
        )
        first, told = self._patients.setdefault(patient["external_id"], (number, patient))
        for name in sorted(patient.keys() | told.keys()):
            if patient.get(name) != told.get(name):
                raise line.wrong(name, f"differs from line {first}, which is the same patient")
        return dict(patient)

    def _name(self, line: Line) -> str:
        if "name" in line.mapping.places:
            return line.needed("name")
        last = line.needed("last_name", 100)
        return f"{line.text('first_name', 99)} {last}".strip()

    # -- compared

    def compare(self, chunk: Sequence[Checked], now: datetime) -> None:
        """Each line against what is known now: two queries, or four where words changed."""
        lines = [checked for checked in chunk if checked.verdict is not RowVerdict.WRONG]
        known = Known.of(self.job, [(line.key, line.values["visit"]["patient"]) for line in lines])
        for line in lines:
            self._judge(line, known, now)

    def _judge(self, line: Checked, known: Known, now: datetime) -> None:
        reason, diff = judge(self.job, line.key, line.values, known, now)
        if reason:
            line.verdict, line.reason, line.values = RowVerdict.WRONG, reason, {}
            return
        line.diff = diff
        if line.key in known.visits:
            line.verdict = RowVerdict.CHANGED if diff else RowVerdict.SAME

    def gone(self, now: datetime) -> list[Checked]:
        """Visits still to come, on the days that the file covers, which it does not have."""
        if self._first is None or self._last is None or self._unknown_ids:
            return []
        zone = self.job.clinic.zone
        first = datetime.combine(self._first.astimezone(zone).date(), time.min, tzinfo=zone)
        last = self._last.astimezone(zone).date() + timedelta(days=1)
        end = datetime.combine(last, time.min, tzinfo=zone)
        coming = Appointment.objects.filter(
            clinic=self.job.clinic,
            status__in=OPEN,
            starts_at__gt=now,
            starts_at__gte=first.astimezone(UTC),
            starts_at__lt=end.astimezone(UTC),
        ).exclude(external_id__startswith=OURS)
        columns = coming.order_by("starts_at").values_list(
            "external_id",
            "starts_at",
            "patient__external_id",
            "patient__name",
            "status",
            "answer",
        )
        return [
            Checked(
                0,
                RowVerdict.GONE,
                key=key,
                values={
                    "visit": {
                        "starts_at": at.isoformat(),
                        "patient": patient,
                        "status": status,
                        "answer": answer,
                    },
                    "patient": {"name": name},
                },
                diff=[["status", str(status), "cancelled"]],
            )
            for key, at, patient, name, status, answer in columns.iterator(chunk_size=2000)
            if key not in self._lines
        ]

    def apply(self, rows: Sequence[ImportRow], now: datetime) -> Told:
        """See visit_changes."""
        return visit_changes.apply(self.job, rows, now, judge)


def judge(
    job: ImportJob, key: str, values: dict[str, Any], known: Known, now: datetime
) -> tuple[str, Diff]:
    """What is wrong with a line in view of what is known, or what it would change."""
    visit, patient = known.visits.get(key), known.patients.get(values["visit"]["patient"])
    if visit is not None and visit.clinic_id != job.clinic_id:
        return _says("external_id", "is a visit of another clinic"), []
    if patient is not None and patient.pk in known.out_of_reach:
        return _says("patient_id", "is a patient of a clinic that is not yours"), []
    starts_at = datetime.fromisoformat(values["visit"]["starts_at"])
    if starts_at <= now and (visit is None or visit.starts_at != starts_at):
        return _says("start", "lies in the past"), []
    return "", [*_visit_diff(visit, values["visit"], known), *_patient_diff(patient, values)]


def _says(column: str, reason: str) -> str:
    return f"{label(ImportKind.VISITS, column)}: {reason}"


def _visit_diff(visit: Appointment | None, told: dict[str, Any], known: Known) -> Diff:
    present = visit_changes.present(visit) if visit else {}
    diff = [
        [column, present.get(column), new]
        for column, new in told.items()
        if column != "status" and present.get(column) != new
    ]
    if visit is None:
        word = told.get("status", AppointmentStatus.SCHEDULED)
        return [*diff, *([["status", None, word]] if word != AppointmentStatus.SCHEDULED else [])]
    moved = any(column == "starts_at" for column, _, _ in diff)
    after = status_after(visit, told.get("status"), known, moved=moved)
    return [*diff, *([["status", str(visit.status), after]] if after else [])]


def _patient_diff(patient: Patient | None, values: dict[str, Any]) -> Diff:
    if patient is None:
        return []
    present = visit_changes.present_patient(patient)
    return [
        [f"patient.{column}", present[column], new]
        for column, new in values["patient"].items()
        if present[column] != new
    ]


def _told(values: dict[str, Any]) -> dict[str, Any]:
    """What the file says: an empty cell says nothing, and changes nothing."""
    return {name: value for name, value in values.items() if value not in (None, "")}
