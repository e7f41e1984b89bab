"""A report as a table: the page, the chart and the downloads are made from it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.urls import reverse

Number = int | float | None


@dataclass(frozen=True)
class Cell:
    """A number, the same of the period before, and the list of the rows behind it."""

    value: Number
    before: Number = None
    href: str = ""
    #: How it is written where it is more than a whole number; "" for the number itself.
    text: str = ""
    #: Said under the number: a share, an interval.
    note: str = ""

    @property
    def shown(self) -> str:
        """The number in words; a dot for nothing."""
        if self.text:
            return self.text
        if self.value is None:
            return "–"
        return f"{self.value:,}" if self.value else "·"

    @property
    def before_shown(self) -> str:
        """A share where the number is one."""
        if self.before is None:
            return ""
        return percent(self.before, 1) if self.text.endswith("%") else f"{self.before:,}"

    @property
    def link(self) -> str:
        """Nothing leads nowhere."""
        return self.href if self.value else ""


@dataclass(frozen=True)
class Row:
    """One line."""

    head: str
    cells: Sequence[Cell]
    #: A warning that belongs to the line.
    flag: str = ""
    #: A way to do something about it: words and address.
    action: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class Series:
    """One colour of the chart: a name and a number for each bar."""

    name: str
    values: Sequence[Number]
    colour: str


@dataclass(frozen=True)
class Table:
    """Lines of numbers under headings."""

    first: str
    headings: Sequence[str]
    rows: Sequence[Row]
    total: Row | None = None
    chart: Sequence[Series] = ()
    #: What the bars are called; the heads of the rows where it is empty.
    labels: Sequence[str] = ()
    is_stacked: bool = True
    #: Whether the period before stands beside.
    compares: bool = True
    #: Sentences under the table.
    notes: Sequence[str] = field(default=())

    @property
    def bars(self) -> Sequence[str]:
        """The names of the bars."""
        return self.labels or [row.head for row in self.rows]


def listing(name: str, **asked: object) -> str:
    """The address of a list that shows just these rows; what is None is not asked."""
    query = urlencode({key: str(value) for key, value in asked.items() if value is not None})
    return f"{reverse(f'admin:{name}_changelist')}?{query}"


Link = Callable[..., str]


def percent(part: Number, whole: Number) -> str:
    """``62 %``; nothing of nothing has no share."""
    return f"{part / whole:.0%}".replace("%", " %") if part is not None and whole else ""
