"""Every page that a link of the admin leads to is for everybody, on a telephone too."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import Resolver404, resolve
from playwright.sync_api import Error, Page

from calls.models import CallAttempt, CallEvent, CallVisit, Recognition
from reminders.models import WorkItem
from reminders.models.workitem import WorkKind
from tests.conftest import make_appointment, make_clinic, make_patient

#: What the theme's own widgets do wrong; this may only shrink.
KNOWN = json.loads(Path(__file__).with_name("known_axe.json").read_text())
#: No page of its own: a file, a script, the way out; or one with a test of its own.
LEFT_OUT = {"admin:logout", "admin:jsi18n", "admin:password_change", "admin:api_docs"}
MOST_PAGES = 90


def a_day(now: Any) -> None:
    """A bit of everything that a page can show."""
    clinic = make_clinic()
    patient = make_patient("p1", "+12125550142")
    visit = make_appointment(clinic, patient, external_id="a1")
    WorkItem.open(visit, WorkKind.OTHER_TIME, now, detail="Wants another time: in the morning")
    attempt = CallAttempt.objects.create(
        number=patient.number,
        clinic=clinic,
        caller_id="+15555550100",
        status="ended",
        outcome="confirmed",
        queued_at=now,
        started_at=now,
        ended_at=now + timedelta(seconds=40),
        language="en-US",
    )
    CallVisit.objects.create(
        attempt=attempt,
        appointment=visit,
        patient=patient,
        visit_starts_at=visit.starts_at,
        clinic=clinic,
        dialled_at=now,
        ordinal=1,
        is_open=False,
        outcome="confirmed",
    )
    event = CallEvent.objects.create(
        attempt=attempt,
        event_id="e1",
        type="Microsoft.Communication.RecognizeCompleted",
        occurred_at=now,
        received_at=now,
        body={"data": {}},
        state="handled",
    )
    Recognition.objects.create(
        attempt=attempt,
        event=event,
        step="menu",
        turn=2,
        tones=[],
        label="Confirm",
        phrase="I will be there",
        language="en-US",
        sentiment="positive",
        confidence=0.9,
        at=now,
    )


@pytest.fixture
def signed_in(now: Any, sign_in: Callable[..., Page], live_server: Any) -> Page:
    """Somebody who may see everything, on the first page."""
    a_day(now)
    page = sign_in()
    page.wait_for_url(f"{live_server}/admin/")
    return page


def walk(page: Page) -> Iterator[str]:
    """Open each kind of page once; yields its name while it is open."""
    start, seen = page.url, set(LEFT_OUT)
    ahead = [start]
    while ahead and len(seen) < MOST_PAGES:
        url = ahead.pop(0)
        if (name := name_of(url)) is None or name in seen:
            continue
        seen.add(name)
        try:
            answer = page.goto(url)
        except Error as error:
            if "Download is starting" not in str(error):
                raise
            continue
        assert answer is not None
        assert answer.status == 200, url
        yield name
        links = page.eval_on_selector_all("a[href]", "all => all.map(a => a.href)")
        ahead += [link for link in links if link.startswith(start)]


def name_of(url: str) -> str | None:
    try:
        match = resolve(urlsplit(url).path)
    except Resolver404:
        return None
    return match.view_name


def shut_out(page: Page, met: set[str]) -> list[str]:
    """What axe-core objects to by day and at night, but for what is known of unfold."""
    lines = objections(page)
    page.emulate_media(color_scheme="dark")
    # Ours follow what the browser says; the theme asks it once, and keeps it in a class.
    page.evaluate("document.documentElement.classList.add('dark')")
    lines += [f"{line} (dark)" for line in objections(page)]
    page.emulate_media(color_scheme="light")
    met.update(pattern for pattern in KNOWN if any(fnmatchcase(line, pattern) for line in lines))
    return [line for line in lines if not any(fnmatchcase(line, known) for known in KNOWN)]


def objections(page: Page) -> list[str]:
    """A rule, and what breaks it, in a line."""
    told = Axe().run(page).response["violations"]
    nodes = [(rule["id"], str(node["target"][0])) for rule in told for node in rule["nodes"]]
    return [f"{rule}: {target}" for rule, target in nodes]


def too_wide(page: Page) -> list[str]:
    """On a telephone held upright."""
    page.set_viewport_size({"width": 360, "height": 740})
    width = page.evaluate("document.documentElement.scrollWidth")
    page.set_viewport_size({"width": 1280, "height": 900})
    return [f"{width} px wide"] if width > 360 else []


def test_every_page_is_for_all_fits_a_telephone_and_breaks_no_rule(signed_in: Page) -> None:
    errors: list[str] = []
    signed_in.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    signed_in.on("pageerror", lambda error: errors.append(str(error)))
    found, names, met = {}, [], set()
    for name in walk(signed_in):
        names.append(name)
        if told := shut_out(signed_in, met)[:5] + too_wide(signed_in) + errors:
            found[name] = told
        errors.clear()
    assert not found, json.dumps(found, indent=1)
    assert len(names) > 20, names
    assert met == set(KNOWN), "strike out what is mended"
