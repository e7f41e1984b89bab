"""The reports: every number of every page equals a slow count, and the list it leads to."""

import csv
import io
import re
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from random import Random
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import openpyxl
import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from calls import counting
from calls.models import (
    CallVisit,
    ClinicWording,
    CountedDay,
    DailyReminders,
    PromptApproval,
    Recognition,
)
from calls.models.daily import LEADS
from desk.reports.reports import REPORTS
from desk.reports.tables import Cell, Table
from desk.roles import ROLES, codenames
from desk.wording import LEADS as LEAD_WORDS
from desk.wording import LED, STANDINGS
from reminders.models import Appointment, Clinic, Export, Practitioner
from tests import histories
from tests.conftest import TUESDAY, make_clinic
from tests.desk.conftest import as_sent, hear, make_call, make_visits
from tests.histories import History

URL = "/admin/reports/"
FIRST, LAST = date(2026, 10, 26), date(2026, 11, 2)
DAYS = {"first": FIRST.isoformat(), "last": LAST.isoformat()}
COLUMNS = (
    "reminders",
    "reached",
    "confirmed",
    "cancelled",
    "other_time",
    "something_else",
    "unanswered",
    "under_way",
)


@pytest.fixture
def made(desk: Client) -> History:
    """Three clinics in two zones over the days on which their clocks change, counted."""
    history = History(Random(11))
    history.make(visits=25, calls=70)
    counting.count_due(histories.FIRST + timedelta(days=histories.DAYS + 5))
    return history


def table_of(desk: Client, slug: str, **asked: Any) -> Table:
    response = desk.get(f"{URL}{slug}/", DAYS | asked)
    assert response.status_code == 200
    assert not response.context["form"].errors
    table: Table = response.context["table"]
    return table


def numbers(table: Table, columns: int = len(COLUMNS)) -> dict[str, list[Any]]:
    """The lines that are not all zero."""
    rows = {row.head: [cell.value for cell in row.cells[:columns]] for row in table.rows}
    return {head: values for head, values in rows.items() if any(values)}


def slow(
    key: Callable[[histories.Told], str],
    first: date = FIRST,
    last: date = LAST,
    where: Callable[[histories.Told], bool] = lambda told: True,
) -> dict[str, list[int]]:
    """The same lines, counted one reminder at a time."""
    found: dict[str, Counter[str]] = {}
    for told in histories.all_told():
        if first <= told.day <= last and where(told):
            found.setdefault(key(told), Counter()).update(told.columns)
    return {head: [counts[name] for name in COLUMNS] for head, counts in found.items()}


def heads() -> dict[str, Callable[[histories.Told], str]]:
    """How each report names the line of a reminder."""
    clinics = dict(Clinic.objects.values_list("pk", "name"))
    people = {
        str(person.pk): f"{person.name} ({person.clinic.name})"
        for person in Practitioner.objects.select_related("clinic")
    }
    tries = {"1": "First call", "2": "Second call", "3": "Third call"}
    languages = {"en-US": "English (en-US)", "es-US": "Spanish (es-US)"}
    return {
        "days": lambda told: f"{told.day:%a} {told.day.day} {told.day:%b %Y}",
        "clinics": lambda told: clinics[told.clinic],
        "practitioners": lambda told: people.get(told.practitioner, "Nobody in particular"),
        "hours": lambda told: f"{int(told.hour):02}:00",
        "leads": lambda told: LEAD_WORDS[told.lead],
        "attempts": lambda told: tries.get(told.attempt, "Fourth call and later"),
        "languages": lambda told: languages[told.language],
    }


def test_every_number_about_reminders_equals_a_slow_count(desk: Client, made: History) -> None:
    for slug, key in heads().items():
        table = table_of(desk, slug)
        assert numbers(table) == slow(key), slug
        assert table.total is not None
        [total] = slow(lambda told: "").values()
        assert [cell.value for cell in table.total.cells] == total


