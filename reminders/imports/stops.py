"""Opt-outs that another vendor's system kept: whoever said stop there is not called here."""

from collections.abc import Sequence
from datetime import datetime, time

from reminders import phones, planning
from reminders.imports.cells import Line
from reminders.imports.rows import Checked, Told
from reminders.models import Appointment, PhoneNumber, Suppression
from reminders.models.importing import ImportJob, ImportRow, RowVerdict

IMPORTED = "import"
END_OF_DAY = time(23, 59, 59)


class Stops:
    """One list of numbers. Of a number that is opted out already, only a later day is news: no
    consent from before the last time that somebody said stop may lift it (R7)."""

    def __init__(self, job: ImportJob) -> None:
        self.job = job
        #: When each number was stopped last, as far as the file was read.
        self._latest: dict[str, datetime] = {}
        #: Lines that tell when; all others mean "by now", which is no news.
        self._dated: set[int] = set()

    def read(self, number: int, line: Line, now: datetime) -> Checked:
        """The line by itself; a number may stand in a list more than once."""
        e164 = line.phone()
        # A day alone may mean its last minute: no consent of that day is later (R7).
        told = line.moment_or_day("at", now, in_day=END_OF_DAY)
        at = told or now
        hashed = phones.keyed_hash(e164)
        if told:
            self._dated.add(number)
        verdict = self._verdict(number, at, self._latest.get(hashed), RowVerdict.NEW)
        if verdict is not RowVerdict.SAME:
            self._latest[hashed] = at
        # By hash alone from here on: that is all that is kept of an opt-out (R14).
        values = {
            "at": at.isoformat(),
            "source": line.text("source", 50),
            "shown": phones.masked(e164),
        }
        return Checked(number, verdict, key=hashed, values=values)

    def _verdict(
        self, number: int, at: datetime, known: datetime | None, unknown: RowVerdict
    ) -> RowVerdict:
        if known is None:
            return unknown
        is_later = number in self._dated and at > known
        return RowVerdict.CHANGED if is_later else RowVerdict.SAME

    def unread(self) -> None:
        """Nothing is ever taken for gone here."""

    def compare(self, chunk: Sequence[Checked], now: datetime) -> None:
        """What we knew already is the same, unless the file tells of a later time."""
        lines = [line for line in chunk if line.verdict in (RowVerdict.NEW, RowVerdict.CHANGED)]
        kept = Suppression.objects.filter(keyed_hash__in={line.key for line in lines})
        known = dict(kept.values_list("keyed_hash", "at"))
        for line in lines:
            at = datetime.fromisoformat(line.values["at"])
            line.verdict = self._verdict(line.line, at, known.get(line.key), line.verdict)

    def gone(self, now: datetime) -> list[Checked]:
        """An opt-out that a list lacks stays: only a new consent lifts it (R7)."""
        return []

    def apply(self, rows: Sequence[ImportRow], now: datetime) -> Told:
        """Suppress, and stop every planned call to these numbers, in one transaction (R6).

        The numbers are locked first: a call in which somebody says stop does the same.
        """
        numbers = PhoneNumber.objects.filter(keyed_hash__in=[row.key for row in rows])
        planning.lock_numbers(numbers)
        for row in rows:
            source = f"{IMPORTED}: {row.values['source']}".removesuffix(": ")[:64]
            Suppression.keep(row.key, datetime.fromisoformat(row.values["at"]), source=source)
        visits = Appointment.objects.filter(patient__number__in=numbers, starts_at__gt=now)
        keys = sorted(visits.values_list("pk", flat=True))
        planning.replan_many(keys, now, actor=self.job.actor)
        return Told()
