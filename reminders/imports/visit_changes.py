"""Visits and patients of a file, written in bulk by the same rules as one by one.

Everything happens in the caller's transaction: numbers are locked first, then patients,
then visits, each in the order of their keys, as everywhere.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet

from reminders import phones, planning
from reminders.imports.rows import Diff, Told
from reminders.imports.writing import create_many, update_many
from reminders.models import (
    Appointment,
    AppointmentEvent,
    Clinic,
    Patient,
    PhoneNumber,
    Practitioner,
    VisitType,
)
from reminders.models.importing import ImportJob, ImportRow, RowVerdict
from reminders.policy.vocabulary import Answer, AppointmentStatus, LegalBasis

#: What decides when, and whether, a patient may be rung.
PLANNED_BY = {"phone", "time_zone", "legal_basis", "birth_date"}
PATIENT_COLUMNS = ("name", "spoken_name", "language", "time_zone", "legal_basis", "birth_date")


@dataclass
class Known:
    """The rows that a chunk of lines is about, by the ids the file gives them."""

    visits: dict[str, Appointment] = field(default_factory=dict)
    patients: dict[str, Patient] = field(default_factory=dict)
    #: Patients of other clinics only, which the person who sent the file may not change.
    out_of_reach: set[int] = field(default_factory=set)
    #: Ended visits whose end an import had told: the next one may take it back.
    ended_by_import: set[int] = field(default_factory=set)

    @classmethod
    def of(cls, job: ImportJob, ids: Iterable[tuple[str, str]], *, lock: bool = False) -> "Known":
        """Look them up, each kind in one query; locked where they are to be changed."""
        ids = list(ids)
        patients = Patient.objects.filter(external_id__in={patient for _, patient in ids})
        visits = Appointment.objects.filter(external_id__in={visit for visit, _ in ids})
        if lock:
            for rows in (patients, visits):
                locked = rows.select_for_update(no_key=True).order_by("pk")
                list(locked.values_list("pk", flat=True))
        known = cls(
            {visit.external_id: visit for visit in visits.order_by()},
            {row.external_id: row for row in patients.order_by().select_related("number")},
        )
        known._join()
        known._find_reach(job)
        known._find_endings()
        return known

    def _join(self) -> None:
        """Give the visits their patients, practitioners and types: each row once, since many
        visits share them, and no clinic, whose rules are of no use here."""
        visits = self.visits.values()
        people = {patient.pk: patient for patient in self.patients.values()}
        if others := {visit.patient_id for visit in visits} - people.keys():
            people |= Patient.objects.select_related("number").in_bulk(others)
        practitioners = Practitioner.objects.in_bulk({v.practitioner_id for v in visits} - {None})
        types = VisitType.objects.in_bulk({v.type_id for v in visits} - {None})
        for visit in visits:
            visit.patient = people[visit.patient_id]
            if visit.practitioner_id:
                visit.practitioner = practitioners[visit.practitioner_id]
            if visit.type_id:
                visit.type = types[visit.type_id]

    def _find_reach(self, job: ImportJob) -> None:
        if job.reach is None or not self.patients:
            return
        visits = Appointment.objects.filter(patient__in=self.patients.values())
        mine = set(visits.filter(clinic__in=job.reach).values_list("patient", flat=True))
        others = set(visits.exclude(clinic__in=job.reach).values_list("patient", flat=True))
        self.out_of_reach = others - mine

    def _find_endings(self) -> None:
        ended = [visit for visit in self.visits.values() if visit.status in ENDED]
        if not ended:
            return
        told = AppointmentEvent.objects.filter(
            appointment__in=ended, kind__in=("status_changed", "answered")
        )
        last = {event.appointment_id: event for event in told.order_by("at", "pk")}
        self.ended_by_import = {
            pk for pk, event in last.items() if event.actor.startswith("import")
        }


ENDED = (AppointmentStatus.CANCELLED, AppointmentStatus.ATTENDED, AppointmentStatus.NO_SHOW)


def status_after(visit: Appointment, word: str | None, known: Known, *, moved: bool) -> str | None:
    """The status that the file's word makes of a visit; None where nothing changes.

    An ending always holds. "Scheduled" opens only what an import had ended: with
    every file it says nothing about what the patient, or the desk, told us since.
    """
    if word is None:
        return None
    was = AppointmentStatus(visit.status)
    if moved:
        # A moved visit is armed again by planning; only an ending is still news.
        was = AppointmentStatus.SCHEDULED
    if word == AppointmentStatus.SCHEDULED:
        return word if was in ENDED and visit.pk in known.ended_by_import else None
    return None if was == word else str(word)


def present(visit: Appointment) -> dict[str, Any]:
    """The visit in the file's terms."""
    return {
        "starts_at": visit.starts_at.isoformat(),
        "minutes": visit.minutes,
        "practitioner": visit.practitioner.name if visit.practitioner else None,
        "type": visit.type.name if visit.type else None,
        "patient": visit.patient.external_id,
        "status": str(visit.status),
    }


