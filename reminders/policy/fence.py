"""The fence: at which instants a phone may ring at all (R3, B4, B11).

Three clocks must agree: every zone that may apply to the patient must show a
time inside the rule set's fence, and the clinic must be open, in its own zone,
on a day that is not a closure. Everything is reckoned in UTC spans, cut where
a zone changes its offset, so that gaps, folds and missing days need no rule.

All instants are aware datetimes in UTC; all spans are half-open.
Sources: field.md R3; 47 CFR 64.1200(c)(1) (08:00-21:00, called party's time).
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from reminders.policy.facts import Facts, OpeningHours, RuleSet
from reminders.policy.vocabulary import Reason

#: [start, end) in UTC.
Span = tuple[datetime, datetime]

MIDNIGHT = time(0)
DAY = timedelta(days=1)

#: More zones than this say only that a number belongs to no place.
MOST_NUMBER_ZONES = 12

#: How far ahead the weekly pattern is searched for hours in common.
COMMON_HOURS_DAYS = 14

#: How far a search for an open day goes, either way, over closures.
LONGEST_CLOSURE_DAYS = 60


def applicable_number_zones(names: Iterable[str]) -> tuple[ZoneInfo, ...]:
    """The zones that a number itself suggests, or none when it names no place.

    ``names`` is what phonenumbers' ``time_zones_for_number`` gives. One
    unknown name, ``Etc/Unknown`` or more than twelve zones (a toll-free or
    satellite number) and the number adds no fence.
    """
    wanted = tuple(dict.fromkeys(names))
    if len(wanted) > MOST_NUMBER_ZONES or "Etc/Unknown" in wanted:
        return ()
    try:
        return tuple(ZoneInfo(name) for name in wanted)
    # ValueError: not even shaped like a name; OSError: names a folder.
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ()


def applicable_zones(facts: Facts) -> tuple[ZoneInfo, ...]:
    """The zones whose clocks must all be inside the fence, patient's first."""
    return tuple(dict.fromkeys((facts.patient_zone, *facts.number_zones)))


def is_legal(instant: datetime, facts: Facts, rules: RuleSet) -> bool:
    """Whether a phone may ring at ``instant``, read straight off the clocks."""
    return _clinic_is_open(instant, facts.hours) and _forbidding_zone(instant, facts, rules) is None


def clinic_lets_ring(instant: datetime, hours: OpeningHours, rules: RuleSet) -> bool:
    """Whether a patient in the clinic's own zone could be rung at ``instant``."""
    return _clinic_is_open(instant, hours) and _allows(instant, hours.zone, rules)


def next_legal(
    t: datetime, facts: Facts, rules: RuleSet, until: datetime
) -> tuple[datetime, Reason | None] | None:
    """The first legal instant in [t, until), and what forbade ``t`` itself.

    The cause is None when ``t`` is legal, CLOSED on a closure or a weekday
    without hours at the clinic, else OUTSIDE_HOURS.
    """
    if t >= until:
        return None
    if is_legal(t, facts, rules):
        return t, None
    day = t.astimezone(facts.hours.zone).date()
    for _ in range(LONGEST_CLOSURE_DAYS):
        for start, _end in legal_spans(day, facts, rules):
            if start >= until:
                return None
            if start > t and is_legal(start, facts, rules):
                return start, hours_cause(t, facts)
        day += DAY
    return None


def last_legal_day(before: datetime, facts: Facts, rules: RuleSet) -> tuple[Span, ...]:
    """The legal spans, cut off at ``before``, of the last clinic day with any."""
    day = before.astimezone(facts.hours.zone).date()
    for _ in range(LONGEST_CLOSURE_DAYS):
        spans = legal_spans(day, facts, rules)
        earlier = tuple((start, min(end, before)) for start, end in spans if start < before)
        if earlier:
            return earlier
        day -= DAY
    return ()


def last_legal_before(before: datetime, facts: Facts, rules: RuleSet) -> datetime | None:
    """The latest legal instant before ``before``, to the microsecond."""
    spans = last_legal_day(before, facts, rules)
    return max(end for _, end in spans) - timedelta(microseconds=1) if spans else None


def has_common_hours(now: datetime, facts: Facts, rules: RuleSet) -> bool:
    """Whether fence and weekly hours ever meet in the coming fourteen days.

    Closures are left out: a holiday ends, a pattern does not.
    """
    until = now + timedelta(days=COMMON_HOURS_DAYS)
    first = now.astimezone(facts.hours.zone).date()
    return any(
        end > now and start < until
        for ahead in range(COMMON_HOURS_DAYS + 1)
        for start, end in _weekly_spans(first + ahead * DAY, facts, rules)
    )


def hours_cause(t: datetime, facts: Facts) -> Reason:
    """What to call it that ``t``, known to be illegal, is illegal."""
    day = t.astimezone(facts.hours.zone).date()
    if day in facts.hours.closures or not facts.hours.week.get(day.isoweekday()):
        return Reason.CLOSED
    return Reason.OUTSIDE_HOURS


