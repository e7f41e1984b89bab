"""A visit's page: its story, its buttons, what is taken back, and who was faster."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from desk.appointments import changes
from reminders import planning
from reminders.models import Appointment, Clinic, Contact, Practitioner, WorkItem
from reminders.models.workitem import WorkKind
from reminders.policy.vocabulary import Answer
from tests.conftest import TUESDAY, make_appointment, make_patient
from tests.desk.conftest import (
    THURSDAY,
    errors,
    fill_in,
    hear,
    make_call,
    make_visits,
    page,
    phone,
    seen,
    told,
)

VISIT = "reminders_appointment"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def visit(clinic: Clinic) -> Appointment:
    [made] = make_visits(clinic, 1)
    return made


def now_is(visit: Appointment) -> tuple[str, str]:
    visit.refresh_from_db()
    return visit.status, visit.answer


def titles(desk: Client, visit: Appointment) -> list[str]:
    return [entry.title for entry in desk.get(page(VISIT, visit)).context["entries"]]


def move(visit: Appointment, starts_at: object) -> None:
    Appointment.objects.filter(pk=visit.pk).update(starts_at=starts_at, planned_for=starts_at)
    visit.refresh_from_db()


# -- the buttons


def test_staff_confirm_for_the_patient_and_the_calls_end(desk: Client, visit: Appointment) -> None:
    response = desk.post(page(VISIT, visit, "confirm"), seen(visit))
    assert now_is(visit) == ("confirmed", "confirmed")
    assert (visit.next_call_at, visit.next_call_reason) == (None, "answered")
    assert "set to “confirmed”. No next call – answered" in told(response)
    assert "Status set to confirmed by staff dana" in titles(desk, visit)


@pytest.mark.parametrize(
    ("hours", "status", "offered"),
    [
        (48, "scheduled", {"confirm", "cancel"}),
        (48, "confirmed", {"cancel"}),
        (0.5, "confirmed", {"cancel", "attended"}),
        (-1, "confirmed", {"attended", "no_show"}),
        (-1, "attended", {"no_show"}),
        (-1, "no_show", {"attended"}),
        (-1, "cancelled", set()),
        (48, "cancelled", set()),
    ],
)
def test_only_what_makes_sense_by_then_is_offered_and_done(
    desk: Client, visit: Appointment, hours: float, status: str, offered: set[str]
) -> None:
    move(visit, TUESDAY + hours * HOUR)
    Appointment.objects.filter(pk=visit.pk).update(status=status)
    shown = desk.get(page(VISIT, visit)).content.decode()
    for name in ("confirm", "cancel", "attended", "no_show"):
        url = page(VISIT, visit, name)
        assert (url in shown) == (name in offered), name
        if name not in offered:
            visit.refresh_from_db()
            desk.post(url, seen(visit))
            assert now_is(visit)[0] == status, name


@pytest.mark.parametrize("status", ["attended", "no_show"])
def test_who_came_and_who_did_not_is_kept(desk: Client, visit: Appointment, status: str) -> None:
    move(visit, TUESDAY - HOUR)
    desk.post(page(VISIT, visit, status), seen(visit))
    assert now_is(visit)[0] == status
    assert visit.events.get(kind="status_changed").actor == "staff dana"


def test_following_a_link_changes_nothing(desk: Client, visit: Appointment) -> None:
    for name in ("confirm", "attended", "no_show", "undo", "note"):
        assert desk.get(page(VISIT, visit, name)).status_code == 405
    assert now_is(visit) == ("scheduled", "")


# -- races with the phone


@pytest.mark.parametrize("pressed", ["confirm", "cancel"])
@pytest.mark.parametrize("said", [Answer.CONFIRMED, Answer.CANCELLED, Answer.RESCHEDULE_REQUESTED])
def test_what_the_patient_said_meanwhile_stands_and_staff_are_told(
    desk: Client, visit: Appointment, pressed: str, said: Answer
) -> None:
    form = seen(visit)
    assert visit.record_answer(said, TUESDAY, actor="patient")
    stands = now_is(visit)
    response = desk.post(page(VISIT, visit, pressed), form)
    assert now_is(visit) == stands
    assert not visit.events.filter(kind="status_changed").exists()
    assert told(response)


@pytest.mark.parametrize("pressed", ["confirm", "cancel"])
def test_a_page_from_before_the_visit_was_moved_changes_nothing(
    desk: Client, visit: Appointment, pressed: str
) -> None:
    """Whoever agreed to ten o'clock has not agreed to noon."""
    form = seen(visit)
    move(visit, visit.starts_at + 2 * HOUR)
    response = desk.post(page(VISIT, visit, pressed), form)
    assert now_is(visit) == ("scheduled", "")
    assert not visit.events.filter(kind="status_changed").exists()
    assert "Nothing was changed: the visit of Thu 26 Nov 16:00 is scheduled" in told(response)