def present_patient(patient: Patient) -> dict[str, Any]:
    """The patient in the file's terms."""
    born = patient.birth_date.isoformat() if patient.birth_date else None
    columns = {name: getattr(patient, name) for name in PATIENT_COLUMNS}
    return columns | {"birth_date": born, "phone": patient.number.e164}


Judge = Callable[[ImportJob, str, dict[str, Any], Known, datetime], tuple[str, Diff]]


def apply(job: ImportJob, rows: Sequence[ImportRow], now: datetime, judge: Judge) -> Told:
    """Carry out the rows that still mean what the dry run showed; tell which do not."""
    told = Told()
    ids = [(row.key, row.values["visit"]["patient"]) for row in rows]
    planning.lock_numbers(_touched(rows, ids))
    known = Known.of(job, ids, lock=True)
    fit = [row for row in rows if _still_fits(job, row, known, now, judge, told)]
    gone = [row for row in fit if row.verdict == RowVerdict.GONE]
    lines = [row for row in fit if row.verdict != RowVerdict.GONE]
    replanned = _write_patients(job, lines, known, now)
    changed = _write_visits(job, lines, known, now)
    cancelled = _cancel([known.visits[row.key] for row in gone], job, now)
    planning.replan_many(sorted(replanned | changed | cancelled), now, actor=job.actor)
    _end([row for row in lines if _moved_and_ended(row)], known, job, now)
    return told


def _touched(rows: Sequence[ImportRow], ids: Sequence[tuple[str, str]]) -> QuerySet[PhoneNumber]:
    """The numbers that the lines tell, those that their patients have, and those of the
    patients who have the visits now. One that is new is not rung yet: it is made later."""
    told = {row.values["patient"]["phone"] for row in rows if row.verdict != RowVerdict.GONE}
    numbers = PhoneNumber.objects.written(told).values_list("pk")
    of_patients = Patient.objects.filter(external_id__in={patient for _, patient in ids})
    of_visits = Appointment.objects.filter(external_id__in={visit for visit, _ in ids})
    keys = numbers.union(
        of_patients.order_by().values_list("number"),
        of_visits.order_by().values_list("patient__number"),
    )
    return PhoneNumber.objects.filter(pk__in={key for (key,) in keys})


def _moved_and_ended(row: ImportRow) -> bool:
    names = {name for name, _, _ in row.diff}
    return row.verdict == RowVerdict.CHANGED and {"starts_at", "status"} <= names


def _end(rows: Sequence[ImportRow], known: Known, job: ImportJob, now: datetime) -> None:
    """Whoever moves and ends a visit has ended it: planning arms a moved one first."""
    ended = [(known.visits[row.key], str(row.values["visit"]["status"])) for row in rows]
    for status in {status for _, status in ended}:
        keys = [visit.pk for visit, word in ended if word == status]
        Appointment.objects.filter(pk__in=keys).update(status=status)
    AppointmentEvent.objects.bulk_create(
        _event(visit, "status_changed", job, now, was="scheduled", status=status)
        for visit, status in ended
    )
    planning.replan_many([visit.pk for visit, _ in ended], now, actor=job.actor)


