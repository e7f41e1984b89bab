"""Logs say which attempt and what was done, and never who (R16)."""

import ast
import json
import logging
from collections.abc import Callable, Iterator
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import structlog
from django.conf import settings as configured
from django.db import IntegrityError, transaction
from django.utils.module_loading import import_string

from calls import placing
from config.logs import without_secrets
from reminders.models import Patient
from tests.conftest import Azure, make_appointment, make_clinic, make_patient, the_call

ROOT = Path(__file__).resolve().parents[2]
LOUD = {f"log.{level}" for level in ("debug", "info", "warning", "error", "exception", "critical")}
NAME, NUMBER = "Ottoline Quackenbush", "+12125550142"


@pytest.fixture
def lines() -> Iterator[StringIO]:
    """What production writes to standard error, all levels of all loggers."""
    formatter = dict(configured.LOGGING["formatters"]["line"])
    made = import_string("structlog.stdlib.ProcessorFormatter")
    formatter.pop("()")
    written = StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(made(**formatter))
    root = logging.getLogger()
    root.addHandler(handler)
    yield written
    root.removeHandler(handler)


def test_a_row_that_the_database_refuses_is_not_quoted(db: None, lines: StringIO) -> None:
    """PostgreSQL would tell the whole of it, in a traceback."""
    patient = make_patient(phone=NUMBER, name=NAME)
    same = Patient(external_id=patient.external_id, name=NAME, number=patient.number)
    nowhere = Patient.objects.filter(pk=patient.pk)
    for break_it in (same.save, lambda: nowhere.update(number=None)):
        with pytest.raises(IntegrityError), transaction.atomic():
            tell_of(break_it)
    written = lines.getvalue()
    assert written.count('"event": "left due"') == 2
    for word in (*NAME.split(), NUMBER, NUMBER[1:], NUMBER[-7:]):
        assert word not in written, word


def tell_of(break_it: Callable[[], object]) -> None:
    try:
        break_it()
    except IntegrityError:
        structlog.get_logger("calls.placing").exception("left due", action="claim")
        raise


@pytest.mark.parametrize(
    "said",
    [
        f"DETAIL:  Key (e164)=({NUMBER}) already exists.",
        f"DETAIL:  Failing row contains (7, {NAME},\n in two lines, null).\n\nThe above exception",
        f"CONTEXT:  JSON data, line 1: {NAME}\nHINT:  none",
        f"dial {NUMBER} failed",
    ],
)
def test_what_a_database_or_a_provider_quotes_is_left_out(said: str) -> None:
    entry = without_secrets(None, "error", {"exception": f"IntegrityError: no\n{said}"})
    for word in (*NAME.split(), NUMBER[1:]):
        assert word not in entry["exception"]
    assert "IntegrityError: no" in entry["exception"]


def test_every_line_of_ours_says_what_was_done() -> None:
    """Whoever reads logs filters by it."""
    silent = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for package in ("api", "calls", "config", "desk", "reminders")
        for path in (ROOT / package).rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call)
        and ast.unparse(call.func) in LOUD
        and "action" not in {word.arg for word in call.keywords}
    ]
    assert silent == []


@pytest.mark.parametrize("persona", ["confirm_by_voice", "ai_failure", "bad_number"])
def test_the_log_of_a_whole_call_names_the_attempt_and_nobody(
    azure: Azure, now: datetime, lines: StringIO, persona: str
) -> None:
    azure.simulator.set_persona(NUMBER, persona)
    patient = make_patient(phone=NUMBER, name=NAME, external_id="mrn-778899")
    make_appointment(make_clinic(), patient)
    placing.place_due(now)
    azure.settle()
    call = the_call()
    written = lines.getvalue()
    entries: list[dict[str, Any]] = [json.loads(line) for line in written.splitlines()]
    assert any(
        entry.get("attempt") == str(call.pk) and entry.get("action") == "dial" for entry in entries
    )
    for word in (*NAME.split(), NUMBER, NUMBER[1:], NUMBER[-7:], "mrn-778899", call.secret):
        assert word not in written, word
