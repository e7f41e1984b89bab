"""Scenes for the policy's tests: one clinic, one visit, and what happened."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from reminders.policy.decide import decide
from reminders.policy.facts import Facts, OpeningHours, PastContact
from reminders.policy.rulesets import rule_set
from reminders.policy.vocabulary import Answer, AppointmentStatus, ContactResult, LegalBasis

NEW_YORK = "America/New_York"
RULES = rule_set("general-2026")
NINE_TO_EIGHT = ((time(9), time(20)),)
MON_TO_SAT = dict.fromkeys(range(1, 7), NINE_TO_EIGHT)
EVERY_DAY = dict.fromkeys(range(1, 8), NINE_TO_EIGHT)
ALL_DAY = dict.fromkeys(range(1, 8), ((time(0), time(0)),))

#: Zone, a day whose clocks change, and how many hours it has.
EDGES = [
    (NEW_YORK, date(2026, 3, 8), 23),
    (NEW_YORK, date(2026, 11, 1), 25),
    ("Europe/London", date(2026, 3, 29), 23),
    ("Europe/London", date(2026, 10, 25), 25),
    ("Asia/Beirut", date(2026, 3, 29), 23),
    ("Asia/Beirut", date(2026, 10, 24), 25),
    ("Africa/Cairo", date(2026, 4, 24), 23),
    ("Africa/Cairo", date(2026, 10, 29), 25),
    ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),
    ("Australia/Lord_Howe", date(2026, 10, 4), 23.5),
]
on_each_edge = pytest.mark.parametrize(("zone", "day", "length"), EDGES)


def at(text, zone=NEW_YORK):
    """The instant at which clocks in ``zone`` show ``text``, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def contact(when, result=ContactResult.NO_ANSWER, *, mine=True):
    return PastContact(at=when, result=result, for_this_visit=mine)


def others(*moments, result=ContactResult.NO_ANSWER):
    """Contacts of the number for other visits."""
    return tuple(contact(moment, result, mine=False) for moment in moments)


def opening(zone=NEW_YORK, week=None, closures=()):
    return OpeningHours(
        zone=ZoneInfo(zone),
        week=MON_TO_SAT if week is None else week,
        closures=frozenset(closures),
    )


def visit(starts_at, **changes):
    """A consented visit at a Mon-Sat 09:00-20:00 clinic, nothing tried yet."""
    hours = changes.pop("hours", None) or opening()
    fields = {
        "starts_at": starts_at,
        "status": AppointmentStatus.SCHEDULED,
        "answer": Answer.NONE,
        "legal_basis": LegalBasis.CONSENT,
        "hours": hours,
        "patient_zone": hours.zone,
    }
    return Facts(**{**fields, **changes})


def minutes(number):
    return timedelta(minutes=number)


def hours_of(number):
    return timedelta(hours=number)


#: A Friday visit: T-3 is Tuesday, T-1 Thursday, both 10:00; and long before.
FRIDAY = at("2026-06-19 10:00")
T3, T1 = at("2026-06-16 10:00"), at("2026-06-18 10:00")
EARLY = at("2026-06-10 12:00")


def planned(now, starts_at=FRIDAY, rules=RULES, **changes):
    verdict = decide(visit(starts_at, **changes), rules, now)
    return verdict.at, verdict.code


def after(*contacts, now=None, **changes):
    """The plan one minute after the last of these contacts for the visit."""
    return planned(now or contacts[-1].at + minutes(1), contacts=contacts, **changes)
