"""Azure's door: verify, store, answer 2xx or 4xx. The only public address.

The request that stored an event also acts on it: a live person is waiting,
and a hop over a broker would buy nothing.
"""

import json
from contextlib import nullcontext
from typing import Any
from uuid import UUID

import structlog
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from calls import acting, hearing, placing, refusals
from calls.gateway import callback_auth
from calls.gateway.cloudevents import Envelope, NotEvents, envelopes
from calls.gateway.errors import KeysUnavailable, TokenRefused
from calls.models import CallAttempt, CallEvent, LineAction
from calls.models.event import EventState
from config import clock

log = structlog.get_logger(__name__)

LARGEST_BODY = 1_000_000


@csrf_exempt
@require_POST
def callback(request: HttpRequest, attempt_id: UUID, secret: str) -> HttpResponse:
    """One delivery for one attempt.

    413 too large · 401 token · 503 no keys to be had · 404 unknown attempt or
    secret · 400 not a JSON array of events · 500 only where a second delivery
    can help · else 200.
    """
    body = _body(request)
    if body is None:
        return _refuse(413, "A callback is at most 1 MB.")
    try:
        callback_auth.verify(request.headers.get("Authorization", ""))
    except TokenRefused as error:
        return _refuse(401, str(error))
    except KeysUnavailable as error:
        return _refuse(503, str(error))
    attempt = CallAttempt.objects.only("secret", "number").filter(pk=attempt_id).order_by().first()
    if attempt is None or not callback_auth.same_secret(secret, attempt.secret):
        return _refuse(404, "There is no such call.")
    try:
        delivered = envelopes(_parse(body))
    except NotEvents as error:
        return _refuse(400, str(error))
    if not _take_in(attempt, delivered):
        return _refuse(500, "Not understood; please deliver it again.")
    return HttpResponse(status=200)


def _refuse(status: int, sentence: str) -> HttpResponse:
    log.info("refused", action="callback", status=status, why=sentence)
    refusals.count(status)
    response = HttpResponse(sentence, status=status, content_type="text/plain; charset=utf-8")
    # Django would log the path, and the path holds the secret.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


def _body(request: HttpRequest) -> bytes | None:
    """The body, None when it is larger than we take. The length is a claim,
    so no more than that is read whatever it says."""
    try:
        declared = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        declared = 0
    if declared > LARGEST_BODY:
        return None
    body = request.read(LARGEST_BODY + 1)
    return None if len(body) > LARGEST_BODY else body


def _parse(body: bytes) -> Any:
    """JSON that both databases can store as it is.

    Raises:
        NotEvents: it is none.
    """
    try:
        parsed = json.loads(body.decode("utf-8"))
        text = json.dumps(parsed, allow_nan=False, ensure_ascii=False)
        text.encode("utf-8")
    except (ValueError, RecursionError):
        raise NotEvents("The body is not JSON in UTF-8.") from None
    if "\\u0000" in text:
        raise NotEvents("The body has a NUL character in a text.")
    return parsed


def _take_in(attempt: CallAttempt, delivered: list[Envelope]) -> bool:
    """Store and take in each event; False where a second delivery can help."""
    now = clock.now()
    understood, freed = True, False
    #: What this request has written to be done; None: look for what others left as well.
    written: list[LineAction] | None = []
    for envelope in delivered:
        event, is_new = _store(attempt, envelope)
        if not is_new:
            written = None
        if event.state in (EventState.HANDLED, EventState.UNKNOWN):
            continue
        try:
            heard = hearing.hear(event, now)
        except Exception:
            understood, written = False, None
        else:
            freed = heard.is_over or freed
            if written is not None:
                written += heard.actions
    acting.act(attempt.pk, clock.now(), written)
    if freed:
        placing.wake()
    return understood


def _store(attempt: CallAttempt, envelope: Envelope) -> tuple[CallEvent, bool]:
    """Raw first: the event exactly as it came, once under its id; and whether it is new."""
    now = clock.now()
    event = CallEvent(
        attempt=attempt,
        event_id=envelope.id,
        type=envelope.type,
        occurred_at=envelope.time or now,
        received_at=now,
        body=dict(envelope.body),
    )
    # A statement alone is a transaction; within another, a savepoint keeps that one whole.
    alone = nullcontext() if connection.get_autocommit() else transaction.atomic()
    try:
        with alone:
            event.save(force_insert=True)
    except IntegrityError:
        event = CallEvent.objects.get(attempt=attempt, event_id=envelope.id)
        event.attempt = attempt
        CallEvent.objects.filter(pk=event.pk).update(repeats=F("repeats") + 1)
        return event, False
    return event, True
