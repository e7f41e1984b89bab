"""Is the process alive, can it do its work, and is the work done."""

from collections.abc import Callable

from django.conf import settings
from django.core.cache import caches
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse

from calls import alerting, incidents
from config import clock
from reminders.models import Installation

#: Seconds between two looks of one process, however often it is asked.
LOOK_EVERY = 15


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


def workz(request: HttpRequest) -> JsonResponse:
    """503 with the incidents: no calls go out, or a worker is silent.

    For somebody outside who asks every minute: where every worker is dead, the
    web looks for incidents itself, and sends the mails.
    """
    try:
        look()
        found = [str(incident) for incident in incidents.certain()]
    except DatabaseError:
        found = ["database"]
    status = 503 if found else 200
    return JsonResponse(
        {"status": "incidents" if found else "ok", "incidents": found}, status=status
    )


def look() -> None:
    """Look for incidents, unless this process just did."""
    if caches["process"].add("incidents", True, LOOK_EVERY):
        alerting.look(clock.now())


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
