"""The API in OpenAPI's words: true to what the doors do."""

import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import get_resolver
from jsonschema import Draft202012Validator
from rest_framework.renderers import JSONRenderer

from api import schema
from tests.api.conftest import CLINIC, PATIENT, VISIT, Rest
from tests.api.test_api_calls import record_call


@pytest.fixture
def document(rest: Rest) -> dict[str, Any]:
    answer = rest.get("schema/")
    assert answer.status_code == 200
    return dict(answer.json())


def conforms(document: dict[str, Any], component: str, value: Any) -> None:
    validator = Draft202012Validator(
        {"$ref": f"#/components/schemas/{component}", "components": document["components"]}
    )
    assert [error.message for error in validator.iter_errors(value)] == []


def test_it_is_openapi_3_1_for_whoever_has_a_token(document: dict[str, Any], rest: Rest) -> None:
    assert document["openapi"].startswith("3.1")
    assert document["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    assert rest.client.get("/api/v1/schema/").status_code == 401


def test_it_is_made_without_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    schema.document.cache_clear()
    schema.document()
    assert capsys.readouterr().err == ""


def test_it_tells_every_door(document: dict[str, Any]) -> None:
    told = {path.replace("{", "<str:").replace("}", ">") for path in document["paths"]}
    (api,) = (entry for entry in get_resolver().url_patterns if "api" in str(entry.pattern))
    doors = {f"/{api.pattern}{door.pattern}" for door in api.url_patterns if door.name != "nowhere"}
    assert told == doors - {"/api/v1/schema/"}


def test_every_operation_tells_its_refusals(document: dict[str, Any]) -> None:
    told = {
        operation["operationId"]: set(operation["responses"])
        for operations in document["paths"].values()
        for operation in operations.values()
    }
    refused = {"401", "403", "404"}
    put = {"200", "201", "400", "401", "403", "404", "413", "415"}
    for name in ("clinic", "patient", "appointment"):
        assert told[f"{name}_put"] == put
        assert told[f"{name}_get"] == {"200", "401", "403", "404"}
        assert told[f"{name}_list"] == {"200", "400", "401", "403"}
    assert told["appointment_call_now"] == {"202", "400", *refused, "409", "413", "422"}


def test_what_is_sent_and_shown_is_as_told(
    document: dict[str, Any], rest: Rest, sent: Callable[..., Any], now: datetime
) -> None:
    sent({"practitioner": "Dr. Imani Cole"})
    record_call(now)
    for body, name in ((CLINIC, "Clinic"), (PATIENT, "Patient"), (VISIT, "Appointment")):
        conforms(document, f"{name}Request", body)
        listed = rest.get(f"{name.lower()}s/").json()
        conforms(document, f"Paginated{name}List", listed)
        conforms(document, name, listed["results"][0])
    conforms(document, "Refusal", rest.post("appointments/a-1/call-now/").json())
    conforms(document, "Faults", rest.put("clinics/maple/", {"name": ""}).json())
    conforms(document, "Faults", rest.put("clinics/maple/", []).json())
    conforms(document, "Detail", rest.get("clinics/elm/").json())


def test_staff_who_are_signed_in_read_it_in_a_browser_and_no_one_else(db: None) -> None:
    browser = Client()
    page = "/admin/api/apitoken/docs/"
    assert browser.get(page).status_code == 302
    browser.force_login(User.objects.create_user("eve", password="x"))
    assert browser.get(page).status_code == 302
    browser.force_login(User.objects.create_user("olga", password="x", is_staff=True))
    shown = browser.get(page).content.decode()
    told = re.search(r'<script id="openapi" type="application/json">(.*?)</script>', shown)
    assert told is not None
    assert json.loads(told[1]) == json.loads(JSONRenderer().render(schema.document()))
    assert 'src="http' not in shown
    assert 'href="http' not in shown


def test_only_what_a_sender_may_say_is_told_as_a_status(document: dict[str, Any]) -> None:
    sendable = document["components"]["schemas"]["AppointmentRequest"]["properties"]["status"]
    assert sendable["enum"] == ["scheduled", "cancelled", "attended", "no_show", None]
