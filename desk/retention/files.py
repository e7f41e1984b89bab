"""Files on their way in that name a patient, and what is kept of the files of before.

A name counts in any order of its words, a number in any spelling, an id as a cell of its
own. One too many is found rather than one too few: a file can be sent again.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

import phonenumbers
from django.db import transaction

from desk.retention import numbers
from reminders.imports import jobs, tables
from reminders.imports.cells import plain
from reminders.models import Appointment, ImportJob, ImportMapping, ImportRow, Patient
from reminders.models.importing import OVER, ImportState

_WORD = re.compile(r"[^\W_]+")
#: In front of a national number: a country code with its exit code.
MOST_BEFORE = 5


class BeingApplied(Exception):
    """A file that names the patient is being applied; try again when it is over."""


@dataclass(frozen=True)
class Who:
    """By what a patient is known in a file."""

    names: tuple[frozenset[str], ...]
    ids: frozenset[str]
    #: The national digits of the numbers.
    digits: frozenset[str]

    @classmethod
    def of(cls, patient: Patient) -> Self:
        """As they are called now, and as they were before."""
        rows = [patient, *patient.history.all()]
        visits = Appointment.objects.filter(patient=patient)
        ids = {row.external_id for row in rows} | set(visits.values_list("external_id", flat=True))
        names = {frozenset(_WORD.findall(row.name.casefold())) for row in rows}
        e164s = {patient.number.e164, *numbers.alone(patient).values_list("e164", flat=True)}
        digits = frozenset(map(_national, e164s)) - {""}
        return cls(tuple(names - {frozenset()}), frozenset(ids - {""}), digits)

    def is_in(self, cells: Iterable[Any]) -> bool:
        """Whether a row of cells is about them."""
        texts = [plain(cell) for cell in cells]
        words = {word for text in texts for word in _WORD.findall(text.casefold())}
        if any(name <= words for name in self.names):
            return True
        return any(text in self.ids or self._is_number(text) for text in texts)

    def _is_number(self, text: str) -> bool:
        digits = re.sub(r"\D", "", text)
        return any(
            digits.endswith(known) and len(digits) - len(known) <= MOST_BEFORE
            for known in self.digits
        )


def _national(e164: str) -> str:
    """Without the country's code; empty where it was erased before."""
    try:
        return str(phonenumbers.parse(e164).national_number)
    except phonenumbers.NumberParseException:
        return ""


def waiting(patient: Patient) -> list[ImportJob]:
    """The imports that are not over and whose file names the patient."""
    who = Who.of(patient)
    going_on = ImportJob.objects.exclude(state__in=OVER).exclude(file=None)
    return [job for job in going_on.select_related("file").order_by("pk") if _names(job, who)]


def _names(job: ImportJob, who: Who) -> bool:
    try:
        table = tables.read(bytes(job.file.content))
        return who.is_in(table.headings) or any(who.is_in(cells) for _, cells in table.rows)
    except tables.BadFile:
        # Nobody can tell: it is taken to.
        return True


def lines(patient: Patient) -> list[int]:
    """The keys of what the dry runs of those files would change about them."""
    who = Who.of(patient)
    rows = ImportRow.objects.filter(job__in=waiting(patient))
    told = rows.values_list("pk", "key", "values", "diff")
    return [
        pk for pk, key, values, diff in told.iterator() if who.is_in(_leaves([key, values, diff]))
    ]


def _leaves(value: Any) -> list[Any]:
    """The texts and numbers in JSON; a name stays in one piece."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [leaf for one in value for leaf in _leaves(one)]
    return [value]


@transaction.atomic
def forget(patient: Patient, now: datetime) -> int:
    """Cancel the imports that name the patient, files and all; returns how many.

    A file without headings had a patient in their place, and a file may be called after
    one: of every import both are emptied where they name this one.

    Raises:
        BeingApplied: nothing was changed.
    """
    who, found = Who.of(patient), waiting(patient)
    if any(job.state == ImportState.APPLYING for job in found):
        raise BeingApplied
    for job in found:
        try:
            jobs.cancel(job, now)
        except jobs.NotNow:
            raise BeingApplied from None
    for job in ImportJob.objects.only("file_name", "headings", "columns").iterator():
        if who.is_in([job.file_name, *_leaves([job.headings, job.columns])]):
            empty: dict[str, Any] = {"file_name": "erased", "headings": [], "columns": {}}
            ImportJob.objects.filter(pk=job.pk).update(**empty)
    for mapping in ImportMapping.objects.all():
        if who.is_in([mapping.name, *_leaves(mapping.columns)]):
            mapping.delete()
    return len(found)
