"""Whatever the OpenAPI document allows or forbids is asked for, and the answers are as it says."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, settings
from rest_framework.renderers import JSONRenderer
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from api import schema
from config.wsgi import application
from reminders.models import Clinic
from tests.api.conftest import CLINIC, PATIENT, VISIT, Rest
from tests.conftest import approve

pytestmark = pytest.mark.thorough

BODIES = {"clinics/maple/": CLINIC, "patients/p-1/": PATIENT, "appointments/a-1/": VISIT}
#: What a document cannot tell: numbers, zones, languages and rows that there are.
NUMBER = {"enum": ["+12125550142", "+12125550143"]}
WORDS: dict[str, dict[str, Any]] = {
    **dict.fromkeys(("phone", "opt_out_phone", "caller_id"), NUMBER),
    "time_zone": {"enum": ["America/New_York", "Asia/Kolkata"]},
    "language": {"enum": ["en-US", "es-US"]},
    "languages": {"enum": [["en-US"], ["es-US", "en-US"]]},
    "patient": {"enum": ["p-1"]},
    "clinic": {"enum": ["maple"]},
    "starts_at": {"enum": ["2026-11-20T15:00:00-05:00", "2026-11-17T19:30:00Z"]},
}


def document() -> dict[str, Any]:
    """As it is served, but that the bearer is ours to send, and not to be left out."""
    told: dict[str, Any] = json.loads(JSONRenderer().render(schema.document()))
    for operations in told["paths"].values():
        for operation in operations.values():
            assert operation.pop("security") == [{"token": []}]
    for name, component in told["components"]["schemas"].items():
        for field in component.get("properties", {}) if name.endswith("Request") else ():
            if field in WORDS:
                component["properties"][field] = WORDS[field]
    return told


API = schemathesis.openapi.from_dict(document())
API.app = application


@API.hook
def map_path_parameters(context: Any, parameters: dict[str, Any] | None) -> dict[str, Any] | None:
    """Every other id is that of a row there is: who guesses finds none."""
    (known,) = (
        i for i in BODIES if context.operation.path.startswith(f"/api/v1/{i.split('/')[0]}/")
    )
    for name, value in (parameters or {}).items():
        if isinstance(value, str) and re.fullmatch(schema.ID_PATTERN, value) and len(value) % 2:
            parameters[name] = known.split("/")[1]
    return parameters


CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.fixture
def bearer(rest: Rest) -> Iterator[dict[str, str]]:
    """A token, rows to ask for, and a connection that a request leaves open for the next one."""
    for address, body in BODIES.items():
        assert rest.put(address, body).status_code == 201
    approve(Clinic.objects.get())
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield {"Authorization": rest.headers["HTTP_AUTHORIZATION"]}
    for signal in signals:
        signal.connect(close_old_connections)


@API.parametrize()
@settings(max_examples=40, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_answer_is_one_that_the_document_tells(case: Case, bearer: dict[str, str]) -> None:
    # A body may leave out what it must have where the row is new, so it is not asked of PUT.
    strict = [negative_data_rejection] if case.method == "GET" else []
    case.call_and_validate(headers=bearer, checks=[*CHECKS, *strict])
