"""Who may stay away, and by when a person should have rung them: both pure."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from reminders.policy.due import due_at
from reminders.policy.facts import OpeningHours
from reminders.policy.risk import Level, Risk

#: Tuesday 17 November 2026, 14:00 in New York.
TUESDAY = datetime(2026, 11, 17, 19, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
NEW_YORK = ZoneInfo("America/New_York")
OPEN = OpeningHours(
    zone=NEW_YORK,
    week={day: ((time(9), time(12)), (time(13), time(17))) for day in range(1, 6)},
    closures=frozenset({date(2026, 11, 18)}),
)
LATER = TUESDAY + timedelta(days=30)


@pytest.mark.parametrize(
    ("risk", "points", "level"),
    [
        (Risk(), 0, Level.LOW),
        (Risk(is_new=True), 2, Level.LOW),
        (Risk(no_shows=1), 3, Level.MEDIUM),
        (Risk(no_shows=2), 6, Level.HIGH),
        (Risk(no_shows=9), 9, Level.HIGH),
        (Risk(lead_days=13), 0, Level.LOW),
        (Risk(lead_days=14), 1, Level.LOW),
        (Risk(lead_days=30, unheard=1), 3, Level.MEDIUM),
        (Risk(unheard=9), 3, Level.MEDIUM),
        (Risk(is_new=True, lead_days=30, unheard=2), 6, Level.HIGH),
        (Risk(no_shows=3, is_new=True, lead_days=90, unheard=3), 16, Level.HIGH),
    ],
)
def test_points_add_up_to_a_level(risk: Risk, points: int, level: Level) -> None:
    assert (risk.points, risk.level) == (points, level)
    assert sum(risk.reasons().values()) == points
    assert Risk.from_json(risk.to_json()) == risk


def test_a_missed_visit_never_lowers_the_risk() -> None:
    points = [Risk(no_shows=n, lead_days=20).points for n in range(8)]
    assert points == sorted(points)


def test_what_an_older_version_kept_is_still_read() -> None:
    assert Risk.from_json({"no_shows": 1, "gone": 2}) == Risk(no_shows=1)


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        (1, "11-17 15:00"),
        (3, "11-17 17:00"),
        # Wednesday is closed: the fourth hour is Thursday's first.
        (4, "11-19 10:00"),
        # Over lunch.
        (7, "11-19 14:00"),
        # Over the weekend.
        (3 + 7 + 7 + 2, "11-23 11:00"),
    ],
)
def test_due_counts_the_hours_that_the_clinic_is_open(hours: int, expected: str) -> None:
    due = due_at(TUESDAY, hours * HOUR, OPEN, LATER).astimezone(NEW_YORK)
    assert f"{due:%m-%d %H:%M}" == expected


def test_due_in_time_for_the_visit_and_never_before_it_was_known() -> None:
    assert due_at(TUESDAY, 3 * HOUR, OPEN, TUESDAY + 2 * HOUR) == TUESDAY + HOUR
    assert due_at(TUESDAY, HOUR, OPEN, TUESDAY + HOUR / 2) == TUESDAY


def test_a_clinic_without_hours_has_plain_ones() -> None:
    never = OpeningHours(zone=NEW_YORK, week={})
    assert due_at(TUESDAY, HOUR, never, LATER) == TUESDAY + HOUR


def test_an_hour_is_an_hour_when_the_clocks_go_back() -> None:
    """1 November 2026: 01:30 comes twice in New York; an hour after the first is the second."""
    night = OpeningHours(zone=NEW_YORK, week={7: ((time(0), time(4)),)})
    first = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    assert due_at(first, HOUR, night, LATER) == first + HOUR
