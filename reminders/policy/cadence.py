"""The cadence: which reminder of a visit is due, and until when.

Touches come at the visit's own wall-clock time, whole days before it, in the
clinic's zone (T-3, then T-1). A touch that finds nobody gets a retry in
another part of the day. All instants are aware datetimes in UTC.
Sources: field.md section 3 (Steiner 2018: three days and one day before),
B14 (a moved visit starts again), R2 (busy may be repeated sooner).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from reminders.policy.budget import gap_after
from reminders.policy.facts import Caps, Facts, PastContact, RuleSet
from reminders.policy.fence import DAY, MIDNIGHT, last_legal_day, next_legal, wall_spans
from reminders.policy.vocabulary import ContactResult, Reason

#: A missed touch is not made up this shortly before the next one.
REST_BEFORE_NEXT = timedelta(hours=24)

#: A touch brought back to the end of a day leaves this much time to dial it.
LAST_HOUR = timedelta(hours=1)

#: Results after which the touch may be tried once more.
RETRIED = frozenset({ContactResult.BUSY, ContactResult.NO_ANSWER, ContactResult.FAILED})


class DayPart(StrEnum):
    """The parts of a patient's day; a retry comes in another one."""

    MORNING = "morning"
    MIDDAY = "midday"
    EVENING = "evening"


#: Local start and end of each part; midnight as an end closes the day.
DAY_PARTS = {
    DayPart.MORNING: (MIDNIGHT, time(12)),
    DayPart.MIDDAY: (time(12), time(16)),
    DayPart.EVENING: (time(16), MIDNIGHT),
}


@dataclass(frozen=True, kw_only=True)
class Touch:
    """One planned reminder: it may be made from ``opens`` until ``closes``."""

    label: str
    nominal: datetime
    #: Earlier than ``nominal`` when hours leave nothing between it and ``closes``.
    opens: datetime
    closes: datetime


@dataclass(frozen=True, kw_only=True)
class Due:
    """One call that the cadence asks for, as early as ``earliest``."""

    touch: Touch
    code: Reason
    earliest: datetime
    closes: datetime
    #: The part of the day that has failed already, for a retry.
    avoid: DayPart | None = None


def touches_of(facts: Facts, rules: RuleSet) -> tuple[Touch, ...]:
    """The touches of the visit, earliest first, whatever the clock says."""
    leads = sorted(set(rules.touches), reverse=True)
    nominals = [_days_before(facts.starts_at, lead, facts.hours.zone) for lead in leads]
    closes = [following - REST_BEFORE_NEXT for following in nominals[1:]]
    closes.append(facts.starts_at - rules.latest)
    return tuple(
        Touch(
            label=f"T-{lead.days}",
            nominal=nominal,
            opens=_opening(nominal, close, facts, rules),
            closes=close,
        )
        for lead, nominal, close in zip(leads, nominals, closes, strict=False)
    )


def is_made(touch: Touch, facts: Facts) -> bool:
    """Whether some contact for this visit has served the touch.

    One call serves every touch that was open when it was made.
    """
    last = _last_for_visit(facts)
    return last is not None and last.at >= touch.opens


def calls_due(
    touches: tuple[Touch, ...], facts: Facts, rules: RuleSet, now: datetime
) -> Iterator[Due]:
    """The calls still wanted, soonest first: the first that fits is the next."""
    retry = _retry(touches, facts, rules)
    if retry is not None:
        yield retry
    waiting = [touch for touch in touches if not is_made(touch, facts)]
    # One call serves every touch that is due: of those, only the latest is placed.
    due = [touch for touch in waiting if touch.opens <= now][-1:]
    for touch in [*due, *(touch for touch in waiting if touch.opens > now)]:
        yield Due(touch=touch, code=Reason.TOUCH, earliest=touch.opens, closes=touch.closes)


def day_part(instant: datetime, zone: ZoneInfo) -> DayPart:
    """The part of the day that clocks in ``zone`` show."""
    shown = instant.astimezone(zone).time()
    if shown < DAY_PARTS[DayPart.MORNING][1]:
        return DayPart.MORNING
    return DayPart.MIDDAY if shown < DAY_PARTS[DayPart.MIDDAY][1] else DayPart.EVENING


def next_other_part(t: datetime, avoid: DayPart, zone: ZoneInfo) -> datetime | None:
    """The first instant after ``t`` in another part; None if ``t`` is in one."""
    if day_part(t, zone) is not avoid:
        return None
    today = t.astimezone(zone).date()
    return min(
        start
        for ahead in range(3)
        for part, (first, last) in DAY_PARTS.items()
        if part is not avoid
        for start, _end in wall_spans(zone, today + ahead * DAY, first, last)
        if start > t
    )


def _retry(touches: tuple[Touch, ...], facts: Facts, rules: RuleSet) -> Due | None:
    """The second try of the touch that was last tried in vain, if it has one."""
    last = _last_for_visit(facts)
    open_then = [touch for touch in touches if is_made(touch, facts)]
    if last is None or not open_then or last.result not in RETRIED:
        return None
    touch = open_then[-1]
    tries = sum(contact.for_this_visit and contact.at >= touch.opens for contact in facts.contacts)
    if tries > rules.retries_per_touch:
        return None
    caps = rules.caps[facts.legal_basis]
    following = [later.opens for later in touches if later.opens > last.at]
    return Due(
        touch=touch,
        code=Reason.RETRY,
        earliest=last.at + gap_after(last, caps),
        closes=min([touch.closes, *following]),
        avoid=None if _may_repeat_soon(last, caps) else day_part(last.at, facts.patient_zone),
    )


def _may_repeat_soon(contact: PastContact, caps: Caps) -> bool:
    """A busy line, where the caps know a shorter wait for it (consent only)."""
    return contact.result is ContactResult.BUSY and caps.busy_spacing < caps.spacing


def _last_for_visit(facts: Facts) -> PastContact | None:
    mine = [contact for contact in facts.contacts if contact.for_this_visit]
    return max(mine, key=lambda contact: contact.at, default=None)


def _days_before(starts_at: datetime, lead: timedelta, zone: ZoneInfo) -> datetime:
    """The same wall-clock time, ``lead`` earlier by the calendar.

    A time that the clocks leap over is read as the hour after the leap, a
    repeated one as the first (subtraction works on the wall, with fold 0).
    """
    return (starts_at.astimezone(zone) - lead).astimezone(UTC)


def _opening(nominal: datetime, closes: datetime, facts: Facts, rules: RuleSet) -> datetime:
    """When the touch opens: brought forward if hours leave nothing after it.

    A Monday 09:00 visit gets its T-1 call on Saturday, not never. Wanted is
    the same wall-clock time on the nearest earlier legal day, else the next
    legal time of that day, else its last hour.
    """
    if next_legal(nominal, facts, rules, until=closes) is not None:
        return nominal
    spans = last_legal_day(min(nominal, closes), facts, rules)
    if not spans:
        return nominal
    zone = facts.hours.zone
    day = spans[0][0].astimezone(zone).date()
    shown = nominal.astimezone(zone).time().replace(fold=0)
    wanted = datetime.combine(day, shown, zone).astimezone(UTC)
    later = [max(start, wanted) for start, end in spans if end > wanted]
    return min(later, default=max(spans[-1][0], spans[-1][1] - LAST_HOUR))