def test_so_does_every_number_of_one_clinic_and_of_one_practitioner(
    desk: Client, made: History
) -> None:
    clinic, person = made.clinics[1], made.practitioners[2]
    assert person.clinic_id == clinic.pk
    for slug, key in heads().items():
        if slug == "practitioners":
            continue
        of_clinic = numbers(table_of(desk, slug, clinic=clinic.pk))
        assert of_clinic == slow(key, where=lambda told: told.clinic == clinic.pk), slug
        of_person = numbers(table_of(desk, slug, practitioner=person.pk))
        mine = slow(key, where=lambda told: told.practitioner == str(person.pk))
        assert mine
        assert of_person == mine, slug


def test_so_does_the_period_before(desk: Client, made: History) -> None:
    days = (LAST - FIRST).days + 1
    first, last = FIRST - timedelta(days=days), FIRST - timedelta(days=1)
    for slug in ("clinics", "hours", "attempts"):
        rows = table_of(desk, slug).rows
        before = {row.head: [cell.before for cell in row.cells] for row in rows}
        expected = slow(heads()[slug], first, last)
        assert expected
        assert {head: values for head, values in before.items() if any(values)} == expected


def test_outcomes_are_told_word_for_word(desk: Client, made: History) -> None:
    table = table_of(desk, "outcomes")
    assert table.total is not None
    told = [t for t in histories.all_told() if FIRST <= t.day <= LAST]
    outcomes = Counter(t.outcome for t in told)
    assert table.total.cells[0].value == len(told)
    assert sorted(cell.value for cell in table.total.cells[1:]) == sorted(outcomes.values())
    for line in table.rows:
        assert sum(cell.value or 0 for cell in line.cells[1:]) == line.cells[0].value


def test_missed_visits_are_counted_by_what_was_answered(desk: Client, made: History) -> None:
    found = numbers(table_of(desk, "attendance"), 2)
    expected: dict[str, list[int]] = {}
    for (_, day, _, standing, status), n in histories.standings().items():
        if FIRST <= day <= LAST:
            row = expected.setdefault(STANDINGS[standing], [0, 0])
            row[0 if status == "attended" else 1] += n
    assert expected
    assert found == expected


def slow_heard(kind: str) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for (_, day, told, language, value), n in histories.heard_by_day().items():
        if told == kind and FIRST <= day <= LAST:
            found[language, value] += n
    return found


def test_languages_spoken_stand_against_the_language_the_call_began_in(
    desk: Client, made: History
) -> None:
    rows = table_of(desk, "spoken").rows
    assert [row.head for row in rows] == ["English (en-US)", "Spanish (es-US)"]
    spoken = slow_heard("spoken")
    tags = ("en-US", "es-US")
    assert [[cell.value for cell in row.cells] for row in rows] == [
        [spoken[began, tag] for tag in tags] for began in tags
    ]


def test_sentiment_counts_calls(desk: Client, made: History) -> None:
    expected: Counter[str] = Counter()
    for (_, value), n in slow_heard("sentiment").items():
        expected[value.capitalize()] += n
    assert {head: [n] for head, n in expected.items()} == numbers(table_of(desk, "sentiment"))


def test_what_was_understood_is_told_for_each_language(desk: Client, made: History) -> None:
    expected = slow_heard("understanding")
    for row, tag in zip(table_of(desk, "understood").rows, ("en-US", "es-US"), strict=True):
        kinds = ("understood", "not_understood", "key", "silence", "fault")
        assert [cell.value for cell in row.cells[:5]] == [expected[tag, kind] for kind in kinds]


def test_calls_and_minutes_equal_a_slow_count(desk: Client, made: History) -> None:
    by_day: dict[date, list[Any]] = {}
    for (_, day), calls in histories.calls_by_day().items():
        if FIRST <= day <= LAST:
            by_day.setdefault(day, []).append(calls)
    for line, day in zip(
        table_of(desk, "calls").rows, (FIRST + timedelta(days=n) for n in range(8)), strict=True
    ):
        calls = [call for group in by_day.get(day, []) for call in group]
        taken = [call for call in calls if call.connected_at]
        seconds = sum(
            max(0, round((c.ended_at - c.connected_at).total_seconds()))
            for c in taken
            if c.ended_at
        )
        most = max((histories.most_at_once(group) for group in by_day.get(day, [])), default=0)
        told = [cell.value for cell in line.cells]
        assert told == [len(calls), len(taken), round(seconds / 60, 1), most]


