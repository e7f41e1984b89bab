"""The API's document in a browser: all of it from our own address, under the admin's policy."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.test_every_page import shut_out, too_wide

#: Swagger UI's own headings and landmarks; its colours are mended in static/api/docs.css.
THEIRS = {"heading-order: #operations-tag-appointments", "region: .information-container"}


def test_staff_read_the_document_and_the_policy_forbids_none_of_it(
    page: Page, sign_in: Callable[..., Page]
) -> None:
    errors: list[str] = []
    home = sign_in().url
    page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    page.goto(f"{home}api/apitoken/docs/")
    expect(page.locator(".opblock")).to_have_count(10)
    page.locator(".opblock-summary-post .opblock-summary-control").click()
    expect(page.get_by_text("Idempotency-Key").first).to_be_visible()
    assert errors == []
    # It has one look, by day and at night.
    assert {line.removesuffix(" (dark)") for line in shut_out(page, set())} <= THEIRS
    assert too_wide(page) == []
