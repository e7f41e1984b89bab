"""What holds for every zone, edge, opening hour and history.

The judge here reads wall clocks and counts contacts by its own simple means;
it shares no code with the policy.
"""

import json
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from reminders.policy.decide import decide
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
TEN = timedelta(minutes=10)
SLOW = settings(max_examples=150, deadline=None)

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
        starts_at=now + timedelta(minutes=draw(st.integers(-60, 9 * 24 * 60))),
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


@SLOW
@given(scenes(), any_facts)
def test_every_visit_gets_a_next_call_or_a_named_reason(scene, changes):
    facts, rules, now = scene
    facts = replace(facts, **changes)
    verdict = decide(facts, rules, now)
    assert isinstance(verdict.code, Reason)
    if verdict.at is None:
        assert verdict.code in (ENDINGS | BLOCKED if facts.call_now else ENDINGS)
    else:
        assert verdict.code not in ENDINGS
        assert (verdict.code is Reason.PAUSED) == facts.paused
    json.dumps(verdict.numbers)


@SLOW
@given(scenes(), st.booleans())
def test_no_call_is_ever_planned_outside_the_rules(scene, call_now):
    facts, rules, now = scene
    facts = replace(facts, call_now=call_now)
    verdict = decide(facts, rules, now)
    assume(verdict.at is not None)
    assert now <= verdict.at < facts.starts_at
    assert call_now or verdict.at < facts.starts_at - timedelta(hours=2)
    assert hours_allow(verdict.at, facts, rules)
    assert budget_allows(verdict.at, facts)


@SLOW
@given(scenes(), st.booleans(), st.booleans())
def test_deciding_again_at_the_chosen_time_chooses_that_time(scene, call_now, paused):
    facts, rules, now = scene
    facts = replace(facts, call_now=call_now, paused=paused)
    verdict = decide(facts, rules, now)
    assume(verdict.at is not None)
    again = decide(facts, rules, verdict.at)
    assert again.at == verdict.at
    unmoved = {Reason.PAUSED} if paused else {Reason.TOUCH, Reason.RETRY, Reason.CALL_NOW}
    assert again.code in unmoved


@SLOW
@given(scenes())
def test_a_later_look_never_finds_an_earlier_call(scene):
    facts, rules, now = scene
    verdict = decide(facts, rules, now)
    assume(verdict.at is not None)
    between = decide(facts, rules, now + (verdict.at - now) / 2)
    assert between.at == verdict.at


@settings(max_examples=60, deadline=None)
@given(scenes())
def test_a_call_asked_for_comes_at_the_first_chance_before_the_visit(scene):
    facts, rules, now = scene
    facts = replace(facts, call_now=True)
    verdict = decide(facts, rules, now)
    assume(verdict.code not in ENDINGS)
    end = verdict.at or facts.starts_at
    assert not any(allowed(moment, facts, rules) for moment in every(TEN, now, end))


@settings(max_examples=100, deadline=None)
@given(scenes(contacts_for_visit=False))
def test_b4_no_touch_is_dropped_while_there_is_time_for_it(scene):
    facts, rules, now = scene
    verdict = decide(facts, rules, now)
    assume(verdict.code is Reason.TOUCHES_SPENT)
    here = facts.starts_at.astimezone(facts.hours.zone)
    day_before = (here - timedelta(days=1)).replace(fold=0).astimezone(UTC)
    three_before = (here - timedelta(days=3)).replace(fold=0).astimezone(UTC)
    for opens, closes in (
        (three_before, day_before - timedelta(hours=24)),
        (day_before, facts.starts_at - timedelta(hours=2)),
    ):
        chances = every(TEN, max(now, opens), closes)
        assert not any(allowed(moment, facts, rules) for moment in chances)


def ring(facts, moment, result, *, mine):
    spoken = PastContact(at=moment, result=result, for_this_visit=mine)
    return replace(facts, contacts=(*facts.contacts, spoken))


@SLOW
@given(scenes(contacts_for_visit=False), st.lists(results, min_size=8, max_size=8))
def test_calls_placed_as_planned_end_and_never_break_a_cap(scene, outcomes):
    facts, rules, now = scene
    placed = 0
    while (verdict := decide(facts, rules, now)).at is not None:
        now = verdict.at
        assert allowed(now, facts, rules)
        # A refused call rings nobody; whoever dials decides how often to insist.
        result = outcomes[placed]
        facts = ring(facts, now, FAILED if result is REFUSED else result, mine=True)
        placed += 1
        assert placed <= len(rules.touches) * (1 + rules.retries_per_touch)
    assert verdict.code in ENDINGS


@SLOW
@given(
    scenes(contacts_for_visit=False),
    st.integers(0, 4 * 24 * 60),
    zones,
    st.lists(results, min_size=16, max_size=16),
)
def test_two_visits_that_share_a_number_share_its_budget(scene, apart, zone, outcomes):
    first, rules, now = scene
    second = replace(
        first,
        starts_at=first.starts_at + timedelta(minutes=apart),
        patient_zone=zone,
        number_zones=(first.patient_zone, *first.number_zones),
    )
    first = replace(first, number_zones=(zone, *first.number_zones))
    visits = [first, second]
    for outcome in outcomes:
        verdicts = [decide(facts, rules, now) for facts in visits]
        due = [(verdict.at, index) for index, verdict in enumerate(verdicts) if verdict.at]
        if not due:
            break
        now, chosen = min(due)
        assert all(budget_allows(now, facts) for facts in visits)
        result = ContactResult.NO_ANSWER if outcome is ContactResult.REFUSED else outcome
        visits = [
            ring(facts, now, result, mine=index == chosen) for index, facts in enumerate(visits)
        ]
    assert all(decide(facts, rules, now).at is None for facts in visits)
