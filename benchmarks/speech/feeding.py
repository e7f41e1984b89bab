"""Recordings by the hundred, as staff would upload them, while the service goes wrong by turns.

Run inside ``manage.py shell``: uploads go through :func:`calls.recorded.keep` and the broker.
"""

import base64
import io
import json
import random
import time
import wave
from collections.abc import Iterator
from datetime import timedelta
from itertools import cycle
from typing import Any
from urllib.request import Request, urlopen

from calls import recorded, scripting
from calls.models import CallAttempt, CallVisit, Transcript
from config import clock
from reminders.models import Appointment, Clinic, Patient, PhoneNumber

RATE = 8_000
#: Uploaded at once, and how many of them may still be open before the next are.
BATCH, LEFT = 24, 12
SAID = ("I will be there.", "Thank you, good bye.", "Please cancel my appointment.")
#: Of each batch, by turns: silent, slow, refused in several ways. A status that the SDK asks
#: again for takes five connections.
FAULTS: tuple[tuple[dict[str, Any], ...], ...] = (
    ({"kind": "silent", "times": 4},),
    ({"kind": "slow", "times": 6, "seconds": 1.5},),
    ({"kind": "status", "status": 401, "times": 2}, {"kind": "close", "code": 1011, "times": 5}),
    ({"kind": "silent", "times": 3},),
    ({"kind": "slow", "times": 3, "seconds": 1.0}, {"kind": "status", "status": 429, "times": 10}),
    (),
)


def feed(jobs: int, seed: int, control: str) -> None:
    """Upload them all, waiting for the workers now and then."""
    chosen, attempt, faults = random.Random(seed), _call(), cycle(FAULTS)
    for start in range(0, jobs, BATCH):
        sounds = [_sound(chosen) for _ in range(start, min(start + BATCH, jobs))]
        for sound in sounds:
            _ask(control, "speech/ledger", _known(sound, chosen.choice(SAID)))
        _ask(control, "speech/faults", None, method="DELETE")
        for fault in next(faults):
            _ask(control, "speech/faults", fault | {"operation": "recognize"})
        for sound in sounds:
            recorded.keep(attempt, sound, by="the benchmark", now=clock.now())
        while Transcript.objects.filter(finished_at=None).count() > LEFT:
            time.sleep(0.2)


def _call() -> CallAttempt:
    """A call that is over and confirmed; every recording is of it."""
    now = clock.now()
    clinic = Clinic.objects.create(
        slug="maple",
        name="Maple Street Clinic",
        phone="+12125550199",
        time_zone="America/New_York",
        languages=["en-US", "es-US"],
    )
    scripting.approve(clinic, clinic.languages, by="the benchmark", now=now)
    number = PhoneNumber.obtain("+12125550101")
    patient = Patient.objects.create(
        external_id="p1", name="Patient 1", number=number, legal_basis="none"
    )
    visit = Appointment.objects.create(
        external_id="v1", clinic=clinic, patient=patient, starts_at=now + timedelta(days=2)
    )
    attempt = CallAttempt.objects.create(
        number=number,
        clinic=clinic,
        caller_id="+15555550100",
        status="ended",
        outcome="confirmed",
        queued_at=now,
        language="en-US",
    )
    CallVisit.objects.create(
        attempt=attempt,
        appointment=visit,
        outcome="confirmed",
        is_open=False,
        patient=patient,
        visit_starts_at=visit.starts_at,
        clinic=clinic,
    )
    return attempt


def _sound(chosen: random.Random) -> bytes:
    """Half a second to two unlike any other, as a WAV file."""
    samples = bytes(chosen.choices(range(0x10, 0x40), k=RATE * chosen.randint(1, 4)))
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(samples)
    return file.getvalue()


def _known(sound: bytes, text: str) -> dict[str, Any]:
    segment = {"text": text, "language": "en-US"}
    return {"wav": base64.b64encode(sound).decode(), "segments": [segment]}


def _ask(control: str, path: str, body: Any, method: str = "POST") -> None:
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(f"{control}/control/{path}", data=data, method=method), timeout=60):
        pass


def results() -> Iterator[tuple[str, str, int, float, int]]:
    """(status, code, tries, seconds, phrases that were said) of each job."""
    for row in Transcript.objects.prefetch_related("segments"):
        took = 0.0
        if row.started_at and row.finished_at:
            took = (row.finished_at - row.started_at).total_seconds()
        said = sum(segment.text in SAID for segment in row.segments.all())
        yield row.status, row.code, row.tries, took, said


def dump(path: str) -> None:
    """Write the results down, with what else must hold."""
    from reminders.models import WorkItem

    data = {
        "jobs": list(results()),
        "reviews": WorkItem.objects.filter(kind="needs_review").count(),
        "outcomes": list(CallAttempt.objects.values_list("outcome", flat=True)),
    }
    with open(path, "w", encoding="utf-8") as file:
        json.dump(data, file)
