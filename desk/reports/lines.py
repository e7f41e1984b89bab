"""Calls, minutes and lines in use."""

from collections import Counter

from django.utils.translation import gettext as _

from desk.reports import reading
from desk.reports.answers import LINES, Line, _short, whole
from desk.reports.period import Period
from desk.reports.tables import Cell, Row, Series, Table, listing

CALLS = "calls_callattempt"


def calls(period: Period, by: str) -> Table:
    """By day or by clinic."""
    now, before = reading.calls(period, by), reading.calls(period.before, by)
    lines = LINES[by](period)
    total = Line(None, _("Total"), {})
    return Table(
        first=_("Day") if by == reading.DAY else _("Clinic"),
        headings=[_("Calls"), _("Taken"), _("Minutes"), _("Most at once in one clinic")],
        rows=[
            _row(line, now.get(line.key), before.get(line.before or line.key), period)
            for line in lines
        ],
        total=_row(total, _sum(now), _sum(before), period),
        chart=[
            Series(_("Calls taken"), [_of(now, line, "taken") for line in lines], "#15803d"),
            Series(
                _("Calls not taken"),
                [_of(now, line, "calls") - _of(now, line, "taken") for line in lines],
                "#94a3b8",
            ),
        ],
        labels=[_short(line) for line in lines],
    )


def _of(counts: reading.Counts, line: Line, name: str) -> int:
    return counts.get(line.key, Counter[str]())[name]


def _sum(counts: reading.Counts) -> Counter[str]:
    """Of lines there is no sum: the most of all."""
    total = reading.total(counts)
    total["most_at_once"] = max((each["most_at_once"] for each in counts.values()), default=0)
    return total


def minutes(seconds: int) -> float:
    """To a tenth."""
    return round(seconds / 60, 1)


def _row(line: Line, now: Counter[str] | None, before: Counter[str] | None, period: Period) -> Row:
    now, before = now or Counter(), before or Counter()
    asked = whole(period) | line.asked | {"practitioner": None, "rehearsal": "no"}
    all_calls, taken = listing(CALLS, **asked), listing(CALLS, **asked, taken="yes")
    talked = minutes(now["seconds"])
    return Row(
        line.head,
        [
            Cell(now["calls"], before["calls"], all_calls),
            Cell(now["taken"], before["taken"], taken),
            Cell(
                talked, minutes(before["seconds"]), taken, text=f"{talked:,.1f}" if talked else ""
            ),
            Cell(now["most_at_once"], before["most_at_once"], all_calls),
        ],
    )
