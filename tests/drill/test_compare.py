"""The drill's judge, on ledgers of one call each: it finds what it is there to find."""

from copy import deepcopy
from typing import Any

import pytest

from benchmarks.drill.compare import compare
from benchmarks.people import Person

NUMBER = "+12125550101"
ATTEMPT = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
OTHER = "0d3b8a52-4f6e-4f5e-8e77-3f6f2b1a9c10"

RING: dict[str, Any] = {
    "dialled": NUMBER,
    "callback_uri": f"http://127.0.0.1:8000/callbacks/calls/{ATTEMPT}/secret",
    "repeatability_id": "r1",
    "started_at": "2026-11-24T19:00:00+00:00",
    "connected_at": "2026-11-24T19:00:05+00:00",
    "ending": "app_hung_up",
    "said": [],
    "final_act": "confirmed",
}
LEDGER: dict[str, Any] = {"rings": [RING], "peak": {"+15555550100": 1}}
ROWS: dict[str, Any] = {
    "visits": {
        "1": {
            "number": NUMBER,
            "answer": "confirmed",
            "next_call_at": None,
            "reason": "answered",
            "opted_out": False,
            "wrong_number": False,
            "work": [],
            "answered": [{"answer": "confirmed", "attempt": ATTEMPT}],
        }
    },
    "attempts": {
        ATTEMPT: {
            "visit": 1,
            "status": "ended",
            "outcome": "confirmed",
            "note": "",
            "contact": "reached",
        }
    },
}


class Story:
    """One call that both ledgers tell alike, until a test changes one of them."""

    def __init__(self) -> None:
        self.ledger, self.rows = deepcopy(LEDGER), deepcopy(ROWS)
        self.forbidden, self.zone = "", "America/New_York"

    @property
    def ring(self) -> dict[str, Any]:
        return self.ledger["rings"][0]  # type: ignore[no-any-return]

    @property
    def visit(self) -> dict[str, Any]:
        return self.rows["visits"]["1"]  # type: ignore[no-any-return]

    @property
    def attempt(self) -> dict[str, Any]:
        return self.rows["attempts"][ATTEMPT]  # type: ignore[no-any-return]

    def forget(self) -> None:
        """The answer never came to us."""
        self.visit.update(answer="", answered=[])
        self.attempt.update(outcome="hung_up")

    def wrong(self) -> set[str]:
        person = Person(NUMBER, "", self.zone, 21, "+15555550100", self.forbidden)
        found = compare(self.ledger, self.rows, [person], lines=1)
        return {name for name, rows in found.wrong.items() if rows}


@pytest.fixture
def story() -> Story:
    return Story()


def test_equal_ledgers_have_nothing_wrong(story: Story) -> None:
    assert story.wrong() == set()


def test_a_second_ring_of_an_attempt_is_found(story: Story) -> None:
    story.ledger["rings"].append(RING | {"started_at": "2026-11-24T20:00:00+00:00"})
    assert story.wrong() == {"rings twice"}


def test_a_second_attempt_right_after_the_first_is_found(story: Story) -> None:
    uri = RING["callback_uri"].replace(ATTEMPT, OTHER)
    again = {"repeatability_id": "r2", "started_at": "2026-11-24T19:10:00+00:00"}
    story.ledger["rings"].append(RING | again | {"callback_uri": uri})
    assert story.wrong() == {"rings too close together", "rings that no row knows"}


def test_a_ring_that_no_cap_counts_is_found(story: Story) -> None:
    story.attempt["contact"] = "refused"
    assert story.wrong() == {"rings that no cap counts"}


def test_a_lost_answer_is_named_when_it_is_called_again_or_on_the_work_list(story: Story) -> None:
    story.forget()
    lost = {"answers lost", "outcomes that differ"}
    assert story.wrong() == {*lost, "answers lost, not named"}
    story.visit["work"] = ["unanswered"]
    assert story.wrong() == lost
    story.visit.update(work=[], next_call_at="2026-11-25T19:00:00+00:00")
    assert story.wrong() == lost


@pytest.mark.parametrize("said", ["none", "cancel_unfinished", "cancelled", "stop"])
def test_a_confirmation_that_nobody_gave_is_invented(story: Story, said: str) -> None:
    story.ring["final_act"] = said
    assert "answers invented" in story.wrong()


@pytest.mark.parametrize("column", ["opted_out", "wrong_number"])
def test_an_opt_out_or_a_quarantine_that_nobody_asked_for_is_invented(
    story: Story, column: str
) -> None:
    story.visit[column] = True
    assert story.wrong() == {"answers invented"}


def test_an_answer_without_any_ring_is_invented(story: Story) -> None:
    story.ledger["rings"] = []
    assert "answers invented" in story.wrong()


def test_a_stop_that_suppressed_nothing_is_lost(story: Story) -> None:
    story.forget()
    story.ring["final_act"] = "stop"
    story.attempt["outcome"] = "opted_out"
    assert story.wrong() == {"answers lost", "answers lost, not named"}


def test_a_busy_line_that_is_stored_as_something_else_differs(story: Story) -> None:
    story.forget()
    story.ring.update(final_act="none", connected_at=None, ending="busy")
    assert story.wrong() == {"outcomes that differ"}
    story.attempt["outcome"] = "busy"
    assert story.wrong() == set()


def test_a_ring_at_night_is_found_in_the_zone_of_either_side(story: Story) -> None:
    story.zone = "Asia/Tokyo"
    assert story.wrong() == {"calls outside hours"}


def test_a_ring_after_a_stop_that_was_delivered_is_found(story: Story) -> None:
    at = "2026-11-24T19:00:20+00:00"
    story.ring["said"] = [{"label": "Stop", "event": "delivered", "at": at}]
    later = {"started_at": "2026-11-24T20:00:00+00:00", "repeatability_id": "r2"}
    story.ledger["rings"].append(RING | later)
    assert "calls after opt-out" in story.wrong()


def test_rings_to_those_who_must_not_be_called_are_found(story: Story) -> None:
    story.forbidden = "no_basis"
    assert story.wrong() == {"calls without legal basis"}
    story.forbidden = "opted_out"
    assert story.wrong() == {"calls after opt-out"}


def test_an_open_attempt_and_a_full_line_are_found(story: Story) -> None:
    story.attempt["status"] = "connected"
    story.ledger["peak"] = {"+15555550100": 2}
    assert story.wrong() == {"attempts without an end", "lines over the cap"}


def test_a_failure_has_to_stand_on_the_work_list(story: Story) -> None:
    story.forget()
    story.ledger["rings"] = []
    story.attempt["outcome"] = "failed_provider"
    story.visit["next_call_at"] = "2026-11-25T19:00:00+00:00"
    assert story.wrong() == {"failures not on the work list"}
    story.visit["work"] = ["failed_provider"]
    assert story.wrong() == set()


def test_a_visit_that_is_due_and_was_neither_rung_nor_planned_is_forgotten(story: Story) -> None:
    story.ledger["rings"], story.rows["attempts"] = [], {}
    story.visit.update(answer="", answered=[], reason="paused")
    assert story.wrong() == {"visits forgotten"}
