"""Every word of every closed vocabulary has plain words on the desk."""

from enum import StrEnum
from zoneinfo import ZoneInfo

import pytest

from calls.conversation.vocabulary import AttemptStatus, Outcome, Step
from desk import wording
from desk.appointments.plan import figures_of
from desk.local import told, zone_name
from desk.reports.answers import OUTCOME_COLOURS
from reminders.models import Decision
from reminders.models.workitem import WorkKind
from reminders.policy.vocabulary import Answer, AppointmentStatus, LegalBasis, Reason
from tests.conftest import TUESDAY

NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("vocabulary", "words"),
    [
        (Reason, wording.WHY),
        (Answer, wording.ANSWERS),
        (Outcome, wording.OUTCOMES),
        (Outcome, OUTCOME_COLOURS),
        (AttemptStatus, wording.CALL_STATUS),
        (Step, wording.STEPS),
        (WorkKind, wording.WORK),
        (WorkKind, wording.TO_DO),
        (LegalBasis, wording.BASES),
    ],
)
def test_no_word_is_missing(vocabulary: type[StrEnum], words: dict[str, str]) -> None:
    assert [word for word in vocabulary if word not in words] == []


@pytest.mark.parametrize(
    ("colours", "labels"),
    [
        (wording.STATUS_COLOURS, {wording.status_label(status) for status in AppointmentStatus}),
        (wording.ANSWER_COLOURS, set(wording.ANSWERS.values())),
        (wording.OUTCOME_COLOURS, set(wording.OUTCOMES.values())),
        (wording.CALL_STATUS_COLOURS, set(wording.CALL_STATUS.values())),
        (wording.WORK_COLOURS, set(wording.WORK.values())),
        (wording.BASIS_COLOURS, set(wording.BASES.values())),
    ],
)
def test_no_colour_is_for_a_word_that_nobody_shows(
    colours: dict[str, str], labels: set[str]
) -> None:
    assert set(colours) <= labels


def test_every_kind_of_work_has_a_colour() -> None:
    assert set(wording.WORK.values()) == set(wording.WORK_COLOURS)


def test_figures_are_told_in_words_and_none_is_left_out() -> None:
    decision = Decision(
        numbers={
            "rule_set": "general-2026",
            "legal_basis": "consent",
            "day": "1/2",
            "week": "3/4",
            "touch": "T-3",
            "last_contact": "2026-11-17T15:00:00+00:00",
            "spacing_minutes": 180,
            "narrowed_by": "America/Los_Angeles 07:40",
            "moved": ["too_soon until 2026-11-17T18:00:00+00:00"],
            "blocked_by": {"T-1": "day_cap", "T-3": "no_time_left"},
            "when_resumed": "touch",
            "something_new": 7,
        }
    )
    assert list(figures_of(decision, NEW_YORK, TUESDAY)) == [
        "reminder 3 days before",
        "1 of 2 calls that day",
        "3 of 4 calls in seven days",
        "last call Tue 17 Nov 10:00",
        "at least 3 h between calls",
        "it would be 07:40 for the patient (America/Los_Angeles)",
        "moved: waits: the last call is too recent until Tue 17 Nov 13:00",
        "1 day before: called often enough that day; 3 days before: no time left",
        "when resumed: reminder",
        "rules general-2026",
        "basis: consent",
        "something new: 7",
    ]


def test_a_time_is_told_with_its_year_where_it_is_not_this_one() -> None:
    assert told(TUESDAY, NEW_YORK, TUESDAY) == "Tue 17 Nov 14:00"
    assert told(TUESDAY.replace(year=2027), NEW_YORK, TUESDAY) == "Wed 17 Nov 2027 14:00"
    assert told(None, NEW_YORK, TUESDAY) == "–"


@pytest.mark.parametrize(
    ("zone", "name"),
    [("America/New_York", "EST"), ("America/Sao_Paulo", "UTC-03"), ("UTC", "UTC")],
)
def test_a_zone_has_a_short_name(zone: str, name: str) -> None:
    assert zone_name(TUESDAY, ZoneInfo(zone)) == name
