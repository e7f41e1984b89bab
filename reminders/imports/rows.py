"""What the three kinds of files share: verdicts of lines, and how a kind plugs in."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from reminders.imports.cells import Line, Wrong
from reminders.models.importing import ImportJob, ImportRow, RowVerdict

#: [[field, old, new], …]; all JSON.
Diff = list[list[Any]]


@dataclass
class Checked:
    """One line of the file and what it would do."""

    line: int
    verdict: RowVerdict
    key: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    diff: Diff = field(default_factory=list)
    reason: str = ""

    @classmethod
    def wrong(cls, line: int, reason: str, key: str = "") -> "Checked":
        """A line that is left out, and why."""
        return cls(line, RowVerdict.WRONG, key=key[:64], reason=reason[:300])

    def row(self, job: ImportJob) -> ImportRow:
        """To be stored; a line that changes nothing needs no row."""
        return ImportRow(
            job=job,
            line=self.line,
            verdict=self.verdict,
            key=self.key,
            values=self.values,
            diff=self.diff,
            reason=self.reason,
            applied=self.verdict is RowVerdict.WRONG,
        )


@dataclass
class Told:
    """How a chunk of rows was applied: rows that somebody changed meanwhile are left."""

    left: dict[int, str] = field(default_factory=dict)


class Kind(Protocol):
    """One kind of file: reads a line, compares many, applies many."""

    def read(self, number: int, line: Line, now: datetime) -> Checked:
        """The line by itself; its verdict is NEW or WRONG. Raises Wrong."""

    def unread(self) -> None:
        """A line could not be read: it may be about anybody."""

    def compare(self, chunk: Sequence[Checked], now: datetime) -> None:
        """Set verdicts and diffs by what is known, in a constant number of queries."""

    def gone(self, now: datetime) -> list[Checked]:
        """What is known and the file lacks."""

    def apply(self, rows: Sequence[ImportRow], now: datetime) -> Told:
        """Carry them out, in the caller's transaction."""


def read_line(kind: Kind, number: int, line: Line, now: datetime) -> Checked:
    """One bad line never stops the others (B3)."""
    extra = line.cells[line.width :]
    if any(cell not in (None, "") for cell in extra):
        kind.unread()
        return Checked.wrong(number, "has more cells than there are headings")
    try:
        return kind.read(number, line, now)
    except Wrong as wrong:
        return Checked.wrong(number, wrong.reason)
