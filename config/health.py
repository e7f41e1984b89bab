"""Is the process alive, and can it do its work."""

from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse

from reminders.models import Installation


def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers; needs no database."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> JsonResponse:
    """503 with the names of what is missing."""
    missing = [name for name, is_there in _NEEDED.items() if not is_there()]
    status = 503 if missing else 200
    return JsonResponse(
        {"status": "missing" if missing else "ok", "missing": missing}, status=status
    )


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return bool(cursor.fetchone() == (1,))
    except DatabaseError:
        return False


def _migrations() -> bool:
    try:
        executor = MigrationExecutor(connection)
        return not executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return False


def _hash_key() -> bool:
    try:
        return Installation.knows_hash_key()
    except DatabaseError:
        return False


_NEEDED: dict[str, Callable[[], bool]] = {
    "database": _database,
    "migrations": _migrations,
    "PHONE_HASH_KEY": _hash_key,
    "ACS_CONNECTION_STRING": lambda: bool(settings.ACS_CONNECTION_STRING),
}