# -- the way to the rows

#: Reports whose last number is a share or the most of something: the list has its rows.
WHOLE = {"attendance": 2, "understood": 5, "calls": 2, "calls-by-clinic": 2}


def links(table: Table, slug: str) -> list[Cell]:
    rows = [*table.rows, *([table.total] if table.total else [])]
    return [cell for row in rows for cell in row.cells[: WHOLE.get(slug)] if cell.link]


def rows_behind(desk: Client, cell: Cell) -> int:
    response = desk.get(cell.link)
    assert response.status_code == 200, response["Location"]
    return int(response.context["cl"].result_count)


def test_every_number_leads_to_as_many_rows(desk: Client, made: History) -> None:
    for slug in REPORTS:
        cells = links(table_of(desk, slug), slug)
        assert cells, slug
        # Of a long table a part, another one with each run.
        for cell in Random().sample(cells, min(len(cells), 4)):
            assert rows_behind(desk, cell) == cell.value, cell.link


def test_so_does_every_number_of_one_practitioner(desk: Client, made: History) -> None:
    for slug in ("hours", "leads", "attendance"):
        table = table_of(desk, slug, practitioner=made.practitioners[2].pk)
        for cell in links(table, slug)[:4]:
            assert rows_behind(desk, cell) == cell.value, cell.link


NO_SENSE = [
    ("calls_callvisit", "days=x"),
    ("calls_callvisit", "days=0001-01-01..9999-12-31"),
    ("calls_callvisit", "hour=25"),
    ("calls_callvisit", "lead=x"),
    ("calls_callvisit", "attempt=9"),
    ("calls_callvisit", "led=x"),
    ("calls_callvisit", "practitioner=x"),
    ("calls_callattempt", "taken=maybe"),
    ("calls_recognition", "understanding=x"),
    ("calls_recognition", "like=999999"),
    ("calls_recognition", "like=x"),
    ("reminders_appointment", "when=all&standing=x"),
    ("reminders_appointment", "when=all&days=2026-11-03..2026-11-01"),
]


def test_a_question_without_sense_finds_nothing(desk: Client, made: History) -> None:
    for model, query in NO_SENSE:
        app, _, name = model.partition("_")
        response = desk.get(f"/admin/{app}/{name}/?{query}")
        assert response.context["cl"].result_count == 0, query


def test_a_reminder_and_what_was_heard_lead_to_their_call(desk: Client, clinic: Clinic) -> None:
    call = make_call(make_visits(clinic, 1)[0])
    heard = hear(call)
    page = f"/admin/calls/callattempt/{call.pk}/change/"
    reminder = CallVisit.objects.get()
    assert desk.get(f"/admin/calls/callvisit/{reminder.pk}/change/")["Location"] == page
    assert desk.get(f"/admin/calls/recognition/{heard.pk}/change/")["Location"] == page


# -- words


def not_understood(visit: Appointment, words: str, times: int) -> Recognition:
    call = make_call(visit)
    for _ in range(times):
        row = hear(call, "", speech=words, label="", input_type="speech")
    return row


def test_words_that_repeat_can_be_added_to_the_choices(desk: Client, clinic: Clinic) -> None:
    visit = make_visits(clinic, 1)[0]
    last = not_understood(visit, "Yeah Sure", 3)
    not_understood(visit, "rarely", 2)
    counting.count_due(TUESDAY)
    table = desk.get(f"{URL}missed-words/").context["table"]
    assert [(row.head, row.cells[0].value, row.action[0]) for row in table.rows] == [
        ("“yeah sure”", 3, "Add to the choices"),
        ("“rarely”", 2, ""),
    ]
    address = table.rows[0].action[1]
    assert dict(parse_qsl(urlsplit(address).query)) == {"language": "en", "heard": str(last.pk)}
    assert rows_behind(desk, table.rows[0].cells[0]) == 3
    assert "yeah" not in table.rows[0].cells[0].link.lower()


