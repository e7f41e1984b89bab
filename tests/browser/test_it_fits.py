"""What stands on a page fits a laptop and a telephone: no sideways scroll, nothing over another."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.test_every_page import a_day
from tests.conftest import make_appointment, make_clinic, make_patient

TEN = datetime(2026, 11, 26, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize("language", ["en-US", "es-MX"])
def test_the_list_of_calls_fits_a_laptop(
    sign_in: Callable[..., Page], live_server: object, now: datetime, language: str
) -> None:
    a_day(now)
    page = sign_in()
    page.context.set_extra_http_headers({"Accept-Language": language})
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{live_server}/admin/calls/callattempt/")
    expect(page.locator("#result_list")).to_be_visible()
    beyond = page.evaluate(
        "[...document.querySelectorAll('#changelist *')].filter(e => e.scrollWidth > e.clientWidth"
        " && ['auto', 'scroll'].includes(getComputedStyle(e).overflowX)).length"
    )
    assert beyond == 0


def test_the_choice_of_reports_fits_a_telephone_without_overlap(
    sign_in: Callable[..., Page], live_server: object, now: datetime
) -> None:
    a_day(now)
    page = sign_in()
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(f"{live_server}/admin/reports/")
    boxes = [link.bounding_box() for link in page.locator(".desk-reports a").all()]
    found = [box for box in boxes if box]
    assert len(found) == len(boxes) > 5
    for one, other in pairwise(found):
        below = other["y"] >= one["y"] + one["height"]
        beside = other["x"] >= one["x"] + one["width"]
        assert below or beside


def test_five_visits_at_once_keep_their_names_in_the_week(
    sign_in: Callable[..., Page], live_server: object
) -> None:
    clinic = make_clinic()
    for n in range(5):
        patient = make_patient(f"p{n}", f"+1212555015{n}", name=f"Patient {n}")
        make_appointment(clinic, patient, external_id=f"a{n}", starts_at=TEN, minutes=60)
    later = TEN + timedelta(hours=3)
    make_appointment(clinic, make_patient("p9", name="Alone"), external_id="a9", starts_at=later)
    page = sign_in()
    page.set_viewport_size({"width": 1280, "height": 1000})
    page.goto(f"{live_server}/admin/calendar/?day=2026-11-26&view=week")
    names = page.locator("a.fc-event")
    expect(names).to_have_count(3)
    for name in names.all():
        box = name.bounding_box()
        assert box
        assert box["width"] >= 40
    more = page.locator("a.fc-timegrid-more-link")
    expect(more).to_contain_text("+3")
    more.focus()
    page.keyboard.press("Enter")
    hidden = page.locator(".fc-more-popover")
    for n in (2, 3, 4):
        expect(hidden.get_by_text(f"Patient {n}")).to_be_visible()
    found = Axe().run(page, context="#calendar-room").response["violations"]
    assert [rule["id"] for rule in found] == []
