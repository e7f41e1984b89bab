"""A real browser, the system's own Chromium, against the live server."""

import os
from typing import Any

import pytest

# Playwright's event loop runs in the test's thread; Django takes that for
# asynchronous code and refuses the database. It is a test talking to itself.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

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