def narrowed_by(t: datetime, facts: Facts, rules: RuleSet) -> str:
    """The zone that forbids ``t`` and what its clock shows, for staff to read.

    Example: "America/Los_Angeles 07:40"; with "clinic " before it when it is
    the clinic's own hours or closures that stand in the way.
    """
    zone = _forbidding_zone(t, facts, rules)
    if zone is not None:
        return f"{zone.key} {t.astimezone(zone):%H:%M}"
    local = t.astimezone(facts.hours.zone)
    if hours_cause(t, facts) is Reason.CLOSED:
        return f"clinic {facts.hours.zone.key} {local:%Y-%m-%d}"
    return f"clinic {facts.hours.zone.key} {local:%H:%M}"


def legal_spans(day: date, facts: Facts, rules: RuleSet) -> list[Span]:
    """The UTC spans of one clinic day in which a phone may ring, in order."""
    if day in facts.hours.closures:
        return []
    return _weekly_spans(day, facts, rules)


@lru_cache(maxsize=16384)
def wall_spans(zone: ZoneInfo, day: date, first: time, last: time) -> tuple[Span, ...]:
    """When clocks in ``zone`` show ``first`` <= time < ``last`` on ``day``.

    ``last`` as ``time(0)`` is the midnight that ends the day. More than one
    span when clocks go back inside it, none when they leap over it.
    """
    shown_first = datetime.combine(day, first, UTC)
    shown_last = datetime.combine(day, last, UTC) + (DAY if last == MIDNIGHT else timedelta())
    spans: list[Span] = []
    for low, high, offset in _stretches(zone, day):
        start, end = max(low, shown_first - offset), min(high, shown_last - offset)
        if start >= end:
            continue
        if spans and spans[-1][1] == start:
            start = spans.pop()[0]
        spans.append((start, end))
    return tuple(spans)


def _weekly_spans(day: date, facts: Facts, rules: RuleSet) -> list[Span]:
    """The spans of one clinic day by the weekly pattern, closures or not."""
    hours = facts.hours
    spans: Sequence[Span] = [
        span
        for first, last in hours.week.get(day.isoweekday(), ())
        for span in wall_spans(hours.zone, day, first, last)
    ]
    for zone in applicable_zones(facts):
        spans = _common(spans, _fence_spans(zone, day, rules)) if spans else spans
    return sorted(spans)


def _fence_spans(zone: ZoneInfo, day: date, rules: RuleSet) -> Iterable[Span]:
    """The fence of one zone on every local day that can touch ``day`` elsewhere."""
    # Clocks differ by 26 hours at most: two days off it is 22:00, past any fence.
    for ahead in (-1, 0, 1):
        local = day + ahead * DAY
        window = rules.fence.get(local.isoweekday())
        if window is not None:
            yield from wall_spans(zone, local, *window)


def _common(these: Sequence[Span], those: Iterable[Span]) -> list[Span]:
    """The spans in both."""
    return [
        (max(start, first), min(end, last))
        for first, last in those
        for start, end in these
        if start < last and first < end
    ]


def _clinic_is_open(instant: datetime, hours: OpeningHours) -> bool:
    local = instant.astimezone(hours.zone)
    pairs = hours.week.get(local.isoweekday(), ())
    return local.date() not in hours.closures and any(
        first <= local.time() and (last == MIDNIGHT or local.time() < last) for first, last in pairs
    )


def _forbidding_zone(instant: datetime, facts: Facts, rules: RuleSet) -> ZoneInfo | None:
    """The first zone whose clock is outside the fence, if any is."""
    zones = applicable_zones(facts)
    return next((zone for zone in zones if not _allows(instant, zone, rules)), None)


def _allows(instant: datetime, zone: ZoneInfo, rules: RuleSet) -> bool:
    local = instant.astimezone(zone)
    window = rules.fence.get(local.isoweekday())
    return window is not None and window[0] <= local.time() < window[1]


@lru_cache(maxsize=8192)
def _stretches(zone: ZoneInfo, day: date) -> tuple[tuple[datetime, datetime, timedelta], ...]:
    """UTC stretches of one offset each that together hold all of local ``day``."""
    low = datetime.combine(day, MIDNIGHT, UTC) - timedelta(hours=18)
    stop = low + timedelta(hours=60)
    stretches = []
    while low < stop:
        # Steps short enough that no zone changes twice within one.
        high = _constant_until(zone, low, low + timedelta(hours=6))
        stretches.append((low, high, _offset(zone, low)))
        low = high
    return tuple(stretches)


def _constant_until(zone: ZoneInfo, low: datetime, high: datetime) -> datetime:
    """The first instant after ``low`` with another offset, or ``high``."""
    offset = _offset(zone, low)
    if _offset(zone, high) == offset:
        return high
    same, other = 0, int((high - low).total_seconds())
    while other - same > 1:
        middle = (same + other) // 2
        if _offset(zone, low + timedelta(seconds=middle)) == offset:
            same = middle
        else:
            other = middle
    return low + timedelta(seconds=other)


def _offset(zone: ZoneInfo, instant: datetime) -> timedelta:
    return instant.astimezone(zone).utcoffset() or timedelta()
