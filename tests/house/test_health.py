"""Alive, and able to work."""

from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test import Client

from config.logs import without_secrets


def test_it_is_alive_without_a_database() -> None:
    assert Client().get("/healthz").json() == {"status": "ok"}


def test_it_is_ready_when_nothing_is_missing(db: None) -> None:
    response = Client().get("/readyz")
    assert (response.status_code, response.json()["missing"]) == (200, [])


def test_it_names_a_database_that_is_gone(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*args: Any, **kwargs: Any) -> None:
        raise DatabaseError("gone")

    with monkeypatch.context() as broken:
        broken.setattr(connection, "cursor", gone)
        response = Client().get("/readyz")
    assert response.status_code == 503
    assert "database" in response.json()["missing"]


def test_it_names_a_setting_that_is_missing(db: None, settings: Any) -> None:
    settings.ACS_CONNECTION_STRING = ""
    response = Client().get("/readyz")
    assert (response.status_code, response.json()["missing"]) == (503, ["ACS_CONNECTION_STRING"])


def test_no_log_line_holds_the_secret_of_a_callback() -> None:
    entry = {"event": "Error: /callbacks/calls/1234/5ecre7", "request": object(), "n": 1}
    assert without_secrets(None, "error", entry)["event"] == "Error: /callbacks/calls/1234/…"
    entry = {"event": "Error: /calendar/12/5ecre7.ics", "path": "/admin/calendar/feed/"}
    told = {"event": "Error: /calendar/12/…", "path": "/admin/calendar/feed/"}
    assert without_secrets(None, "error", entry) == told
