"""All that a database holds, by hashes, seen past Ringwell's own models."""

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit

import psycopg

TABLES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table'",
    "postgres": "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'",
}

#: Counts who was refused, by our answer: what strangers are meant to move, and all of it.
COUNTER = "calls_refusal"


def contents(url: str, calls: list[str]) -> dict[str, str]:
    """Of each table, and of the rows that name one of the calls, how many there are and a hash."""
    rows = [(table, row) for table, row in _rows(url)]
    found = {table: _digest(row for name, row in rows if name == table) for table, _ in rows}
    for call in calls:
        found[call] = _digest(row for _, row in rows if call.replace("-", "") in row)
    return found


def _rows(url: str) -> Iterator[tuple[str, str]]:
    """Every row as text, an id of a call written the same way in both databases."""
    parts = urlsplit(url)
    opened = sqlite3.connect(parts.path) if parts.scheme == "sqlite" else psycopg.connect(url)
    with closing(opened) as connection:
        cursor = connection.cursor()
        tables = [name for (name,) in cursor.execute(TABLES[parts.scheme]).fetchall()]
        for table in tables:
            if table == COUNTER:
                continue
            for row in cursor.execute(f'SELECT * FROM "{table}"').fetchall():
                yield table, repr([str(value).replace("-", "") for value in row])


def _digest(rows: Iterator[str]) -> str:
    texts = sorted(rows)
    return f"{len(texts)} rows {hashlib.sha256(chr(10).join(texts).encode()).hexdigest()}"
