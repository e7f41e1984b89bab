"""What is measured, in Ringwell's own process. Run inside ``manage.py shell -c``."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from django.db import connection

from calls import placing, scripting
from calls.gateway.acs import Dial, gateway
from calls.models import CallAttempt
from config import clock
from reminders.models import Appointment, Clinic, Patient, PhoneNumber
from reminders.policy.vocabulary import LegalBasis

#: As many ring at once in Ringwell.
THREADS = placing.DIALLING_THREADS
#: Looks that nobody is due at, timed together.
LOOKS = 20


def run(path: str, rounds: int, calls: int, scheduled: int) -> None:
    """Measure, and write the figures down as JSON."""
    clinic = Clinic.objects.create(
        slug="maple",
        name="Maple Street Clinic",
        phone="+12125550199",
        time_zone="America/New_York",
        languages=["en-US", "es-US"],
    )
    scripting.approve(clinic, clinic.languages, by="the benchmark", now=clock.now())
    ours, floor, total = [], [], 0
    # The first call of a process imports and connects: that is not what is asked here.
    _placed(clinic, total, THREADS)
    total += THREADS
    for _ in range(rounds):
        ours.append(_placed(clinic, total, calls))
        floor.append(_bare(calls))
        total += calls
    few = _idle(clinic, total, 1000)
    many = _idle(clinic, total + 1000, scheduled)
    told = {"ours": ours, "floor": floor, "few": few, "many": many, "scheduled": scheduled}
    Path(path).write_text(json.dumps(told))


def _people(clinic: Clinic, start: int, many: int, hours: float) -> None:
    now = clock.now()
    numbers = PhoneNumber.objects.bulk_create(
        (PhoneNumber(e164=f"+1212{6000000 + n}", keyed_hash=f"{n}") for n in _range(start, many)),
        batch_size=5000,
    )
    patients = Patient.objects.bulk_create(
        (
            Patient(
                external_id=f"p{n.pk}",
                name="Ana Gomez",
                number=n,
                legal_basis=LegalBasis.CONSENT,
            )
            for n in numbers
        ),
        batch_size=5000,
    )
    starts_at = now + timedelta(hours=hours)
    Appointment.objects.bulk_create(
        (
            Appointment(
                external_id=f"a{p.pk}",
                patient=p,
                clinic=clinic,
                starts_at=starts_at,
                planned_for=starts_at,
                next_call_at=starts_at - timedelta(hours=24),
                next_call_reason="scheduled",
            )
            for p in patients
        ),
        batch_size=5000,
    )


def _range(start: int, many: int) -> range:
    return range(start, start + many)


def _placed(clinic: Clinic, start: int, many: int) -> float:
    """Calls a second from "due" to "accepted by Azure", every rule judged on the way."""
    _people(clinic, start, many, hours=23.9)
    began = time.monotonic()
    tally = placing.place_due(clock.now(), clock.now)
    seconds = time.monotonic() - began
    if tally.placed != many:
        raise SystemExit(f"{many} were due: {tally}")
    # They are over: the lines are free again for the next round.
    CallAttempt.objects.update(status="ended")
    return many / seconds


def _bare(many: int) -> float:
    """The same create calls by the same gateway, and nothing else."""
    dials = [
        Dial(
            number=f"+1212{6000000 + n}",
            caller_id="+15555550100",
            callback_url=f"https://ringwell.example/callbacks/calls/{uuid4()}/secret",
            repeatability_id=uuid4(),
            first_sent_at=clock.system_now(),
        )
        for n in range(many)
    ]
    began = time.monotonic()
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(gateway().dial, dials))
    return many / (time.monotonic() - began)


def _idle(clinic: Clinic, start: int, many: int) -> float:
    """Milliseconds of a look that finds nobody due among so many more scheduled."""
    _people(clinic, start, many, hours=72)
    with connection.cursor() as cursor:
        cursor.execute("analyze")
    placing.place_due(clock.now(), clock.now)
    began = time.monotonic()
    for _ in range(LOOKS):
        placing.place_due(clock.now(), clock.now)
    return (time.monotonic() - began) / LOOKS * 1000
