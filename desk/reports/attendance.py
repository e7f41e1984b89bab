"""Missed visits, by what was answered before them."""

from collections import Counter

from django.utils.translation import gettext as _

from calls.models.daily import Standing
from desk.reports import reading
from desk.reports.answers import whole
from desk.reports.intervals import Interval
from desk.reports.period import Period
from desk.reports.tables import Cell, Row, Series, Table, listing, percent
from desk.wording import STANDINGS

VISITS = "reminders_appointment"
STATUSES = {"attended": "attended", "missed": "no_show"}


def attendance(period: Period) -> Table:
    """Attended and missed, the share of missed ones with its interval."""
    now, before = reading.standings(period), reading.standings(period.before)
    rows = [
        _row(STANDINGS[kind], kind, now.get(kind), before.get(kind), period) for kind in Standing
    ]
    return Table(
        first=_("Answer before the visit"),
        headings=[_("Attended"), _("Missed"), _("Share missed")],
        rows=rows,
        total=_row(_("Total"), None, reading.total(now), reading.total(before), period),
        chart=[
            Series(_("Attended"), [_of(now, kind, "attended") for kind in Standing], "#15803d"),
            Series(_("Missed"), [_of(now, kind, "missed") for kind in Standing], "#fb7185"),
        ],
        notes=[
            _(
                "Who confirms is not who does not: a difference here is no proof that the call "
                "made it. The share stands with its 95 % interval; few visits make it wide."
            )
        ],
    )


def _of(counts: reading.Counts, kind: str, name: str) -> int:
    return counts.get(kind, Counter[str]())[name]


def _row(
    head: str,
    standing: str | None,
    now: Counter[str] | None,
    before: Counter[str] | None,
    period: Period,
) -> Row:
    now, before = now or Counter(), before or Counter()
    asked = whole(period) | {"standing": standing, "when": "all"}
    cells = [
        Cell(now[name], before[name], listing(VISITS, **asked, status=status))
        for name, status in STATUSES.items()
    ]
    share = Interval(now["missed"], now.total())
    was = percent(before["missed"], before.total())
    cells.append(
        Cell(
            round(share.rate, 4) if share.of else None,
            round(before["missed"] / before.total(), 4) if was else None,
            listing(VISITS, **asked, status="no_show") if now["missed"] else "",
            text=percent(share.hits, share.of) or "–",
            note=str(share) if share.of else "",
        )
    )
    return Row(head, cells)
