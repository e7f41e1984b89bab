"""The suite runs on the database it was meant for: settings fall back without a word."""

import os

import pytest
from django.db import connection

QUESTIONS = {
    "sqlite": "SELECT 'SQLite ' || sqlite_version()",
    "postgresql": "SELECT version()",
}


@pytest.mark.django_db
def test_the_database_is_the_one_this_run_is_about() -> None:
    wanted = os.environ.get("REQUIRE_DB_VENDOR", "sqlite")
    assert connection.vendor == wanted
    with connection.cursor() as cursor:
        cursor.execute(QUESTIONS[wanted])
        (answer,) = cursor.fetchone()
    assert answer.lower().startswith(wanted)
