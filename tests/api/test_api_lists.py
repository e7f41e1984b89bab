"""Lists over REST: pages, filters, and a cost that does not grow with the rows."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from calls.models import Recognition
from reminders.models import Appointment, Clinic, Patient
from tests.api.conftest import Rest
from tests.api.test_api_calls import record_call
from tests.conftest import make_appointment, make_clinic, make_patient


def fill(count: int, **columns: Any) -> list[str]:
    """A clinic and patients with a visit each; the ids of the visits, as made."""
    clinic = Clinic.objects.filter(slug="maple").first() or make_clinic()
    first = Patient.objects.count()
    for number in range(first, first + count):
        patient = make_patient(f"p{number:03}", f"+1212555{number % 100 + 100:04}")
        make_appointment(clinic, patient, external_id=f"a{number:03}", **columns)
    return list(Appointment.objects.order_by("pk").values_list("external_id", flat=True))


def ids(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [row["external_id"] for row in answer.json()["results"]]


@pytest.mark.parametrize(("page_size", "pages"), [(3, 3), (7, 1), (200, 1), (1, 7)])
def test_the_pages_hold_every_row_once_and_lead_back(
    rest: Rest, page_size: int, pages: int
) -> None:
    everything = fill(7)
    seen, address, count = [], f"appointments/?page_size={page_size}", 0
    while address:
        answer = rest.get(address)
        seen += ids(answer)
        count += 1
        last, address = answer.json(), answer.json()["next"]
    assert (seen, count) == (everything, pages)
    while last["previous"]:
        last = rest.get(last["previous"]).json()
    assert last["results"][0]["external_id"] == everything[0]


def test_a_page_has_fifty_rows_unless_asked_otherwise(rest: Rest) -> None:
    fill(51)
    assert len(ids(rest.get("patients/"))) == 50


def test_a_row_made_between_two_pages_moves_none(rest: Rest) -> None:
    fill(4)
    first = rest.get("appointments/?page_size=2").json()
    make_appointment(Clinic.objects.get(), Patient.objects.all()[0], external_id="between")
    assert ids(rest.get(first["next"])) == ["a002", "a003"]


def test_a_row_of_a_list_is_what_get_shows(rest: Rest, now: datetime) -> None:
    fill(1)
    record_call(now, external_id="a000")
    for listed, one in (
        ("appointments/", "appointments/a000/"),
        ("patients/", "patients/p000/"),
        ("clinics/", "clinics/maple/"),
    ):
        assert rest.get(listed).json()["results"] == [rest.get(one).json()]


@pytest.mark.parametrize("address", ["appointments/", "patients/"])
def test_a_list_costs_the_same_however_long(rest: Rest, now: datetime, address: str) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as queries:
            rest.get(address)
        return len(queries)

    record_calls(fill(2), now)
    queries()  # the token's first use is written down
    few = queries()
    record_calls(fill(10), now)
    # The token, the rows, their calls, what was heard; who was seen, in two and a savepoint.
    assert queries() == few <= 8


def record_calls(external_ids: list[str], now: datetime) -> None:
    for external_id in external_ids:
        for hours in (1, 2):
            record_call(now - timedelta(hours=hours), external_id=external_id)
    assert Recognition.objects.exists()


@pytest.fixture
def visits(rest: Rest, now: datetime) -> None:
    """Four visits that differ in what one may ask for."""
    fill(4)
    oak = make_clinic("oak", name="Oak Street Clinic")
    rows = Appointment.objects.all()
    rows.filter(external_id="a000").update(clinic=oak, starts_at=now + timedelta(days=2))
    rows.filter(external_id="a001").update(status="confirmed", answer="confirmed")
    rows.filter(external_id="a002").update(answer="reschedule_requested")
    rows.filter(external_id="a003").update(status="cancelled", next_call_reason="cancelled")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"clinic": "oak"}, ["a000"]),
        ({"clinic": "elm"}, []),
        ({"patient": "p001"}, ["a001"]),
        ({"status": "confirmed"}, ["a001"]),
        ({"answer": "reschedule_requested"}, ["a002"]),
        ({"answer": "none"}, ["a000", "a003"]),
        ({"next_call_reason": "cancelled"}, ["a003"]),
        ({"starts_after": "2026-11-19T19:00:00Z"}, ["a000"]),
        ({"starts_before": "2026-11-19T14:00:00-05:00"}, ["a001", "a002", "a003"]),
        (
            {"starts_after": "2026-11-19T00:00:00Z", "starts_before": "2026-11-20T00:00:00Z"},
            ["a000"],
        ),
        ({"clinic": "maple", "status": "scheduled"}, ["a002"]),
    ],
)
def test_filters_narrow_the_visits(
    visits: None, rest: Rest, query: dict[str, str], found: list[str]
) -> None:
    assert ids(rest.get("appointments/", **query)) == found


def test_a_plus_that_lost_its_escape_is_an_offset_all_the_same(visits: None, rest: Rest) -> None:
    assert ids(rest.get("appointments/?starts_after=2026-11-19T20:00:00+01:00")) == ["a000"]


def test_patients_and_clinics_can_be_narrowed(visits: None, rest: Rest, now: datetime) -> None:
    Patient.objects.filter(external_id="p002").update(legal_basis="none")
    Clinic.objects.filter(slug="oak").update(paused_at=now)
    assert ids(rest.get("patients/", legal_basis="none")) == ["p002"]
    for paused, slug in (("true", "oak"), ("false", "maple")):
        (row,) = rest.get("clinics/", paused=paused).json()["results"]
        assert row["slug"] == slug


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("status", "gone"),
        ("answer", "perhaps"),
        ("next_call_reason", "why"),
        ("starts_after", "2026-11-19"),
        ("starts_after", "2026-11-19T20:00:00"),
        ("starts_before", "soon"),
        ("clinic", "\x00"),
        ("page_size", "0"),
        ("page_size", "201"),
        ("page_size", "ten"),
        ("cursor", "nonsense"),
        ("cursor", "cD1hYmM="),  # p=abc
        ("cursor", "cD05OTk5OTk5OTk5OTk5OTk5OTk5OTk5"),  # p= a number no column holds
        ("stauts", "scheduled"),
        ("status", ""),
        ("starts_before", ""),
        ("clinic", " "),
    ],
)
def test_a_bad_parameter_is_told_by_its_name(
    visits: None, rest: Rest, name: str, value: str
) -> None:
    answer = rest.get("appointments/", **{name: value})
    assert answer.status_code == 400
    assert list(answer.json()) == [name]


@pytest.mark.parametrize(
    "question",
    ["clinics/?paused=maybe", "clinics/?paused=", "clinics/?paused=true&paused=false"],
)
def test_a_flag_is_true_or_false_and_given_once(rest: Rest, question: str) -> None:
    answer = rest.get(question)
    assert answer.status_code == 400
    assert list(answer.json()) == ["paused"]


def test_lists_take_no_put(rest: Rest, sent: Callable[..., Any]) -> None:
    assert rest.put("appointments/", {}).status_code == 405