def test_the_prompts_page_takes_the_words_up_and_saves_a_version_to_approve(
    desk: Client, clinic: Clinic
) -> None:
    not_understood(make_visits(clinic, 1)[0], "Yeah Sure.", 3)
    table = desk.get(f"{URL}missed-words/").context["table"]
    shown = desk.get(table.rows[0].action[1])
    assert "Heard and not understood: “yeah sure”" in shown.content.decode()
    assert "yeah sure" not in shown.context["form"]["phrases-menu-Confirm"].value()
    [link] = [link for title, link, _ in shown.context["missed"].answers if "Confirms" in title]
    chosen = desk.get(link)
    assert chosen.context["form"]["phrases-menu-Confirm"].value().endswith("\nyeah sure")
    saved = desk.post(link.partition("#")[0], as_sent(chosen.context["form"]))
    assert saved.status_code == 302
    version = ClinicWording.objects.get()
    assert "yeah sure" in version.phrases["menu"]["Confirm"]
    assert not PromptApproval.objects.filter(approved_at__gt=TUESDAY - timedelta(days=1)).exists()


def test_words_of_another_clinic_or_language_are_not_taken_up(desk: Client, clinic: Clinic) -> None:
    row = not_understood(make_visits(clinic, 1)[0], "yeah sure", 3)
    other = make_clinic("west", name="West")
    for pk, language, heard in (
        (other.pk, "en", row.pk),
        (clinic.pk, "es", row.pk),
        (clinic.pk, "en", 999999),
        (clinic.pk, "en", "x"),
    ):
        url = f"/admin/reminders/clinic/{pk}/prompts/"
        page = desk.get(url, {"language": language, "heard": heard})
        assert page.context["missed"] is None


def test_words_that_were_understood_stand_elsewhere(desk: Client, clinic: Clinic) -> None:
    call = make_call(make_visits(clinic, 1)[0])
    hear(call, "Yes")
    hear(call, "yes")
    table = desk.get(f"{URL}phrases/").context["table"]
    assert [(row.head, row.cells[0].value) for row in table.rows] == [("“yes”", 2)]
    assert rows_behind(desk, table.rows[0].cells[0]) == 2
    assert desk.get(f"{URL}missed-words/").context["is_empty"]


def test_a_language_that_fares_worse_is_flagged_and_small_numbers_are_warned_of(
    desk: Client, clinic: Clinic
) -> None:
    visit = make_visits(clinic, 1)[0]
    english, spanish = make_call(visit), make_call(visit, language="es-US")
    for n in range(60):
        hear(english, "yes" if n else "", **({} if n else {"sub_code": 8547, "label": ""}))
    for n in range(20):
        columns = {"sub_code": 8547, "label": "", "input_type": ""} if n < 10 else {}
        hear(spanish, "" if n < 10 else "si", **columns)
    counting.count_due(TUESDAY)
    shown = desk.get(f"{URL}understood/")
    flags = {row.head: row.flag for row in shown.context["table"].rows}
    assert not flags["English (en-US)"]
    assert "less often" in flags["Spanish (es-US)"]
    content = shown.content.decode()
    assert "Small numbers make wide intervals" in content
    assert "Spanish (es-US) is understood less often than the other languages." in content


# -- the page


def test_test_calls_and_calls_that_never_rang_are_in_no_report(
    desk: Client, clinic: Clinic
) -> None:
    visit = make_visits(clinic, 1)[0]
    make_call(visit, rehearsal=True)
    make_call(visit, outcome="not_placed", started_at=None)
    counting.count_due(TUESDAY)
    for slug in REPORTS:
        assert desk.get(f"{URL}{slug}/").context["is_empty"], slug