@pytest.mark.parametrize("form", [{}, {"seen": ""}, {"seen": "scheduled/"}, {"seen": "a/b/c"}])
def test_a_page_that_does_not_say_what_it_showed_changes_nothing(
    desk: Client, visit: Appointment, form: dict[str, str]
) -> None:
    for pressed in ("confirm", "cancel"):
        desk.post(page(VISIT, visit, pressed), form)
        assert now_is(visit) == ("scheduled", "")


def test_the_patient_answers_between_our_look_and_our_change(
    visit: Appointment, now: object
) -> None:
    """The row in memory is the one from before the answer: the UPDATE alone can tell."""
    ours = Appointment.objects.get(pk=visit.pk)
    visit.record_answer(Answer.CANCELLED, TUESDAY, actor="patient")
    assert not changes.become(ours, "confirmed", TUESDAY, "staff dana")  # type: ignore[arg-type]
    assert not changes.cancel(ours, TUESDAY, "staff dana")
    assert now_is(visit) == ("cancelled", "cancelled")


def test_a_patient_who_answers_after_the_desk_cancelled_changes_nothing(
    desk: Client, visit: Appointment
) -> None:
    desk.post(page(VISIT, visit, "cancel"), seen(visit))
    assert not visit.record_answer(Answer.CONFIRMED, TUESDAY, actor="patient")
    assert now_is(visit)[0] == "cancelled"


# -- undo


def undo(desk: Client, visit: Appointment) -> str:
    offered = desk.get(page(VISIT, visit)).context["undo"]
    assert offered, "nothing to take back"
    return told(desk.post(page(VISIT, visit, "undo"), {"event": offered.pk}))


@pytest.mark.parametrize("pressed", ["confirm", "cancel"])
def test_what_staff_pressed_is_taken_back_and_planned_anew(
    desk: Client, visit: Appointment, pressed: str
) -> None:
    before = (visit.next_call_at, visit.next_call_reason)
    desk.post(page(VISIT, visit, pressed), seen(visit))
    visit.refresh_from_db()
    assert visit.next_call_at is None
    assert "Taken back. Next call Mon 23 Nov" in undo(desk, visit)
    assert now_is(visit) == ("scheduled", "")
    assert (visit.next_call_at, visit.next_call_reason) == before
    assert any("taken back: scheduled again by staff dana" in t for t in titles(desk, visit))
    assert desk.get(page(VISIT, visit)).context["undo"] is None


def test_undo_gives_back_the_answer_that_was_there(desk: Client, visit: Appointment) -> None:
    visit.record_answer(Answer.RESCHEDULE_REQUESTED, TUESDAY, actor="patient")
    visit.refresh_from_db()
    desk.post(page(VISIT, visit, "confirm"), seen(visit))
    undo(desk, visit)
    assert now_is(visit) == ("scheduled", "reschedule_requested")


def test_attended_and_no_show_are_taken_back(desk: Client, visit: Appointment) -> None:
    move(visit, TUESDAY - HOUR)
    desk.post(page(VISIT, visit, "no_show"), seen(visit))
    undo(desk, visit)
    assert now_is(visit) == ("scheduled", "")


def test_a_status_chosen_in_the_form_is_taken_back_too(desk: Client, visit: Appointment) -> None:
    fill_in(desk, page(VISIT, visit), status="attended")
    undo(desk, visit)
    assert now_is(visit) == ("scheduled", "")


