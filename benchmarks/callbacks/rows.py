"""Calls that ring, for both sides. Run inside ``manage.py shell -c``."""

import json
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from django.db import connection

from calls import scripting
from calls.conversation.vocabulary import AttemptStatus
from calls.models import CallAttempt, CallVisit
from config import clock
from reminders.models import Appointment, Clinic, Patient, PhoneNumber
from reminders.policy.vocabulary import LegalBasis

FLOOR = """
create table floor_call (id uuid primary key, connection text, number text, step int default 0);
create table floor_event (id uuid primary key, call uuid references floor_call, body jsonb);
"""


def make(path: str, many: int) -> None:
    """So many calls, each to a number of its own; tells ``path`` what they are called."""
    now = clock.now()
    clinic = Clinic.objects.create(
        slug="maple",
        name="Maple Street Clinic",
        phone="+12125550199",
        time_zone="America/New_York",
        languages=["en-US", "es-US"],
    )
    scripting.approve(clinic, clinic.languages, by="the benchmark", now=now)
    attempts = _attempts(clinic, many)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(FLOOR)
            cursor.executemany(
                "insert into floor_call (id, connection, number) values (%s, %s, %s)",
                [(a.pk, a.call_connection_id, a.number.e164) for a in attempts],
            )
    told = [[str(a.pk), a.secret, a.call_connection_id] for a in attempts]
    Path(path).write_text(json.dumps(told))


def _attempts(clinic: Clinic, many: int) -> list[CallAttempt]:
    now = clock.now()
    numbers = PhoneNumber.objects.bulk_create(
        PhoneNumber(e164=f"+1212{5550000 + n}", keyed_hash=f"{n}") for n in range(many)
    )
    patients = Patient.objects.bulk_create(
        Patient(
            external_id=f"p{n}", name="Ana Gomez", number=number, legal_basis=LegalBasis.CONSENT
        )
        for n, number in enumerate(numbers)
    )
    visits = Appointment.objects.bulk_create(
        Appointment(
            external_id=f"a{n}",
            patient=patient,
            clinic=clinic,
            starts_at=now + timedelta(hours=25),
            planned_for=now + timedelta(hours=25),
        )
        for n, patient in enumerate(patients)
    )
    script = scripting.build([visits[0]], now)
    assert script is not None
    attempts = CallAttempt.objects.bulk_create(
        CallAttempt(
            number=number,
            clinic=clinic,
            caller_id="+15555550100",
            status=AttemptStatus.DIALLING,
            queued_at=now,
            started_at=now,
            heard_at=now,
            first_sent_at=clock.system_now(),
            call_connection_id=str(uuid4()),
            language=script.languages[0],
            script=script.to_json(),
        )
        for number in numbers
    )
    CallVisit.objects.bulk_create(
        CallVisit(
            attempt=a,
            appointment=v,
            patient=v.patient,
            visit_starts_at=v.starts_at,
            clinic=clinic,
            dialled_at=now,
            ordinal=1,
        )
        for a, v in zip(attempts, visits, strict=True)
    )
    return attempts
