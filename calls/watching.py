"""Attempts without news: ring too long, silence, stale, cut off, not understood.

Azure offers no ring timeout and promises no delivery of events, so somebody
has to look. Everything here is safe to run twice at once, at any time.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

import structlog

from calls import acting, hearing, noting, placing, tracing
from calls.conversation import events
from calls.conversation.vocabulary import AttemptStatus, LineEnd
from calls.gateway.acs import gateway
from calls.gateway.errors import GatewayError
from calls.models import CallAttempt, CallEvent, LineAction
from calls.models.event import EventState
from calls.models.line import ActionState

log = structlog.get_logger(__name__)

#: The carrier gives up after 115 s at the latest; after that no event comes.
STALE_RINGING = timedelta(seconds=150)
#: The longest prompt, the longest silence and Azure's own pauses together.
SILENT = timedelta(seconds=90)
#: No reminder call is this long.
TOO_LONG = timedelta(minutes=8)
#: A request that stored an event acts on it within six seconds, or was cut off.
CUT_OFF = timedelta(seconds=8)
#: Azure cannot be asked about it: after this long it is over anyhow.
GIVE_UP = timedelta(minutes=15)
#: Of a call that is over for us: who was transferred talks to staff.
_GONE_STATES = {"disconnected", "disconnecting", "transferaccepted"}


@dataclass(frozen=True)
class Tally:
    """What one look did."""

    closed: int = 0
    resumed: int = 0

    def __str__(self) -> str:
        return f"closed={self.closed} resumed={self.resumed}"


class Seen(StrEnum):
    """What a look at one call led to."""

    LEFT = "left"
    CLOSED = "closed"
    RESUMED = "resumed"


def watch(now: datetime) -> Tally:
    """One look at every call without news."""
    resumed = _events(now) + _actions(now)
    seen = [_look_safely(attempt, now) for attempt in _without_news(now)]
    return Tally(closed=seen.count(Seen.CLOSED), resumed=resumed + seen.count(Seen.RESUMED))


def _events(now: datetime) -> int:
    """Take up events that were stored and never understood."""
    waiting = CallEvent.objects.filter(
        state__in=[EventState.STORED, EventState.FAILED],
        received_at__lte=now - CUT_OFF,
        tries__lt=noting.MOST_TRIES,
    ).order_by("pk")
    return sum(_hear_again(event, now) for event in list(waiting.select_related("attempt")))


def _hear_again(event: CallEvent, now: datetime) -> int:
    try:
        hearing.hear(event, now)
    except Exception:
        # Already logged and counted; the next event must not wait for it.
        return 0
    _act_safely(event.attempt_id, now)
    return 1


def _actions(now: datetime) -> int:
    """Do what was decided and then cut off."""
    waiting = LineAction.objects.filter(
        state=ActionState.PENDING, created_at__lte=now - CUT_OFF
    ).exclude(claimed_at__gt=now - acting.CLAIM_HOLDS)
    calls = waiting.values_list("attempt_id", flat=True).distinct()
    return sum(_act_safely(attempt_id, now) for attempt_id in list(calls.order_by("attempt_id")))


def _act_safely(attempt_id: UUID, now: datetime) -> int:
    """One call that cannot be gone on with must not stop the look at the others."""
    try:
        return acting.act(attempt_id, now)
    except Exception:
        log.exception("not resumed", action="watch", attempt=str(attempt_id))
        return 0


def _without_news(now: datetime) -> Iterable[CallAttempt]:
    open_calls = CallAttempt.objects.filter(
        status__in=[AttemptStatus.DIALLING, AttemptStatus.CONNECTED]
    ).select_related("clinic")
    return [attempt for attempt in open_calls if _is_quiet(attempt, now)]


def _is_quiet(attempt: CallAttempt, now: datetime) -> bool:
    if attempt.status == AttemptStatus.DIALLING:
        return now - _started(attempt) >= timedelta(seconds=attempt.clinic.ring_seconds)
    # A clinic may let its patients look for their digits for a long time.
    patience = timedelta(seconds=attempt.script.get("profile", {}).get("keys_silence_seconds", 0))
    quiet = now - _last_news(attempt) >= SILENT + patience
    return quiet or now - _started(attempt) >= TOO_LONG + patience


def _started(attempt: CallAttempt) -> datetime:
    assert attempt.started_at is not None
    return attempt.started_at


def _last_news(attempt: CallAttempt) -> datetime:
    # A pass may be judged by a clock ahead of the one that hears events.
    return max(attempt.heard_at or _started(attempt), _started(attempt))


def _look_safely(attempt: CallAttempt, now: datetime) -> Seen:
    """Azure may not answer; the next call must not wait for that."""
    try:
        return _look_after(attempt, now)
    except GatewayError as error:
        log.warning("no look", action="watch", attempt=str(attempt.pk), error=str(error))
    except Exception:
        log.exception("no look", action="watch", attempt=str(attempt.pk))
    return _give_up_safely(attempt, now)


def _give_up_safely(attempt: CallAttempt, now: datetime) -> Seen:
    if not _is_long_over(attempt, now):
        return Seen.LEFT
    try:
        return _end(attempt, now, LineEnd.FAILED)
    except Exception:
        log.exception("not ended", action="watch", attempt=str(attempt.pk))
        return Seen.LEFT


def _look_after(attempt: CallAttempt, now: datetime) -> Seen:
    if not attempt.call_connection_id:
        # The answer to our create call was lost: only an event can tell more.
        return _end_if_stale(attempt, now, LineEnd.FAILED)
    with tracing.asking("look", attempt.pk):
        call = gateway().look(attempt.call_connection_id)
    if call is None or call.state.lower() in _GONE_STATES:
        return _end(attempt, now, LineEnd.NO_ANSWER)
    if attempt.status == AttemptStatus.DIALLING and call.state == "connected":
        # Its CallConnected was lost: somebody holds a silent phone.
        hearing.assume(attempt.pk, events.Connected(at=now), now)
        acting.act(attempt.pk, now)
        return Seen.RESUMED
    if attempt.status == AttemptStatus.CONNECTED:
        hearing.assume(attempt.pk, events.Lost(at=now), now)
    acting.hang_up(attempt.pk, now)
    return _end_if_stale(attempt, now, LineEnd.NO_ANSWER)


def _end_if_stale(attempt: CallAttempt, now: datetime, end: LineEnd) -> Seen:
    """Azure tells the end of a call that was hung up; wait for that a while."""
    if attempt.status == AttemptStatus.CONNECTED:
        stale = now - _last_news(attempt) >= 2 * SILENT
    else:
        ringing = timedelta(seconds=attempt.clinic.ring_seconds)
        stale = now - _started(attempt) >= ringing + STALE_RINGING
    return _end(attempt, now, end) if stale else Seen.LEFT


def _is_long_over(attempt: CallAttempt, now: datetime) -> bool:
    """Azure cannot be asked, and no call lasts that long."""
    return now - _last_news(attempt) >= GIVE_UP


def _end(attempt: CallAttempt, now: datetime, end: LineEnd) -> Seen:
    """End with what is known; a late event may still say more."""
    if attempt.status == AttemptStatus.CONNECTED:
        hearing.assume(attempt.pk, events.Lost(at=now), now)
    hearing.assume(attempt.pk, events.Ended(at=now, end=end), now)
    log.info("closed", action="watch", attempt=str(attempt.pk), end=end)
    placing.wake()
    return Seen.CLOSED
