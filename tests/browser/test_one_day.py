"""One day of a front desk: Ringwell, its stand-in for Azure and a browser, from the morning's
file to the evening's figures. All of it by way of the pages; the clock is moved once."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from benchmarks.processes import Installation, installation
from tests.browser.conftest import PASSWORD, drag, enter

NEW_YORK = ZoneInfo("America/New_York")
DOCTOR = "Dr. Nadia Vance"
CLOSED = time(20, 30)
#: The demo's clinic and people, and somebody for each role. The last digits of a number
#: choose who answers it: simulator/README.md.
MORNING = """
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from desk.models import StaffProfile
call_command("migrate", verbosity=0)
call_command("seed_demo", verbosity=0)
for role in ("scheduler", "manager"):
    user = User.objects.create_user(role, password={password!r}, is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    StaffProfile.objects.create(user=user, everywhere=True)
"""


@dataclass(frozen=True)
class Day:
    """The day at the clinic in New York."""

    ringwell: Installation
    today: datetime

    def on(self, days: int, hour: int = 0, minute: int = 0) -> datetime:
        """So many days from today, on the clinic's wall."""
        day = self.today.date() + timedelta(days=days)
        return datetime.combine(day, time(hour, minute))

    def move_to(self, at: time) -> None:
        """Start Ringwell again when it is later: nobody waits for an evening."""
        self.ringwell.end("serve")
        later = datetime.combine(self.today.date(), at, tzinfo=NEW_YORK)
        ahead = later - self.ringwell.now()
        offset = int(self.ringwell.env["CLOCK_OFFSET_SECONDS"]) + int(ahead.total_seconds())
        self.ringwell.env["CLOCK_OFFSET_SECONDS"] = str(offset)
        self.ringwell.serve()


@pytest.fixture
def day(tmp_path: Path) -> Iterator[Day]:
    """Tuesday, two in the afternoon, with everything up."""
    env = {"REQUIRE_TWO_FACTOR": "0", "ACS_API_VERSION": ""}
    with installation(tmp_path, lines=4, env=env) as ringwell:
        ringwell.start_simulator(speed=100)
        ringwell.manage("shell", "-c", MORNING.format(password=PASSWORD))
        ringwell.serve()
        yield Day(ringwell, ringwell.now().astimezone(NEW_YORK))


def test_a_day_at_the_front_desk(day: Day, page: Page, browser: Browser, tmp_path: Path) -> None:
    page.set_viewport_size({"width": 1280, "height": 1000})
    sign_in_as("scheduler", page, day)
    import_the_morning_file(page, write_file(day, tmp_path / "visits.csv"))
    schedule_a_new_patient(page, day)
    drag_the_visit_to_another_day(page, day)
    patients_answer(page)
    read_what_was_said(page)
    work_the_list_by_keyboard(page)

    day.move_to(CLOSED)
    mark_who_came(page, day)
    day.ringwell.manage("rebuild_reports")  # what beat does every minute
    manager = browser.new_context(accept_downloads=True).new_page()
    sign_in_as("manager", manager, day)
    read_the_figures(manager, day)
    manager.context.close()


# -- the morning


def sign_in_as(name: str, page: Page, day: Day) -> None:
    page.goto(f"{day.ringwell.url}/admin/")
    enter(page, name, PASSWORD)
    expect(page.get_by_role("heading", name="Today")).to_be_visible()


def write_file(day: Day, path: Path) -> Path:
    """Four who are called at once, two who come this afternoon, one without a number."""
    lines = [
        ("v1", "Alma Reed", "+16465550101", day.on(1, 9, 0)),
        ("v2", "Boris Lang", "+16465550103", day.on(1, 9, 20)),
        ("v3", "Cleo Marsh", "+16465550136", day.on(1, 9, 40)),
        ("v4", "Dario Funk", "+16465550110", day.on(1, 10, 0)),
        ("v5", "Edda Blom", "+16465550142", day.on(0, 15, 30)),
        ("v6", "Finn Obi", "+16465550143", day.on(0, 15, 45)),
        ("v7", "Greta Noone", "", day.on(1, 11, 0)),
    ]
    with path.open("w", newline="") as file:
        sheet = csv.writer(file)
        sheet.writerow(["Appt ID", "Patient ID", "Patient", "Phone", "Start", "Provider"])
        for key, name, phone, at in lines:
            sheet.writerow([key, f"p{key}", name, phone, f"{at:%Y-%m-%d %H:%M}", DOCTOR])
    return path


def import_the_morning_file(page: Page, path: Path) -> None:
    """Looked over before anything changes; then applied by the worker."""
    menu_entry(page, "Import").click()
    page.get_by_label("File (CSV or Excel)").set_input_files(path)
    page.get_by_role("button", name="Read the file").click()
    page.get_by_label("Legal basis of new patients").select_option("consent")
    page.get_by_role("button", name="Show what would change").click()
    apply = page.get_by_role("button", name="Apply: 6 new, 0 changed")
    expect(apply).to_be_visible()
    expect(page.get_by_role("cell", name="Phone: is empty")).to_be_visible()
    page.get_by_role("link", name="New 6").click()
    expect(page.get_by_role("row", name="Alma Reed")).to_contain_text("09:00")
    apply.click()
    expect(page.get_by_text("Applied", exact=True)).to_be_visible()
    menu_entry(page, "Today").click()
    expect(page.get_by_role("link", name="Visits today")).to_contain_text("2")


def schedule_a_new_patient(page: Page, day: Day) -> None:
    """Who was not known a minute ago; when the phone rings stands there before it is saved."""
    visit = day.on(9, 10, 0)
    menu_entry(page, "Schedule").click()
    page.get_by_role("checkbox", name="New patient").check()
    page.get_by_label("Name", exact=True).fill("Hedy Lund")
    page.get_by_label("Phone", exact=True).fill("+16465550102")
    page.get_by_label("Legal basis").select_option("consent")
    page.get_by_label("With").select_option(label=DOCTOR)
    page.get_by_label("Day").fill(f"{visit:%Y-%m-%d}")
    page.get_by_label("Time", exact=True).fill("10:00")
    first, second = day.on(6), day.on(8)
    told = f"{first:%a} {first.day} {first:%b} 10:00; {second:%a} {second.day} {second:%b} 10:00"
    expect(page.locator("#plan")).to_contain_text(told)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("1 visit saved")).to_be_visible()


