"""Logs say which attempt and what was done, and never who (R16)."""

import json
import logging
from collections.abc import Iterator
from datetime import datetime
from io import StringIO
from typing import Any

import pytest
from django.conf import settings as configured
from django.utils.module_loading import import_string

from calls import placing
from tests.conftest import Azure, make_appointment, make_clinic, make_patient, the_call

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
