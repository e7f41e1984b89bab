"""The drill's judge, on ledgers of one call each: it finds what it is there to find."""

from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from benchmarks.drill.compare import compare
from benchmarks.people import Person

NUMBER = "+12125550101"
ATTEMPT = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
OTHER = "0d3b8a52-4f6e-4f5e-8e77-3f6f2b1a9c10"
LATER = "2026-11-25T19:00:00+00:00"

RING: dict[str, Any] = {
    "dialled": NUMBER,
    "callback_uri": f"http://127.0.0.1:8000/callbacks/calls/{ATTEMPT}/secret",
    "repeatability_id": "r1",
    "persona": "confirm_by_voice",
    "started_at": "2026-11-24T19:00:00+00:00",
    "connected_at": "2026-11-24T19:00:05+00:00",
    "ending": "app_hung_up",
    "said": [],
    "transfers": [],
    "acts": [],
}
LEDGER: dict[str, Any] = {"rings": [RING], "peak": {"+15555550100": 1}}
VISIT: dict[str, Any] = {
    "number": NUMBER,
    "answer": "confirmed",
    "next_call_at": None,
    "reason": "answered",
    "opted_out": False,
    "wrong_number": False,
    "deceased": False,
    "work": [],
    "answered": [{"answer": "confirmed", "attempt": ATTEMPT}],
    "told": [],
}
ROWS: dict[str, Any] = {
    "visits": {"1": VISIT},
    "attempts": {
        ATTEMPT: {
            "visits": [{"visit": 1, "outcome": "confirmed"}],
            "status": "ended",
            "outcome": "confirmed",
            "note": "",
            "contacts": ["reached"],
            "asked": ["menu", "right_party"],
        }
    },
}
YES, CONFIRM, CANCEL = ("right_party", "Yes"), ("menu", "Confirm"), ("menu", "Cancel")
DONE = ("read_back", "Yes")


class Story:
    """One call that both ledgers tell alike, until a test changes one of them."""

    def __init__(self) -> None:
        self.ledger, self.rows = deepcopy(LEDGER), deepcopy(ROWS)
        self.person = Person(NUMBER, "", "America/New_York", 21, "+15555550100", "")
        self.says(YES, CONFIRM, acts=["confirmed"])

    @property
    def ring(self) -> dict[str, Any]:
        return self.ledger["rings"][0]  # type: ignore[no-any-return]

    @property
    def visit(self) -> dict[str, Any]:
        return self.rows["visits"]["1"]  # type: ignore[no-any-return]

    @property
    def attempt(self) -> dict[str, Any]:
        return self.rows["attempts"][ATTEMPT]  # type: ignore[no-any-return]

    def says(self, *said: tuple[str, str], acts: list[str]) -> None:
        """What the simulator heard, (step, meaning) each, and what it comes to."""
        self.ring["acts"] = acts
        self.ring["said"] = [
            {"step": step, "means": means, "words": "", "event": "delivered"}
            for step, means in said
        ]

    def types(self, *digits: str) -> None:
        """Digits of an identity, after yes to the name."""
        self.says(YES, acts=[])
        typed = {"step": "identity", "means": None, "event": "delivered"}
        self.ring["said"] += [typed | {"words": words} for words in digits]

    def of(self, persona: str, clinic: str = "plain") -> None:
        self.person = replace(self.person, persona=persona, clinic=clinic)
        self.ring["persona"] = persona

    def comes_to(self, outcome: str, *, answer: str = "", **columns: Any) -> None:
        """What our rows say of the only visit."""
        self.attempt["outcome"] = self.attempt["visits"][0]["outcome"] = outcome
        answered = [{"answer": answer, "attempt": ATTEMPT}] if answer else []
        self.visit.update(answer=answer, answered=answered, **columns)

    def forget(self) -> None:
        """The answer never came to us."""
        self.comes_to("hung_up")

    def is_silent(self) -> None:
        """Nothing was said, and nothing but the first question asked."""
        self.says(acts=[])
        self.attempt["asked"] = ["right_party"]
        self.comes_to("no_response", next_call_at=LATER)

    def wrong(self) -> set[str]:
        found = compare(self.ledger, self.rows, [self.person], lines=1)
        return {name for name, rows in found.wrong.items() if rows}


