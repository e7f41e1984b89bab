"""Visits over REST: what may be sent, what it plans, and that a repetition is none."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connections

from api.models import ApiToken
from config import clock
from reminders.models import (
    Appointment,
    AppointmentEvent,
    Clinic,
    Decision,
    Practitioner,
    VisitType,
)
from tests.api.conftest import CLINIC, PATIENT, VISIT, Rest
from tests.conftest import approve

Sent = Callable[..., Any]
STARTS = "2026-11-20T20:00:00Z"


def trail() -> tuple[int, ...]:
    """All that is written beside a visit when something of it changes."""
    return (
        Decision.objects.count(),
        AppointmentEvent.objects.count(),
        Appointment.history.count(),
        Practitioner.objects.count(),
    )


def events() -> list[tuple[str, str]]:
    return list(AppointmentEvent.objects.values_list("kind", "actor"))


def test_a_visit_is_made_with_its_defaults_and_planned(sent: Sent, rest: Rest) -> None:
    answer = sent()
    assert answer == {
        "external_id": "a-1",
        "patient": "p-1",
        "clinic": "maple",
        "starts_at": STARTS,
        "minutes": 30,
        "practitioner": None,
        "type": None,
        "status": "scheduled",
        "answer": "",
        "next_call_at": "2026-11-17T20:00:00Z",
        "next_call_reason": "touch",
        "calls": [],
    }
    assert rest.get("appointments/a-1/").json() == answer
    assert events() == [("created", "api practice system")]
    prefix = ApiToken.objects.get().prefix
    assert Appointment.history.get().history_change_reason == f"api practice system {prefix}"


def test_it_is_201_when_made_and_200_after(sent: Sent, rest: Rest) -> None:
    sent()
    assert rest.put("appointments/a-2/", VISIT).status_code == 201
    assert rest.put("appointments/a-2/", VISIT).status_code == 200


@pytest.mark.parametrize(
    "extra",
    [
        {},
        {"minutes": 45, "practitioner": "Dr. Imani Cole"},
        {"status": "scheduled"},
        {"status": "cancelled"},
        {"status": "no_show", "minutes": None, "practitioner": None},
        {"starts_at": "2026-11-20T21:00:00+01:00"},
    ],
)
def test_the_same_body_twice_changes_nothing_and_plans_nothing(
    sent: Sent, rest: Rest, extra: dict[str, Any]
) -> None:
    first = sent(extra)
    before = trail()
    second = rest.put("appointments/a-1/", VISIT | extra)
    assert (second.status_code, second.json()) == (200, first)
    assert trail() == before


def test_fields_left_out_keep_their_value_and_null_clears(sent: Sent, rest: Rest) -> None:
    sent({"minutes": 45, "practitioner": "Dr. Imani Cole"})
    kept = rest.put("appointments/a-1/", {"minutes": 50}).json()
    assert (kept["minutes"], kept["practitioner"]) == (50, "Dr. Imani Cole")
    cleared = rest.put("appointments/a-1/", {"minutes": None, "practitioner": None}).json()
    assert (cleared["minutes"], cleared["practitioner"]) == (30, None)
    assert events()[1:] == [("changed", "api practice system")] * 2


@pytest.mark.parametrize("field", VISIT)
def test_what_is_required_is_neither_missing_when_new_nor_null(
    sent: Sent, rest: Rest, field: str
) -> None:
    sent()
    missing = {name: value for name, value in VISIT.items() if name != field}
    assert list(rest.put("appointments/a-2/", missing).json()) == [field]
    answer = rest.put("appointments/a-1/", {field: None})
    assert (answer.status_code, list(answer.json())) == (400, [field])


@pytest.mark.parametrize(
    ("field", "bad"),
    [
        ("starts_at", "2026-11-20T15:00:00"),
        ("starts_at", "2026-11-20"),
        ("starts_at", "tomorrow"),
        ("starts_at", ""),
        ("starts_at", 1795204800),
        ("starts_at", "2026-02-30T15:00:00Z"),
        ("starts_at", "2026-11-17T19:00:00Z"),
        ("starts_at", "2026-11-17T14:00:00-05:00"),
        ("starts_at", "2020-01-01T00:00:00Z"),
        ("starts_at", "0001-01-01T00:00:00+14:00"),
        ("starts_at", "9999-12-31T23:59:59-14:00"),
        ("starts_at", "2026-11-20T15:00:00+99:00"),
        ("patient", "p-2"),
        ("patient", 1),
        ("patient", "not an id"),
        ("clinic", "oak"),
        ("clinic", ["maple"]),
        ("minutes", 0),
        ("minutes", 1441),
        ("minutes", "30"),
        ("minutes", True),
        ("practitioner", 5),
        ("practitioner", "x" * 201),
        ("practitioner", ""),
        ("status", "confirmed"),
        ("status", "gone"),
        ("status", ["scheduled"]),
        ("answer", "confirmed"),
        ("next_call_at", None),
        ("next_call_reason", "touch"),
        ("calls", []),
        ("external_id", "a-1"),
        ("colour", "red"),
    ],
)
def test_a_bad_value_is_told_by_its_field_and_nothing_is_saved(
    sent: Sent, rest: Rest, field: str, bad: Any
) -> None:
    before = sent()
    marks = trail()
    for address in ("appointments/a-1/", "appointments/a-2/"):
        answer = rest.put(address, VISIT | {"practitioner": "Dr. New"} | {field: bad})
        assert answer.status_code == 400
        assert list(answer.json()) == [field]
    assert trail() == marks
    assert rest.get("appointments/a-1/").json() == before
    assert rest.get("appointments/a-2/").status_code == 404


def test_the_messages_say_what_to_do(sent: Sent, rest: Rest) -> None:
    sent()

    def told(**change: Any) -> str:
        (message,) = rest.put("appointments/a-1/", change).json().values()
        return str(message[0])

    assert "offset" in told(starts_at="2026-11-20T15:00:00")
    assert "2026-11-17T19:00:00Z" in told(starts_at="2026-11-17T10:00:00Z")
    assert "“oak”" in told(clinic="oak")
    assert "scheduled, cancelled, attended, no_show" in told(status="confirmed")
    assert "read-only" in told(answer="")


def test_a_visit_that_is_past_by_now_may_be_told_again_and_ended(
    sent: Sent, rest: Rest, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=4))
    answer = rest.put("appointments/a-1/", VISIT | {"status": "attended"}).json()
    assert (answer["status"], answer["next_call_at"]) == ("attended", None)
    assert answer["next_call_reason"] == "past"


def test_a_practitioner_is_made_once_for_each_clinic(sent: Sent, rest: Rest) -> None:
    sent({"practitioner": "Dr. Imani Cole"})
    rest.put("appointments/a-2/", VISIT | {"practitioner": " Dr. Imani Cole "})
    assert Practitioner.objects.count() == 1
    rest.put("clinics/oak/", CLINIC | {"name": "Oak Street Clinic"})
    answer = rest.put("appointments/a-2/", {"clinic": "oak"}).json()
    assert (answer["clinic"], answer["practitioner"]) == ("oak", "Dr. Imani Cole")
    assert Practitioner.objects.filter(clinic__slug="oak").count() == 1


def test_an_unchanged_put_asks_the_database_little(
    sent: Sent, rest: Rest, django_assert_max_num_queries: Any
) -> None:
    sent({"status": "scheduled", "practitioner": "Dr. Imani Cole"})
    with django_assert_max_num_queries(7):
        rest.put("appointments/a-1/", VISIT | {"status": "scheduled"})


@pytest.mark.django_db(transaction=True)
def test_two_senders_at_once_make_one_visit(now: datetime) -> None:
    rest = Rest(ApiToken.issue("practice system", now))
    rest.put("clinics/maple/", CLINIC)
    rest.put("patients/p-1/", PATIENT)

    def send(_: int) -> int:
        try:
            return int(rest.put("appointments/a-1/", VISIT | {"practitioner": "Dr. C"}).status_code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        statuses = sorted(pool.map(send, range(12)))
    assert statuses == [200] * 11 + [201]
    assert trail() == (1, 1, 1, 1)


def test_a_visit_type_is_a_name_made_when_new_and_goes_along_to_another_clinic(
    sent: Sent, rest: Rest
) -> None:
    assert sent({"type": "Physiotherapy"})["type"] == "Physiotherapy"
    before = trail()
    sent({"type": "Physiotherapy"})
    assert (trail(), VisitType.objects.count()) == (before, 1)
    rest.put("clinics/elm/", CLINIC | {"name": "Elm"})
    assert rest.put("appointments/a-1/", {"clinic": "elm"}).json()["type"] == "Physiotherapy"
    assert list(VisitType.objects.order_by("pk").values_list("clinic__slug", flat=True)) == [
        "maple",
        "elm",
    ]
    assert rest.put("appointments/a-1/", {"type": None}).json()["type"] is None


def test_a_call_about_two_visits_of_a_day_is_told_as_the_one_asked_for(
    sent: Sent, rest: Rest
) -> None:
    sent({"starts_at": "2026-11-18T15:00:00-05:00"})
    approve(Clinic.objects.get())
    rest.put("appointments/a-2/", VISIT | {"starts_at": "2026-11-18T17:00:00-05:00"})
    answer = rest.post("appointments/a-2/call-now/")
    assert (answer.status_code, answer.json()["status"]) == (202, "queued")
    for external_id in ("a-1", "a-2"):
        assert len(rest.get(f"appointments/{external_id}/").json()["calls"]) == 1
