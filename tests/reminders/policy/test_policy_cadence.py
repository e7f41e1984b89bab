"""Which reminder is due: touches before the visit, and when they open."""

from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from policy_scenes import (
    ALL_DAY,
    EARLY,
    EVERY_DAY,
    FRIDAY,
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

from reminders.policy.cadence import touches_of
from reminders.policy.decide import decide
from reminders.policy.vocabulary import ContactResult, Reason


def test_the_first_touch_is_three_days_before_at_the_same_time():
    assert planned(EARLY) == (T3, Reason.TOUCH)


def test_the_second_touch_is_one_day_before_unless_answered():
    assert after(contact(T3, ContactResult.REACHED)) == (T1, Reason.TOUCH)


def test_after_the_last_touch_there_is_nothing_left():
    made = (contact(T3, ContactResult.REACHED), contact(T1, ContactResult.REACHED))
    assert after(*made) == (None, Reason.TOUCHES_SPENT)


def test_a_touch_that_is_due_comes_at_once():
    now = T3 + hours_of(5)
    assert planned(now) == (now, Reason.TOUCH)


def test_a_missed_first_touch_is_not_made_up_within_a_day_of_the_second():
    last_moment = T1 - hours_of(24) - minutes(1)
    assert planned(last_moment) == (last_moment, Reason.TOUCH)
    assert planned(T1 - hours_of(24)) == (T1, Reason.TOUCH)


def test_a_missed_second_touch_is_made_up_until_two_hours_before():
    early_visit = at("2026-06-19 12:00")
    last_moment = at("2026-06-19 09:59")
    assert planned(last_moment, early_visit) == (last_moment, Reason.TOUCH)
    assert planned(at("2026-06-19 10:00"), early_visit) == (None, Reason.TOUCHES_SPENT)


def test_one_call_serves_every_touch_that_is_due():
    # Nobody rang on Tuesday; one call on Thursday is all that follows.
    late = T1 + hours_of(1)
    assert planned(late) == (late, Reason.TOUCH)
    made = contact(late, ContactResult.REACHED)
    assert after(made) == (None, Reason.TOUCHES_SPENT)


def test_a_call_before_the_first_touch_serves_none():
    assert after(contact(T3 - hours_of(6), ContactResult.REACHED)) == (T3, Reason.TOUCH)


def test_a_call_that_never_rang_serves_none():
    refused = contact(T3, ContactResult.REFUSED)
    assert after(refused) == (T3 + minutes(1), Reason.TOUCH)


def test_calls_for_other_visits_serve_none():
    assert planned(T3 + hours_of(4), contacts=others(T3)) == (T3 + hours_of(4), Reason.TOUCH)


def test_b14_a_moved_visit_starts_its_touches_again():
    spoken = contact(T3, ContactResult.REACHED)
    moved = at("2026-06-24 10:00")
    before_it_moved = replace(spoken, for_this_visit=False)
    # Wednesday's T-3 is a Sunday: closed until Monday.
    assert after(before_it_moved, starts_at=moved) == (at("2026-06-22 09:00"), Reason.CLOSED)


def test_touches_keep_the_clock_of_the_clinic_not_of_the_patient():
    zone = ZoneInfo("America/Los_Angeles")
    assert planned(EARLY, at("2026-06-19 14:00"), patient_zone=zone)[0] == at("2026-06-16 14:00")


def test_a_rule_set_may_have_other_touches():
    rules = replace(RULES, touches=(timedelta(days=1), timedelta(days=7), timedelta(days=3)))
    labels = [touch.label for touch in touches_of(visit(FRIDAY), rules)]
    assert labels == ["T-7", "T-3", "T-1"]
    assert planned(EARLY, rules=rules) == (at("2026-06-12 10:00"), Reason.TOUCH)


def test_a_rule_set_without_touches_never_calls_by_itself():
    assert planned(EARLY, rules=replace(RULES, touches=())) == (None, Reason.TOUCHES_SPENT)


# Touches that hours leave no room for


def test_a_monday_visit_is_called_on_saturday_not_never():
    monday = at("2026-06-22 09:00")
    reached = contact(at("2026-06-19 09:00"), ContactResult.REACHED)
    assert after(reached, starts_at=monday) == (at("2026-06-20 09:00"), Reason.TOUCH)
    verdict = decide(visit(monday, contacts=(reached,)), RULES, at("2026-06-19 10:00"))
    assert verdict.numbers["brought_forward_from"] == "2026-06-21T13:00:00+00:00"


def test_a_monday_afternoon_visit_is_still_called_on_monday():
    monday = at("2026-06-22 15:00")
    reached = contact(at("2026-06-19 15:00"), ContactResult.REACHED)
    assert after(reached, starts_at=monday) == (at("2026-06-22 09:00"), Reason.CLOSED)


def test_a_first_touch_on_a_sunday_is_brought_forward_to_saturday():
    wednesday = at("2026-06-24 09:00")
    assert planned(EARLY, wednesday) == (at("2026-06-20 09:00"), Reason.TOUCH)


def test_one_call_before_a_long_weekend_serves_both_touches():
    week = {day: EVERY_DAY[day] for day in range(1, 6)}
    monday, friday = at("2026-06-22 09:00"), at("2026-06-19 09:00")
    hours = {"hours": opening(week=week)}
    assert planned(EARLY, monday, **hours) == (friday, Reason.TOUCH)
    reached = contact(friday, ContactResult.REACHED)
    assert after(reached, starts_at=monday, **hours) == (None, Reason.TOUCHES_SPENT)
    missed = contact(friday, ContactResult.NO_ANSWER)
    assert after(missed, starts_at=monday, **hours) == (friday + hours_of(3), Reason.RETRY)


def test_before_a_long_closure_the_last_open_day_is_used():
    closed = [date(2026, 6, 8) + timedelta(days=ahead) for ahead in range(14)]
    monday = at("2026-06-22 09:00")
    verdict = planned(at("2026-06-01 12:00"), monday, hours=opening(closures=closed))
    assert verdict == (at("2026-06-06 09:00"), Reason.TOUCH)


def test_a_call_brought_forward_may_still_be_made_later():
    monday = at("2026-06-22 09:00")
    reached = contact(at("2026-06-19 09:00"), ContactResult.REACHED)
    evening = at("2026-06-20 19:30")
    assert after(reached, starts_at=monday, now=evening) == (evening, Reason.TOUCH)


def test_an_early_visit_brought_forward_waits_for_the_opening_of_that_day():
    monday = at("2026-06-22 07:30")
    reached = contact(at("2026-06-19 09:00"), ContactResult.REACHED)
    assert after(reached, starts_at=monday) == (at("2026-06-20 09:00"), Reason.TOUCH)


def test_a_late_visit_brought_forward_takes_the_last_hour_of_that_day():
    # T-3 of a Tuesday 21:00 visit is Saturday 21:00, and Sunday is closed.
    assert planned(EARLY, at("2026-06-23 21:00")) == (at("2026-06-20 19:00"), Reason.TOUCH)


def test_a_touch_that_closes_before_its_own_time_is_brought_forward():
    rules = replace(RULES, latest=hours_of(30))
    assert touches_of(visit(FRIDAY), rules)[1].opens == at("2026-06-17 10:00")


# Clocks that change


@on_each_edge
def test_touches_keep_the_wall_clock_when_clocks_change(zone, day, length):
    hours = opening(zone, week=ALL_DAY)
    for ahead in (1, 2):
        facts = visit(at(f"{day + timedelta(days=ahead)} 10:00", zone), hours=hours)
        first, second = touches_of(facts, RULES)
        assert first.opens == at(f"{day + timedelta(days=ahead - 3)} 10:00", zone)
        assert second.opens == at(f"{day + timedelta(days=ahead - 1)} 10:00", zone)


@on_each_edge
def test_the_last_moments_count_real_hours_when_clocks_change(zone, day, length):
    starts_at = at(f"{day} 04:00", zone)
    first, second = touches_of(visit(starts_at, hours=opening(zone, week=ALL_DAY)), RULES)
    assert second.closes == starts_at - hours_of(2)
    assert first.closes == second.nominal - hours_of(24)


@on_each_edge
def test_a_call_brought_forward_over_a_change_of_clocks_keeps_the_wall_clock(zone, day, length):
    closed = [day, day - timedelta(days=1)]
    hours = opening(zone, week=EVERY_DAY, closures=closed)
    facts = visit(at(f"{day + timedelta(days=1)} 10:30", zone), hours=hours)
    assert touches_of(facts, RULES)[1].opens == at(f"{day - timedelta(days=2)} 10:30", zone)


def test_a_touch_at_an_hour_the_clocks_leap_over_comes_after_the_leap():
    hours = opening(week=ALL_DAY)
    facts = visit(at("2026-03-09 02:30"), hours=hours)
    assert touches_of(facts, RULES)[1].nominal == at("2026-03-08 03:30")


def test_a_touch_at_a_repeated_hour_takes_the_first():
    facts = visit(at("2026-11-02 01:30"), hours=opening(week=ALL_DAY))
    assert touches_of(facts, RULES)[1].nominal == at("2026-11-01 05:30", "UTC")