LOST = {"answers lost", "outcomes that differ"}
UNNAMED = LOST | {"answers lost, not named", "visits forgotten"}


@pytest.fixture
def story() -> Story:
    return Story()


def test_equal_ledgers_have_nothing_wrong(story: Story) -> None:
    assert story.wrong() == set()


def test_a_second_ring_of_an_attempt_is_found(story: Story) -> None:
    story.ledger["rings"].append(story.ring | {"started_at": "2026-11-24T20:00:00+00:00"})
    assert story.wrong() == {"rings twice"}


@pytest.mark.parametrize(
    ("again_at", "is_legal"), [("19:14:59.9", False), ("19:15:00", True), ("19:20:00", True)]
)
def test_a_second_attempt_too_soon_after_the_first_is_found(
    story: Story, again_at: str, is_legal: bool
) -> None:
    uri = RING["callback_uri"].replace(ATTEMPT, OTHER)
    again = {"repeatability_id": "r2", "started_at": f"2026-11-24T{again_at}+00:00"}
    story.ledger["rings"].append(story.ring | again | {"callback_uri": uri})
    too_close = set() if is_legal else {"rings too close together"}
    assert story.wrong() == {*too_close, "rings that no row knows"}


@pytest.mark.parametrize("contacts", [["refused"], [], ["reached", "reached"]])
def test_a_ring_that_no_cap_counts_is_found(story: Story, contacts: list[str]) -> None:
    story.attempt["contacts"] = contacts
    assert story.wrong() == {"rings that no cap counts"}


def test_a_lost_answer_is_named_when_it_is_called_again_or_on_the_work_list(story: Story) -> None:
    story.forget()
    assert story.wrong() == UNNAMED
    story.visit["work"] = ["unanswered"]
    assert story.wrong() == LOST
    story.visit.update(work=[], next_call_at=LATER)
    assert story.wrong() == LOST


@pytest.mark.parametrize(
    "acts", [[], ["cancel_unfinished"], ["cancelled"], ["stop"], ["rescheduled"], ["deceased"]]
)
def test_a_confirmation_that_nobody_gave_is_invented(story: Story, acts: list[str]) -> None:
    story.says(YES, acts=acts)
    assert "answers invented" in story.wrong()


@pytest.mark.parametrize("outcome", ["staff_requested", "transferred", "reschedule_requested"])
def test_a_wish_that_nobody_had_is_invented(story: Story, outcome: str) -> None:
    story.comes_to(outcome, answer="confirmed")
    assert "answers invented" in story.wrong()


@pytest.mark.parametrize("column", ["opted_out", "wrong_number", "deceased"])
def test_a_mark_on_somebody_that_nobody_asked_for_is_invented(story: Story, column: str) -> None:
    story.visit[column] = True
    assert story.wrong() == {"answers invented"}


def test_an_answer_without_any_ring_is_invented(story: Story) -> None:
    story.ledger["rings"] = []
    assert "answers invented" in story.wrong()


def test_a_review_is_no_answer_and_yet_not_what_was_said(story: Story) -> None:
    story.is_silent()
    story.comes_to("needs_review", work=["needs_review"])
    assert story.wrong() == {"outcomes that differ"}


def test_a_stop_that_suppressed_nothing_is_lost(story: Story) -> None:
    story.says(("right_party", "Stop"), acts=["stop"])
    story.attempt["asked"] = ["right_party"]
    story.comes_to("opted_out", work=["opted_out"])
    assert story.wrong() == {"answers lost"}
    story.visit["opted_out"] = True
    assert story.wrong() == set()


def test_a_stop_leaves_the_answer_before_it(story: Story) -> None:
    story.says(YES, CANCEL, DONE, ("reason", "Stop"), acts=["stop"])
    story.comes_to("opted_out", answer="cancelled", opted_out=True, work=["opted_out"])
    assert story.wrong() == set()
    story.visit.update(answer="", answered=[])
    assert story.wrong() == {"answers lost"}


