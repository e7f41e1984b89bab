"""The dated rule sets, and that none can be wider than the law's floor."""

from dataclasses import replace
from datetime import time, timedelta

import pytest
from policy_scenes import RULES, at, opening, visit

from reminders.policy.decide import decide
from reminders.policy.rulesets import CAPS, DEFAULT_RULE_SET, RULE_SETS, checked, rule_set
from reminders.policy.vocabulary import LegalBasis, Reason


def test_the_published_rule_sets_are_there_under_their_names():
    names = ["general-2026", "US-2025-04", "US-FCC26-67", "EU-2026-08", "CA-ADAD"]
    assert list(RULE_SETS) == names
    assert [rule_set(name).name for name in names] == names
    assert DEFAULT_RULE_SET in RULE_SETS


def test_an_unknown_rule_set_is_refused_with_the_known_names():
    with pytest.raises(LookupError, match=r"'US-1999'.*general-2026, US-2025-04"):
        rule_set("US-1999")


@pytest.mark.parametrize("rules", RULE_SETS.values(), ids=RULE_SETS)
def test_r2_every_rule_set_holds_the_us_exemption_to_one_a_day_and_three_a_week(rules):
    caps = rules.caps[LegalBasis.US_EXEMPTION]
    assert (caps.per_day, caps.per_week) == (1, 3)


def test_only_the_european_rule_set_turns_sentiment_off():
    assert [name for name, rules in RULE_SETS.items() if not rules.sentiment_allowed] == [
        "EU-2026-08"
    ]


@pytest.mark.parametrize(
    "window",
    [(time(7, 59), time(21)), (time(8), time(21, 0, 1)), (time(8), time(0)), (time(9), time(9))],
)
def test_r3_no_rule_set_can_widen_or_empty_the_hard_fence(window):
    with pytest.raises(ValueError, match=r"general-2026.*not within 08:00-21:00"):
        checked(replace(RULES, fence={1: window}))


@pytest.mark.parametrize(
    "looser",
    [
        {"per_day": 3},
        {"per_week": 5},
        {"per_24_hours": 4},
        {"spacing": timedelta(hours=2)},
        {"busy_spacing": timedelta(minutes=14)},
        {"per_day": 0},
    ],
)
def test_r2_no_rule_set_can_loosen_the_caps(looser):
    caps = {**CAPS, LegalBasis.CONSENT: replace(CAPS[LegalBasis.CONSENT], **looser)}
    with pytest.raises(ValueError, match="caps for consent"):
        checked(replace(RULES, caps=caps))


@pytest.mark.parametrize(
    "changes",
    [
        {"caps": {}},
        {"fence": {8: (time(9), time(10))}},
        {"touches": (timedelta(hours=4),)},
        {"touches": (timedelta(days=-1),)},
        {"latest": timedelta(hours=-1)},
        {"retries_per_touch": -1},
    ],
)
def test_a_rule_set_that_makes_no_sense_is_refused(changes):
    with pytest.raises(ValueError, match=r"^Rule set 'general-2026': "):
        checked(replace(RULES, **changes))


def test_canada_rings_later_on_weekdays_and_between_ten_and_six_on_weekends():
    hours = opening("America/Toronto", week=dict.fromkeys(range(1, 8), ((time(8), time(21)),)))
    facts = visit(at("2026-06-29 12:00"), hours=hours, call_now=True)
    rules = rule_set("CA-ADAD")
    weekday = decide(facts, rules, at("2026-06-18 08:30"))
    assert (weekday.at, weekday.code) == (at("2026-06-18 09:00"), Reason.OUTSIDE_HOURS)
    saturday = decide(facts, rules, at("2026-06-20 18:00"))
    assert (saturday.at, saturday.code) == (at("2026-06-21 10:00"), Reason.OUTSIDE_HOURS)
    assert decide(facts, rules, at("2026-06-18 20:59")).code is Reason.CALL_NOW
