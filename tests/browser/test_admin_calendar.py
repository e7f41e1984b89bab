"""The calendar in a browser: a visit made by keyboard alone, and one dragged to another day."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from reminders.models import Appointment, Clinic, Patient, Practitioner
from tests.browser.conftest import drag
from tests.conftest import make_appointment, make_clinic, make_patient

#: Thursday 26 November 2026, 10:00 in New York.
TEN = datetime(2026, 11, 26, 15, 0, tzinfo=UTC)


@pytest.fixture
def maple(transactional_db: None) -> Clinic:
    """A clinic with two patients of one name, and a practitioner."""
    clinic = make_clinic()
    Practitioner.objects.create(clinic=clinic, name="Dr. Roy")
    make_patient("p1", "+12125550150", name="Nora New")
    make_patient("p2", "+12125550151", name="Nora New", birth_date="1980-05-01")
    return clinic


@pytest.fixture
def front_desk(maple: Clinic, sign_in: Callable[..., Page]) -> Page:
    """Signed in."""
    return sign_in()


def nora() -> Patient:
    """The first of the two."""
    return Patient.objects.get(external_id="p1")


def barriers(page: Page) -> list[str]:
    """What shuts people out of our part of a page, as axe-core sees it."""
    found = Axe().run(page, context="#content-main, #content, main").response["violations"]
    return [f"{rule['id']}: {node['html'][:200]}" for rule in found for node in rule["nodes"]]


def test_a_visit_is_scheduled_by_keyboard_alone(front_desk: Page, live_server: object) -> None:
    page = front_desk
    page.goto(f"{live_server}/admin/reminders/appointment/add/?start=2026-11-26T09:00")
    press = page.keyboard.press
    expect(page.get_by_label("Patient", exact=True)).to_be_focused()
    page.keyboard.type("nora")
    expect(page.locator("#who-1")).to_be_visible()
    press("ArrowDown")
    expect(page.locator("#who-1")).to_have_attribute("aria-selected", "true")
    press("Enter")
    expect(page.locator("#chosen")).to_contain_text("+1••••••0151 · p2")
    expect(page.get_by_label("Day")).to_be_focused()
    page.keyboard.type("11262026")
    press("Tab")
    page.get_by_label("Time", exact=True).focus()
    page.keyboard.type("1000AM")
    plan = page.locator("#plan")
    expect(plan).to_contain_text("Mon 23 Nov 10:00; Wed 25 Nov 10:00 if not confirmed")
    assert barriers(page) == []
    press("Enter")
    expect(page.get_by_text("1 visit saved")).to_be_visible()
    visit = Appointment.objects.select_related("patient").get()
    assert (visit.starts_at, visit.patient.external_id) == (TEN, "p2")


def test_dragging_moves_a_visit_asks_the_patient_again_and_can_be_undone(
    front_desk: Page, live_server: object, maple: Clinic
) -> None:
    visit = make_appointment(maple, nora(), starts_at=TEN, minutes=60)
    page = front_desk
    page.set_viewport_size({"width": 1280, "height": 1000})
    page.goto(f"{live_server}/admin/calendar/?day=2026-11-26&view=week")
    event = page.locator("a.fc-event")
    expect(event).to_have_attribute("aria-label", "10:00, Nora New, Not answered yet")
    assert barriers(page) == []
    column = page.locator(".fc-timegrid-col[data-date='2026-11-25']")
    drag(page, event, column)
    told = page.locator("#calendar-told")
    expect(told).to_contain_text("Nora New is moved to Wed 25 Nov")
    expect(told).to_contain_text("Next call")
    visit.refresh_from_db()
    assert visit.starts_at == TEN - timedelta(days=1)
    assert visit.events.filter(kind="moved").count() == 1
    page.get_by_role("button", name="Undo").click()
    expect(told).to_contain_text("Nora New is back at Thu 26 Nov 10:00")
    visit.refresh_from_db()
    assert visit.starts_at == TEN


def test_a_confirmed_visit_is_dragged_only_after_a_yes(
    front_desk: Page, live_server: object, maple: Clinic
) -> None:
    make_appointment(
        maple, nora(), starts_at=TEN, minutes=60, status="confirmed", answer="confirmed"
    )
    page = front_desk
    page.set_viewport_size({"width": 1280, "height": 1000})
    page.goto(f"{live_server}/admin/calendar/?day=2026-11-26&view=week")
    event = page.locator("a.fc-event")
    column = page.locator(".fc-timegrid-col[data-date='2026-11-25']")
    drag(page, event, column)
    expect(page.get_by_role("dialog")).to_contain_text("has confirmed Thu 26 Nov 10:00")
    page.get_by_role("button", name="Leave it").click()
    expect(page.locator(".fc-timegrid-col[data-date='2026-11-26'] a.fc-event")).to_be_visible()
    assert Appointment.objects.get().status == "confirmed"


def test_a_free_time_leads_to_the_page_that_schedules(
    front_desk: Page, live_server: object
) -> None:
    page = front_desk
    page.goto(f"{live_server}/admin/calendar/?day=2026-11-26&view=day")
    page.locator(".fc-timegrid-slot-lane[data-time='10:00:00']").click()
    expect(page.get_by_label("Time", exact=True)).to_have_value("10:00")
    expect(page.get_by_label("Day")).to_have_value("2026-11-26")


def test_a_phone_shows_the_day_as_a_list_and_nothing_scrolls_sideways(
    front_desk: Page, live_server: object, maple: Clinic
) -> None:
    make_appointment(maple, nora(), starts_at=TEN)
    page = front_desk
    page.set_viewport_size({"width": 360, "height": 800})
    for address in ("calendar/?day=2026-11-26", "reminders/appointment/add/"):
        page.goto(f"{live_server}/admin/{address}")
        beyond = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert beyond <= 0, address
        assert barriers(page) == []
    page.goto(f"{live_server}/admin/calendar/?day=2026-11-26")
    expect(page.get_by_role("link", name="Nora New")).to_be_visible()
    expect(page.locator(".fc-listDay-view")).to_be_visible()


def test_several_clinics_are_ticked_by_keyboard_and_by_thumb(
    front_desk: Page, live_server: object, maple: Clinic
) -> None:
    for name in ("Elm", "Oak"):
        clinic = make_clinic(name.lower(), name=f"{name} Clinic")
        make_appointment(
            clinic, make_patient(name, name=f"{name} Patient"), starts_at=TEN, external_id=name
        )
    page, press = front_desk, front_desk.keyboard.press
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(f"{live_server}/admin/calendar/?clinic=all&day=2026-11-26")
    closed = page.locator("summary", has_text="All clinics")
    closed.focus()
    press("Enter")
    expect(page.get_by_label("Elm Clinic")).to_be_visible()
    assert barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    for _ in range(2):
        press("Tab")
    press("Space")
    expect(page.get_by_label("All clinics")).not_to_be_checked()
    press("Escape")
    expect(page.get_by_label("Elm Clinic")).not_to_be_visible()
    expect(closed).to_be_focused()
    closed.click()
    expect(page.get_by_label("All clinics")).to_be_checked()
    page.get_by_label("Elm Clinic").check()
    page.get_by_label("Oak Clinic").check()
    page.locator("[data-choose][open]").get_by_role("button", name="Show").click()
    expect(page.locator("summary", has_text="Elm Clinic, Oak Clinic")).to_be_visible()
    expect(page.get_by_role("link", name="Elm Patient")).to_be_visible()
    expect(page.get_by_role("link", name="Oak Patient")).to_be_visible()
    page.goto(f"{live_server}/admin/calendar/?day=2026-11-26")
    expect(page.locator("summary", has_text="Elm Clinic, Oak Clinic")).to_be_visible()
