"""When Azure fails too often, leave it alone, tell a person, and try with one call.

One breaker a caller id, kept in its ``Line`` row: ``broken_at`` is when it
opened, or when the last probe failed.
"""

from datetime import datetime, timedelta

import structlog

from calls.conversation.vocabulary import AttemptStatus, Outcome
from calls.models import CallAttempt, Line
from reminders.models import WorkItem
from reminders.models.workitem import WorkKind

log = structlog.get_logger(__name__)

WINDOW = timedelta(minutes=10)
#: Fewer calls than this in the window say nothing.
FEWEST = 5
SHARE = 0.5
#: How long the line is left alone before one call probes it.
REST = timedelta(minutes=2)


def why_not(caller_id: str, now: datetime) -> str:
    """Why this caller id is left alone; empty when it may call.

    Behind the lock of the line: after the rest exactly one call probes.
    """
    line = Line.objects.get(caller_id=caller_id)
    if line.broken_at is None:
        return ""
    if now - line.broken_at < REST:
        return "Azure fails too often; this line rests."
    open_calls = CallAttempt.objects.filter(caller_id=caller_id).exclude(status=AttemptStatus.ENDED)
    return "One call probes whether Azure works again." if open_calls.exists() else ""


def record(attempt: CallAttempt, outcome: Outcome, now: datetime) -> None:
    """Take note of how a call ended: open, keep open, or close the breaker."""
    failed = outcome is Outcome.FAILED_PROVIDER
    line = Line.objects.filter(caller_id=attempt.caller_id).first()
    if line is None or attempt.started_at is None:
        return
    if line.broken_at is None:
        if failed and _too_many(line, now):
            _open(line, now)
    elif attempt.started_at >= line.broken_at:
        _open(line, now) if failed else _close(line, now)


def _too_many(line: Line, now: datetime) -> bool:
    since = max(now - WINDOW, line.mended_at or now - WINDOW)
    recent = CallAttempt.objects.filter(caller_id=line.caller_id, started_at__gte=since).exclude(
        outcome__in=["", Outcome.NOT_PLACED]
    )
    failed = recent.filter(outcome=Outcome.FAILED_PROVIDER).count()
    return failed >= FEWEST and failed >= SHARE * recent.count()


def _open(line: Line, now: datetime) -> None:
    Line.objects.filter(pk=line.pk).update(broken_at=now)
    WorkItem.open(
        None, WorkKind.PROVIDER_DOWN, now, detail=f"Azure fails calls from {line.caller_id}."
    )
    log.error("breaker open", action="breaker")


def _close(line: Line, now: datetime) -> None:
    Line.objects.filter(pk=line.pk).update(broken_at=None, mended_at=now)
    if not Line.objects.filter(broken_at__isnull=False).exists():
        WorkItem.settle(None, WorkKind.PROVIDER_DOWN, now)
    log.warning("breaker closed", action="breaker")
