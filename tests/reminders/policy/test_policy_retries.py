"""A call in vain is tried again: once, and in another part of the day."""

from dataclasses import replace
from datetime import time, timedelta
from zoneinfo import ZoneInfo

import pytest
from policy_scenes import (
    ALL_DAY,
    EVERY_DAY,
    RULES,
    T1,
    T3,
    after,
    at,
    contact,
    hours_of,
    minutes,
    on_each_edge,
    opening,
    others,
    planned,
    visit,
)

from reminders.policy.cadence import DayPart, day_part, next_other_part
from reminders.policy.decide import decide
from reminders.policy.vocabulary import ContactResult, LegalBasis, Reason


@pytest.mark.parametrize("result", ["busy", "no_answer", "failed"])
def test_a_call_in_vain_is_tried_again_in_another_part_of_the_day(result):
    basis = LegalBasis.OTHER_LAWFUL
    morning = contact(at("2026-06-16 10:00"), ContactResult(result))
    assert after(morning, legal_basis=basis) == (at("2026-06-16 13:00"), Reason.RETRY)


@pytest.mark.parametrize("result", ["busy", "no_answer"])
def test_a_morning_call_is_not_retried_before_noon(result):
    missed = contact(at("2026-06-16 08:30"), ContactResult(result))
    facts = {"starts_at": at("2026-06-19 08:30"), "hours": opening(week=ALL_DAY)}
    answer = after(missed, legal_basis=LegalBasis.OTHER_LAWFUL, **facts)
    assert answer == (at("2026-06-16 12:00"), Reason.RETRY)


def test_an_evening_call_is_retried_the_next_morning():
    evening = at("2026-06-16 17:00")
    missed = contact(evening, ContactResult.NO_ANSWER)
    answer = after(missed, starts_at=at("2026-06-19 17:00"))
    assert answer == (at("2026-06-17 09:00"), Reason.OUTSIDE_HOURS)


def test_the_part_of_the_day_is_the_patients():
    # Los Angeles is three hours behind: its midday is 15:00 to 19:00 here.
    zone = ZoneInfo("America/Los_Angeles")
    missed = contact(at("2026-06-16 11:30"), ContactResult.NO_ANSWER)
    answer = after(missed, starts_at=at("2026-06-19 11:30"), patient_zone=zone)
    assert answer == (at("2026-06-16 15:00"), Reason.RETRY)
    # Midday at the clinic, but a morning for the patient.
    missed = contact(at("2026-06-16 12:30"), ContactResult.NO_ANSWER)
    answer = after(missed, starts_at=at("2026-06-19 12:30"), patient_zone=zone)
    assert answer == (at("2026-06-16 15:30"), Reason.RETRY)


def test_a_retry_under_the_exemption_waits_for_the_next_day():
    exempt = {"legal_basis": LegalBasis.US_EXEMPTION}
    midday = contact(at("2026-06-18 15:00"), ContactResult.NO_ANSWER)
    answer = after(midday, starts_at=at("2026-06-19 15:00"), **exempt)
    assert answer == (at("2026-06-19 09:00"), Reason.DAY_CAP)
    # Wednesday 09:00 would be a morning again, and at noon T-1 is too near.
    assert after(contact(T3, ContactResult.NO_ANSWER), **exempt) == (T1, Reason.TOUCH)


def test_a_busy_call_under_consent_is_repeated_in_fifteen_minutes():
    busy = contact(T3, ContactResult.BUSY)
    assert after(busy) == (T3 + minutes(15), Reason.RETRY)


@pytest.mark.parametrize("result", ["reached", "pending"])
def test_a_call_that_was_taken_or_is_open_is_not_retried(result):
    assert after(contact(T3, ContactResult(result))) == (T1, Reason.TOUCH)


def test_a_touch_is_retried_once():
    first = contact(T3, ContactResult.NO_ANSWER)
    second = contact(T3 + hours_of(3), ContactResult.NO_ANSWER)
    assert after(first, second) == (T1, Reason.TOUCH)


