"""Who sees what, and what the home page tells."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client

from reminders.models import Clinic, WorkItem
from reminders.models.workitem import WorkKind
from tests.conftest import TUESDAY
from tests.desk.conftest import hear, make_call, make_visits, page

PAGES = (
    "/admin/",
    "/admin/today/",
    "/admin/calls/stop/",
    "/admin/calls/resume/",
    "/admin/reports/",
    "/admin/reports/outcomes.csv",
    "/admin/reports/phrases.csv",
    "/admin/reminders/appointment/",
    "/admin/reminders/appointment/add/",
    "/admin/reminders/patient/",
    "/admin/reminders/phonenumber/",
    "/admin/reminders/clinic/",
    "/admin/reminders/workitem/",
    "/admin/calls/callattempt/",
    "/admin/auth/user/",
    "/admin/api/apitoken/",
)
OPEN_TO_ALL_STAFF = ("/admin/", "/admin/today/")

SignIn = Callable[..., Client]


@pytest.mark.django_db
@pytest.mark.parametrize("url", PAGES)
def test_a_stranger_is_sent_to_the_login(client: Client, url: str) -> None:
    response = client.get(url)
    assert response.status_code == 302
    assert response["Location"] == f"/admin/login/?next={url}"


@pytest.mark.parametrize("url", PAGES)
def test_the_owner_sees_every_page(desk: Client, url: str) -> None:
    assert desk.get(url).status_code == 200


@pytest.mark.parametrize("url", [url for url in PAGES if url not in OPEN_TO_ALL_STAFF])
def test_staff_without_the_permission_are_denied(sign_in: SignIn, url: str) -> None:
    assert sign_in().get(url).status_code == 403


def test_the_home_page_shows_staff_nothing_they_may_not_see(
    sign_in: SignIn, clinic: Clinic
) -> None:
    [visit] = make_visits(clinic, 1)
    hear(make_call(visit))
    shown = sign_in().get("/admin/").content.decode()
    for words in (
        "Patient 0",
        "Calls today",
        "Due and waiting",
        "To do",
        "Appointments",
        "to place today",
        "Stop all calls",
    ):
        assert words not in shown


def test_who_may_only_look_changes_nothing(sign_in: SignIn, clinic: Clinic) -> None:
    [visit] = make_visits(clinic, 1)
    WorkItem.open(visit, WorkKind.UNANSWERED, TUESDAY)
    client = sign_in("view_appointment", "view_callattempt", "view_workitem", "view_clinic")
    shown = client.get(page("reminders_appointment", visit)).content.decode()
    assert "Thu 26 Nov 14:00 EST" in shown
    assert "Call now" not in shown
    buttons = (
        page("reminders_appointment", visit, "call_now"),
        page("reminders_appointment", visit, "cancel"),
        page("reminders_appointment", visit),
        *(
            page("reminders_workitem", WorkItem.objects.get(), act)
            for act in ("take", "give", "note", "done", "undo")
        ),
        page("reminders_clinic", clinic, "pause"),
        page("reminders_clinic", clinic, "resume"),
        page("calls_callattempt", make_call(visit), "handle_again"),
    )
    for url in buttons:
        assert client.post(url).status_code == 403, url
    visit.refresh_from_db()
    assert visit.status == "scheduled"


def test_every_page_of_a_row_can_be_looked_at_without_changing(
    sign_in: SignIn, clinic: Clinic
) -> None:
    [visit] = make_visits(clinic, 1)
    rows = {
        "reminders_appointment": visit,
        "reminders_patient": visit.patient,
        "reminders_phonenumber": visit.patient.number,
        "reminders_clinic": clinic,
        "calls_callattempt": make_call(visit),
    }
    client = sign_in(*(f"view_{model.rpartition('_')[2]}" for model in rows))
    for model, row in rows.items():
        response = client.get(page(model, row))
        assert response.status_code == 200, model
        assert visit.patient.number.e164 not in response.content.decode()


def test_the_bulk_actions_are_not_offered_to_who_may_only_look(
    sign_in: SignIn, clinic: Clinic
) -> None:
    [visit] = make_visits(clinic, 1)
    client = sign_in("view_appointment")
    url = page("reminders_appointment", action="changelist")
    client.post(url, {"action": "call_now_selected", "_selected_action": [visit.pk]})
    assert not visit.call_visits.exists()


@pytest.mark.django_db
def test_the_login_leads_home(client: Client) -> None:
    User.objects.create_superuser("dana", password="long-and-secret")
    sent = {"login": "dana", "password": "long-and-secret"}
    assert client.post("/accounts/login/", sent)["Location"] == "/admin/"


@pytest.mark.parametrize("action", ["call-now", "cancel", "change"])
def test_a_row_that_is_not_there_is_not_found(desk: Client, action: str) -> None:
    response = desk.post(f"/admin/reminders/appointment/999/{action}/")
    assert response.status_code in (302, 404)
    assert response.status_code == 404 or response["Location"] == "/admin/"


@pytest.mark.parametrize("url", ["/admin/", "/admin/reports/", "/accounts/2fa/"])
def test_nothing_is_loaded_from_elsewhere(desk: Client, url: str) -> None:
    shown = desk.get(url).content.decode()
    for mark in ('src="http', 'src="//', 'href="https', 'href="//', "@import"):
        assert mark not in shown
