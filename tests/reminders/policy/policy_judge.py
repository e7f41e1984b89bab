"""Scenes without end, and a judge who shares no code with the policy.

The judge reads wall clocks and counts contacts by simple means of its own.
"""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from reminders.policy.facts import Facts, OpeningHours, PastContact
from reminders.policy.rulesets import RULE_SETS, rule_set
from reminders.policy.vocabulary import (
    Answer,
    AppointmentStatus,
    ContactResult,
    LegalBasis,
    Reason,
)

ENDINGS = {
    Reason.ANSWERED,
    Reason.NO_LEGAL_BASIS,
    Reason.OPTED_OUT,
    Reason.QUARANTINED,
    Reason.INVALID_NUMBER,
    Reason.FACILITY_LINE,
    Reason.NO_COMMON_HOURS,
    Reason.TOUCHES_SPENT,
    Reason.PAST,
    Reason.CANCELLED,
}
BLOCKED = {
    Reason.OUTSIDE_HOURS,
    Reason.CLOSED,
    Reason.TOO_SOON,
    Reason.DAY_CAP,
    Reason.WEEK_CAP,
}
REFUSED, FAILED = ContactResult.REFUSED, ContactResult.FAILED
BASES = [LegalBasis.CONSENT, LegalBasis.US_EXEMPTION, LegalBasis.OTHER_LAWFUL]
ZONES = [
    "America/New_York",
    "America/Los_Angeles",
    "Europe/London",
    "Asia/Beirut",
    "Africa/Cairo",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
    "Etc/GMT+12",
]
#: Days around which the zones above change their clocks, and one quiet day.
EDGES = [(3, 8), (3, 29), (4, 5), (4, 24), (6, 10), (9, 27), (10, 4), (10, 24), (10, 29), (11, 1)]
DAYS_OPEN = [
    ((9, 20),),
    ((9, 20),),
    ((8, 12), (13, 17)),
    ((0, 24),),
    ((0, 6), (22, 24)),
    (),
]

zones = st.sampled_from(ZONES).map(ZoneInfo)
moments = st.builds(
    lambda edge, seconds: datetime(2026, *edge, tzinfo=UTC) + timedelta(seconds=seconds),
    st.sampled_from(EDGES),
    st.integers(-3 * 86400, 3 * 86400),
)
days_open = st.sampled_from(DAYS_OPEN).map(
    lambda pairs: tuple((time(first), time(last % 24)) for first, last in pairs)
)
results = st.sampled_from(ContactResult)


@st.composite
def scenes(draw, contacts_for_visit=True):
    """Facts, rules and a clock, crowded around a change of clocks."""
    now = draw(moments)
    lead = timedelta(days=draw(st.integers(-1, 8)), minutes=draw(st.integers(1, 24 * 60)))
    ago = st.integers(-9 * 24 * 60, 2 * 24 * 60).map(lambda number: timedelta(minutes=number))
    past = st.builds(
        PastContact,
        at=ago.map(lambda delta: now + delta),
        result=results,
        for_this_visit=st.booleans() if contacts_for_visit else st.just(False),
    )
    closures = st.integers(-4, 12).map(lambda ahead: (now + timedelta(days=ahead)).date())
    hours = OpeningHours(
        zone=draw(zones),
        week={weekday: draw(days_open) for weekday in range(1, 8)},
        closures=frozenset(draw(st.lists(closures, max_size=4))),
    )
    facts = Facts(
        starts_at=now + lead,
        status=AppointmentStatus.SCHEDULED,
        answer=Answer.NONE,
        legal_basis=draw(st.sampled_from(BASES)),
        hours=hours,
        patient_zone=draw(st.just(hours.zone) | zones),
        number_zones=tuple(draw(st.lists(zones, max_size=1))),
        contacts=tuple(draw(st.lists(past, max_size=5))),
    )
    return facts, rule_set(draw(st.sampled_from(list(RULE_SETS)))), now


any_facts = st.fixed_dictionaries(
    {
        "status": st.sampled_from(AppointmentStatus),
        "answer": st.sampled_from(Answer),
        "legal_basis": st.sampled_from(LegalBasis),
        **dict.fromkeys(
            (
                "opted_out",
                "wrong_number",
                "reassigned",
                "invalid_number",
                "facility_line",
                "paused",
                "call_now",
            ),
            st.booleans(),
        ),
    }
)


def fence_allows(local, rule_set_name):
    clock = local.hour * 60 + local.minute
    if rule_set_name == "CA-ADAD":
        return 600 <= clock < 1080 if local.weekday() >= 5 else 540 <= clock < 1260
    return 480 <= clock < 1260


def clinic_allows(local, hours):
    clock = local.hour * 60 + local.minute
    return local.date() not in hours.closures and any(
        first.hour * 60 <= clock < (last.hour or 24) * 60
        for first, last in hours.week[local.isoweekday()]
    )


def hours_allow(moment, facts, rules):
    return clinic_allows(moment.astimezone(facts.hours.zone), facts.hours) and all(
        fence_allows(moment.astimezone(zone), rules.name)
        for zone in (facts.patient_zone, *facts.number_zones)
    )


def budget_allows(moment, facts):
    """R2, spelled out: spacing, calendar days, 24 hours and seven days."""
    consent = facts.legal_basis is LegalBasis.CONSENT
    per_day, per_week = (1, 3) if facts.legal_basis is LegalBasis.US_EXEMPTION else (2, 4)
    rang = [spoken for spoken in facts.contacts if spoken.result != "refused"]
    for spoken in rang:
        short = consent and spoken.result == "busy"
        if moment < spoken.at + (timedelta(minutes=15) if short else timedelta(hours=3)):
            return False
    for zone in {facts.patient_zone, facts.hours.zone, *facts.number_zones}:
        day = moment.astimezone(zone).date()
        if sum(spoken.at.astimezone(zone).date() == day for spoken in rang) >= per_day:
            return False
    last_day = [spoken for spoken in rang if moment - timedelta(hours=24) < spoken.at]
    last_week = [spoken for spoken in rang if moment - timedelta(days=7) < spoken.at]
    return len(last_day) < 3 and len(last_week) < per_week


def allowed(moment, facts, rules):
    return hours_allow(moment, facts, rules) and budget_allows(moment, facts)


def every(step, start, end):
    moment = start
    while moment < end:
        yield moment
        moment += step


def ring(facts, moment, result, *, mine):
    spoken = PastContact(at=moment, result=result, for_this_visit=mine)
    return replace(facts, contacts=(*facts.contacts, spoken))
