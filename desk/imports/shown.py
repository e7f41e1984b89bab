"""What a dry run found, line by line, as this person may see it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from desk import seeing, stored
from desk.local import told
from reminders import phones
from reminders.imports.columns import label
from reminders.models import ImportJob, ImportRow, Patient
from reminders.models.importing import ImportKind, RowVerdict

VERDICTS = {
    RowVerdict.NEW: gettext_lazy("New"),
    RowVerdict.CHANGED: gettext_lazy("Changed"),
    RowVerdict.SAME: gettext_lazy("Unchanged"),
    RowVerdict.GONE: gettext_lazy("Not in the file any more"),
    RowVerdict.WRONG: gettext_lazy("Wrong, left out"),
}
#: Columns that tell who somebody is.
NAMES = ("name", "spoken_name")
HIDDEN = ("birth_date",)
#: The visit's own words for two of the file's columns.
LABELS = {"starts_at": "start", "patient": "patient_id"}


@dataclass(frozen=True)
class Change:
    """One field, before and after."""

    name: str
    old: str
    new: str


@dataclass(frozen=True)
class ShownRow:
    """One line of the file on the page."""

    line: int
    key: str
    who: str
    changes: list[Change]
    reason: str


def rows_shown(
    job: ImportJob, rows: Iterable[ImportRow], request: HttpRequest, now: datetime
) -> list[ShownRow]:
    """Names by the person's permission, numbers masked; whose names were seen is kept."""
    rows = list(rows)
    ids = {row.values["visit"]["patient"] for row in rows if "visit" in row.values}
    known = Patient.objects.filter(external_id__in=ids).values_list("pk", flat=True)
    if ids and job.kind == ImportKind.VISITS:
        seeing.record(request, "admin:imports_job", known)
    return [_shown(job, row, request, now) for row in rows]


def _shown(job: ImportJob, row: ImportRow, request: HttpRequest, now: datetime) -> ShownRow:
    values = row.values
    if job.kind == ImportKind.VISITS:
        who = _cell("name", values.get("patient", {}).get("name", ""), job, request, now)
    elif job.kind == ImportKind.STOPS:
        who = values.get("shown", "")
    else:
        who = _cell("name", values.get("given_by", ""), job, request, now)
    changes = [
        Change(
            _label(job, name),
            _cell(name, old, job, request, now),
            _cell(name, new, job, request, now),
        )
        for name, old, new in row.diff
        if row.verdict != RowVerdict.NEW or name == "starts_at"
    ]
    # Of an opt-out the key is a hash, which tells nobody anything.
    key = "" if job.kind == ImportKind.STOPS else row.key
    return ShownRow(row.line, key, who, changes, stored.read(row.reason))


def _label(job: ImportJob, name: str) -> str:
    column = name.removeprefix("patient.")
    return stored.read(label(ImportKind(job.kind), LABELS.get(column, column)))


def _cell(name: str, value: Any, job: ImportJob, request: HttpRequest, now: datetime) -> str:
    column = name.removeprefix("patient.")
    if value in (None, ""):
        return "–"
    if column == "starts_at":
        return told(datetime.fromisoformat(value), job.clinic.zone, now)
    if column == "phone":
        return phones.masked(value)
    if column in HIDDEN and not seeing.may_see_names(request):
        return "••••"
    if column in NAMES and not seeing.may_see_names(request):
        return Patient(name=value).masked_name
    return str(value)


def said(job: ImportJob) -> str:
    """What applying would do, on its button."""
    new, changed = job.counts.get("new", 0), job.counts.get("changed", 0)
    if job.kind == ImportKind.VISITS:
        return _("Apply: %(new)s new, %(changed)s changed") % {"new": new, "changed": changed}
    return _("Apply: %(new)s new") % {"new": new}