def test_a_busy_line_that_is_stored_as_something_else_differs(story: Story) -> None:
    story.is_silent()
    story.ring.update(connected_at=None, ending="busy")
    assert story.wrong() == {"outcomes that differ"}
    story.comes_to("busy")
    assert story.wrong() == set()


def test_a_call_that_comes_to_something_else_than_its_visit_differs(story: Story) -> None:
    story.attempt["outcome"] = "needs_review"
    assert story.wrong() == {"outcomes that differ"}


class TestWishes:
    def test_another_time_stands_on_the_work_list(self, story: Story) -> None:
        story.says(YES, ("menu", "Reschedule"), acts=["rescheduled"])
        requested = "reschedule_requested"
        story.comes_to(requested, answer=requested, work=["other_time"])
        assert story.wrong() == set()
        story.visit["work"] = []
        assert story.wrong() == {"answers lost", "answers lost, not named"}

    def test_who_asks_for_staff_is_connected_or_called_back(self, story: Story) -> None:
        story.says(YES, ("menu", "Staff"), acts=["staff"])
        story.comes_to("staff_requested", work=["call_back"])
        assert story.wrong() == set()
        story.visit["work"] = ["unanswered"]
        assert story.wrong() == {"answers lost"}
        story.comes_to("transferred")
        assert story.wrong() == {*LOST, "answers invented"}
        story.ring["transfers"] = [{"outcome": "accepted"}]
        assert story.wrong() == set()

    def test_who_was_connected_unknown_to_us_is_called_back_and_that_is_not_invented(
        self, story: Story
    ) -> None:
        story.says(YES, ("menu", "Staff"), acts=["staff"])
        story.ring["transfers"] = [{"outcome": "accepted"}]
        story.comes_to("staff_requested", work=["call_back"])
        assert story.wrong() == {"answers lost", "outcomes that differ"}

    def test_staff_are_owed_a_call_back_though_the_visit_was_confirmed_after_all(
        self, story: Story
    ) -> None:
        story.says(YES, ("menu", "Staff"), CONFIRM, acts=["staff", "confirmed"])
        assert "answers lost" in story.wrong()
        story.visit["work"] = ["call_back"]
        assert story.wrong() == set()

    def test_who_asked_for_staff_and_then_confirmed_unheard_is_called_back_and_that_is_true(
        self, story: Story
    ) -> None:
        """The transfer rang out, the menu came again, and the event of the answer was lost."""
        story.says(YES, ("menu", "Staff"), CONFIRM, acts=["staff", "confirmed"])
        story.comes_to("staff_requested", work=["call_back", "lost_answer"])
        assert story.wrong() == {"answers lost", "outcomes that differ"}

    @pytest.mark.parametrize(
        ("step", "means", "kind"),
        [("needs", "Wheelchair", "told_need"), ("reason", "", "told_reason")],
    )
    def test_what_was_told_beside_the_answer_is_kept(
        self, story: Story, step: str, means: str, kind: str
    ) -> None:
        story.says(YES, CONFIRM, (step, means), acts=["confirmed"])
        assert story.wrong() == {"answers lost", "answers lost, not named"}
        story.visit.update(told=[kind], work=["needs"])
        assert story.wrong() == set()
        story.says(YES, CONFIRM, acts=["confirmed"])
        assert story.wrong() == {"answers invented"}

    def test_a_need_that_is_on_nobodys_list_is_lost(self, story: Story) -> None:
        story.says(YES, CONFIRM, ("needs", "Late"), acts=["confirmed"])
        story.visit.update(told=["told_need"], work=["call_back"])
        assert story.wrong() == {"answers lost"}


class TestDeath:
    @pytest.fixture
    def story(self) -> Story:
        story = Story()
        story.says(("right_party", "Deceased"), acts=["deceased"])
        story.attempt["asked"] = ["right_party"]
        story.comes_to("needs_review", work=["needs_review", "deceased"], deceased=True)
        return story

    def test_it_is_for_staff_and_no_answer(self, story: Story) -> None:
        assert story.wrong() == set()

    def test_a_death_that_left_no_mark_is_lost(self, story: Story) -> None:
        story.visit["deceased"] = False
        assert story.wrong() == {"answers lost"}
        story.visit.update(deceased=True, work=["needs_review"])
        assert story.wrong() == {"answers lost"}

    def test_no_call_is_planned_and_none_goes_out(self, story: Story) -> None:
        story.visit["next_call_at"] = LATER
        assert story.wrong() == {"calls for the dead"}
        story.visit["next_call_at"] = None
        later = {"started_at": "2026-11-24T20:00:00+00:00", "repeatability_id": "r2"}
        story.ledger["rings"].append(story.ring | later)
        assert story.wrong() == {"calls for the dead", "rings twice"}


