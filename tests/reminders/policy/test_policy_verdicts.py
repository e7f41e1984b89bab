"""What ends planning, and what only a person may skip."""

import json
from datetime import date, datetime, time, timedelta

import pytest
from policy_scenes import EVERY_DAY, RULES, at, contact, opening, others, visit

from reminders.policy.decide import decide
from reminders.policy.vocabulary import (
    Answer,
    AppointmentStatus,
    ContactResult,
    LegalBasis,
    Reason,
)

# Wednesdays, far from any change of clocks.
NOW = at("2026-06-10 12:00")
VISIT = at("2026-06-17 10:00")


def code_of(now=NOW, starts_at=VISIT, **changes):
    verdict = decide(visit(starts_at, **changes), RULES, now)
    assert verdict.at is None
    return verdict.code


def test_a_cancelled_visit_is_not_called():
    assert code_of(status=AppointmentStatus.CANCELLED) is Reason.CANCELLED


def test_a_visit_the_patient_cancelled_counts_as_answered():
    status, answer = AppointmentStatus.CANCELLED, Answer.CANCELLED
    assert code_of(status=status, answer=answer) is Reason.ANSWERED


def test_a_visit_the_clinic_cancelled_after_a_confirmation_is_cancelled():
    status, answer = AppointmentStatus.CANCELLED, Answer.CONFIRMED
    assert code_of(status=status, answer=answer) is Reason.CANCELLED


@pytest.mark.parametrize("status", [AppointmentStatus.ATTENDED, AppointmentStatus.NO_SHOW])
def test_a_visit_that_is_over_is_past_even_if_it_was_answered(status):
    assert code_of(status=status, answer=Answer.CONFIRMED) is Reason.PAST


@pytest.mark.parametrize("answer", [answer for answer in Answer if answer])
def test_an_answered_visit_is_not_called_again(answer):
    assert code_of(answer=answer) is Reason.ANSWERED


def test_a_visit_marked_confirmed_is_not_called_whoever_marked_it():
    assert code_of(status=AppointmentStatus.CONFIRMED) is Reason.ANSWERED


@pytest.mark.parametrize("late", [timedelta(), timedelta(days=3)])
def test_a_visit_that_has_begun_is_past(late):
    assert code_of(now=VISIT + late) is Reason.PAST


def test_an_opted_out_number_is_not_called():
    assert code_of(opted_out=True) is Reason.OPTED_OUT


def test_r1_without_a_legal_basis_nobody_is_called():
    assert code_of(legal_basis=LegalBasis.NONE) is Reason.NO_LEGAL_BASIS


@pytest.mark.parametrize("flag", ["wrong_number", "reassigned"])
def test_r15_a_wrong_or_reassigned_number_is_quarantined(flag):
    assert code_of(**{flag: True}) is Reason.QUARANTINED


def test_r15_an_invalid_number_is_not_called():
    assert code_of(invalid_number=True) is Reason.INVALID_NUMBER


@pytest.mark.parametrize("basis", [LegalBasis.US_EXEMPTION, LegalBasis.OTHER_LAWFUL])
def test_r15_a_facility_line_is_not_called_without_consent(basis):
    assert code_of(facility_line=True, legal_basis=basis) is Reason.FACILITY_LINE


def test_r15_a_facility_line_may_be_called_under_consent():
    with_flag = decide(visit(VISIT, facility_line=True), RULES, NOW)
    assert with_flag.at is not None
    assert with_flag == decide(visit(VISIT), RULES, NOW)


def test_hours_that_never_meet_the_fence_are_named():
    mornings = dict.fromkeys(range(1, 6), ((time(9), time(12)),))
    hours = opening("Europe/London", week=mornings)
    patient = opening("America/Los_Angeles").zone
    assert code_of(hours=hours, patient_zone=patient) is Reason.NO_COMMON_HOURS


def test_a_clinic_without_any_hours_has_none_in_common():
    assert code_of(hours=opening(week={})) is Reason.NO_COMMON_HOURS


def test_a_long_closure_is_not_a_lack_of_common_hours():
    closed = [date(2026, 6, 10) + timedelta(days=ahead) for ahead in range(14)]
    assert code_of(hours=opening(closures=closed), starts_at=VISIT) is Reason.TOUCHES_SPENT
    later = decide(visit(VISIT + timedelta(days=14), hours=opening(closures=closed)), RULES, NOW)
    assert later.at == at("2026-06-29 09:00")
    assert later.code is Reason.CLOSED


def test_the_reasons_have_one_order():
    everything = {
        "opted_out": True,
        "legal_basis": LegalBasis.NONE,
        "wrong_number": True,
        "invalid_number": True,
        "facility_line": True,
        "hours": opening(week={}),
    }
    assert code_of(**everything, answer=Answer.CONFIRMED) is Reason.ANSWERED
    assert code_of(**everything) is Reason.OPTED_OUT
    assert code_of(**everything | {"opted_out": False}) is Reason.NO_LEGAL_BASIS
    other = everything | {"opted_out": False, "legal_basis": LegalBasis.OTHER_LAWFUL}
    assert code_of(**other) is Reason.QUARANTINED
    assert code_of(**other | {"wrong_number": False}) is Reason.INVALID_NUMBER
    rest = other | {"wrong_number": False, "invalid_number": False}
    assert code_of(**rest) is Reason.FACILITY_LINE


def test_opt_out_and_answers_hold_against_a_person_who_asks_for_a_call():
    assert code_of(call_now=True, opted_out=True) is Reason.OPTED_OUT
    assert code_of(call_now=True, answer=Answer.CONFIRMED) is Reason.ANSWERED