def test_undo_never_calls_who_has_opted_out_meanwhile(desk: Client, visit: Appointment) -> None:
    desk.post(page(VISIT, visit, "cancel"), seen(visit))
    visit.patient.number.suppress(TUESDAY, source="call")
    assert "No next call – asked for no calls" in undo(desk, visit)
    visit.refresh_from_db()
    assert (visit.status, visit.next_call_at, visit.next_call_reason) == (
        "scheduled",
        None,
        "opted_out",
    )


def test_undo_never_calls_again_whom_a_call_has_reached_and_says_so(
    desk: Client, clinic: Clinic
) -> None:
    """The call that was made counts: its spacing holds for the plan after the undo."""
    visit = make_appointment(clinic, make_patient(), starts_at=TUESDAY + DAY)
    desk.post(page(VISIT, visit, "cancel"), seen(visit))
    Contact.claim(visit, visit.patient.number, TUESDAY, make_call(visit).pk)
    assert "The call of Tue 17 Nov 14:00 stays made." in (
        desk.get(page(VISIT, visit)).content.decode()
    )
    undo(desk, visit)
    visit.refresh_from_db()
    assert visit.next_call_at is None or visit.next_call_at >= TUESDAY + 3 * HOUR


def test_what_the_patient_said_is_no_undo_of_ours(desk: Client, visit: Appointment) -> None:
    visit.record_answer(Answer.CANCELLED, TUESDAY, actor="patient")
    assert desk.get(page(VISIT, visit)).context["undo"] is None
    assert "cannot be taken back" in told(desk.post(page(VISIT, visit, "undo"), {"event": "1"}))
    assert now_is(visit) == ("cancelled", "cancelled")


def test_undo_stops_where_something_has_happened_since(desk: Client, visit: Appointment) -> None:
    desk.post(page(VISIT, visit, "confirm"), seen(visit))
    event = desk.get(page(VISIT, visit)).context["undo"].pk
    visit.refresh_from_db()
    visit.record_answer(Answer.CANCELLED, TUESDAY, actor="patient")
    assert "something has happened since" in told(
        desk.post(page(VISIT, visit, "undo"), {"event": event})
    )
    assert now_is(visit) == ("cancelled", "cancelled")


def test_two_undo_at_once_and_one_wins(desk: Client, visit: Appointment) -> None:
    desk.post(page(VISIT, visit, "confirm"), seen(visit))
    event = changes.undoable(visit, TUESDAY)
    assert event
    assert changes.undo(visit, event.pk, TUESDAY, "staff eve")
    assert not changes.undo(visit, event.pk, TUESDAY, "staff dana")
    assert visit.events.filter(kind="undone").count() == 1


@pytest.mark.parametrize(("ago", "may"), [(DAY - HOUR, True), (DAY, False)])
def test_undo_is_for_a_day(visit: Appointment, now: object, ago: timedelta, may: bool) -> None:
    changes.cancel(visit, TUESDAY - ago, "staff dana")
    assert (changes.undoable(visit, TUESDAY) is not None) == may


def test_a_slot_that_was_given_away_meanwhile_is_told(
    desk: Client, clinic: Clinic, visit: Appointment
) -> None:
    lee = Practitioner.objects.create(clinic=clinic, name="Dr. Lee")
    Appointment.objects.filter(pk=visit.pk).update(practitioner=lee)
    desk.post(page(VISIT, visit, "cancel"), seen(visit))
    other = make_patient("p9", phone(199), name="Nora New")
    make_appointment(clinic, other, starts_at=THURSDAY + timedelta(minutes=20), practitioner=lee)
    assert "Another visit stands in this time by now: Thu 26 Nov 14:20, Dr. Lee." in undo(
        desk, visit
    )


# -- the story


