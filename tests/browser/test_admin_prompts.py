"""A text is changed, judged while it is typed, approved and tried, by keyboard too."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from calls import scripting
from calls.models import CallAttempt, ClinicWording, PhraseTrial
from calls.tasks import try_phrases
from reminders.models import Clinic
from tests.calls.speaking import standing_in
from tests.conftest import TUESDAY, make_clinic


@pytest.fixture
def prompts(sign_in: Callable[..., Page]) -> Page:
    """The prompts of the only clinic."""
    make_clinic()
    page = sign_in()
    page.get_by_role("link", name="Prompts").click()
    expect(page.get_by_role("heading", name="English")).to_be_visible()
    return page


def test_preview_and_seconds_follow_what_is_typed_and_approval_what_is_saved(
    prompts: Page,
) -> None:
    page = prompts
    text = page.get_by_label("Goodbye without an answer", exact=True)
    text.fill("Goodbye, {patient}. We are at {phone}.")
    shown = page.locator('[data-preview="goodbye"]')
    expect(shown).to_have_text("Goodbye, Ana. We are at 2 1 2, 5 5 5, 0 1 9 9.")
    before = page.locator("#path-seconds").inner_text()
    page.get_by_label("The visit and its question", exact=True).first.fill(
        "{when}? " + "well " * 90
    )
    expect(page.locator("#path-seconds")).not_to_have_text(before)
    expect(page.locator(".desk-savebar")).to_have_class("desk-savebar too-long")
    page.get_by_role("button", name="Save as a new version").press("Enter")
    expect(page.get_by_text("more than 60 are too many")).to_be_in_viewport()

    page.goto(page.url)
    text.fill("Goodbye, {patient}.")
    page.get_by_role("button", name="Save as a new version").press("Enter")
    expect(page.get_by_text("Saved as a new version")).to_be_visible()
    page.get_by_role("button", name="Approve version").press("Enter")
    expect(page.get_by_text("English is approved")).to_be_visible()
    spoken = scripting.spoken(Clinic.objects.get())["en"]
    assert spoken.pack.texts["goodbye"] == "Goodbye, {patient}."

    page.get_by_role("button", name="Back to the shipped text").press("Enter")
    expect(text).to_have_value("You can reach us at {phone}. Goodbye.")


def test_a_test_call_is_asked_for(prompts: Page) -> None:
    page = prompts
    page.get_by_label("Your number").fill("555")
    page.get_by_role("button", name="Call me").click()
    expect(page.locator("#try .desk-error")).to_be_in_viewport()
    page.get_by_label("Your number").fill("+12125550142")
    page.get_by_role("button", name="Call me").click()
    expect(page.get_by_text("A rehearsal with an invented patient")).to_be_visible()
    assert CallAttempt.objects.get().rehearsal


@pytest.fixture
def speech(settings: Any) -> Iterator[None]:
    """The speech service is the stand-in, found by where calls go."""
    with standing_in() as stand_in:
        settings.ACS_CONNECTION_STRING = stand_in.connection_string
        yield


def test_a_text_is_listened_to_and_the_phrases_are_tried(prompts: Page, speech: None) -> None:
    page = prompts
    page.get_by_role("button", name="Listen: Goodbye without an answer").press("Enter")
    note = page.locator('[data-hear-note="goodbye"]')
    expect(note).to_contain_text("the stand-in’s sound, not Azure’s voice")
    expect(page.locator('[data-measure="goodbye"]')).to_contain_text("as heard")

    always = {"Stop": ["stop calling"], "Repeat": ["repeat"], "Deceased": ["she has died"]}
    understood = {"any": always, "read_back": {"Yes": ["yes"], "No": ["no"]}}
    ClinicWording.objects.create(
        clinic=Clinic.objects.get(),
        language="en",
        phrases=understood,
        made_by="dana",
        made_at=TUESDAY,
    )
    page.reload()
    page.get_by_role("link", name="Phrase test").click()
    page.get_by_label("Question").select_option("read_back")
    page.get_by_role("button", name="Try them out").press("Enter")
    expect(page.locator("#run-progress")).to_be_visible()
    trial = PhraseTrial.objects.get()
    while trial.is_open:
        try_phrases(trial.pk)  # as the queue's worker does
        trial.refresh_from_db()
    expect(page.get_by_role("heading", name="5 of 5 phrases understood")).to_be_visible()


def test_the_page_does_not_scroll_sideways_with_everything_open(prompts: Page) -> None:
    page = prompts
    page.evaluate("document.querySelectorAll('details').forEach((d) => (d.open = true))")
    for width in (360, 390, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
