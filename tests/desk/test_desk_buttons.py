"""What the buttons of a visit do: call now, cancel, done."""

from datetime import timedelta

import pytest
from django.test import Client

from calls.models import CallAttempt
from reminders.models import Clinic, WorkItem
from reminders.models.workitem import WorkKind
from tests.conftest import TUESDAY, make_appointment, make_patient
from tests.desk.conftest import make_visits, page, seen, told

VISIT = "reminders_appointment"


def test_call_now_queues_a_call_and_says_so(desk: Client, clinic: Clinic) -> None:
    visit = make_appointment(clinic, make_patient())
    response = desk.post(page(VISIT, visit, "call_now"))
    attempt = CallAttempt.objects.get()
    assert (attempt.status, attempt.by_person) == ("queued", True)
    assert "Ana Ortiz will be called within seconds" in told(response)
    assert visit.events.get(kind="call_requested").actor == "staff dana"


def test_a_refused_call_now_says_why(desk: Client, clinic: Clinic) -> None:
    visit = make_appointment(clinic, make_patient(legal_basis="none"))
    response = desk.post(page(VISIT, visit, "call_now"))
    assert "The patient has no legal basis for automated calls." in told(response)
    assert not CallAttempt.objects.exists()


def test_following_a_link_calls_nobody(desk: Client, clinic: Clinic) -> None:
    visit = make_appointment(clinic, make_patient())
    assert desk.get(page(VISIT, visit, "call_now")).status_code == 405
    assert not CallAttempt.objects.exists()


def test_call_now_for_several_tells_each_answer(desk: Client, clinic: Clinic) -> None:
    called = make_appointment(clinic, make_patient())
    refused = make_appointment(
        clinic, make_patient("p2", "+12125550178", name="Bo Hart", legal_basis="none")
    )
    response = desk.post(
        page(VISIT, action="changelist"),
        {"action": "call_now_selected", "_selected_action": [called.pk, refused.pk]},
    )
    assert "Ana Ortiz will be called" in told(response)
    assert "Bo Hart is not called: The patient has no legal basis" in told(response)


def test_cancel_asks_first_and_changes_nothing_yet(desk: Client, clinic: Clinic) -> None:
    [visit] = make_visits(clinic, 1)
    response = desk.get(page(VISIT, visit, "cancel"), seen(visit))
    visit.refresh_from_db()
    assert "Cancel the visit of Patient 0" in response.content.decode()
    assert visit.status == "scheduled"


def test_cancel_ends_the_calls_and_notes_who_did_it(desk: Client, clinic: Clinic) -> None:
    [visit] = make_visits(clinic, 1)
    response = desk.post(page(VISIT, visit, "cancel"), seen(visit))
    visit.refresh_from_db()
    assert (visit.status, visit.next_call_at, visit.next_call_reason) == (
        "cancelled",
        None,
        "cancelled",
    )
    assert visit.events.get(kind="status_changed").actor == "staff dana"
    assert "The visit is cancelled" in told(response)


def test_cancelling_twice_notes_it_once(desk: Client, clinic: Clinic) -> None:
    [visit] = make_visits(clinic, 1)
    desk.post(page(VISIT, visit, "cancel"), seen(visit))
    response = desk.post(page(VISIT, visit, "cancel"), seen(visit))
    assert visit.events.filter(kind="status_changed").count() == 1
    assert "over already" in told(response)


def test_a_visit_that_is_over_offers_neither_call_nor_cancel(desk: Client, clinic: Clinic) -> None:
    visit = make_appointment(clinic, make_patient(), starts_at=TUESDAY - timedelta(days=1))
    shown = desk.get(page(VISIT, visit)).content.decode()
    assert "Call now" not in shown
    assert "Cancel visit" not in shown


@pytest.fixture
def item(clinic: Clinic) -> WorkItem:
    visit = make_appointment(clinic, make_patient())
    WorkItem.open(visit, WorkKind.NEEDS_REVIEW, TUESDAY, detail="Said yes and pressed 2.")
    return WorkItem.objects.get()


def test_work_stands_on_the_visits_page_with_what_to_do(desk: Client, item: WorkItem) -> None:
    shown = desk.get(page(VISIT, item.appointment)).content.decode()
    assert "Needs review" in shown
    assert "Said yes and pressed 2." in shown
