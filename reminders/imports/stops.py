"""Opt-outs that another vendor's system kept: whoever said stop there is not called here."""

from collections.abc import Sequence
from datetime import datetime

from reminders import phones, planning
from reminders.imports.cells import Line
from reminders.imports.rows import Checked, Told
from reminders.models import Appointment, PhoneNumber, Suppression
from reminders.models.importing import ImportJob, ImportRow, RowVerdict

IMPORTED = "import"


class Stops:
    """One list of numbers; a number we know as opted out already changes nothing."""

    def __init__(self, job: ImportJob) -> None:
        self.job = job
        self._lines: dict[str, int] = {}

    def read(self, number: int, line: Line, now: datetime) -> Checked:
        """The line by itself; a number may stand in a list more than once."""
        e164 = line.phone()
        at = line.moment_or_day("at", now) or now
        hashed = phones.keyed_hash(e164)
        first = self._lines.setdefault(hashed, number)
        verdict = RowVerdict.NEW if first == number else RowVerdict.SAME
        # By hash alone from here on: that is all that is kept of an opt-out (R14).
        values = {
            "at": at.isoformat(),
            "source": line.text("source", 50),
            "shown": phones.masked(e164),
        }
        return Checked(number, verdict, key=hashed, values=values)

    def unread(self) -> None:
        """Nothing is ever taken for gone here."""

    def compare(self, chunk: Sequence[Checked], now: datetime) -> None:
        """What we knew already is the same."""
        lines = [line for line in chunk if line.verdict is RowVerdict.NEW]
        known = Suppression.objects.filter(keyed_hash__in={line.key for line in lines})
        hashes = set(known.values_list("keyed_hash", flat=True))
        for line in lines:
            if line.key in hashes:
                line.verdict = RowVerdict.SAME

    def gone(self, now: datetime) -> list[Checked]:
        """An opt-out that a list lacks stays: only a new consent lifts it (R7)."""
        return []

    def apply(self, rows: Sequence[ImportRow], now: datetime) -> Told:
        """Suppress, and stop every planned call to these numbers, in one transaction (R6).

        The numbers are locked first: a call in which somebody says stop does the same.
        """
        numbers = PhoneNumber.objects.filter(keyed_hash__in=[row.key for row in rows])
        planning.lock_numbers(numbers)
        Suppression.objects.bulk_create(
            [
                Suppression(
                    keyed_hash=row.key,
                    at=datetime.fromisoformat(row.values["at"]),
                    source=f"{IMPORTED}: {row.values['source']}".removesuffix(": ")[:64],
                )
                for row in rows
            ],
            ignore_conflicts=True,
        )
        visits = Appointment.objects.filter(patient__number__in=numbers, starts_at__gt=now)
        keys = sorted(visits.values_list("pk", flat=True))
        planning.replan_many(keys, now, actor=self.job.actor)
        return Told()
