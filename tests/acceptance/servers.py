"""The servers that `./dev test --all` has ready."""

import os

import psycopg
import pytest


def address(name: str) -> str:
    """Of one of them. A test that wants it is marked ``servers`` and is never skipped."""
    if not (url := os.environ.get(name, "")):
        pytest.fail(f"{name} is not set: ./dev test --all sets it")
    return url


def empty(url: str) -> None:
    """Leave nothing in a database."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
