"""Do on the line what the conversation decided.

The rows were committed with the decision. Whoever comes first claims one by a
conditional UPDATE and does it, outside any transaction; what fails or is cut
off is taken up by the sweeper.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db.models import F, Q

from calls import hearing
from calls.conversation import events
from calls.conversation.dialogue import Ask, Prompt, Say
from calls.gateway.acs import gateway
from calls.gateway.errors import GatewayError
from calls.models import CallAttempt, LineAction
from calls.models.line import ActionKind, ActionState

log = structlog.get_logger(__name__)

#: A claim older than this was cut off: connect and read take six at most.
CLAIM_HOLDS = timedelta(seconds=15)
MOST_TRIES = 3


def act(attempt_id: UUID, now: datetime) -> int:
    """Do all that is pending on one call, in order; returns how many were done."""
    done = 0
    for action in LineAction.objects.filter(attempt_id=attempt_id, state=ActionState.PENDING):
        if _claim(action, now):
            done += _do(action, now)
    return done


def _claim(action: LineAction, now: datetime) -> bool:
    free = Q(claimed_at=None) | Q(claimed_at__lte=now - CLAIM_HOLDS)
    won = LineAction.objects.filter(free, pk=action.pk, state=ActionState.PENDING).update(
        claimed_at=now, tries=F("tries") + 1
    )
    action.tries += won
    return bool(won)


def _do(action: LineAction, now: datetime) -> bool:
    attempt = CallAttempt.objects.select_related("number").get(pk=action.attempt_id)
    try:
        _on_the_line(attempt, action)
    except GatewayError as error:
        _failed(attempt, action, error, now)
        return False
    LineAction.objects.filter(pk=action.pk, state=ActionState.PENDING).update(
        state=ActionState.DONE, done_at=now
    )
    return True


def _on_the_line(attempt: CallAttempt, action: LineAction) -> None:
    line, number = attempt.call_connection_id, attempt.number.e164
    match action.kind:
        case ActionKind.ASK:
            gateway().ask(line, number, _ask(action))
        case ActionKind.SAY:
            prompt = Prompt(**action.payload["prompt"])
            gateway().say(line, number, Say(context=action.operation_context, prompt=prompt))
        case ActionKind.HANG_UP:
            gateway().hang_up(line)


def _ask(action: LineAction) -> Ask:
    payload: dict[str, Any] = action.payload
    return Ask(
        context=action.operation_context,
        prompts=tuple(Prompt(**prompt) for prompt in payload["prompts"]),
        choices=tuple((label, tuple(words), tone) for label, words, tone in payload["choices"]),
        languages=tuple(payload["languages"]),
        initial_silence=payload["initial_silence"],
        sentiment=payload["sentiment"],
    )


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
    elif error.permanent or action.tries >= MOST_TRIES:
        _close(action, ActionState.FAILED, error)
        if action.kind != ActionKind.HANG_UP:
            hearing.assume(attempt.pk, events.Faulted(at=now), now)
            act(attempt.pk, now)
    else:
        LineAction.objects.filter(pk=action.pk).update(error=str(error)[:300])


def _close(action: LineAction, state: ActionState, error: GatewayError) -> None:
    LineAction.objects.filter(pk=action.pk, state=ActionState.PENDING).update(
        state=state, error=str(error)[:300]
    )


def hang_up(attempt_id: UUID, now: datetime) -> None:
    """End a live call, once: the watchdogs may ask for it together."""
    first = CallAttempt.objects.filter(pk=attempt_id, hang_up_at=None).update(hang_up_at=now)
    if first:
        LineAction.objects.create(attempt_id=attempt_id, kind=ActionKind.HANG_UP, created_at=now)
    act(attempt_id, now)