def drag_the_visit_to_another_day(page: Page, day: Day) -> None:
    """They come a day later; the reminder follows."""
    page.goto(f"{day.ringwell.url}/admin/calendar/?day={day.on(9):%Y-%m-%d}&view=week")
    later = day.on(10)
    event = page.locator("a.fc-event", has_text="Hedy Lund")
    drag(page, event, page.locator(f".fc-timegrid-col[data-date='{later:%Y-%m-%d}']"))
    told = page.locator("#calendar-told")
    expect(told).to_contain_text(f"Hedy Lund is moved to {later:%a} {later.day} {later:%b} 10:00")
    expect(told).to_contain_text("Next call")


# -- the calls


def patients_answer(page: Page) -> None:
    """One confirms, one cancels, one asks for another time, one is silent."""
    answers = {
        "Alma Reed": "Confirmed",
        "Boris Lang": "Cancelled",
        "Cleo Marsh": "Wants another time",
        "Dario Funk": "Said nothing",
    }
    for name, answer in answers.items():
        search(page, "Calls", name)
        row = page.get_by_role("row", name=name)
        while_reloading(page, row, answer)


def menu_entry(page: Page, words: str) -> Locator:
    """An entry begins with its icon's name."""
    return page.get_by_role("link", name=re.compile(rf"^\w+ {words}"))


def search(page: Page, menu: str, words: str) -> None:
    """A list of the menu, narrowed to some words."""
    menu_entry(page, menu).click()
    page.locator("[name=q]").fill(words)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def while_reloading(page: Page, row: Locator, words: str) -> None:
    """A list does not renew itself: look again until it says so."""
    for _ in range(60):
        if row.filter(has_text=words).count():
            return
        page.reload()
    expect(row).to_contain_text(words)


