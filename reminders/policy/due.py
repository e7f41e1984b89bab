"""By when a person should have seen to something. Pure."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from reminders.policy.facts import OpeningHours
from reminders.policy.fence import Span, wall_spans

#: A clinic that is closed for longer than this has no working time to count.
LONGEST = 21
#: What is done later than this before a visit is of no use to it.
BEFORE_VISIT = timedelta(hours=1)


def due_at(
    created: datetime, within: timedelta, hours: OpeningHours, starts_at: datetime
) -> datetime:
    """``within`` of the clinic's open time after ``created``, but in time for the visit.

    Never before ``created``: what comes in too late for its visit is due at once.
    Where the clinic has no hours for weeks, plain time counts.
    """
    return max(created, min(_worked(created, within, hours), starts_at - BEFORE_VISIT))


def _worked(created: datetime, within: timedelta, hours: OpeningHours) -> datetime:
    left = within
    for start, end in _open_spans(created, hours):
        begin = max(start, created)
        if end - begin >= left:
            return begin + left
        left -= max(end - begin, timedelta(0))
    return created + within


def _open_spans(created: datetime, hours: OpeningHours) -> Iterator[Span]:
    first = created.astimezone(hours.zone).date()
    for n in range(LONGEST):
        day = first + timedelta(days=n)
        if day in hours.closures:
            continue
        for opens, closes in hours.week.get(day.isoweekday(), ()):
            for start, end in wall_spans(hours.zone, day, opens, closes):
                if end > created:
                    yield start, end
