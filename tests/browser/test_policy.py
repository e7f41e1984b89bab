"""A browser keeps to our content security policy, and misses nothing by it."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from playwright.sync_api import Page, expect

from tests.conftest import make_clinic
from tests.desk.conftest import make_call, make_visits

PASSWORD = "a-long-and-secret-one"
LISTEN = """
window.refused = [];
document.addEventListener("securitypolicyviolation",
    (event) => window.refused.push(`${event.violatedDirective} ${event.blockedURI}`));
"""


@pytest.fixture
def visited(page: Page, transactional_db: None, live_server: Any, now: object) -> Any:
    """Open a page; what the policy refused there is an error."""
    cache.clear()
    page.add_init_script(LISTEN)

    def visit(path: str) -> None:
        page.goto(f"{live_server}{path}")
        page.wait_for_load_state("networkidle")
        assert page.evaluate("window.refused") == [], path

    return visit


def test_the_main_pages_break_no_rule_of_theirs(page: Page, visited: Any) -> None:
    User.objects.create_superuser("dana", password=PASSWORD)
    [visit] = make_visits(make_clinic(), 1)
    attempt = make_call(visit)
    visited("/accounts/login/")
    page.get_by_label("Username").fill("dana")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Today")).to_be_visible()
    for path in (
        "/admin/",
        "/admin/reports/",
        "/admin/reminders/appointment/",
        f"/admin/reminders/appointment/{visit.pk}/change/",
        "/admin/reminders/patient/",
        f"/admin/reminders/patient/{visit.patient.pk}/change/",
        "/admin/reminders/workitem/",
        f"/admin/calls/callattempt/{attempt.pk}/change/",
        "/admin/auth/user/add/",
        "/accounts/2fa/",
        "/accounts/2fa/webauthn/",
        "/accounts/password/change/",
    ):
        visited(path)


def test_a_second_factor_is_set_up_before_anything_else(
    page: Page, visited: Any, settings: Any
) -> None:
    settings.REQUIRE_TWO_FACTOR = True
    User.objects.create_superuser("dana", password=PASSWORD)
    visited("/admin/")
    page.get_by_label("Username").fill("dana")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Set up a second factor first")).to_be_visible()
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("img")).to_be_visible()
    assert page.evaluate("document.querySelector('img').naturalWidth") > 0, "the QR code"
    assert page.evaluate("window.refused") == []
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