class TestIdentity:
    @pytest.fixture
    def story(self) -> Story:
        story = Story()
        story.of("identity_wrong_three_times")
        story.types("0408", "0408#", "0408")
        story.attempt["asked"] = ["identity", "right_party"]
        story.comes_to("needs_review", work=["needs_review", "identity"])
        return story

    def test_three_wrong_tries_are_for_staff(self, story: Story) -> None:
        assert story.wrong() == set()
        story.visit["work"] = ["needs_review"]
        assert story.wrong() == {"outcomes that differ"}
        story.comes_to("no_response", work=["identity"])
        assert story.wrong() == {"outcomes that differ"}

    def test_a_visit_that_strangers_hear_of_is_found(self, story: Story) -> None:
        story.attempt["asked"].append("menu")
        assert story.wrong() == {"visits told to strangers"}

    def test_the_right_digits_make_no_stranger(self, story: Story) -> None:
        story.types("0408", "0407")
        story.attempt["asked"].append("menu")
        story.comes_to("hung_up", work=["unanswered"])
        assert story.wrong() == set()

    def test_who_never_said_yes_to_the_name_is_a_stranger_too(self, story: Story) -> None:
        story.of("confirm_by_voice")
        story.says(acts=[])
        story.attempt["asked"] = ["menu"]
        story.comes_to("hung_up", work=["unanswered"])
        assert story.wrong() == {"visits told to strangers"}


class TestMachines:
    @pytest.mark.parametrize(
        ("clinic", "outcomes"),
        [
            ("plain", {"no_response"}),
            ("south", {"no_response", "voicemail_left"}),
            ("everything", {"no_response", "voicemail_left", "machine"}),
        ],
    )
    def test_a_machine_ends_as_the_clinics_profile_allows(
        self, story: Story, clinic: str, outcomes: set[str]
    ) -> None:
        story.is_silent()
        story.of("voicemail", clinic)
        for outcome in ("no_response", "voicemail_left", "machine", "not_understood"):
            story.comes_to(outcome)
            differs = set() if outcome in outcomes else {"outcomes that differ"}
            assert story.wrong() == differs

    @pytest.mark.parametrize("outcome", ["voicemail_left", "machine"])
    def test_a_person_who_speaks_is_no_machine(self, story: Story, outcome: str) -> None:
        story.is_silent()
        story.of("mumble", "everything")
        story.comes_to(outcome)
        assert story.wrong() == {"outcomes that differ"}

    def test_a_machine_answers_nothing(self, story: Story) -> None:
        story.of("voicemail", "everything")
        story.says(acts=[])
        assert "answers invented" in story.wrong()


