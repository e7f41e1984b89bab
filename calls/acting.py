"""Do on the line what the conversation decided.

The rows were committed with the decision. Whoever comes first claims one by a
conditional UPDATE and does it, outside any transaction; what fails or is cut
off is taken up by the sweeper.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db.models import F, Q

from calls import hearing, tracing
from calls.conversation import actions, events
from calls.conversation.actions import ActionKind, Ask, HangUp, Say, Transfer
from calls.gateway.acs import gateway
from calls.gateway.errors import GatewayError
from calls.models import CallAttempt, LineAction
from calls.models.line import ActionState

log = structlog.get_logger(__name__)

#: A claim older than this was cut off: connect and read take six at most.
CLAIM_HOLDS = timedelta(seconds=15)
MOST_TRIES = 3
ASK_AGAIN = timedelta(minutes=1)


def act(attempt_id: UUID, now: datetime, written: Iterable[LineAction] | None = None) -> int:
    """Do all that is pending on one call, in order; returns how many were done.

    ``written`` are the rows of whoever has just written them: nothing else is looked for.
    """
    if written is None:
        pending = LineAction.objects.filter(attempt_id=attempt_id, state=ActionState.PENDING)
        written = pending.select_related("attempt__number")
    return sum(_do(action, now) for action in written if _claim(action, now))


def _claim(action: LineAction, now: datetime) -> bool:
    free = Q(claimed_at=None) | Q(claimed_at__lte=now - CLAIM_HOLDS)
    won = LineAction.objects.filter(free, pk=action.pk, state=ActionState.PENDING).update(
        claimed_at=now, tries=F("tries") + 1
    )
    action.tries += won
    return bool(won)


def _do(action: LineAction, now: datetime) -> bool:
    attempt = action.attempt
    try:
        _on_the_line(attempt, action)
    except GatewayError as error:
        _failed(attempt, action, error, now)
        return False
    except Exception as error:
        # A row of another version, say: it must not stop the calls behind it.
        log.exception("action not understood", action="act", attempt=str(attempt.pk))
        broken = GatewayError(type(error).__name__, permanent=True, may_have_happened=False)
        _failed(attempt, action, broken, now)
        return False
    LineAction.objects.filter(pk=action.pk, state=ActionState.PENDING).update(
        state=ActionState.DONE, done_at=now
    )
    return True


def _on_the_line(attempt: CallAttempt, row: LineAction) -> None:
    line, number = attempt.call_connection_id, attempt.number.e164
    todo = actions.restore(row.kind, row.operation_context, row.payload)
    with tracing.asking(row.kind, attempt.pk):
        match todo:
            case Ask() as ask:
                gateway().ask(line, number, ask)
            case Say() as say:
                gateway().say(line, number, say)
            case Transfer() as transfer:
                gateway().transfer(line, attempt.caller_id, transfer)
            case HangUp():
                gateway().hang_up(line)


def _failed(attempt: CallAttempt, action: LineAction, error: GatewayError, now: datetime) -> None:
    """Leave it to the sweeper where another try can help; else it is a fault
    of the provider, and we hang up: nobody should hold a silent phone."""
    log.warning(
        "action failed",
        action="act",
        attempt=str(attempt.pk),
        kind=action.kind,
        error=str(error),
    )
    if error.gone:
        _close(action, ActionState.DROPPED, error)
    elif action.kind == ActionKind.TRANSFER and error.may_have_happened:
        # Asked twice, the second answer would take back the first: events tell the rest.
        _close(action, ActionState.DONE, error)
    elif error.permanent or action.tries >= MOST_TRIES:
        _close(action, ActionState.FAILED, error)
        if action.kind != ActionKind.HANG_UP:
            fault = events.Faulted(at=now, context=action.operation_context)
            hearing.assume(attempt.pk, fault, now)
            act(attempt.pk, now)
    else:
        LineAction.objects.filter(pk=action.pk).update(error=str(error)[:300])


def _close(action: LineAction, state: ActionState, error: GatewayError) -> None:
    LineAction.objects.filter(pk=action.pk, state=ActionState.PENDING).update(
        state=state, error=str(error)[:300]
    )


def hang_up(attempt_id: UUID, now: datetime) -> None:
    """End a live call, once a minute: the watchdogs may ask for it together, and Azure may
    have refused the last time."""
    may = Q(hang_up_at=None) | Q(hang_up_at__lte=now - ASK_AGAIN)
    first = CallAttempt.objects.filter(may, pk=attempt_id).update(hang_up_at=now)
    if first:
        LineAction.objects.create(attempt_id=attempt_id, kind=ActionKind.HANG_UP, created_at=now)
    act(attempt_id, now)
