"""The file, the job and the floor. Run inside ``manage.py shell``."""

import csv
import io
import json
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import connection

from config import clock
from reminders.imports import jobs
from reminders.models import Clinic, ImportJob
from reminders.models.importing import ImportKind, ImportState

HEAD = ("Appointment id", "Patient id", "Name", "Phone", "Start", "Practitioner")
FLOOR = "floor_visit"


def run(path: str, rows: int) -> None:
    """Import a new file and the same again, write its cells by the floor, keep the figures."""
    clinic = Clinic.objects.create(
        slug="c",
        name="Clinic",
        phone="+12125550199",
        time_zone="America/New_York",
        languages=["en-US"],
    )
    cells = lines(rows)
    content = _csv(cells)
    steps: dict[str, dict[str, float]] = {}
    for name in ("new", "again"):
        job = jobs.upload(clinic, ImportKind.VISITS, "b.csv", content, clock.now(), by="benchmark")
        jobs.check(job, job.columns, job.options | {"legal_basis": "consent"}, save_as="")
        steps[f"{name}: compared"] = _timed(_work)
        job.refresh_from_db()
        if job.state != ImportState.CHECKED or sum(job.counts.values()) != rows:
            raise SystemExit(f"compared: {job.state} {job.counts} {job.note}")
        if name == "again":
            if job.counts != {"same": rows}:
                raise SystemExit(f"the same file changes something: {job.counts}")
            continue
        jobs.apply(job, by="benchmark", cancel_gone=False)
        steps[f"{name}: applied"] = _timed(_work)
        if ImportJob.objects.get(pk=job.pk).state != ImportState.DONE:
            raise SystemExit("the file was not applied")
    try:
        floor = _timed(lambda: _floor(cells))
    finally:
        _drop_floor()
    way = "COPY" if connection.vendor == "postgresql" else "executemany"
    figures = {"vendor": connection.vendor, "steps": steps, "floor": floor | {"way": way}}
    Path(path).write_text(json.dumps(figures), encoding="utf-8")


def lines(rows: int) -> list[tuple[str, ...]]:
    """Two visits each of half as many patients, on days to come, hours apart."""
    first = clock.now().replace(hour=14, minute=0, second=0, microsecond=0)
    return [
        (
            f"V-{n:07}",
            f"P-{n // 2:07}",
            f"Ana Ortiz {n // 2}",
            f"+1212{2_000_000 + n // 2:07}",
            f"{first + timedelta(days=2 + n % 60, minutes=n % 240):%Y-%m-%d %H:%M}",
            f"Dr. {n % 20}",
        )
        for n in range(rows)
    ]


def _csv(cells: list[tuple[str, ...]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEAD)
    writer.writerows(cells)
    return text.getvalue().encode()


def _work() -> None:
    jobs.work(clock.now)


def _timed(act: Callable[[], Any]) -> dict[str, float]:
    began, worked = time.perf_counter(), time.process_time()
    act()
    return {"seconds": time.perf_counter() - began, "cpu": time.process_time() - worked}


def _drop_floor() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {FLOOR}")


def _floor(cells: list[tuple[str, ...]]) -> None:
    """The cells into one table with the two ids as keys: nothing checked, nothing planned."""
    with connection.cursor() as cursor:
        names = "visit, patient, name, phone, starts, who"
        columns = names.replace(",", " text,") + " text"
        cursor.execute(f"CREATE TABLE {FLOOR} ({columns}, PRIMARY KEY (visit))")
        cursor.execute(f"CREATE INDEX {FLOOR}_patient ON {FLOOR} (patient)")
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {FLOOR} ({names}) FROM STDIN") as copy:
                for row in cells:
                    copy.write_row(row)
        else:
            cursor.execute("BEGIN")
            cursor.executemany(f"INSERT INTO {FLOOR} VALUES (%s, %s, %s, %s, %s, %s)", cells)
            cursor.execute("COMMIT")