def test_rates_are_of_the_reminders_that_are_over(desk: Client, clinic: Clinic) -> None:
    visit = make_visits(clinic, 1)[0]
    for outcome in ("confirmed", "cancelled", "no_answer", "machine", "hung_up"):
        make_call(visit, TUESDAY, outcome=outcome)
    make_call(visit, TUESDAY, outcome="", status="connected", ended_at=None)
    counting.count_due(TUESDAY)
    cards = {c["name"]: (c["figure"], c["about"]) for c in desk.get(URL).context["cards"]}
    assert cards["Reminders"] == ("6", "before: 0")
    assert cards["Reached"] == ("60 %", "3 of 5 that are over; before: –")
    assert cards["Unanswered"] == ("60 %", "3 of 5 that are over; before: –")


def test_the_page_tells_up_to_when_it_is_counted(desk: Client, clinic: Clinic) -> None:
    assert "Nothing is counted yet" in desk.get(URL).content.decode()
    make_call(make_visits(clinic, 1)[0])
    counting.count_due(TUESDAY - timedelta(minutes=1))
    asked = {"clinic": clinic.pk}
    shown = desk.get(URL, asked).content.decode()
    assert "Counted at Tue 17 Nov 13:59 (America/New_York)." in shown
    assert "still being counted" not in shown
    CountedDay.changed(clinic, TUESDAY)
    assert "1 of these days is still being counted" in desk.get(URL, asked).content.decode()


def test_it_says_when_nothing_counts(desk: Client, clinic: Clinic) -> None:
    make_call(make_visits(clinic, 1)[0])
    counting.count_due(TUESDAY - timedelta(minutes=11))
    assert "does not run" in desk.get(URL).content.decode()


def test_an_empty_report_says_what_to_do(desk: Client, clinic: Clinic) -> None:
    shown = desk.get(URL).content.decode()
    assert "Nothing in these days" in shown
    assert "Choose other days" in shown


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"first": "yesterday"}, "first"),
        ({"last": "2026-02-30"}, "last"),
        ({"first": "2026-11-17", "last": "2026-11-01"}, "last"),
        ({"first": "2024-01-01", "last": "2026-01-01"}, "first"),
        ({"first": "0001-01-01", "last": "0001-01-02"}, "first"),
        ({"first": "9999-12-30", "last": "9999-12-31"}, "first"),
        ({"last": "0001-01-01"}, "first"),
        ({"clinic": "x"}, "clinic"),
        ({"clinic": "99999"}, "clinic"),
        ({"practitioner": "99999"}, "practitioner"),
    ],
)
def test_what_makes_no_period_is_an_error_of_the_field(
    desk: Client, query: dict[str, str], field: str
) -> None:
    response = desk.get(URL, query)
    assert response.status_code == 200
    assert response.context["form"].errors[field]
    assert desk.get(f"{URL}days.csv", query)["Location"].startswith(f"{URL}days/")


def test_a_report_that_there_is_not_is_not_found(desk: Client) -> None:
    for name in ("x/", "x.csv", "x.xlsx"):
        assert desk.get(URL + name).status_code == 404


def test_who_may_not_see_calls_sees_no_report(sign_in: Callable[..., Client]) -> None:
    browser = sign_in("view_appointment")
    for name in ("", "days/", "days.csv", "days.xlsx"):
        assert browser.get(URL + name).status_code == 403


