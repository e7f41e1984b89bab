"""Ringwell's own rows, written and read. Run inside ``manage.py shell -c``."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction

from benchmarks.people import Forbidden
from calls import scripting
from calls.models import CallAttempt, CallVisit
from config import clock
from reminders import planning
from reminders.models import Appointment, Clinic, Contact, Patient, PhoneNumber, WorkItem
from reminders.models.appointment import AppointmentEvent

#: Rows in one transaction.
BATCH = 200


def seed(path: str) -> None:
    """Make a clinic for each caller id, and the people of a JSON file with their visits."""
    people: list[dict[str, Any]] = json.loads(Path(path).read_text())
    now = clock.now()
    clinics = {number: _clinic(number, now) for number in {p["caller_id"] for p in people}}
    for start in range(0, len(people), BATCH):
        with transaction.atomic():
            for n, person in enumerate(people[start : start + BATCH], start):
                _visit(clinics[person["caller_id"]], person, n, now)


def _clinic(caller_id: str, now: datetime) -> Clinic:
    clinic = Clinic.objects.create(
        slug=f"clinic-{caller_id[-4:]}",
        name="Maple Street Clinic",
        phone="+12125550199",
        caller_id=caller_id,
        time_zone="America/New_York",
        languages=["en-US", "es-US"],
    )
    scripting.approve(clinic, clinic.languages, by="the drill", now=now)
    return clinic


def _visit(clinic: Clinic, person: dict[str, Any], n: int, now: datetime) -> None:
    number = PhoneNumber.obtain(person["number"])
    if person["forbidden"] == Forbidden.OPTED_OUT:
        number.suppress(now, source="seeded")
    patient = Patient.objects.create(
        external_id=f"p{n}",
        name=f"Patient {n}",
        number=number,
        language=person["language"],
        time_zone=person["zone"],
        legal_basis="none" if person["forbidden"] == Forbidden.NO_BASIS else "consent",
    )
    appointment = Appointment.objects.create(
        external_id=f"v{n}",
        clinic=clinic,
        patient=patient,
        starts_at=now + timedelta(hours=person["hours_ahead"]),
    )
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
    visits = Appointment.objects.select_related("patient__number")
    return {
        visit.pk: {
            "number": visit.patient.number.e164,
            "answer": visit.answer,
            "next_call_at": visit.next_call_at,
            "reason": visit.next_call_reason,
            "opted_out": visit.patient.number.opted_out,
            "wrong_number": visit.patient.number.wrong_number_at is not None,
            "work": work.get(visit.pk, []),
            "answered": answered.get(visit.pk, []),
        }
        for visit in visits
    }


def _attempts() -> dict[str, dict[str, Any]]:
    counted = dict(Contact.objects.values_list("ref", "result"))
    visits = dict(CallVisit.objects.values_list("attempt", "appointment"))
    return {
        str(attempt.pk): {
            "visit": visits[attempt.pk],
            "status": attempt.status,
            "outcome": attempt.outcome,
            "note": attempt.note,
            "repeatability_id": attempt.repeatability_id,
            "contact": counted.get(attempt.pk, ""),
        }
        for attempt in CallAttempt.objects.all()
    }