def test_the_story_tells_what_was_planned_called_heard_worked_and_noted(
    desk: Client, visit: Appointment
) -> None:
    hear(make_call(visit), "confirmo", language="es-US")
    WorkItem.open(visit, WorkKind.NEEDS, TUESDAY, detail="Needs: a wheelchair")
    item = visit.work_items.get()
    item.write_note("booked", TUESDAY, by="eve")
    item.finish(TUESDAY, by="eve", result="spoke", text="It waits at the door.")
    assert "note is kept" in told(desk.post(page(VISIT, visit, "note"), {"text": "Comes by bus"}))
    shown = desk.get(page(VISIT, visit)).content.decode()
    for words in (
        "<code>TOUCH</code>",
        "rules general-2026",
        "“confirmo” → Confirm (Spanish, positive, 93% sure)",
        "On the work list: Needs something",
        "Needs: a wheelchair",
        "Needs something, note: “booked” by staff eve",
        "Needs something: done by staff eve",
        "It waits at the door.",
        "Note: “Comes by bus” by staff dana",
    ):
        assert words in shown, words
    assert "required" in told(desk.post(page(VISIT, visit, "note"), {"text": " "}))


def test_on_top_stands_when_next_and_why_not_now(desk: Client, clinic: Clinic) -> None:
    now = make_appointment(clinic, make_patient())
    blocked = make_appointment(
        clinic, make_patient("p2", phone(151), legal_basis="none"), starts_at=THURSDAY
    )
    assert desk.get(page(VISIT, now)).context["why_not_now"] == ""
    shown = desk.get(page(VISIT, blocked)).content.decode()
    assert "Not now: The patient has no legal basis for automated calls." in shown


def test_work_on_the_visits_page_is_taken_and_done_there(desk: Client, visit: Appointment) -> None:
    WorkItem.open(visit, WorkKind.CALL_BACK, TUESDAY, detail="Asked for a person.")
    item = visit.work_items.get()
    shown = desk.get(page(VISIT, visit)).content.decode()
    assert "due Tue 17 Nov 15:00" in shown
    back = {"next": page(VISIT, visit)}
    for act in ("take", "done"):
        url = page("reminders_workitem", item, act)
        assert url in shown
        assert desk.post(url, back)["Location"] == page(VISIT, visit)
    item.refresh_from_db()
    assert item.done_by == "dana"


def test_the_page_takes_as_many_queries_for_a_long_story(desk: Client, visit: Appointment) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            desk.get(page(VISIT, visit))
        return len(captured)

    def more(kind: WorkKind) -> None:
        WorkItem.open(visit, kind, TUESDAY)
        visit.work_items.get(kind=kind).write_note("x", TUESDAY, by="eve")
        visit.note("note", TUESDAY, actor="staff eve", text="x")
        hear(make_call(visit))

    more(WorkKind.NEEDS)
    queries()
    few = queries()
    for kind in (WorkKind.OTHER_TIME, WorkKind.CALL_BACK, WorkKind.NEGATIVE):
        more(kind)
    assert queries() == few


# -- twins


def test_the_same_patient_is_not_moved_onto_another_visit_of_theirs(
    desk: Client, clinic: Clinic, visit: Appointment
) -> None:
    other = make_appointment(
        clinic, visit.patient, external_id="second", starts_at=THURSDAY + 2 * HOUR
    )
    found = errors(fill_in(desk, page(VISIT, other), starts_at_1="14:00"))
    assert found == {"starts_at": ["This patient has a visit here at this time already."]}
    changes.cancel(visit, TUESDAY, "staff dana")
    assert fill_in(desk, page(VISIT, other), starts_at_1="14:00").status_code == 302


def test_twins_that_came_by_import_are_told_apart_in_the_list(
    desk: Client, clinic: Clinic, visit: Appointment
) -> None:
    lee = Practitioner.objects.create(clinic=clinic, name="Dr. Lee")
    make_appointment(
        clinic, visit.patient, external_id="twin", starts_at=visit.starts_at, practitioner=lee
    )
    shown = desk.get(page(VISIT, action="changelist")).content.decode()
    assert shown.count("Dr. Lee</small>") == 1


@pytest.mark.parametrize("name", ["confirm", "attended", "no_show", "undo", "note"])
def test_who_may_only_look_presses_nothing(
    sign_in: Callable[..., Client], visit: Appointment, name: str
) -> None:
    client = sign_in("view_appointment")
    url = page(VISIT, visit, name)
    assert client.post(url, {"text": "x"}).status_code == 403
    assert url not in client.get(page(VISIT, visit)).content.decode()
    planning.replan(visit.pk, TUESDAY)
    assert now_is(visit) == ("scheduled", "")