class TestSeveralVisits:
    """Confirmed the first, cancelled the second."""

    @pytest.fixture
    def story(self) -> Story:
        story = Story()
        story.of("household")
        story.says(YES, CONFIRM, CANCEL, DONE, acts=["confirmed", "cancelled"])
        answered = [{"answer": "cancelled", "attempt": ATTEMPT}]
        second = VISIT | {"answer": "cancelled", "answered": answered, "work": ["slot_free"]}
        story.rows["visits"]["2"] = deepcopy(second)
        story.attempt["visits"].append({"visit": 2, "outcome": "cancelled"})
        story.attempt.update(outcome="cancelled", contacts=["reached", "reached"])
        return story

    def second(self, story: Story, outcome: str, answer: str = "", **columns: Any) -> None:
        story.attempt["visits"][1]["outcome"] = outcome
        answered = [{"answer": answer, "attempt": ATTEMPT}] if answer else []
        story.rows["visits"]["2"].update(answer=answer, answered=answered, **columns)

    def test_each_is_answered_by_itself(self, story: Story) -> None:
        assert story.wrong() == set()

    def test_one_that_took_the_others_answer_is_invented(self, story: Story) -> None:
        self.second(story, "confirmed", "confirmed")
        assert "answers invented" in story.wrong()
        assert "answers lost" in story.wrong()

    def test_one_lost_answer_of_two_is_named_by_itself(self, story: Story) -> None:
        self.second(story, "hung_up", next_call_at=None, work=[])
        assert story.wrong() == UNNAMED
        self.second(story, "hung_up", next_call_at=LATER)
        assert story.wrong() == LOST

    def test_the_second_may_stay_unanswered(self, story: Story) -> None:
        story.says(YES, CONFIRM, acts=["confirmed"])
        story.attempt["outcome"] = "confirmed"
        self.second(story, "no_response", next_call_at=LATER)
        assert story.wrong() == set()

    def test_a_menu_that_comes_back_is_still_about_the_first(self, story: Story) -> None:
        story.says(YES, CANCEL, ("read_back", "No"), CONFIRM, CANCEL, DONE, acts=[])
        story.ring["acts"] = ["none", "confirmed", "cancelled"]
        assert story.wrong() == set()

    def test_a_stop_is_about_all_of_them(self, story: Story) -> None:
        story.says(YES, CONFIRM, ("menu", "Stop"), acts=["confirmed", "stop"])
        story.attempt["outcome"] = "opted_out"
        for visit in story.attempt["visits"]:
            visit["outcome"] = "opted_out"
        for visit in story.rows["visits"].values():
            visit.update(opted_out=True, work=["opted_out"])
        self.second(story, "opted_out")
        assert story.wrong() == set()
        story.attempt["visits"][0]["outcome"] = "confirmed"
        assert story.wrong() == {*LOST, "answers invented"}

    def test_each_needs_a_contact_of_the_one_ring(self, story: Story) -> None:
        story.attempt["contacts"] = ["reached"]
        assert story.wrong() == {"rings that no cap counts"}


def test_a_ring_at_night_is_found_in_the_zone_of_either_side(story: Story) -> None:
    story.person = replace(story.person, zone="Asia/Tokyo")
    assert story.wrong() == {"calls outside hours"}


def test_a_ring_after_a_stop_that_was_delivered_is_found(story: Story) -> None:
    story.says(("right_party", "Stop"), acts=["stop"])
    later = {"started_at": "2026-11-24T20:00:00+00:00", "repeatability_id": "r2"}
    story.ledger["rings"].append(story.ring | later)
    assert "calls after opt-out" in story.wrong()


def test_a_call_that_is_planned_after_a_stop_is_found(story: Story) -> None:
    story.says(YES, ("menu", "Stop"), acts=["stop"])
    story.comes_to("opted_out", opted_out=True, work=["opted_out"], next_call_at=LATER)
    assert story.wrong() == {"calls after opt-out"}


def test_rings_to_those_who_must_not_be_called_are_found(story: Story) -> None:
    story.person = replace(story.person, forbidden="no_basis")
    assert story.wrong() == {"calls without legal basis"}
    story.person = replace(story.person, forbidden="opted_out")
    assert story.wrong() == {"calls after opt-out"}


def test_an_open_attempt_and_a_full_line_are_found(story: Story) -> None:
    story.attempt["status"] = "connected"
    story.ledger["peak"] = {"+15555550100": 2}
    assert story.wrong() == {"attempts without an end", "lines over the cap"}


def test_a_failure_has_to_stand_on_the_work_list(story: Story) -> None:
    story.is_silent()
    story.ledger["rings"] = []
    story.attempt["asked"] = []
    story.comes_to("failed_provider")
    assert story.wrong() == {"failures not on the work list"}
    story.visit["work"] = ["failed_provider"]
    assert story.wrong() == set()


@pytest.mark.parametrize("rang", [True, False])
def test_a_visit_that_is_due_and_was_neither_answered_nor_planned_is_forgotten(
    story: Story, rang: bool
) -> None:
    story.is_silent()
    story.visit.update(next_call_at=None, reason="paused")
    if not rang:
        story.ledger["rings"], story.rows["attempts"] = [], {}
    assert story.wrong() == {"visits forgotten"}