def test_the_second_touch_has_a_retry_of_its_own():
    first = (contact(T3), contact(T3 + hours_of(3)), contact(T1))
    assert after(*first) == (T1 + hours_of(3), Reason.RETRY)
    spent = (*first, contact(T1 + hours_of(3)))
    assert after(*spent) == (None, Reason.TOUCHES_SPENT)


def test_retries_can_be_switched_off():
    rules = replace(RULES, retries_per_touch=0)
    assert after(contact(T3), rules=rules) == (T1, Reason.TOUCH)


def test_a_retry_that_would_fall_into_the_next_touch_is_left_out():
    late = contact(T1 - hours_of(25), ContactResult.NO_ANSWER)
    assert after(late) == (T1, Reason.TOUCH)


def test_a_retry_gives_way_to_a_touch_that_was_brought_forward():
    # Wednesday is closed and Tuesday shuts at 09:30: T-1 opens Tuesday 08:30.
    week = {**EVERY_DAY, 2: ((time(8), time(9, 30)),), 3: ()}
    missed = contact(at("2026-06-15 17:00"), ContactResult.NO_ANSWER)
    facts = {"starts_at": at("2026-06-18 10:00"), "hours": opening(week=week)}
    answer = after(missed, now=at("2026-06-16 08:29"), **facts)
    assert answer == (at("2026-06-16 08:29"), Reason.RETRY)
    answer = after(missed, now=at("2026-06-16 08:30"), **facts)
    assert answer == (at("2026-06-16 08:30"), Reason.TOUCH)


def test_a_late_retry_ends_two_hours_before_the_visit():
    missed = contact(at("2026-06-19 09:00"), ContactResult.NO_ANSWER)
    afternoon = {"starts_at": at("2026-06-19 14:00")}
    assert after(missed, **afternoon) == (None, Reason.TOUCHES_SPENT)
    assert after(missed, starts_at=at("2026-06-19 14:01")) == (
        at("2026-06-19 12:00"),
        Reason.RETRY,
    )


def test_a_retry_held_up_by_another_call_to_the_number_says_so():
    missed = contact(at("2026-06-16 17:00"), ContactResult.NO_ANSWER)
    contacts = (missed, *others(at("2026-06-17 08:30")))
    answer = planned(at("2026-06-16 17:01"), at("2026-06-19 17:00"), contacts=contacts)
    assert answer == (at("2026-06-17 11:30"), Reason.TOO_SOON)


# Clocks that change


@on_each_edge
def test_parts_of_the_day_follow_the_wall_when_clocks_change(zone, day, length):
    there = ZoneInfo(zone)
    morning, noon = at(f"{day} 09:00", zone), at(f"{day} 12:00", zone)
    assert next_other_part(morning, DayPart.MORNING, there) == noon
    assert next_other_part(noon, DayPart.MIDDAY, there) == at(f"{day} 16:00", zone)
    assert next_other_part(noon, DayPart.MORNING, there) is None
    eve = at(f"{day - timedelta(days=1)} 18:00", zone)
    after_midnight = next_other_part(eve, DayPart.EVENING, there)
    assert day_part(after_midnight, there) is DayPart.MORNING
    assert after_midnight.astimezone(there).date() == day
    before = after_midnight - timedelta(microseconds=1)
    assert before.astimezone(there).date() == day - timedelta(days=1)


@on_each_edge
def test_a_retry_after_a_change_of_clocks_comes_at_the_wall_clock_opening(zone, day, length):
    eve = at(f"{day - timedelta(days=1)} 18:00", zone)
    starts_at = at(f"{day} 18:00", zone)
    facts = visit(starts_at, hours=opening(zone, week=EVERY_DAY), contacts=(contact(eve),))
    verdict = decide(facts, RULES, eve + minutes(1))
    assert (verdict.at, verdict.code) == (at(f"{day} 09:00", zone), Reason.OUTSIDE_HOURS)
