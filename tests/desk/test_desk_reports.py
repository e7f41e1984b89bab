"""The report against rows made by hand."""

import csv
import io
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from desk.reports.download import safe
from desk.reports.figures import report_of
from desk.reports.period import Period
from reminders.models import Appointment, Clinic
from tests.conftest import TUESDAY, make_clinic
from tests.desk.conftest import hear, make_call, make_visits

URL = "/admin/reports/"


@pytest.fixture
def visit(clinic: Clinic) -> Appointment:
    return make_visits(clinic, 1)[0]


def rows_of(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def test_outcomes_are_counted_by_day(visit: Appointment) -> None:
    for outcome in ("confirmed", "confirmed", "no_answer"):
        make_call(visit, TUESDAY, outcome=outcome)
    make_call(visit, TUESDAY - timedelta(days=1), outcome="cancelled")
    make_call(visit, TUESDAY - timedelta(days=30), outcome="cancelled")
    report = report_of(Period(None, date(2026, 11, 15), date(2026, 11, 17)))
    assert [(day.day, dict(counts)) for day, counts in report.by_day] == [
        (15, {}),
        (16, {"cancelled": 1}),
        (17, {"confirmed": 2, "no_answer": 1}),
    ]
    assert report.outcomes == ["confirmed", "cancelled", "no_answer"]


def test_rates_are_of_the_calls_that_are_over(visit: Appointment) -> None:
    for outcome in ("confirmed", "cancelled", "no_answer", "machine", "hung_up"):
        make_call(visit, TUESDAY, outcome=outcome)
    make_call(visit, TUESDAY, outcome="", status="connected", ended_at=None)
    report = report_of(Period(None, TUESDAY.date(), TUESDAY.date()))
    assert {rate.name: (rate.count, rate.of, rate.percent) for rate in report.rates} == {
        "Reached": (3, 5, "60 %"),
        "Confirmed": (1, 5, "20 %"),
        "Cancelled": (1, 5, "20 %"),
        "Wants no more calls": (0, 5, "0 %"),
    }


def test_a_call_that_never_rang_is_in_no_report(visit: Appointment) -> None:
    make_call(visit, TUESDAY, outcome="not_placed", started_at=None)
    report = report_of(Period(None, TUESDAY.date(), TUESDAY.date()))
    assert report.totals.total() == 0
    assert report.rates[0].percent == "–"


def test_days_are_the_clinics_own_where_one_is_chosen(visit: Appointment, clinic: Clinic) -> None:
    """20:30 in New York is the next day in UTC."""
    make_call(visit, datetime(2026, 11, 17, 1, 30, tzinfo=UTC))
    of_clinic = report_of(Period(clinic, date(2026, 11, 16), date(2026, 11, 16)))
    of_all = report_of(Period(None, date(2026, 11, 16), date(2026, 11, 16)))
    assert (of_clinic.totals.total(), of_all.totals.total()) == (1, 0)


def test_the_day_on_which_clocks_go_back_has_25_hours(visit: Appointment, clinic: Clinic) -> None:
    make_call(visit, datetime(2026, 11, 1, 4, 0, tzinfo=UTC))
    make_call(visit, datetime(2026, 11, 2, 4, 59, tzinfo=UTC))
    make_call(visit, datetime(2026, 11, 2, 5, 0, tzinfo=UTC))
    day = date(2026, 11, 1)
    assert report_of(Period(clinic, day, day)).totals.total() == 2


def test_other_clinics_are_left_out(visit: Appointment, clinic: Clinic) -> None:
    hear(make_call(visit))
    other = make_clinic("west", name="West")
    report = report_of(Period(other, TUESDAY.date(), TUESDAY.date()))
    assert (report.totals.total(), report.languages, report.phrases) == (0, [], [])


def test_languages_and_sentiment_count_calls_and_phrases_count_words(visit: Appointment) -> None:
    call = make_call(visit)
    hear(call, "Yes", label="Yes", step="right_party")
    hear(call, "yes", label="Yes")
    hear(make_call(visit), "confirmo", language="es-US", sentiment="neutral")
    report = report_of(Period(None, TUESDAY.date(), TUESDAY.date()))
    assert report.languages == [("en-US", 1), ("es-US", 1)]
    assert report.sentiments == [("neutral", 1), ("positive", 1)]
    assert [(p.words, p.label, p.count) for p in report.phrases] == [
        ("yes", "Yes", 2),
        ("confirmo", "Confirm", 1),
    ]


def test_the_page_takes_as_many_queries_for_many_calls(desk: Client, visit: Appointment) -> None:
    hear(make_call(visit))
    desk.get(URL)
    with CaptureQueriesContext(connection) as few:
        desk.get(URL)
    for n in range(12):
        hear(make_call(visit, TUESDAY - timedelta(days=n)), f"word {n}")
    with CaptureQueriesContext(connection) as many:
        desk.get(URL)
    assert len(many) == len(few) <= 14


def test_the_page_says_whose_days_they_are(desk: Client, visit: Appointment) -> None:
    make_call(visit)
    assert "days are UTC" in desk.get(URL).content.decode()
    of_clinic = desk.get(URL, {"clinic": visit.clinic_id}).content.decode()
    assert "days of Maple Street Clinic (America/New_York)" in of_clinic


def test_an_empty_report_says_what_to_do(desk: Client) -> None:
    shown = desk.get(URL).content.decode()
    assert "No calls in these days" in shown
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
    ],
)
def test_what_makes_no_period_is_an_error_of_the_field(
    desk: Client, query: dict[str, str], field: str
) -> None:
    response = desk.get(URL, query)
    assert response.status_code == 200
    assert response.context["form"].errors[field]
    assert desk.get(f"{URL}outcomes.csv", query)["Location"].startswith(URL)


def test_the_outcomes_come_as_csv(desk: Client, visit: Appointment) -> None:
    make_call(visit)
    query = {"clinic": visit.clinic_id, "first": "2026-11-16", "last": "2026-11-17"}
    response = desk.get(f"{URL}outcomes.csv", query)
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert rows_of(response.content) == [
        ["Clinic", "Day (America/New_York)", "Calls", "Confirmed"],
        ["Maple Street Clinic", "2026-11-16", "0", "0"],
        ["Maple Street Clinic", "2026-11-17", "1", "1"],
    ]


def test_no_cell_of_a_csv_is_a_formula(desk: Client, visit: Appointment) -> None:
    hear(make_call(visit), '=HYPERLINK("https://evil.example")')
    Clinic.objects.update(name="@clinic")
    phrases = rows_of(desk.get(f"{URL}phrases.csv").content)
    assert phrases[1] == ['\'=hyperlink("https://evil.example")', "Confirm", "1"]
    outcomes = rows_of(desk.get(f"{URL}outcomes.csv", {"clinic": visit.clinic_id}).content)
    assert outcomes[1][0] == "'@clinic"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1"])
def test_what_a_spreadsheet_would_run_is_made_text(text: str) -> None:
    assert safe(text) == f"'{text}"


@pytest.mark.parametrize("text", ["yes", "1", "", "a=b"])
def test_everything_else_stays_as_it_is(text: str) -> None:
    assert safe(text) == text
