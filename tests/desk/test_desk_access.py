"""Who sees what, and what the home page tells."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client

from reminders.models import Clinic, Installation, WorkItem
from reminders.models.workitem import WorkKind
from tests.conftest import TUESDAY
from tests.desk.conftest import hear, make_call, make_visits, page

PAGES = (
    "/admin/",
    "/admin/today/",
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
    for words in ("Patient 0", "Calls today", "Due and waiting", "To do", "Appointments"):
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
        page("reminders_workitem", WorkItem.objects.get(), "done"),
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
    sent = {"username": "dana", "password": "long-and-secret"}
    assert client.post("/admin/login/", sent)["Location"] == "/admin/"


@pytest.mark.parametrize("action", ["call-now", "cancel", "change"])
def test_a_row_that_is_not_there_is_not_found(desk: Client, action: str) -> None:
    response = desk.post(f"/admin/reminders/appointment/999/{action}/")
    assert response.status_code in (302, 404)
    assert response.status_code == 404 or response["Location"] == "/admin/"


def test_the_home_page_counts_the_day(desk: Client, clinic: Clinic) -> None:
    visits = make_visits(clinic, 3)
    hear(make_call(visits[0], outcome="confirmed"))
    make_call(visits[1], outcome="cancelled")
    make_call(visits[2], TUESDAY - timedelta(days=1), outcome="confirmed")
    WorkItem.open(visits[1], WorkKind.SLOT_FREE, TUESDAY)
    figures = {f.name: f.count for f in desk.get("/admin/").context["figures"]}
    assert figures == {
        "Calls today": 2,
        "Confirmed": 1,
        "Cancelled": 1,
        "Due and waiting": 0,
        "To do": 1,
    }


def test_each_number_leads_to_the_rows_behind_it(desk: Client, clinic: Clinic) -> None:
    [visit] = make_visits(clinic, 1)
    make_call(visit, outcome="confirmed")
    for figure in desk.get("/admin/").context["figures"]:
        rows = desk.get(figure.link).context["cl"].result_list
        assert len(rows) == figure.count, figure.name


def test_calls_under_way_and_the_last_ones_are_told_with_what_was_heard(
    desk: Client, clinic: Clinic
) -> None:
    talking, done = make_visits(clinic, 2)
    make_call(talking, outcome="", status="connected", ended_at=None)
    hear(make_call(done), "confirmo", language="es-US")
    context = desk.get("/admin/today/").context
    [under_way], [finished] = context["under_way"], context["finished"]
    assert (under_way.patient, under_way.badge) == ("Patient 0", "Talking")
    assert (finished.words, finished.language, finished.badge) == (
        "“confirmo”",
        "Spanish",
        "Confirmed",
    )
    assert finished.when == "Tue 17 Nov 14:00 EST"


def test_the_home_page_says_when_calls_are_paused_or_nobody_looks(
    desk: Client, clinic: Clinic
) -> None:
    assert "is the worker running?" in desk.get("/admin/").content.decode()
    Installation.get()
    Installation.objects.update(last_look_at=TUESDAY)
    assert "is the worker running?" not in desk.get("/admin/").content.decode()
    Installation.pause(TUESDAY)
    clinic.pause(TUESDAY)
    shown = desk.get("/admin/").content.decode()
    assert "All calls are paused" in shown
    assert "Paused: Maple Street Clinic." in shown


def test_the_menu_counts_the_open_work(desk: Client, clinic: Clinic) -> None:
    [visit] = make_visits(clinic, 1)
    menu = desk.get("/admin/").context["sidebar_navigation"]
    entry = next(item for item in menu[0]["items"] if item["title"] == "Work list")
    assert "badge" not in entry
    WorkItem.open(visit, WorkKind.UNANSWERED, TUESDAY)
    menu = desk.get("/admin/").context["sidebar_navigation"]
    entry = next(item for item in menu[0]["items"] if item["title"] == "Work list")
    assert entry["badge"] == "1"


@pytest.mark.parametrize("url", ["/admin/", "/admin/reports/", "/admin/login/"])
def test_nothing_is_loaded_from_elsewhere(desk: Client, url: str) -> None:
    shown = desk.get(url).content.decode()
    for mark in ('src="http', 'src="//', 'href="https', 'href="//', "@import"):
        assert mark not in shown
