"""What reminders led to, by day, clinic, practitioner, hour, lead time, attempt and language."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from calls.conversation.vocabulary import Outcome
from calls.models.daily import GROUPS, MOST_ATTEMPTS, Group, Split
from desk import reach
from desk.reports import reading
from desk.reports.period import Period
from desk.reports.tables import Cell, Row, Series, Table, listing, percent
from desk.wording import LEADS, OUTCOMES, language_and_place
from reminders.models import Practitioner

REMINDERS = "calls_callvisit"
#: Nobody is with the practitioner of no practitioner.
NOBODY = "none"

HEADINGS: dict[str, Any] = {
    "reminders": gettext_lazy("Reminders"),
    "reached": gettext_lazy("Reached"),
    "confirmed": gettext_lazy("Confirmed"),
    "cancelled": gettext_lazy("Cancelled"),
    "other_time": gettext_lazy("Another time"),
    "something_else": gettext_lazy("Something else"),
    "unanswered": gettext_lazy("Unanswered"),
    "under_way": gettext_lazy("Under way"),
}
#: Dark and light in turn, so that neighbours differ to whoever sees no colours.
COLOURS: dict[str, str] = {
    Group.CONFIRMED: "#15803d",
    Group.CANCELLED: "#fb7185",
    Group.OTHER_TIME: "#a16207",
    Group.SOMETHING_ELSE: "#7dd3fc",
    Group.UNANSWERED: "#64748b",
    Group.UNDER_WAY: "#e9d5ff",
}


@dataclass(frozen=True)
class Line:
    """One row: its key in the counts, its name, and what a list is asked for it."""

    key: Any
    head: str
    asked: dict[str, object]
    #: The same line of the period before, where it has another key.
    before: Any = None


def days_asked(first: date, last: date) -> str:
    """Days as a list is asked for them."""
    return f"{first.isoformat()}..{last.isoformat()}"


def day_name(day: date) -> str:
    """``Tue 17 Nov``, in the language of the page."""
    return date_format(day, _("D j M Y"))


def whole(period: Period) -> dict[str, object]:
    """What a list is asked for the whole period."""
    return {
        "days": days_asked(period.first, period.last),
        "clinic": period.clinic.pk if period.clinic else None,
        "practitioner": period.practitioner.pk if period.practitioner else None,
    }


def days(period: Period) -> list[Line]:
    """Every day of the period."""
    return [
        Line(day, day_name(day), {"days": days_asked(day, day)}, day - period.length)
        for day in period.days
    ]


def clinics(period: Period) -> list[Line]:
    """Every clinic that this person may see, or the chosen one."""
    mine = [period.clinic] if period.clinic else reach.clinics(period.user)
    return [Line(clinic.pk, clinic.name, {"clinic": clinic.pk}) for clinic in mine]


def practitioners(period: Period) -> list[Line]:
    """By name, with the clinic where there are several."""
    people = reach.within(Practitioner.objects.select_related("clinic"), period.user)
    if period.clinic:
        people = people.filter(clinic=period.clinic)
    if period.practitioner:
        people = people.filter(pk=period.practitioner.pk)
    several = not period.clinic
    lines = [
        Line(
            str(person.pk),
            f"{person.name} ({person.clinic.name})" if several else person.name,
            {"practitioner": person.pk},
        )
        for person in people.order_by("name", "pk")
    ]
    nobody = Line("", _("Nobody in particular"), {"practitioner": NOBODY})
    return lines if period.practitioner else [*lines, nobody]


def hours(period: Period) -> list[Line]:
    """Each hour of the day."""
    return [Line(str(n), f"{n:02}:00", {"hour": n}) for n in range(24)]


def leads(period: Period) -> list[Line]:
    """From just before the visit to long before it."""
    return [Line(key, str(words), {"lead": key}) for key, words in LEADS.items()]


def attempts(period: Period) -> list[Line]:
    """First call, second call."""
    names = [_("First call"), _("Second call"), _("Third call"), _("Fourth call and later")]
    return [
        Line(str(n), name, {"attempt": n})
        for n, name in zip(range(1, MOST_ATTEMPTS + 1), names, strict=True)
    ]


def _languages(counts: Iterable[str]) -> list[Line]:
    return [
        Line(tag, language_and_place(tag) or _("Not known"), {"prompted": tag or NOBODY})
        for tag in sorted(counts)
    ]


LINES: dict[str, Callable[[Period], list[Line]]] = {
    reading.DAY: days,
    reading.CLINIC: clinics,
    Split.PRACTITIONER: practitioners,
    Split.HOUR: hours,
    Split.LEAD: leads,
    Split.ATTEMPT: attempts,
}
FIRST: dict[str, Any] = {
    reading.DAY: gettext_lazy("Day"),
    reading.CLINIC: gettext_lazy("Clinic"),
    Split.PRACTITIONER: gettext_lazy("Practitioner"),
    Split.HOUR: gettext_lazy("Hour"),
    Split.LEAD: gettext_lazy("Before the visit"),
    Split.ATTEMPT: gettext_lazy("Which call"),
    Split.LANGUAGE: gettext_lazy("Language"),
}


def asked_of(column: str) -> dict[str, object]:
    """What a list is asked for one column."""
    if column == "reminders":
        return {}
    return {"reached": "yes"} if column == "reached" else {"led": column}


def answers(period: Period, by: str) -> Table:
    """The table of one way to tell reminders apart."""
    now, before = (reading.reminders(each, by) for each in (period, period.before))
    lines = LINES[by](period) if by in LINES else _languages({*now, *before})
    if by not in (reading.DAY, Split.LEAD, Split.ATTEMPT):
        # A day without a call tells something; an hour without one does not.
        lines = [line for line in lines if now.get(line.key) or before.get(line.key)]
    rows = [
        _row(line, now.get(line.key), before.get(line.before or line.key), period) for line in lines
    ]
    total = Line(None, _("Total"), {})
    return Table(
        first=str(FIRST[by]),
        headings=[str(words) for words in HEADINGS.values()],
        rows=rows,
        total=_row(total, reading.total(now), reading.total(before), period),
        chart=[
            Series(
                str(HEADINGS[group]),
                [now.get(line.key, Counter())[group] for line in lines],
                COLOURS[group],
            )
            for group in GROUPS
        ],
        labels=[_short(line) for line in lines],
    )


def _short(line: Line) -> str:
    return date_format(line.key, _("D j M")) if isinstance(line.key, date) else line.head


def _row(line: Line, now: Counter[str] | None, before: Counter[str] | None, period: Period) -> Row:
    now, before = now or Counter(), before or Counter()
    over = now["reminders"] - now["under_way"]
    return Row(
        head=line.head,
        cells=[
            Cell(
                now[name],
                before[name],
                href=listing(REMINDERS, **(whole(period) | line.asked | asked_of(name))),
                note=percent(now[name], over) if name in ("reached", "confirmed") else "",
            )
            for name in HEADINGS
        ],
    )


def outcomes(period: Period) -> Table:
    """How reminders ended, word for word, on each day."""
    by_day = reading.outcomes_by_day(period)
    seen = {outcome for counts in by_day.values() for outcome in counts}
    names = [outcome for outcome in (*map(str, Outcome), "") if outcome in seen]
    before = reading.outcomes_by_day(period.before)

    def row(head: str, asked: dict[str, object], now: Counter[str], was: Counter[str]) -> Row:
        found = [listing(REMINDERS, **(whole(period) | asked))]
        found += [
            listing(REMINDERS, **(whole(period) | asked | {"outcome": name or "open"}))
            for name in names
        ]
        values = [(now.total(), was.total()), *((now[name], was[name]) for name in names)]
        cells = [Cell(n, b, href) for (n, b), href in zip(values, found, strict=True)]
        return Row(head, cells)

    nothing: Counter[str] = Counter()
    return Table(
        first=_("Day"),
        headings=[_("Reminders"), *(OUTCOMES[name] or _("Under way") for name in names)],
        rows=[
            row(
                line.head,
                line.asked,
                by_day.get(line.key, nothing),
                before.get(line.before, nothing),
            )
            for line in days(period)
        ],
        total=row(_("Total"), {}, reading.total(by_day), reading.total(before)),
        chart=[
            Series(
                OUTCOMES[name] or _("Under way"),
                [by_day.get(day, nothing)[name] for day in period.days],
                OUTCOME_COLOURS[name],
            )
            for name in names
        ],
        labels=[date_format(day, _("D j M")) for day in period.days],
    )


OUTCOME_COLOURS: dict[str, str] = {
    Outcome.CONFIRMED: "#15803d",
    Outcome.CANCELLED: "#fb7185",
    Outcome.RESCHEDULE_REQUESTED: "#a16207",
    Outcome.OPTED_OUT: "#7f1d1d",
    Outcome.NEEDS_REVIEW: "#e879f9",
    Outcome.WRONG_NUMBER: "#6b21a8",
    Outcome.TRANSFERRED: "#0369a1",
    Outcome.STAFF_REQUESTED: "#7dd3fc",
    Outcome.NOT_UNDERSTOOD: "#854d0e",
    Outcome.NO_RESPONSE: "#fcd34d",
    Outcome.HUNG_UP: "#c2410c",
    Outcome.VOICEMAIL_LEFT: "#4338ca",
    Outcome.MACHINE: "#a5b4fc",
    Outcome.BUSY: "#94a3b8",
    Outcome.DECLINED: "#475569",
    Outcome.NO_ANSWER: "#cbd5e1",
    Outcome.INVALID_NUMBER: "#334155",
    Outcome.FAILED_PROVIDER: "#be123c",
    Outcome.NOT_PLACED: "#e2e8f0",
    "": "#22d3ee",
}