def test_call_now_skips_the_cadence_only():
    verdict = decide(visit(VISIT, call_now=True), RULES, NOW)
    assert (verdict.at, verdict.code) == (NOW, Reason.CALL_NOW)


def test_call_now_still_works_when_all_touches_are_spent():
    now = VISIT - timedelta(minutes=30)
    assert decide(visit(VISIT), RULES, now).code is Reason.TOUCHES_SPENT
    verdict = decide(visit(VISIT, call_now=True), RULES, now)
    assert (verdict.at, verdict.code) == (now, Reason.CALL_NOW)


def test_call_now_names_the_first_rule_in_its_way_and_the_next_chance():
    spoken = others(at("2026-06-10 19:30"))
    night = at("2026-06-10 20:30")
    verdict = decide(visit(VISIT, call_now=True, contacts=spoken), RULES, night)
    assert (verdict.at, verdict.code) == (at("2026-06-11 09:00"), Reason.OUTSIDE_HOURS)
    soon = decide(visit(VISIT, call_now=True, contacts=spoken), RULES, at("2026-06-10 19:45"))
    assert (soon.at, soon.code) == (at("2026-06-11 09:00"), Reason.TOO_SOON)


def test_call_now_on_a_sunday_is_closed_until_monday():
    verdict = decide(visit(VISIT, call_now=True), RULES, at("2026-06-14 12:00"))
    assert (verdict.at, verdict.code) == (at("2026-06-15 09:00"), Reason.CLOSED)


def test_call_now_with_no_chance_before_the_visit_keeps_its_reason():
    starts_at = at("2026-06-10 13:00")
    contacts = others(at("2026-06-10 11:00"))
    verdict = decide(visit(starts_at, call_now=True, contacts=contacts), RULES, NOW)
    assert (verdict.at, verdict.code) == (None, Reason.TOO_SOON)


@pytest.mark.parametrize("call_now", [False, True])
def test_a_pause_keeps_the_time_and_says_paused(call_now):
    running = decide(visit(VISIT, call_now=call_now), RULES, NOW)
    paused = decide(visit(VISIT, call_now=call_now, paused=True), RULES, NOW)
    assert (paused.at, paused.code) == (running.at, Reason.PAUSED)
    assert paused.numbers["when_resumed"] == running.code


def test_a_pause_does_not_hide_why_there_is_no_call():
    assert code_of(paused=True, opted_out=True) is Reason.OPTED_OUT
    assert code_of(paused=True, now=VISIT - timedelta(minutes=5)) is Reason.TOUCHES_SPENT


def test_naive_datetimes_are_refused_by_field():
    naive = datetime(2026, 6, 10, 12, 0)  # noqa: DTZ001
    with pytest.raises(ValueError, match=r"^now "):
        decide(visit(VISIT), RULES, naive)
    with pytest.raises(ValueError, match=r"^starts_at "):
        decide(visit(naive), RULES, NOW)
    with pytest.raises(ValueError, match=r"^contacts.at "):
        decide(visit(VISIT, contacts=others(naive)), RULES, NOW)


@pytest.mark.parametrize("edge", ["0001-01-01T00:00+14:00", "9999-12-31T23:59-12:00"])
def test_the_ends_of_the_calendar_get_a_verdict_too(edge):
    moment = datetime.fromisoformat(edge)
    assert decide(visit(VISIT), RULES, moment).code in Reason
    assert decide(visit(moment), RULES, NOW).code in Reason
    assert decide(visit(moment, call_now=True), RULES, NOW).code in Reason
    assert decide(visit(VISIT, contacts=others(moment)), RULES, NOW).code in Reason
    assert decide(visit(moment, contacts=others(moment)), RULES, moment).code in Reason


def test_verdicts_are_in_utc_whatever_zone_the_facts_came_in():
    local_visit = datetime.fromisoformat("2026-06-17T10:00-04:00")
    verdict = decide(visit(local_visit), RULES, NOW.astimezone(opening().zone))
    assert verdict.at.utcoffset() == timedelta()
    assert verdict == decide(visit(VISIT), RULES, NOW)


def test_the_figures_go_into_json_and_say_why():
    made = (contact(at("2026-06-13 10:00"), ContactResult.REACHED),)
    contacts = (*made, *others(at("2026-06-16 08:00")))
    facts = visit(VISIT, hours=opening(week=EVERY_DAY), contacts=contacts)
    verdict = decide(facts, RULES, at("2026-06-14 10:00"))
    assert json.loads(json.dumps(verdict.numbers)) == {
        "rule_set": "general-2026",
        "legal_basis": "consent",
        "touch": "T-1",
        "week": "2/4",
        "day": "1/2",
        "last_contact": "2026-06-16T12:00:00+00:00",
        "spacing_minutes": 180,
        "moved": ["too_soon until 2026-06-16T15:00:00+00:00"],
    }


def test_spent_touches_say_which_were_made_and_what_stood_in_the_way():
    starts_at = at("2026-06-10 15:00")
    contacts = others(at("2026-06-10 11:00"))
    verdict = decide(visit(starts_at, contacts=contacts), RULES, NOW)
    assert verdict.code is Reason.TOUCHES_SPENT
    assert verdict.numbers["made"] == []
    assert verdict.numbers["missed"] == ["T-3", "T-1"]
    assert verdict.numbers["blocked_by"] == {"T-1": "too_soon"}
