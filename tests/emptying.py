"""The database between two tests that commit: as a migration leaves it.

Django empties every table and makes content types, permissions and roles anew, hundreds of times
in a run. Here what they hold is kept as long as no test has changed it, and rows are taken only
from the tables that have any.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

Rows = list[tuple[Any, ...]]


class Emptying:
    """Stands in for ``TransactionTestCase._fixture_teardown``, which is handed to it."""

    def __init__(self, flush: Callable[[Any], None]) -> None:
        self._flush = flush
        self._tables: list[str] = []
        #: What a flush leaves, by table; empty before the first one.
        self._kept: dict[str, Rows] = {}

    def after(self, test: Any) -> None:
        """Take away what the test wrote; where it changed what is kept, all of it is made anew."""
        if not self._kept or not self._take_what_was_written():
            self._flush(test)
            self._note()

    @transaction.atomic
    def _take_what_was_written(self) -> bool:
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                # Whoever still writes is waited for, as TRUNCATE does.
                names = ", ".join(map(_quoted, self._tables))
                cursor.execute(f"LOCK TABLE {names} IN EXCLUSIVE MODE")
            if any(_rows(cursor, name) != rows for name, rows in self._kept.items()):
                return False
            for name in _filled(cursor, set(self._tables) - set(self._kept)):
                cursor.execute(f"DELETE FROM {_quoted(name)}")
        return True

    def _note(self) -> None:
        names = connection.introspection.django_table_names(only_existing=True, include_views=False)
        with connection.cursor() as cursor:
            self._tables = sorted(names)
            self._kept = {name: _rows(cursor, name) for name in _filled(cursor, self._tables)}


def _filled(cursor: CursorWrapper, names: Iterable[str]) -> list[str]:
    """Those of the tables that have rows."""
    looks = (f"SELECT '{n}' WHERE EXISTS (SELECT 1 FROM {_quoted(n)})" for n in sorted(names))
    cursor.execute(" UNION ALL ".join(looks))
    return [str(name) for (name,) in cursor.fetchall()]


def _rows(cursor: CursorWrapper, name: str) -> Rows:
    cursor.execute(f"SELECT * FROM {_quoted(name)} ORDER BY 1")
    return list(cursor.fetchall())


def _quoted(name: str) -> str:
    return str(connection.ops.quote_name(name))
