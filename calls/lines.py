"""Why a caller id cannot be used just now: it rests, it is broken, it is full.

Rests and the breaker are about Azure, so they are kept in the system's time,
whatever clock a pass is judged by. Ask behind the lock of the ``Line`` row.
"""

from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import Q

from calls import breaker
from calls.conversation.vocabulary import AttemptStatus
from calls.models import CallAttempt, Line
from config import clock

log = structlog.get_logger(__name__)


def lock(caller_id: str) -> None:
    """Lock the caller id's row, made where it is new."""
    locking = Line.objects.select_for_update().filter(pk=caller_id)
    if locking.first() is None:
        Line.objects.get_or_create(caller_id=caller_id)
        locking.get()


def is_locked(caller_id: str) -> bool:
    """Whether another process is claiming lines of the caller id at this moment; never on
    SQLite, where no row is locked and the question would wait for the one writer."""
    if not connection.features.has_select_for_update_skip_locked:
        return False
    mine = Line.objects.filter(pk=caller_id)
    try:
        with transaction.atomic():
            return mine.select_for_update(skip_locked=True).first() is None and mine.exists()
    except DatabaseError:
        # Whoever asks only wants to know whether to leave the rest to another: they do.
        log.exception("not told whether it is locked", action="place")
        return True


def why_not(caller_id: str, now: datetime, *, queued: CallAttempt | None = None) -> str:
    """Why no line is free; empty when one is.

    ``queued`` is the attempt that asks at the moment of dialling: it does not
    stand in its own way, and others that are only queued do not either.
    """
    line = Line.objects.get(caller_id=caller_id)
    others = CallAttempt.objects.filter(caller_id=caller_id).exclude(status=AttemptStatus.ENDED)
    if queued is not None:
        others = others.exclude(status=AttemptStatus.QUEUED)
    open_calls = others.count()
    return (
        _rests(line)
        or breaker.why_not(line, busy=open_calls > 0)
        or _is_full(open_calls)
        or _day_is_full(now, queued)
    )


def _rests(line: Line) -> str:
    resting = line.rest_until is not None and line.rest_until > clock.system_now()
    return "Azure asked this caller id to slow down." if resting else ""


def _is_full(open_calls: int) -> str:
    full = open_calls >= settings.ACS_MAX_CONCURRENT_CALLS
    return "All lines of this caller id are in use." if full else ""


def _day_is_full(now: datetime, queued: CallAttempt | None) -> str:
    today = Q(started_at__gt=now - timedelta(days=1)) | Q(status=AttemptStatus.QUEUED)
    others = CallAttempt.objects.exclude(pk=queued.pk) if queued else CallAttempt.objects.all()
    calls = others.filter(today).count()
    full = calls >= settings.MAX_CALLS_PER_DAY
    return f"{calls} calls within a day, the cap of this installation." if full else ""
