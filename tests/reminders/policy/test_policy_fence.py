"""When a phone may ring: every clock inside the fence, and the clinic open."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from policy_scenes import (
    ALL_DAY,
    EDGES,
    EVERY_DAY,
    NEW_YORK,
    RULES,
    at,
    contact,
    hours_of,
    minutes,
    on_each_edge,
    opening,
    visit,
)

from reminders.policy.decide import decide
from reminders.policy.fence import (
    applicable_number_zones,
    is_legal,
    last_legal_before,
    next_legal,
    wall_spans,
)
from reminders.policy.vocabulary import Reason

FAR = at("2030-01-01 00:00")
LOS_ANGELES = ZoneInfo("America/Los_Angeles")


def everywhere(zone, **changes):
    """A visit far ahead, at a clinic that never closes, so that fences bind."""
    hours = changes.pop("hours", None) or opening(zone, week=ALL_DAY)
    return visit(FAR, hours=hours, **changes)


@on_each_edge
def test_a_day_has_as_many_hours_as_its_clocks_show(zone, day, length):
    spans = wall_spans(ZoneInfo(zone), day, time(0), time(0))
    assert sum((end - start for start, end in spans), timedelta()) == hours_of(length)


@on_each_edge
def test_the_fence_opens_at_eight_and_shuts_at_nine_by_the_wall(zone, day, length):
    facts = everywhere(zone)
    first, last = at(f"{day} 08:00", zone), at(f"{day} 21:00", zone)
    before = next_legal(first - minutes(1), facts, RULES, FAR)
    assert before == (first, Reason.OUTSIDE_HOURS)
    assert next_legal(first, facts, RULES, FAR) == (first, None)
    assert is_legal(last - timedelta(microseconds=1), facts, RULES)
    after = next_legal(last, facts, RULES, FAR)
    assert after == (at(f"{day + timedelta(days=1)} 08:00", zone), Reason.OUTSIDE_HOURS)


@on_each_edge
def test_the_clinic_opens_by_its_wall_when_clocks_change(zone, day, length):
    facts = visit(FAR, hours=opening(zone, week=EVERY_DAY))
    midnight = wall_spans(ZoneInfo(zone), day, time(0), time(0))[0][0]
    assert next_legal(midnight, facts, RULES, FAR) == (
        at(f"{day} 09:00", zone),
        Reason.OUTSIDE_HOURS,
    )
    evening = last_legal_before(midnight + hours_of(length), facts, RULES)
    assert evening == at(f"{day} 20:00", zone) - timedelta(microseconds=1)


def test_hours_within_a_repeated_hour_are_counted_twice():
    spans = wall_spans(ZoneInfo(NEW_YORK), date(2026, 11, 1), time(1, 30), time(5))
    assert spans == (
        (datetime(2026, 11, 1, 5, 30, tzinfo=UTC), datetime(2026, 11, 1, 6, 0, tzinfo=UTC)),
        (datetime(2026, 11, 1, 6, 30, tzinfo=UTC), datetime(2026, 11, 1, 10, 0, tzinfo=UTC)),
    )


def test_hours_within_a_leapt_hour_do_not_exist():
    assert wall_spans(ZoneInfo(NEW_YORK), date(2026, 3, 8), time(2), time(3)) == ()


def test_a_day_left_out_at_the_date_line_has_no_hours():
    assert wall_spans(ZoneInfo("Pacific/Apia"), date(2011, 12, 30), time(0), time(0)) == ()


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([*EDGES, ("Asia/Kathmandu", date(2026, 6, 1), 24)]),
    st.integers(-1, 1),
    st.times(),
    st.times() | st.just(time(0)),
)
def test_spans_agree_with_reading_the_wall_clock_every_ten_minutes(edge, shift, first, last):
    zone, day = ZoneInfo(edge[0]), edge[1] + timedelta(days=shift)
    spans = wall_spans(zone, day, first, last)
    moment = datetime.combine(day, time(0), UTC) - hours_of(16)
    for _ in range(56 * 6):
        shown = moment.astimezone(zone)
        inside = shown.date() == day and first <= shown.time()
        inside = inside and (last == time(0) or shown.time() < last)
        assert inside == any(start <= moment < end for start, end in spans)
        moment += minutes(10)


def test_r3_the_patient_and_the_number_and_the_clinic_must_all_agree():
    facts = everywhere(NEW_YORK, number_zones=(LOS_ANGELES,))
    # 08:00 in New York is 05:00 in Los Angeles; 21:00 comes first in New York.
    assert next_legal(at("2026-06-10 08:00"), facts, RULES, FAR)[0] == at("2026-06-10 11:00")
    assert next_legal(at("2026-06-10 21:00"), facts, RULES, FAR)[0] == at("2026-06-11 11:00")


def test_r3_what_narrowed_the_hours_is_shown():
    facts = visit(at("2026-06-30 10:00"), number_zones=(LOS_ANGELES,), call_now=True)
    verdict = decide(facts, RULES, at("2026-06-10 10:40"))
    assert verdict.at == at("2026-06-10 11:00")
    assert verdict.numbers["narrowed_by"] == "America/Los_Angeles 07:40"
    evening = decide(facts, RULES, at("2026-06-10 20:30"))
    assert evening.numbers["narrowed_by"] == "clinic America/New_York 20:30"


def test_b11_each_patient_has_the_fence_of_their_own_zone():
    now = at("2026-06-10 10:00")
    starts_at = at("2026-06-30 10:00")
    near = visit(starts_at, call_now=True)
    far = visit(starts_at, call_now=True, patient_zone=ZoneInfo("Pacific/Honolulu"))
    assert decide(near, RULES, now).at == now
    assert decide(far, RULES, now).at == at("2026-06-10 14:00")


def test_b4_a_call_due_at_night_is_moved_to_the_morning_not_lost():
    facts = visit(at("2026-06-18 22:30"))
    verdict = decide(facts, RULES, at("2026-06-17 22:30"))
    assert (verdict.at, verdict.code) == (at("2026-06-18 09:00"), Reason.OUTSIDE_HOURS)
    morning = decide(facts, RULES, verdict.at)
    assert (morning.at, morning.code) == (verdict.at, Reason.TOUCH)


def test_b10_a_retry_that_would_ring_at_night_comes_the_next_morning():
    hours = opening(week=dict.fromkeys(range(1, 8), ((time(8), time(21)),)))
    missed = contact(at("2026-06-17 20:55"))
    facts = visit(at("2026-06-18 18:00"), hours=hours, contacts=(missed,))
    verdict = decide(facts, RULES, at("2026-06-17 20:56"))
    assert (verdict.at, verdict.code) == (at("2026-06-18 08:00"), Reason.OUTSIDE_HOURS)
    assert decide(facts, RULES, verdict.at).code is Reason.RETRY


@pytest.mark.parametrize(
    ("closures", "asked"),
    [([], "2026-06-14 12:00"), ([date(2026, 6, 13)], "2026-06-13 12:00")],
)
def test_closures_and_days_without_hours_are_closed(closures, asked):
    facts = visit(FAR, hours=opening(closures=closures))
    assert next_legal(at(asked), facts, RULES, FAR) == (at("2026-06-15 09:00"), Reason.CLOSED)


def test_a_closure_is_a_day_of_the_clinic_not_of_the_patient():
    hours = opening("Australia/Sydney", week=ALL_DAY, closures=[date(2026, 6, 10)])
    facts = visit(FAR, hours=hours, patient_zone=ZoneInfo("Europe/London"))
    # 15:30 in London on 9 June is 00:30 of the closed day in Sydney.
    closed = next_legal(at("2026-06-09 15:30", "Europe/London"), facts, RULES, FAR)
    assert closed == (at("2026-06-10 15:00", "Europe/London"), Reason.CLOSED)


def test_opening_hours_may_run_up_to_midnight_and_on():
    week = {3: ((time(22), time(0)),), 4: ((time(0), time(2)),)}
    hours = opening("Europe/London", week=week)
    facts = visit(FAR, hours=hours, patient_zone=LOS_ANGELES)
    start = at("2026-06-10 22:00", "Europe/London")
    assert next_legal(at("2026-06-10 12:00", "Europe/London"), facts, RULES, FAR)[0] == start
    assert all(is_legal(start + minutes(step), facts, RULES) for step in range(240))
    assert not is_legal(start + hours_of(4), facts, RULES)


def test_an_evening_at_the_clinic_may_be_the_patients_next_morning():
    facts = visit(FAR, hours=opening("America/Los_Angeles"), patient_zone=ZoneInfo("Asia/Tokyo"))
    noon = at("2026-06-10 12:00", "America/Los_Angeles")
    start = at("2026-06-11 08:00", "Asia/Tokyo")
    assert next_legal(noon, facts, RULES, FAR) == (start, Reason.OUTSIDE_HOURS)


def test_a_lunch_break_is_outside_hours():
    week = dict.fromkeys(range(1, 8), ((time(9), time(12)), (time(14), time(18))))
    facts = visit(FAR, hours=opening(week=week))
    assert next_legal(at("2026-06-10 12:00"), facts, RULES, FAR) == (
        at("2026-06-10 14:00"),
        Reason.OUTSIDE_HOURS,
    )


def test_a_search_ends_where_it_is_told_to():
    facts = visit(FAR)
    saturday, monday = at("2026-06-13 20:00"), at("2026-06-15 09:00")
    assert next_legal(saturday, facts, RULES, monday) is None
    assert next_legal(monday, facts, RULES, monday) is None
    assert next_legal(saturday, facts, RULES, monday + minutes(1)) == (monday, Reason.OUTSIDE_HOURS)


def test_there_may_be_no_legal_instant_to_go_back_to():
    assert last_legal_before(FAR, visit(FAR, hours=opening(week={})), RULES) is None


def test_a_number_of_one_place_adds_its_zones():
    assert applicable_number_zones(["America/Boise", "America/Los_Angeles"]) == (
        ZoneInfo("America/Boise"),
        LOS_ANGELES,
    )
    assert applicable_number_zones(["Asia/Calcutta"]) == (ZoneInfo("Asia/Calcutta"),)


@pytest.mark.parametrize(
    "names",
    [
        [],
        ["Etc/Unknown"],
        ["America/New_York", "Etc/Unknown"],
        ["Mars/Olympus"],
        [""],
        ["../etc"],
        ["America"],
        [f"Etc/GMT+{hour}" for hour in range(1, 13)] + ["Etc/UTC"],
    ],
)
def test_a_number_of_no_one_place_adds_no_fence(names):
    assert applicable_number_zones(names) == ()
