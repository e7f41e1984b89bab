"""A person answers the simulator's telephone, cancels, and sees the visit change."""

import re
from collections.abc import Callable
from datetime import datetime

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from calls import placing
from reminders.models import Appointment
from tests.conftest import Azure, make_appointment, make_clinic, make_patient

NUMBER = "+12125550142"
#: The line goes at the speed of life while a person is on it.
SLOW = 30_000


@pytest.fixture
def visit(page: Page, azure: Azure, sign_in: Callable[..., Page]) -> Appointment:
    """A visit on whose page somebody of the front desk is looking."""
    appointment = make_appointment(make_clinic(), make_patient(phone=NUMBER, name="Robin Vega"))
    sign_in(f"reminders/appointment/{appointment.pk}/change/")
    expect(page.locator(".desk-plan")).to_be_visible()
    return appointment


@pytest.fixture
def phone(context: BrowserContext, azure: Azure) -> Page:
    """The telephone, switched on."""
    telephone = context.new_page()
    telephone.goto(f"{azure.simulator.url}/phone")
    telephone.locator("#number").fill(NUMBER)
    telephone.locator("#switch").click()
    expect(telephone.locator("body")).to_have_attribute("data-state", "on")
    return telephone


def test_no_cancel_it_cancels_after_the_read_back(
    page: Page, visit: Appointment, phone: Page, now: datetime
) -> None:
    page.get_by_role("button", name="Call now").or_(
        page.get_by_role("link", name="Call now")
    ).click()
    placing.place_due(now)

    expect(phone.locator("body")).to_have_attribute("data-state", "ringing", timeout=SLOW)
    expect(phone.locator("#caller")).to_contain_text("555")
    phone.keyboard.press("Enter")  # the focus is on Answer
    expect(phone.locator("#prompt")).to_contain_text("Is this Robin", timeout=SLOW)
    expect(phone.locator("body")).to_have_attribute("data-heard", re.compile("[1-9]"), timeout=SLOW)
    phone.keyboard.press("1")
    expect(phone.locator("#prompt")).to_contain_text("You have an appointment", timeout=SLOW)
    phone.locator("#words").fill("no, cancel it")
    phone.locator("#say").click()
    expect(phone.locator("#prompt")).to_contain_text("You want to cancel", timeout=SLOW)
    phone.locator('#keypad button[data-key="1"]').click()
    expect(phone.locator("#transcript")).to_contain_text("is cancelled", timeout=SLOW)
    expect(phone.locator("body")).to_have_attribute("data-state", "on", timeout=SLOW)

    page.reload()
    expect(page.get_by_text("no cancel it").first).to_be_visible()
    visit.refresh_from_db()
    assert (visit.status, visit.answer) == ("cancelled", "cancelled")


def test_the_caller_is_muted_until_the_switch_is_turned_back(phone: Page) -> None:
    expect(phone.locator("#voice")).to_contain_text("a tone for every letter")
    phone.get_by_label("Mute the caller").check()
    assert phone.evaluate("loudness.gain.value") == 0
    phone.reload()
    expect(phone.get_by_label("Mute the caller")).to_be_checked()
    phone.get_by_label("Mute the caller").uncheck()
    phone.reload()
    expect(phone.get_by_label("Mute the caller")).not_to_be_checked()


def test_the_telephone_fits_a_telephone(phone: Page) -> None:
    phone.set_viewport_size({"width": 360, "height": 740})
    width = phone.evaluate("document.documentElement.scrollWidth")
    assert width <= 360
