"""A visit is made, moved and cancelled in the admin, by mouse and keyboard."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from calls.models import CallAttempt
from tests.conftest import TUESDAY, make_clinic, make_patient


@pytest.fixture
def front_desk(sign_in: Callable[..., Page]) -> Page:
    """Signed in at the home page of a clinic with one patient."""
    make_clinic()
    make_patient("p1", "+12125550150", name="Nora New")
    page = sign_in()
    expect(page.get_by_role("heading", name="Today")).to_be_visible()
    return page


def make_visit(page: Page, day: str, hour: str) -> None:
    """By keyboard and mouse, as it comes; ends on the page of the visit."""
    page.get_by_role("link", name="Schedule").click()
    page.get_by_label("Patient", exact=True).press_sequentially("nora")
    expect(page.locator("#who-list")).to_contain_text("+1••••••0150 · p1")
    page.keyboard.press("Enter")
    page.get_by_label("Day").fill(day)
    page.get_by_label("Time", exact=True).fill(hour)
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Nora New,").click()


def plan(page: Page) -> str:
    """What stands on top of the visit's page."""
    return page.locator(".desk-plan").inner_text()


def test_a_visit_is_made_moved_and_cancelled_and_the_plan_follows(front_desk: Page) -> None:
    page = front_desk
    make_visit(page, "2026-11-26", "10:00")
    assert "Next call Mon 23 Nov 10:00 EST" in plan(page)
    assert "Reminder" in plan(page)

    page.get_by_label("Start: date").fill("2026-12-03")
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.get_by_text("Visit moved from Thu 26 Nov 10:00")).to_be_visible()
    assert "Next call Mon 30 Nov 10:00 EST" in plan(page)

    page.get_by_role("link", name="Cancel visit").click()
    page.get_by_role("button", name="Cancel visit").click()
    expect(page.get_by_text("The visit is cancelled")).to_be_visible()
    assert "No next call" in plan(page)
    assert "Visit cancelled: not called" in plan(page)


def test_an_hour_that_clocks_never_show_is_told_as_it_is_typed(front_desk: Page) -> None:
    page = front_desk
    page.get_by_role("link", name="Schedule").click()
    page.get_by_label("Day").fill("2027-03-14")
    page.get_by_label("Time", exact=True).fill("02:30")
    expect(page.get_by_text("02:30 does not exist on this day")).to_be_visible()


def test_a_call_is_asked_for_and_shows_on_the_home_page_by_itself(front_desk: Page) -> None:
    page = front_desk
    make_visit(page, "2026-11-18", "15:00")
    page.get_by_role("button", name="Call now").click()
    expect(page.get_by_text("Nora New will be called within seconds")).to_be_visible()
    page.get_by_role("link", name="Today").click()
    row = page.get_by_role("row", name="Nora New")
    expect(row).to_contain_text("Waiting to be dialled")
    CallAttempt.objects.update(status="connected", started_at=TUESDAY, connected_at=TUESDAY)
    expect(row).to_contain_text("Talking", timeout=10_000)


def test_no_page_scrolls_sideways(front_desk: Page, live_server: object) -> None:
    page = front_desk
    make_visit(page, "2026-11-26", "10:00")
    lists = ("reminders/appointment", "calls/callattempt", "reminders/patient", "reports")
    urls = (page.url, f"{live_server}/admin/", *(f"{live_server}/admin/{x}/" for x in lists))
    for url in urls:
        page.goto(url)
        for width in (360, 390, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            beyond = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert beyond <= 0, f"{url} at {width} px"
