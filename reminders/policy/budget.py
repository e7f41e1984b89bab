"""The budget of a number: how often, and how close together, it may ring (R2).

Every contact but a refused one counts, whoever placed it, for whichever
patient or visit, answered or not. All instants are aware datetimes in UTC.
Sources: field.md R2; 47 CFR 64.1200(a)(9)(iv)(E) and (a)(3)(v) (one call a
day, three in a week); FCC 22-100 (consent lifts those two).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from reminders.policy.facts import Caps, Facts, PastContact
from reminders.policy.fence import DAY, MIDNIGHT, applicable_zones, wall_spans
from reminders.policy.vocabulary import ContactResult, Reason

WEEK = timedelta(days=7)


def counted(contacts: Sequence[PastContact]) -> tuple[PastContact, ...]:
    """The contacts that spend the budget, oldest first.

    A refused one never rang and is left out of everything.
    """
    rang = (contact for contact in contacts if contact.result is not ContactResult.REFUSED)
    return tuple(sorted(rang, key=lambda contact: contact.at))


def _of_number(facts: Facts) -> list[PastContact]:
    """The contacts of the number that would ring now."""
    return [contact for contact in facts.contacts if contact.same_number]


def gap_after(contact: PastContact, caps: Caps) -> timedelta:
    """How long the number is left in peace after ``contact``."""
    return caps.busy_spacing if contact.result is ContactResult.BUSY else caps.spacing


def next_within_budget(t: datetime, facts: Facts, caps: Caps) -> tuple[datetime, Reason] | None:
    """The next instant worth trying and the rule that forbids ``t``.

    None when the budget allows a call at ``t``. One rule is answered at a
    time: ask again with the instant given. ``facts.contacts`` are counted ones.
    """
    return (
        _too_soon(t, facts, caps)
        or _rolling(t, _of_number(facts), WEEK, caps.per_week, Reason.WEEK_CAP)
        or _rolling(t, _of_number(facts), DAY, caps.per_24_hours, Reason.DAY_CAP)
        or _calendar_day(t, facts, caps)
    )


def week_count(t: datetime, facts: Facts) -> int:
    """How many contacts lie in the seven days up to ``t``."""
    return sum(t - WEEK < contact.at <= t for contact in _of_number(facts))


def day_count(t: datetime, facts: Facts) -> int:
    """How many contacts share the calendar day of ``t``, in the fullest zone."""
    return max(len(_same_day(t, facts, zone)) for zone in _calendar_zones(facts))


def _too_soon(t: datetime, facts: Facts, caps: Caps) -> tuple[datetime, Reason] | None:
    # Contacts ahead of the clock hold too: a look with an earlier clock must
    # never ring before them.
    waits = [contact.at + gap_after(contact, caps) for contact in _of_number(facts)]
    free = max([*waits, facts.not_before or t])
    return (free, Reason.TOO_SOON) if free > t else None


def _rolling(
    t: datetime, contacts: Sequence[PastContact], window: timedelta, cap: int, reason: Reason
) -> tuple[datetime, Reason] | None:
    """The instant at which fewer than ``cap`` contacts are left in the window."""
    recent = [contact for contact in contacts if t - window < contact.at <= t]
    return (recent[-cap].at + window, reason) if len(recent) >= cap else None


def _calendar_day(t: datetime, facts: Facts, caps: Caps) -> tuple[datetime, Reason] | None:
    for zone in _calendar_zones(facts):
        if len(_same_day(t, facts, zone)) >= caps.per_day:
            return _next_midnight(t, zone), Reason.DAY_CAP
    return None


def _same_day(t: datetime, facts: Facts, zone: ZoneInfo) -> list[PastContact]:
    today = t.astimezone(zone).date()
    # Two days bound the longest local day; they spare most conversions.
    return [
        contact
        for contact in _of_number(facts)
        if abs(t - contact.at) < 2 * DAY and contact.at.astimezone(zone).date() == today
    ]


def _calendar_zones(facts: Facts) -> tuple[ZoneInfo, ...]:
    """Whose calendar may say "one day": patient, number and clinic."""
    return tuple(dict.fromkeys((*applicable_zones(facts), facts.hours.zone)))


def _next_midnight(t: datetime, zone: ZoneInfo) -> datetime:
    """The first instant after ``t`` of a later local day."""
    today = t.astimezone(zone).date()
    starts = [
        start
        # A zone that crosses the date line can leave out a whole day.
        for ahead in (1, 2)
        for start, _end in wall_spans(zone, today + ahead * DAY, MIDNIGHT, MIDNIGHT)
        if start > t
    ]
    return min(starts)
