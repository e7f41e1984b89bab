"""A real browser, the system's own Chromium, against the live server."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import BrowserContext, Locator, Page, Request, expect

# Playwright's event loop runs in the test's thread; Django takes that for
# asynchronous code and refuses the database. It is a test talking to itself.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

# How long to wait at most for what a page is to show: machines are busy at times.
expect.set_options(timeout=20_000)

PASSWORD = "a-long-password"
#: What a page may ask: this machine, and itself.
HERE = ("http://127.0.0.1:", "http://localhost:", "data:", "blob:")
ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """No download: the browser that is here."""
    path = os.environ.get("CHROMIUM_PATH", "/usr/bin/chromium")
    return browser_type_launch_args | {"executable_path": path, "args": list(ARGUMENTS)}


@pytest.fixture(scope="session")
def base_url() -> str:
    """Empty: each test names the live server. The plugin's own fixture is written
    in a way that pytest warns of, and here a warning is an error."""
    return ""


@pytest.fixture(autouse=True)
def stays_on_this_machine(context: BrowserContext) -> Iterator[None]:
    """No page asks another machine for anything, and none has an error."""
    elsewhere: list[str] = []
    errors: list[str] = []

    def asked(request: Request) -> None:
        if not request.url.startswith(HERE):
            elsewhere.append(request.url)

    context.on("request", asked)
    context.on("weberror", lambda error: errors.append(str(error.error)))
    yield
    assert elsewhere == []
    assert errors == []


@pytest.fixture
def sign_in(
    page: Page, transactional_db: None, live_server: object, now: object
) -> Callable[..., Page]:
    """Open a page of the admin as Dana, who may see everything, by way of the login."""

    def sign_in(path: str = "") -> Page:
        User.objects.create_superuser("dana", password=PASSWORD)
        page.goto(f"{live_server}/admin/{path}")
        enter(page, "dana", PASSWORD)
        return page

    return sign_in


def enter(page: Page, name: str, password: str) -> None:
    """Fill the login in, and wait until another page has come."""
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(password)
    page.keyboard.press("Enter")
    expect(page.get_by_label("Password")).to_have_count(0)


def drag(page: Page, event: Locator, column: Locator) -> None:
    """To another day, at the same height: the time of the day stays."""
    expect(event).to_be_visible()
    start, goal = event.bounding_box(), column.bounding_box()
    assert start
    assert goal
    y = start["y"] + 6
    page.mouse.move(start["x"] + 20, y)
    page.mouse.down()
    page.mouse.move(start["x"] + 40, y, steps=4)
    page.mouse.move(goal["x"] + goal["width"] / 2, y, steps=8)
    page.mouse.up()
