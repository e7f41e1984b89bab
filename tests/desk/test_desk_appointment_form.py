"""Moving and changing a visit in its form; each plans anew."""

from datetime import datetime, timedelta

from django.test import Client

from desk.appointments import changes
from reminders.models import Clinic
from tests.conftest import TUESDAY, make_appointment, make_patient
from tests.desk.conftest import THURSDAY, as_sent, errors, fill_in, make_visits, page, told

ADD = "reminders_appointment"


def test_the_form_shows_the_start_on_the_clinics_clocks_and_names_the_zone(
    desk: Client, clinic: Clinic
) -> None:
    visit = make_appointment(clinic, make_patient(), starts_at=THURSDAY)
    form = desk.get(page(ADD, visit)).context["adminform"].form
    assert form["starts_at"].value() == datetime(2026, 11, 26, 14, 0)  # noqa: DTZ001
    assert "America/New_York" in form["starts_at"].help_text


def test_moving_a_visit_plans_anew_and_forgets_the_answer(desk: Client, clinic: Clinic) -> None:
    [visit] = make_visits(clinic, 1)
    visit.record_answer("confirmed", TUESDAY, actor="patient")
    before = visit.next_call_at
    response = fill_in(desk, page(ADD, visit), starts_at_0="2026-12-03")
    visit.refresh_from_db()
    assert visit.starts_at == THURSDAY + timedelta(days=7)
    assert (visit.status, visit.answer) == ("scheduled", "")
    assert visit.next_call_at != before
    assert visit.events.filter(kind="moved", actor="staff dana").count() == 1
    assert "Next call" in told(response)


def test_another_patient_does_not_inherit_the_answer_and_undo_does_not_bring_it_back(
    desk: Client, clinic: Clinic
) -> None:
    [visit] = make_visits(clinic, 1)
    visit.record_answer("confirmed", TUESDAY, actor="patient")
    ben = make_patient("ben", "+12125550177", name="Ben Vale")
    fill_in(desk, page(ADD, visit), patient=ben.pk)
    visit.refresh_from_db()
    assert visit.patient == ben
    assert (visit.status, visit.answer) == ("scheduled", "")
    assert visit.next_call_at is not None
    assert changes.undoable(visit, TUESDAY) is None
    shown = desk.get(page(ADD, visit)).content.decode()
    assert "Given to another patient" in shown


def test_a_visit_that_is_over_stays_over_with_another_patient(desk: Client, clinic: Clinic) -> None:
    [visit] = make_visits(clinic, 1)
    visit.record_answer("cancelled", TUESDAY, actor="patient")
    fill_in(desk, page(ADD, visit), patient=make_patient("ben", "+12125550177").pk)
    visit.refresh_from_db()
    assert (visit.status, visit.next_call_at) == ("cancelled", None)


def test_moving_a_visit_that_was_never_planned_forgets_the_answer_too(
    desk: Client, clinic: Clinic
) -> None:
    visit = make_appointment(clinic, make_patient(), starts_at=THURSDAY, planned_at=None)
    visit.record_answer("confirmed", TUESDAY, actor="patient")
    fill_in(desk, page(ADD, visit), starts_at_0="2026-12-03")
    visit.refresh_from_db()
    assert (visit.status, visit.answer) == ("scheduled", "")
    assert visit.events.filter(kind="moved").count() == 1


def test_a_status_chosen_beside_a_new_time_holds_for_it(desk: Client, clinic: Clinic) -> None:
    [visit] = make_visits(clinic, 1)
    fill_in(desk, page(ADD, visit), starts_at_0="2026-12-03", status="cancelled")
    visit.refresh_from_db()
    assert (visit.status, visit.next_call_reason) == ("cancelled", "cancelled")


def test_moving_a_visit_into_the_past_is_an_error(desk: Client, clinic: Clinic) -> None:
    [visit] = make_visits(clinic, 1)
    response = fill_in(desk, page(ADD, visit), starts_at_0="2026-11-16")
    assert "past" in errors(response)["starts_at"][0]


def test_a_past_visit_can_still_be_marked_as_attended(desk: Client, clinic: Clinic) -> None:
    visit = make_appointment(clinic, make_patient(), starts_at=TUESDAY - timedelta(days=1))
    fill_in(desk, page(ADD, visit), status="attended")
    visit.refresh_from_db()
    assert visit.status == "attended"
    assert visit.starts_at == TUESDAY - timedelta(days=1)


def test_cancelling_in_the_form_ends_the_calls(desk: Client, clinic: Clinic) -> None:
    [visit] = make_visits(clinic, 1)
    response = fill_in(desk, page(ADD, visit), status="cancelled")
    visit.refresh_from_db()
    assert (visit.next_call_at, visit.next_call_reason) == (None, "cancelled")
    assert "No next call" in told(response)
    assert visit.events.filter(kind="status_changed", actor="staff dana").exists()


def test_staff_may_speak_for_the_patient_and_take_it_back(desk: Client, clinic: Clinic) -> None:
    [visit] = make_visits(clinic, 1)
    fill_in(desk, page(ADD, visit), status="confirmed")
    visit.refresh_from_db()
    assert (visit.answer, visit.next_call_reason) == ("confirmed", "answered")
    fill_in(desk, page(ADD, visit), status="scheduled")
    visit.refresh_from_db()
    assert visit.answer == ""
    assert visit.next_call_at is not None


def test_an_answer_that_came_while_the_form_was_open_is_not_overwritten(
    desk: Client, clinic: Clinic
) -> None:
    [visit] = make_visits(clinic, 1)
    url = page(ADD, visit)
    opened = desk.get(url)
    sent = as_sent(opened.context["adminform"].form) | {"minutes": "45"}
    visit.record_answer("confirmed", TUESDAY, actor="patient")
    desk.post(url, sent)
    visit.refresh_from_db()
    assert (visit.status, visit.answer, visit.minutes) == ("confirmed", "confirmed", 45)


def test_the_seconds_of_a_start_survive_a_form_nobody_moved(desk: Client, clinic: Clinic) -> None:
    visit = make_appointment(clinic, make_patient(), starts_at=THURSDAY + timedelta(seconds=30))
    fill_in(desk, page(ADD, visit), minutes="45")
    visit.refresh_from_db()
    assert visit.starts_at == THURSDAY + timedelta(seconds=30)
    assert not visit.events.filter(kind="moved").exists()


def test_saving_without_a_change_leaves_no_trace(desk: Client, clinic: Clinic) -> None:
    [visit] = make_visits(clinic, 1)
    decisions, events = visit.decisions.count(), visit.events.count()
    fill_in(desk, page(ADD, visit))
    assert (visit.decisions.count(), visit.events.count()) == (decisions, events)
