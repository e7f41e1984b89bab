"""Files to import, and how a test has them checked and applied."""

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from reminders.imports import jobs
from reminders.models import Clinic, ImportJob
from reminders.models.importing import ImportKind
from tests.conftest import TUESDAY

HEAD = ("Appt ID", "Patient ID", "Patient", "Phone", "Start", "Status")
ANA = ("a1", "p1", "Ana Ortiz", "+12125550142", "2026-11-24 10:00", "booked")
BO = ("a2", "p2", "Bo Li", "(212) 555-0143", "2026-11-24 11:00", "booked")
CONSENT = {"legal_basis": "consent"}


def csv_of(*rows: Sequence[Any], head: Sequence[str] = HEAD) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([head, *rows])
    return text.getvalue().encode()


def checked(
    clinic: Clinic,
    content: bytes,
    kind: ImportKind = ImportKind.VISITS,
    now: datetime = TUESDAY,
    **options: str,
) -> ImportJob:
    """Upload, take the guessed mapping, run dry."""
    job = jobs.upload(clinic, kind, "list.csv", content, now, by="dana")
    jobs.check(job, job.columns, job.options | options, save_as="")
    jobs.work(lambda: now)
    job.refresh_from_db()
    return job


def applied(clinic: Clinic, content: bytes, *args: Any, gone: bool = False, **kw: Any) -> ImportJob:
    job = checked(clinic, content, *args, **kw)
    assert job.state == "checked", job.note
    jobs.apply(job, by="dana", cancel_gone=gone)
    jobs.work(lambda: kw.get("now", TUESDAY))
    job.refresh_from_db()
    assert job.state == "done", job.note
    return job


def reasons(job: ImportJob) -> list[tuple[int, str]]:
    return list(job.lines.filter(verdict="wrong").values_list("line", "reason"))


STOP_HEAD = ("Phone", "Opted out", "Source")
CONSENT_HEAD = ("Phone", "Patient ID", "Who", "Date", "Source", "Wording")
AGREED = ("+12125550142", "p1", "Ana Ortiz", "2025-03-01", "paper form", "I agree to calls.")
