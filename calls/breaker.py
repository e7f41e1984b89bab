"""When Azure fails too often, leave it alone, tell a person, and try with one call.

One breaker a caller id, kept in its ``Line`` row: ``broken_at`` is when it
opened, or when the last probe failed. All times here are the system's, since
they are about Azure and not about a patient's day.
"""

from datetime import timedelta

import structlog

from calls.conversation.vocabulary import Outcome
from calls.models import CallAttempt, Line
from config import clock
from reminders.models import WorkItem
from reminders.models.workitem import WorkKind

log = structlog.get_logger(__name__)

WINDOW = timedelta(minutes=10)
#: Fewer failures than this in the window say nothing.
FEWEST = 5
SHARE = 0.5
#: How long the line is left alone before one call probes it.
REST = timedelta(minutes=2)


def why_not(line: Line, *, busy: bool) -> str:
    """Why this line is left alone; after the rest exactly one call probes it."""
    if line.broken_at is None:
        return ""
    if clock.system_now() - line.broken_at < REST:
        return "Azure fails too often; this line rests."
    return "One call probes whether Azure works again." if busy else ""


def record(attempt: CallAttempt, outcome: Outcome) -> None:
    """Take note of how a call ended: open, keep open, or close the breaker.

    Called after the commit: the line's row comes first in the order of locks.
    """
    failed = outcome is Outcome.FAILED_PROVIDER
    line = Line.objects.filter(caller_id=attempt.caller_id).first()
    if line is None or attempt.first_sent_at is None:
        return
    if line.broken_at is None:
        if failed and _too_many(line):
            _open(line)
    elif attempt.first_sent_at >= line.broken_at:
        _open(line) if failed else _close(line)


def _too_many(line: Line) -> bool:
    start = clock.system_now() - WINDOW
    since = max(start, line.mended_at or start)
    recent = CallAttempt.objects.filter(caller_id=line.caller_id, first_sent_at__gte=since).exclude(
        outcome=""
    )
    failed = recent.filter(outcome=Outcome.FAILED_PROVIDER).count()
    return failed >= FEWEST and failed >= SHARE * recent.count()


def _open(line: Line) -> None:
    Line.objects.filter(pk=line.pk).update(broken_at=clock.system_now())
    WorkItem.open(
        None,
        WorkKind.PROVIDER_DOWN,
        clock.now(),
        detail=f"Azure fails calls from {line.caller_id}.",
    )
    log.error("breaker open", action="breaker")


def _close(line: Line) -> None:
    Line.objects.filter(pk=line.pk).update(broken_at=None, mended_at=clock.system_now())
    if not Line.objects.filter(broken_at__isnull=False).exists():
        WorkItem.settle(None, WorkKind.PROVIDER_DOWN, clock.now())
    log.warning("breaker closed", action="breaker")
