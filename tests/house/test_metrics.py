"""What Prometheus is told, and whom."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.cache import caches
from django.db import DatabaseError
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from calls import placing, refusals
from calls.models import Line, Refusal
from config import clock
from reminders import planning
from reminders.models import Installation, WorkItem
from reminders.models.workitem import WorkKind
from tests.conftest import Azure, make_appointment, make_clinic, make_patient


@pytest.fixture(autouse=True)
def _ask_anew() -> None:
    caches["process"].clear()


def told(**headers: str) -> dict[tuple[str, str], float]:
    """(name without its prefix, the value of its label) -> figure."""
    caches["process"].clear()
    response = Client().get("/metrics", headers=headers)
    assert response.status_code == 200, response.content
    return {
        (sample.name.removeprefix("ringwell_"), "".join(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(response.content.decode())
        for sample in family.samples
    }


def test_where_nothing_has_happened_every_figure_is_there_and_none_alarms(db: None) -> None:
    figures = told()
    for name in ("calls_due", "calls_oldest_due_seconds", "calls_waiting", "paused"):
        assert figures[name, ""] == 0


def test_what_is_due_is_counted_with_its_age(db: None, now: datetime) -> None:
    visit = make_appointment(make_clinic(), make_patient(), starts_at=now + timedelta(days=1))
    visit.refresh_from_db()
    assert visit.next_call_at is not None
    later = visit.next_call_at + timedelta(minutes=7)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", lambda: later)
        figures = told()
    assert figures["calls_due", ""] == 1
    assert figures["calls_oldest_due_seconds", ""] == 420


def test_a_call_is_seen_from_its_ring_to_its_outcome(azure: Azure, now: datetime) -> None:
    make_appointment(make_clinic(), make_patient())
    placing.place_due(now)
    azure.settle()
    figures = told()
    assert figures["calls_placed_last_hour", ""] == 1
    assert sum(figures[key] for key in figures if key[0] == "calls_outcomes_last_hour") == 1
    assert figures["callback_to_action_seconds", "0.95"] >= 0
    assert figures["last_look_age_seconds", ""] == 0


def test_refused_callbacks_are_counted_by_our_answer_and_a_flood_costs_few_writes(
    db: None, django_assert_max_num_queries: Any
) -> None:
    before = told()
    address = "/callbacks/calls/00000000-0000-4000-8000-000000000000/beef"
    with django_assert_max_num_queries(4):
        for _ in range(20):
            assert Client().post(address, "[]", "application/json").status_code == 401
    Client().post(address, "x" * 1_000_001, "application/json")
    figures = told()
    grown = {
        status: figures[name, status] - before.get((name, status), 0)
        for name, status in figures
        if name == "callbacks_refused_total"
    }
    assert grown == {"401": 20, "413": 1}


def test_a_refusal_that_cannot_be_written_is_counted_later(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: Any) -> None:
        raise DatabaseError("gone")

    refusals.write(at_once=True)
    with monkeypatch.context() as broken:
        broken.setattr(Refusal, "add", away)
        broken.setattr(refusals, "WRITE_EVERY", 0.0)
        refusals.count(400)
    refusals.write(at_once=True)
    assert Refusal.objects.get(status=400).count == 1


def test_pause_breaker_silence_and_work_are_told(db: None, now: datetime) -> None:
    Installation.look(now - timedelta(minutes=3))
    Installation.pause(now)
    Line.objects.create(caller_id="+15555550100", broken_at=now)
    WorkItem.open(None, WorkKind.PROVIDER_DOWN, now)
    figures = told()
    assert figures["paused", ""] == 1
    assert figures["lines_broken", ""] == 1
    assert figures["last_look_age_seconds", ""] == 180
    assert figures["work_items_open", "provider_down"] == 1


def test_asking_often_costs_one_look(db: None, django_assert_num_queries: Any) -> None:
    Client().get("/metrics")
    with django_assert_num_queries(0):
        Client().get("/metrics")


def test_the_cost_does_not_grow_with_the_rows(
    db: None, now: datetime, django_assert_max_num_queries: Any
) -> None:
    clinic = make_clinic()
    for n in range(5):
        make_appointment(clinic, make_patient(f"p{n}", f"+1212555010{n}"))
    with django_assert_max_num_queries(23):
        told()


@pytest.mark.parametrize(
    "asker",
    [
        {"REMOTE_ADDR": "10.0.0.7"},
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "10.0.0.7"},
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_FORWARDED": "for=10.0.0.7"},
        {"REMOTE_ADDR": ""},
    ],
)
def test_without_a_token_only_this_machine_is_answered(db: None, asker: dict[str, str]) -> None:
    assert Client().get("/metrics", **asker).status_code == 403  # type: ignore[arg-type]


def test_with_a_token_nobody_is_answered_without_it(db: None, settings: Any) -> None:
    settings.METRICS_TOKEN = "s3cret"
    assert Client().get("/metrics").status_code == 403
    wrong = Client().get("/metrics", headers={"Authorization": "Bearer other"})
    assert wrong.status_code == 403
    assert ("calls_due", "") in told(Authorization="Bearer s3cret")


def test_no_figure_names_anybody(db: None, now: datetime) -> None:
    patient = make_patient()
    make_appointment(make_clinic(), patient)
    planning.replan_each(patient.appointments.all(), now)
    text = Client().get("/metrics").content.decode()
    assert patient.name not in text
    assert patient.number.e164 not in text
