"""R2: what one number may bear, whoever rings it and for whichever visit."""

from dataclasses import replace
from datetime import time, timedelta
from zoneinfo import ZoneInfo

import pytest
from policy_scenes import (
    ALL_DAY,
    EVERY_DAY,
    NEW_YORK,
    RULES,
    at,
    contact,
    hours_of,
    minutes,
    on_each_edge,
    opening,
    others,
    visit,
)

from reminders.policy.budget import counted, next_within_budget
from reminders.policy.decide import decide
from reminders.policy.fence import wall_spans
from reminders.policy.vocabulary import ContactResult, LegalBasis, Reason

NOON = at("2026-06-10 12:00")
VISIT = at("2026-06-30 10:00")
CONSENT = RULES.caps[LegalBasis.CONSENT]
ROOMY_DAY = replace(CONSENT, per_day=9)
ROOMY = replace(CONSENT, per_day=9, per_24_hours=9, spacing=timedelta(), busy_spacing=timedelta())


def asked_now(now, contacts, basis=LegalBasis.CONSENT, **changes):
    """What a person who asks for a call at once is told."""
    hours = changes.pop("hours", None) or opening(week=EVERY_DAY)
    facts = visit(
        VISIT, call_now=True, contacts=contacts, legal_basis=basis, hours=hours, **changes
    )
    verdict = decide(facts, RULES, now)
    return verdict.at, verdict.code


def budget(t, contacts, caps=CONSENT, zone=NEW_YORK, **changes):
    facts = visit(VISIT, hours=opening(zone), contacts=counted(contacts), **changes)
    return next_within_budget(t, facts, caps)


@pytest.mark.parametrize("result", sorted({*ContactResult} - {ContactResult.REFUSED}))
def test_r2_every_call_that_may_have_rung_spends_the_budget(result):
    contacts = others(NOON - hours_of(5), NOON - hours_of(4), result=result)
    assert asked_now(NOON, contacts)[1] is Reason.DAY_CAP


def test_a_refused_call_spends_nothing():
    contacts = others(*[NOON] * 9, result=ContactResult.REFUSED)
    assert asked_now(NOON, contacts) == (NOON, Reason.CALL_NOW)


def test_r2_calls_are_three_hours_apart():
    contacts = others(NOON - hours_of(2))
    assert asked_now(NOON, contacts) == (NOON + hours_of(1), Reason.TOO_SOON)
    assert asked_now(NOON + hours_of(1), contacts) == (NOON + hours_of(1), Reason.CALL_NOW)


def test_r2_a_busy_call_may_be_repeated_after_fifteen_minutes_under_consent_only():
    contacts = others(NOON, result=ContactResult.BUSY)
    now = NOON + minutes(1)
    assert asked_now(now, contacts)[0] == NOON + minutes(15)
    lawful = asked_now(now, contacts, LegalBasis.OTHER_LAWFUL)
    assert lawful == (NOON + hours_of(3), Reason.TOO_SOON)


def test_a_busy_call_does_not_shorten_the_wait_after_the_call_before_it():
    contacts = (*others(NOON), *others(NOON + minutes(5), result=ContactResult.BUSY))
    assert budget(NOON + minutes(6), contacts, ROOMY_DAY) == (NOON + hours_of(3), Reason.TOO_SOON)


def test_a_contact_ahead_of_the_clock_still_holds_its_distance():
    contacts = others(NOON + hours_of(4))
    assert asked_now(NOON, contacts) == (NOON + hours_of(7), Reason.TOO_SOON)


def test_r2_two_calls_a_day_then_the_next_morning():
    contacts = others(at("2026-06-10 09:00"), at("2026-06-10 12:00"))
    now = at("2026-06-10 15:00")
    assert asked_now(now, contacts) == (at("2026-06-11 09:00"), Reason.DAY_CAP)


def test_a_planned_call_moved_by_the_day_cap_says_so():
    contacts = others(at("2026-06-10 09:00"), at("2026-06-10 12:00"))
    facts = visit(at("2026-06-11 15:00"), contacts=contacts)
    verdict = decide(facts, RULES, at("2026-06-10 12:30"))
    assert (verdict.at, verdict.code) == (at("2026-06-11 09:00"), Reason.DAY_CAP)
    assert verdict.numbers["day"] == "2/2"


def test_r2_the_exemption_allows_one_call_a_calendar_day():
    contacts = others(at("2026-06-10 09:00"))
    now = at("2026-06-10 18:00")
    answer = asked_now(now, contacts, LegalBasis.US_EXEMPTION)
    assert answer == (at("2026-06-11 09:00"), Reason.DAY_CAP)


