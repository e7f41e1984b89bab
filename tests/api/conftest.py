"""An integrator with a token, who speaks HTTP only."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from api.models import ApiToken
from tests.conftest import TUESDAY

CLINIC = {
    "name": "Maple Street Clinic",
    "phone": "+12125550100",
    "time_zone": "America/New_York",
    "languages": ["en-US", "es-US"],
}
PATIENT = {"name": "Ana Ortiz", "phone": "+12125550142", "legal_basis": "consent"}
VISIT = {"patient": "p-1", "clinic": "maple", "starts_at": "2026-11-20T15:00:00-05:00"}


class Rest:
    """What an integrator's client does: JSON there, JSON back."""

    def __init__(self, token: str) -> None:
        # A fault of ours is to be a 500 here, as it is for them.
        self.client = Client(raise_request_exception=False)
        self.headers = {"HTTP_AUTHORIZATION": f"Bearer {token}"}

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(self._address(path), query, **self.headers)

    def put(self, path: str, body: Any) -> Any:
        return self.send(path, json.dumps(body))

    def send(self, path: str, body: str | bytes, content_type: str = "application/json") -> Any:
        return self.client.put(self._address(path), body, content_type=content_type, **self.headers)

    def post(self, path: str) -> Any:
        return self.client.post(self._address(path), **self.headers)

    def _address(self, path: str) -> str:
        return path if path.startswith("http") else f"/api/v1/{path}"


@pytest.fixture
def token(db: None) -> str:
    return ApiToken.issue("practice system", TUESDAY)


@pytest.fixture
def rest(token: str, now: object) -> Rest:
    """The API on Tuesday 14:00 in New York."""
    return Rest(token)


@pytest.fixture
def sent(rest: Rest) -> Callable[..., Any]:
    """Send a clinic, a patient and a visit; answers the visit."""

    def send(visit: dict[str, Any] | None = None, patient: dict[str, Any] | None = None) -> Any:
        assert rest.put("clinics/maple/", CLINIC).status_code in (200, 201)
        assert rest.put("patients/p-1/", PATIENT | (patient or {})).status_code in (200, 201)
        answer = rest.put("appointments/a-1/", VISIT | (visit or {}))
        assert answer.status_code in (200, 201), answer.content
        return answer.json()

    return send