def queries(desk: Client, slug: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        desk.get(f"{URL}{slug}/")
    return len(captured)


def test_a_page_takes_as_many_queries_for_60_rows_as_for_10(desk: Client, clinic: Clinic) -> None:
    visits = make_visits(clinic, 60)
    for visit in visits[:10]:
        hear(make_call(visit))
    counting.count_due(TUESDAY)
    desk.get(URL)
    few = {slug: queries(desk, slug) for slug in REPORTS}
    for n, visit in enumerate(visits[10:]):
        hear(make_call(visit, TUESDAY - timedelta(days=n % 9)), f"word {n}")
        person = Practitioner.objects.create(clinic=clinic, name=f"Dr. {n}")
        Appointment.objects.filter(pk=visit.pk).update(practitioner=person)
    counting.count_due(TUESDAY)
    assert {slug: queries(desk, slug) for slug in REPORTS} == few
    assert max(few.values()) <= 22


# -- downloads

OF_WORDS = ("missed-words", "phrases")


def test_what_patients_said_is_downloaded_by_whoever_may_download_lists(
    sign_in: Callable[..., Client], made: History
) -> None:
    browser = sign_in("view_callattempt")
    for slug in OF_WORDS:
        shown = browser.get(f"{URL}{slug}/", DAYS)
        assert shown.status_code == 200
        assert shown.context["links"] == []
        for kind in ("csv", "xlsx"):
            assert browser.get(f"{URL}{slug}.{kind}", DAYS).status_code == 403
    assert browser.get(f"{URL}days.csv", DAYS).status_code == 200
    assert not Export.objects.exists()
    may_export = Permission.objects.get(codename="export_lists")
    User.objects.get(username="eve").user_permissions.add(may_export)
    for slug in OF_WORDS:
        links = browser.get(f"{URL}{slug}/", DAYS).context["links"]
        assert [kind for kind, _ in links] == ["CSV", "XLSX"]
        assert browser.get(f"{URL}{slug}.csv", DAYS).status_code == 200
    taken = Export.objects.values_list("by", "list", "format")
    assert set(taken) == {("eve", f"report {slug}", "csv") for slug in OF_WORDS}


def test_every_role_but_the_auditors_takes_reports_along() -> None:
    held = {role: codenames(role, ["reminders.export_lists"]) for role in ROLES}
    assert [role for role, names in held.items() if not names] == ["auditor"]


def csv_of(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def plain(cell: Any) -> Any:
    """As a number where it is one: a workbook does not tell 0 from 0.0."""
    try:
        return float(cell)
    except (TypeError, ValueError):
        return cell or ""


def test_each_table_comes_as_csv_and_as_xlsx_with_the_numbers_of_the_page(
    desk: Client, made: History
) -> None:
    for slug in REPORTS:
        table = table_of(desk, slug)
        rows = csv_of(desk.get(f"{URL}{slug}.csv", DAYS).content)
        step = 2 if table.compares else 1
        for line, row in zip(table.rows, rows[1:], strict=False):
            shown = ["" if cell.value is None else str(cell.value) for cell in line.cells]
            assert row[1 : 1 + step * len(shown) : step] == shown
        book = openpyxl.load_workbook(io.BytesIO(desk.get(f"{URL}{slug}.xlsx", DAYS).getvalue()))
        sheet = list(book.active.iter_rows(values_only=True))
        told = [[plain(value) for value in row] for row in rows]
        assert [[plain(value) for value in row] for row in sheet] == told, slug


def test_no_cell_of_a_download_is_a_formula(desk: Client, clinic: Clinic) -> None:
    not_understood(make_visits(clinic, 1)[0], '=HYPERLINK("https://evil.example")', 3)
    Clinic.objects.update(name="@clinic")
    counting.count_due(TUESDAY)
    assert csv_of(desk.get(f"{URL}clinics.csv").content)[1][0] == "'@clinic"
    for name in ("clinics", "missed-words"):
        book = openpyxl.load_workbook(io.BytesIO(desk.get(f"{URL}{name}.xlsx").getvalue()))
        kinds = {cell.data_type for row in book.active.iter_rows() for cell in row}
        assert "f" not in kinds
        for line in csv_of(desk.get(f"{URL}{name}.csv").content):
            assert not any(re.match(r"[=+\-@]", cell) for cell in line)


def test_the_vocabularies_of_counts_and_of_words_are_the_same() -> None:
    assert list(LEADS) == list(LEAD_WORDS)
    assert {*LED} <= {field.name for field in DailyReminders._meta.fields}


def test_other_clinics_are_left_out(desk: Client, clinic: Clinic) -> None:
    hear(make_call(make_visits(clinic, 1)[0]))
    other = make_clinic("west", name="West")
    counting.count_due(TUESDAY)
    for slug in REPORTS:
        assert desk.get(f"{URL}{slug}/", {"clinic": other.pk}).context["is_empty"], slug