def read_what_was_said(page: Page) -> None:
    """The page of a call holds the words."""
    search(page, "Calls", "Alma Reed")
    page.get_by_role("row", name="Alma Reed").get_by_role("link").first.click()
    expect(page.get_by_role("heading", name="What was heard")).to_be_visible()
    expect(page.get_by_text(re.compile("heard “[^”]*confirm"))).to_be_visible()


# -- the work list


def work_the_list_by_keyboard(page: Page) -> None:
    """No hand leaves the keys: taken, noted, done, and taken back."""
    press_on(page, menu_entry(page, "Work list"))
    press_on(page, page.get_by_role("button", name="Take: Another time, Cleo Marsh"))
    press_on(page, page.get_by_role("link", name="Cleo Marsh", exact=True))
    note = page.get_by_label("Note").last
    tab_to(page, note)
    page.keyboard.type("Offered Friday at nine")
    press_on(page, page.get_by_role("button", name="Keep note"))
    expect(page.get_by_text("Offered Friday at nine")).to_be_visible()
    press_on(page, page.get_by_role("button", name="Done", exact=True))
    press_on(page, page.get_by_role("link", name="Done", exact=True))
    press_on(page, page.get_by_role("button", name="Undo: Another time, Cleo Marsh"))
    expect(page.get_by_text("It stands on the list again")).to_be_visible()
    press_on(page, menu_entry(page, "My work"))
    expect(page.get_by_role("link", name="Cleo Marsh", exact=True)).to_be_visible()


def press_on(page: Page, goal: Locator) -> None:
    tab_to(page, goal)
    page.keyboard.press("Enter")


def tab_to(page: Page, goal: Locator) -> None:
    """As somebody does who sees where the focus is."""
    expect(goal).to_be_visible()
    for _ in range(150):
        if goal.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"no key leads to {goal}")


# -- the evening


def mark_who_came(page: Page, day: Day) -> None:
    for name, button in (("Edda Blom", "Attended"), ("Finn Obi", "No-show")):
        page.goto(f"{day.ringwell.url}/admin/")
        page.get_by_role("link", name="Visits today").click()
        page.get_by_role("link", name=name).click()
        page.get_by_role("button", name=button, exact=True).click()
        expect(page.get_by_text("The visit is set to")).to_be_visible()


def read_the_figures(page: Page, day: Day) -> None:
    """Of this doctor, today: four were rung, and each did something else."""
    menu_entry(page, "Reports").click()
    page.get_by_label("Practitioner").select_option(label=DOCTOR)
    page.get_by_label("From").fill(f"{day.today:%Y-%m-%d}")
    page.get_by_label("To", exact=True).fill(f"{day.today:%Y-%m-%d}")
    page.get_by_role("button", name="Show").click()
    reminders = {"Reminders": 4, "Reached": 4}
    answers = {"Confirmed": 1, "Cancelled": 1, "Another time": 1, "Unanswered": 1}
    nothing = {"Something else": 0, "Under way": 0}
    assert whole_table(page) == reminders | answers | nothing
    with page.expect_download() as started:
        page.get_by_role("link", name="CSV").click()
    sheet = started.value.path().read_text(encoding="utf-8-sig")
    [*_, total] = csv.DictReader(sheet.splitlines())
    assert {name: int(total[name]) for name in whole_table(page)} == whole_table(page)
    page.get_by_role("link", name="Missed visits").click()
    expect(page.get_by_role("row", name="Not called")).to_contain_text("50 %")
    assert whole_table(page).items() >= {"Attended": 1, "Missed": 1}.items()
    expect(page.get_by_text("Edda Blom")).to_have_count(0)


def whole_table(page: Page) -> dict[str, int]:
    """The last line of a report: a heading, and its number; a dot is none."""
    expect(page.locator("tfoot")).to_be_visible()
    headings = page.locator(".desk-table.numbers thead th").all_inner_texts()[1:]
    cells = page.locator(".desk-table.numbers tfoot td").all_inner_texts()
    return {
        heading: int(re.split(r"\s", cell.strip())[0].replace("·", "0"))
        for heading, cell in zip(headings, cells, strict=True)
    }
