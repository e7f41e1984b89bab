"""What holds for every zone, edge, opening hour and history."""

import json
from dataclasses import replace
from datetime import UTC, timedelta

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from policy_judge import (
    BLOCKED,
    ENDINGS,
    FAILED,
    REFUSED,
    allowed,
    any_facts,
    budget_allows,
    every,
    hours_allow,
    results,
    ring,
    scenes,
    zones,
)

from reminders.policy.decide import decide
from reminders.policy.vocabulary import ContactResult, Reason

TEN = timedelta(minutes=10)
SLOW = settings(max_examples=150, deadline=None)


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