def _still_fits(
    job: ImportJob, row: ImportRow, known: Known, now: datetime, judge: Judge, told: Told
) -> bool:
    """Whether the world is as the dry run saw it; else the row is left, with the reason."""
    if row.verdict == RowVerdict.GONE:
        visit = known.visits.get(row.key)
        at = datetime.fromisoformat(row.values["visit"]["starts_at"])
        state = (row.values["visit"]["status"], row.values["visit"]["answer"])
        if visit and (visit.status, visit.answer) == state and visit.starts_at == at > now:
            return True
        told.left[row.pk] = "was changed since the dry run"
        return False
    reason, diff = judge(job, row.key, row.values, known, now)
    seen = {name: old for name, old, _ in row.diff}
    unseen = [name for name, old, _ in diff if name not in seen or seen[name] != old]
    made = row.verdict == RowVerdict.NEW and row.key in known.visits
    if reason or ((unseen or made) and diff):
        told.left[row.pk] = reason or "was changed since the dry run"
        return False
    row.diff = diff
    return True


# -- patients


def _write_patients(
    job: ImportJob, rows: Sequence[ImportRow], known: Known, now: datetime
) -> set[int]:
    """Make and change them; the keys of the coming visits whose plan that touches."""
    numbers = _numbers({row.values["patient"]["phone"] for row in rows})
    made: dict[str, Patient] = {}
    changed: dict[str, tuple[Patient, set[str]]] = {}
    for row in rows:
        key, values = row.values["visit"]["patient"], row.values["patient"]
        if (patient := known.patients.get(key)) is None:
            made.setdefault(key, _new_patient(job, key, values, numbers))
        elif names := {
            name for name, new in values.items() if present_patient(patient)[name] != new
        }:
            _change_patient(patient, {name: values[name] for name in names}, numbers)
            changed[key] = (patient, names)
    create_many(list(made.values()), job.actor, now)
    known.patients |= made
    people = [patient for patient, _ in changed.values()]
    update_many(people, [*PATIENT_COLUMNS, "number"], job.actor, now)
    touched = [patient.pk for patient, names in changed.values() if names & PLANNED_BY]
    visits = Appointment.objects.filter(patient__in=touched, starts_at__gt=now)
    return set(visits.values_list("pk", flat=True))


def _numbers(e164s: set[str]) -> dict[str, PhoneNumber]:
    """The rows of numbers, made when new."""
    rows = PhoneNumber.objects.written(e164s)
    known = {number.e164: number for number in rows}
    if not (new := sorted(e164s - known.keys())):
        return known
    PhoneNumber.bring_back(new)
    parsed = [phones.parse(e164) for e164 in new]
    PhoneNumber.objects.bulk_create(
        [
            PhoneNumber(
                e164=number.e164,
                keyed_hash=phones.keyed_hash(number.e164),
                kind=number.kind,
                doubtful=not number.is_valid,
            )
            for number in parsed
        ],
        ignore_conflicts=True,
    )
    return known | {number.e164: number for number in PhoneNumber.objects.written(new)}


def _new_patient(
    job: ImportJob, key: str, values: dict[str, Any], numbers: dict[str, PhoneNumber]
) -> Patient:
    """What the file does not tell comes from the mapping: no legal basis unless it says so (R1)."""
    usual = {
        "language": job.options.get("language", ""),
        "legal_basis": job.options.get("legal_basis", LegalBasis.NONE),
    }
    patient = Patient(external_id=key)
    _change_patient(patient, usual | values, numbers)
    return patient


def _change_patient(
    patient: Patient, values: dict[str, Any], numbers: dict[str, PhoneNumber]
) -> None:
    for name, value in values.items():
        if name == "phone":
            patient.number = numbers[value]
        elif name == "birth_date":
            patient.birth_date = date.fromisoformat(value)
        else:
            setattr(patient, name, value)


# -- visits


