"""Ringwell's own rows, written and read. Run inside ``manage.py shell -c``."""

import json
from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction

from benchmarks.people import BORN, PLACES, Forbidden, Person
from calls import scripting
from calls.models import CallAttempt, CallProfile, CallVisit, LineAction
from calls.models.profile import IdentityLevel
from config import clock
from reminders import planning
from reminders.models import Appointment, Clinic, Contact, Patient, PhoneNumber, WorkItem
from reminders.models.appointment import AppointmentEvent
from reminders.models.clinic import VisitType

#: Rows in one transaction.
BATCH = 200
#: The kind of visit of which nothing is said before somebody has typed a birthday.
WITH_DIGITS = "Test results"


def seed(path: str) -> None:
    """Make the clinics, and the people of a JSON file with their visits."""
    people = [Person(**row) for row in json.loads(Path(path).read_text())]
    now = clock.now()
    clinics = {
        name: _clinic(name, caller_id, now)
        for name, caller_id in sorted({(p.clinic, p.caller_id) for p in people})
    }
    for start in range(0, len(people), BATCH):
        with transaction.atomic():
            for n, person in enumerate(people[start : start + BATCH], start):
                _patient(clinics[person.clinic], person, n, now)


def _clinic(name: str, caller_id: str, now: datetime) -> Clinic:
    place = PLACES[name]
    clinic = Clinic.objects.create(
        slug=name,
        name="Maple Street Clinic",
        phone="+12125550199",
        caller_id=caller_id,
        time_zone="America/New_York",
        languages=list(place.languages),
    )
    if place.profile:
        CallProfile.objects.create(clinic=clinic, **place.profile)
    VisitType.objects.create(clinic=clinic, name=WITH_DIGITS, identity_level=IdentityLevel.BIRTHDAY)
    scripting.approve(clinic, clinic.languages, by="the drill", now=now)
    return clinic


def _patient(clinic: Clinic, person: Person, n: int, now: datetime) -> None:
    number = PhoneNumber.obtain(person.number)
    if person.forbidden == Forbidden.OPTED_OUT:
        number.suppress(now, source="seeded")
    patient = Patient.objects.create(
        external_id=f"p{n}",
        name=f"Patient {n}",
        number=number,
        language=person.language,
        time_zone=person.zone,
        legal_basis="none" if person.forbidden == Forbidden.NO_BASIS else "consent",
        birth_date=BORN,
    )
    kind = clinic.visit_types.get(name=WITH_DIGITS) if person.is_asked_for_digits else None
    appointments = [
        Appointment.objects.create(
            external_id=f"v{n}.{hour}",
            clinic=clinic,
            patient=patient,
            type=kind,
            starts_at=now + timedelta(hours=person.hours_ahead + hour),
        )
        for hour in range(person.visits)
    ]
    for appointment in appointments:
        planning.replan(appointment.pk, now)


def dump(path: str) -> None:
    """Write down what Ringwell believes, for :mod:`benchmarks.drill.compare`."""
    Path(path).write_text(
        json.dumps({"visits": _visits(), "attempts": _attempts()}, default=str), encoding="utf-8"
    )


def _visits() -> dict[int, dict[str, Any]]:
    work: dict[int | None, list[str]] = {}
    for appointment, kind in WorkItem.objects.filter(done_at=None).values_list(
        "appointment", "kind"
    ):
        work.setdefault(appointment, []).append(kind)
    answered: dict[int, list[dict[str, str]]] = {}
    for event in AppointmentEvent.objects.filter(kind="answered", actor="patient"):
        answered.setdefault(event.appointment_id, []).append(event.detail)
    told: dict[int, list[str]] = {}
    for visit_id, kind in AppointmentEvent.objects.filter(
        kind__startswith="told_", actor="patient"
    ).values_list("appointment", "kind"):
        told.setdefault(visit_id, []).append(kind)
    visits = Appointment.objects.select_related("patient__number")
    return {
        visit.pk: {
            "number": visit.patient.number.e164,
            "answer": visit.answer,
            "next_call_at": visit.next_call_at,
            "reason": visit.next_call_reason,
            "opted_out": visit.patient.number.opted_out,
            "wrong_number": visit.patient.number.wrong_number_at is not None,
            "deceased": visit.patient.deceased_at is not None,
            "work": work.get(visit.pk, []),
            "answered": answered.get(visit.pk, []),
            "told": told.get(visit.pk, []),
        }
        for visit in visits
    }


def _attempts() -> dict[str, dict[str, Any]]:
    contacts: dict[UUID, list[str]] = defaultdict(list)
    for ref, result in Contact.objects.values_list("ref", "result"):
        contacts[ref].append(result)
    visits: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for attempt_id, visit, outcome in CallVisit.objects.order_by("pk").values_list(
        "attempt", "appointment", "outcome"
    ):
        visits[attempt_id].append({"visit": visit, "outcome": outcome})
    asked: dict[UUID, set[str]] = defaultdict(set)
    for attempt_id, context in LineAction.objects.values_list("attempt", "operation_context"):
        asked[attempt_id].add(context.partition(".")[0])
    return {
        str(attempt.pk): {
            "visits": visits[attempt.pk],
            "status": attempt.status,
            "outcome": attempt.outcome,
            "note": attempt.note,
            "repeatability_id": attempt.repeatability_id,
            "contacts": contacts[attempt.pk],
            "asked": sorted(asked[attempt.pk]),
        }
        for attempt in CallAttempt.objects.all()
    }
