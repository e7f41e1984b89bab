"""Delivering what waits: claimed, signed, sent, and written down; tried for a day.

The table is the queue. A claim is one conditional UPDATE that moves the next try away for as
long as a try can last: two workers never send the same row at the same moment, and what a
dead worker had is taken up again. So is an endpoint's turn, for as long as a turn can last.
Nothing is locked while the other side is waited for.
"""

import json
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import F, Q, QuerySet
from standardwebhooks.webhooks import Webhook

from calls.webhooks import wire
from calls.webhooks.wire import Answer
from config import clock
from reminders.models import WebhookEndpoint, WebhookMessage, WebhookTry
from reminders.models.webhook import MessageState, TryFault

log = structlog.get_logger(__name__)
Tick = Callable[[], datetime]

#: Between one try and the next; the last one repeats until the day is over.
PAUSES = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 30, 120, 600, 1800, 3600, 7200, 14_400, 28_800, 28_800)
)
#: Counted from the fact, or from "Send again".
GIVEN_UP_AFTER = timedelta(days=1)
#: Longer than any try: name, connection and answer.
CLAIM = timedelta(minutes=2)
#: Of one endpoint in one look: so many messages, and none is begun after so long.
MOST_IN_A_TURN = 50
TURN = timedelta(seconds=10)
GONE = 410
#: It answers, but not now: what else waits for it is left for later looks.
OVERLOADED = frozenset({429, 502, 503, 504})


def deliver_due(tick: Tick) -> None:
    """Give each endpoint with something due its turn."""
    _forget_of_the_switched_off(tick())
    due = WebhookMessage.objects.filter(state=MessageState.WAITING, next_try_at__lte=tick())
    endpoints = WebhookEndpoint.objects.filter(is_on=True, pk__in=due.values("endpoint"))
    for endpoint_id in list(endpoints.values_list("pk", flat=True)):
        _turn(endpoint_id, tick)


def _turn(endpoint_id: int, tick: Tick) -> None:
    """One at a time: a slow receiver has one worker's thread, and never all of them."""
    began = tick()
    until = began + TURN + CLAIM
    free = Q(turn_until=None) | Q(turn_until__lte=began)
    if not WebhookEndpoint.objects.filter(free, pk=endpoint_id).update(turn_until=until):
        return
    mine = WebhookEndpoint.objects.filter(pk=endpoint_id, turn_until=until)
    try:
        _send_waiting(mine, endpoint_id, began, tick)
    finally:
        mine.update(turn_until=None)


def _send_waiting(
    mine: QuerySet[WebhookEndpoint], endpoint_id: int, began: datetime, tick: Tick
) -> None:
    """Oldest facts first, until it does not answer, or its turn is over.

    ``mine`` finds the endpoint as long as the turn is ours. It is read before each message:
    staff may have switched it off, or given it another address.
    """
    waiting = WebhookMessage.objects.filter(
        endpoint=endpoint_id, state=MessageState.WAITING, next_try_at__lte=began
    )
    for message in waiting.order_by("created_at")[:MOST_IN_A_TURN]:
        endpoint = mine.filter(is_on=True).first()
        if endpoint is None:
            return
        if not _claim(message, tick()):
            continue
        answer = _send(message, endpoint)
        now = tick()
        _settle(message, answer, now)
        told = {"status": answer.status, "fault": answer.fault, "ms": answer.milliseconds}
        log.info("tried", action="webhook", webhook=message.wire_id, **told)
        if answer.status is None or answer.status in OVERLOADED | {GONE} or now >= began + TURN:
            return


def _claim(message: WebhookMessage, now: datetime) -> bool:
    """It is ours to send; False where another worker was faster, or it is switched off."""
    as_seen = WebhookMessage.objects.filter(
        pk=message.pk,
        state=MessageState.WAITING,
        next_try_at=message.next_try_at,
        endpoint__is_on=True,
    )
    won = as_seen.update(next_try_at=now + CLAIM, tries=F("tries") + 1)
    message.tries += 1
    return bool(won)


def _send(message: WebhookMessage, endpoint: WebhookEndpoint) -> Answer:
    try:
        body = json.dumps(message.body, separators=(",", ":"))
        headers = signed(endpoint.secret, message.wire_id, body, clock.system_now())
        return wire.post(endpoint.url, headers, body.encode())
    except Exception:
        # A fault of ours costs this message its try, and no other message anything.
        log.exception("not sent", action="webhook", webhook=message.wire_id)
        return Answer(0, fault=TryFault.BROKEN)


def signed(secret: str, wire_id: str, body: str, at: datetime) -> dict[str, str]:
    """The headers of Standard Webhooks; ``at`` is the system's time, which receivers compare."""
    return {
        "Content-Type": "application/json",
        "User-Agent": "Ringwell",
        "webhook-id": wire_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(wire_id, at, body),
    }


@transaction.atomic
def _settle(message: WebhookMessage, answer: Answer, now: datetime) -> None:
    """Write the try down, and what follows from it."""
    WebhookTry.objects.create(
        message=message,
        number=message.tries,
        at=now,
        milliseconds=answer.milliseconds,
        status=answer.status,
        fault=answer.fault or "",
    )
    endpoint = WebhookEndpoint.objects.filter(pk=message.endpoint_id)
    mine = WebhookMessage.objects.filter(pk=message.pk)
    if answer.status is not None and 200 <= answer.status < 300:
        mine.update(state=MessageState.DELIVERED, next_try_at=None)
        endpoint.exclude(failing_since=None).update(failing_since=None)
    elif answer.status == GONE:
        # Messages before their endpoint, as above: else two that settle wait for each other.
        _give_up(message.endpoint_id, now, before=now)
        endpoint.update(is_on=False, gone_at=now)
    elif (later := _next_try(message, now)) is not None:
        mine.filter(state=MessageState.WAITING).update(next_try_at=later)
    else:
        _give_up(message.endpoint_id, now, before=message.round_began_at)


def _next_try(message: WebhookMessage, now: datetime) -> datetime | None:
    """None when the day is over."""
    later = now + PAUSES[min(message.tries, len(PAUSES)) - 1]
    return later if later <= message.round_began_at + GIVEN_UP_AFTER else None


def _give_up(endpoint_id: int, now: datetime, *, before: datetime) -> None:
    """This message, and what waits for longer: the same endpoint did not answer for those."""
    waiting = WebhookMessage.objects.filter(endpoint=endpoint_id, state=MessageState.WAITING)
    waiting.filter(round_began_at__lte=before).update(state=MessageState.GIVEN_UP, next_try_at=None)
    failing = WebhookEndpoint.objects.filter(pk=endpoint_id, failing_since=None)
    failing.update(failing_since=now)


def _forget_of_the_switched_off(now: datetime) -> None:
    """What waits for an endpoint that staff switched off waits a day."""
    old = WebhookMessage.objects.filter(
        state=MessageState.WAITING,
        endpoint__is_on=False,
        round_began_at__lte=now - GIVEN_UP_AFTER,
    )
    old.update(state=MessageState.GIVEN_UP, next_try_at=None)