def test_r2_the_exemption_allows_three_calls_in_seven_days():
    first = at("2026-06-08 10:00")
    contacts = others(first, first + timedelta(days=1), first + timedelta(days=2))
    now = at("2026-06-11 10:00")
    answer = asked_now(now, contacts, LegalBasis.US_EXEMPTION)
    assert answer == (first + timedelta(days=7), Reason.WEEK_CAP)


def test_r2_four_calls_in_seven_days_under_consent():
    first = at("2026-06-05 11:00")
    contacts = others(*(first + timedelta(days=day) for day in range(4)))
    now = at("2026-06-10 10:00")
    assert asked_now(now, contacts) == (first + timedelta(days=7), Reason.WEEK_CAP)


def test_r2_never_more_than_three_calls_in_any_24_hours():
    evening = at("2026-06-09 14:00")
    contacts = others(evening, evening + hours_of(3), at("2026-06-10 09:00"))
    now = at("2026-06-10 12:00")
    assert asked_now(now, contacts) == (evening + hours_of(24), Reason.DAY_CAP)


def test_the_same_day_in_any_zone_that_applies_is_the_same_day():
    # In Tokyo both calls fall on 11 June; in New York on the 10th and 11th.
    zones = {"number_zones": (ZoneInfo("Asia/Tokyo"),)}
    spoken = at("2026-06-10 20:30")
    t = at("2026-06-11 08:00")
    exempt = RULES.caps[LegalBasis.US_EXEMPTION]
    assert budget(t, others(spoken), exempt) is None
    midnight = at("2026-06-12 00:00", "Asia/Tokyo")
    assert budget(t, others(spoken), exempt, **zones) == (midnight, Reason.DAY_CAP)


@on_each_edge
def test_the_day_cap_ends_at_the_local_midnight_when_clocks_change(zone, day, length):
    start, end = whole_day(zone, day)
    assert end - start == hours_of(length)
    spoken = others(start + hours_of(1), start + hours_of(10))
    t = start + hours_of(20)
    assert budget(t, spoken, zone=zone) == (end, Reason.DAY_CAP)
    assert budget(t, others(start - minutes(1), start + hours_of(10)), zone=zone) is None


@on_each_edge
def test_spacing_counts_real_hours_when_clocks_change(zone, day, length):
    start, _ = whole_day(zone, day)
    for spoken in (start - hours_of(1), start + minutes(30)):
        free = (spoken + hours_of(3), Reason.TOO_SOON)
        assert budget(spoken + hours_of(3) - minutes(1), others(spoken), zone=zone) == free
        assert budget(spoken + hours_of(3), others(spoken), zone=zone) is None


@on_each_edge
@pytest.mark.parametrize(
    ("window", "cap", "reason"),
    [
        (timedelta(days=7), "per_week", Reason.WEEK_CAP),
        (timedelta(days=1), "per_24_hours", Reason.DAY_CAP),
    ],
)
def test_rolling_caps_count_real_hours_when_clocks_change(zone, day, length, window, cap, reason):
    start, _ = whole_day(zone, day)
    spoken = start - hours_of(2)
    caps = replace(ROOMY, **{cap: 1})
    last = spoken + window - minutes(1)
    assert budget(last, others(spoken), caps, zone) == (spoken + window, reason)
    assert budget(spoken + window, others(spoken), caps, zone) is None


def test_a_leapt_day_does_not_stop_the_search_for_midnight():
    facts = visit(VISIT, hours=opening("Pacific/Apia", week=ALL_DAY))
    t = at("2011-12-29 20:00", "Pacific/Apia")
    facts = replace(facts, contacts=others(t - hours_of(9), t - hours_of(5)))
    assert next_within_budget(t, facts, CONSENT) == (
        at("2011-12-31 00:00", "Pacific/Apia"),
        Reason.DAY_CAP,
    )


def test_contacts_are_counted_oldest_first_without_the_refused():
    early, late = contact(NOON), contact(NOON + hours_of(1), mine=False)
    refused = contact(NOON, ContactResult.REFUSED)
    assert counted([late, refused, early]) == (early, late)


def whole_day(zone, day):
    spans = wall_spans(ZoneInfo(zone), day, time(0), time(0))
    return spans[0][0], spans[-1][1]


def test_a_call_to_the_number_before_spends_nothing_of_the_new_one():
    before = replace(contact(NOON - minutes(10), ContactResult.REACHED), same_number=False)
    assert budget(NOON, (before,)) is None


def test_a_call_the_provider_refused_asks_for_patience():
    facts = visit(VISIT, hours=opening(NEW_YORK), not_before=NOON + minutes(15))
    assert next_within_budget(NOON, facts, CONSENT) == (NOON + minutes(15), Reason.TOO_SOON)
    assert next_within_budget(NOON + minutes(15), facts, CONSENT) is None
