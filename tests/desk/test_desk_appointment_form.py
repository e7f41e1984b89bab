"""Making, moving and changing a visit in its form; each plans anew."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from reminders.models import Appointment, Clinic, Practitioner
from tests.conftest import TUESDAY, make_appointment, make_clinic, make_patient
from tests.desk.conftest import THURSDAY, as_sent, errors, fill_in, make_visits, page, told

ADD = "reminders_appointment"


def add(desk: Client, clinic: Clinic, **changes: object) -> object:
    patient = make_patient("new", "+12125550177", name="Nora New")
    sent = {
        "patient": patient.pk,
        "clinic": clinic.pk,
        "starts_at_0": "2026-11-26",
        "starts_at_1": "10:00",
    }
    return fill_in(desk, page(ADD, action="add"), **(sent | changes))


def test_a_new_visit_is_planned_and_the_plan_is_told(desk: Client, clinic: Clinic) -> None:
    response = add(desk, clinic)
    visit = Appointment.objects.get()
    assert visit.starts_at == datetime(2026, 11, 26, 15, 0, tzinfo=UTC)
    assert visit.next_call_at is not None
    assert visit.next_call_reason == "touch"
    assert "Next call" in told(response)
    assert "reminder" in told(response)


def test_a_new_visit_is_noted_with_who_made_it(desk: Client, clinic: Clinic) -> None:
    add(desk, clinic)
    event = Appointment.objects.get().events.get()
    assert (event.kind, event.actor) == ("created", "staff dana")


def test_a_new_visit_gets_an_id_of_our_own_where_none_is_given(
    desk: Client, clinic: Clinic
) -> None:
    add(desk, clinic)
    assert Appointment.objects.get().external_id.startswith("desk-")


def test_a_given_id_is_kept(desk: Client, clinic: Clinic) -> None:
    add(desk, clinic, external_id="their-7")
    assert Appointment.objects.get().external_id == "their-7"


def test_the_only_clinic_is_chosen_already(desk: Client, clinic: Clinic) -> None:
    form = desk.get(page(ADD, action="add")).context["adminform"].form
    assert form["clinic"].value() == clinic.pk


def test_the_start_is_read_on_the_clocks_of_the_clinic_chosen(desk: Client, clinic: Clinic) -> None:
    west = make_clinic("west", name="West", time_zone="America/Los_Angeles")
    add(desk, west)
    assert Appointment.objects.get().starts_at == datetime(2026, 11, 26, 18, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "hour", "words"),
    [
        ("2027-03-14", "02:30", "does not exist"),
        ("2027-11-07", "01:30", "comes twice"),
        ("2026-11-16", "10:00", "past"),
    ],
)
def test_a_time_that_clocks_never_or_twice_show_or_that_is_past_is_an_error_of_the_field(
    desk: Client, clinic: Clinic, day: str, hour: str, words: str
) -> None:
    response = add(desk, clinic, starts_at_0=day, starts_at_1=hour)
    assert words in errors(response)["starts_at"][0]
    assert not Appointment.objects.exists()


@pytest.mark.parametrize(
    ("day", "hour", "utc"),
    [
        ("2027-03-14", "03:30", datetime(2027, 3, 14, 7, 30, tzinfo=UTC)),
        ("2027-11-07", "02:30", datetime(2027, 11, 7, 7, 30, tzinfo=UTC)),
    ],
)
def test_the_hours_beside_a_clock_change_are_converted_rightly(
    desk: Client, clinic: Clinic, day: str, hour: str, utc: datetime
) -> None:
    add(desk, clinic, starts_at_0=day, starts_at_1=hour)
    assert Appointment.objects.get().starts_at == utc


def test_half_a_start_is_an_error(desk: Client, clinic: Clinic) -> None:
    assert "starts_at" in errors(add(desk, clinic, starts_at_1=""))


def test_a_practitioner_of_another_clinic_is_an_error(desk: Client, clinic: Clinic) -> None:
    other = Practitioner.objects.create(clinic=make_clinic("west", name="West"), name="Dr. Roy")
    response = add(desk, clinic, practitioner=other.pk)
    assert "does not work at" in errors(response)["practitioner"][0]


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