def _write_visits(
    job: ImportJob, rows: Sequence[ImportRow], known: Known, now: datetime
) -> set[int]:
    """Make and change them, with a line in each one's story; the keys of those that are to be
    planned anew. New ones are stored with their plan."""
    named = {
        column: _named(model, job, {row.values["visit"].get(column) for row in rows})
        for column, model in (("practitioner", Practitioner), ("type", VisitType))
    }
    clinic = Clinic.objects.get(pk=job.clinic_id)
    made: list[Appointment] = []
    changed: list[Appointment] = []
    events: list[AppointmentEvent] = []
    for row in rows:
        told, visit = row.values["visit"], known.visits.get(row.key)
        names = {name for name, _, _ in row.diff if not name.startswith("patient.")}
        if visit is not None and not names:
            continue
        visit = visit or Appointment(external_id=row.key, clinic=clinic)
        was = visit.status
        _set_visit(visit, told, names, known, named)
        (changed if visit.pk else made).append(visit)
        events += _events(visit, names, was, job, now)
    plans = planning.plan_new(made, now)
    create_many(made, job.actor, now)
    columns = ["starts_at", "minutes", "practitioner", "type", "patient", "status", "answer"]
    update_many(changed, columns, job.actor, now)
    AppointmentEvent.objects.bulk_create(events)
    # After the story: how long ago a visit was made counts for the risk.
    planning.tell_new(plans, now)
    return {visit.pk for visit in changed}


def _set_visit(
    visit: Appointment,
    told: dict[str, Any],
    names: set[str],
    known: Known,
    named: dict[str, dict[str, Any]],
) -> None:
    if visit.pk and "starts_at" in names:
        names = names - {"status"}
    for name in names:
        value = told[name]
        if name == "starts_at":
            visit.starts_at = datetime.fromisoformat(value)
        elif name == "patient":
            visit.patient = known.patients[value]
        elif name in named:
            setattr(visit, name, named[name][value])
        else:
            setattr(visit, name, value)
    is_open = visit.status not in ENDED
    if visit.pk and "patient" in names and "status" not in names and is_open:
        # Another patient has this visit now, and nobody has asked them yet.
        visit.status, visit.answer = AppointmentStatus.SCHEDULED, Answer.NONE
    if "status" in names and visit.status == AppointmentStatus.SCHEDULED:
        visit.answer = Answer.NONE


def _events(
    visit: Appointment, names: set[str], was: str, job: ImportJob, now: datetime
) -> list[AppointmentEvent]:
    if not visit.pk:
        return [_event(visit, "created", job, now)]
    others = sorted(names - {"starts_at", "status"})
    ended = "status" in names and "starts_at" not in names
    return [
        *([_event(visit, "changed", job, now, fields=others)] if others else []),
        *(
            [_event(visit, "status_changed", job, now, was=was, status=visit.status)]
            if ended
            else []
        ),
    ]


def _event(
    visit: Appointment, kind: str, job: ImportJob, now: datetime, **detail: Any
) -> AppointmentEvent:
    return AppointmentEvent(appointment=visit, kind=kind, at=now, actor=job.actor, detail=detail)


def _named(model: type[Any], job: ImportJob, names: set[Any]) -> dict[str, Any]:
    """Practitioners or visit types by name, made when new."""
    wanted = {name for name in names if name}
    rows = model.objects.filter(clinic=job.clinic_id, name__in=wanted)
    known = {row.name: row for row in rows}
    if not (new := sorted(wanted - known.keys())):
        return known
    model.objects.bulk_create(
        [model(clinic_id=job.clinic_id, name=name) for name in new], ignore_conflicts=True
    )
    return known | {row.name: row for row in rows.filter(name__in=new)}


def _cancel(visits: Sequence[Appointment], job: ImportJob, now: datetime) -> set[int]:
    """The file no longer has them, and staff said that this means cancelled."""
    events = []
    for visit in visits:
        was, visit.status = visit.status, AppointmentStatus.CANCELLED
        told = {"was": was, "status": "cancelled", "gone": True}
        events.append(_event(visit, "status_changed", job, now, **told))
    AppointmentEvent.objects.bulk_create(events)
    update_many(visits, ["status"], job.actor, now)
    return {visit.pk for visit in visits}
