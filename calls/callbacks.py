"""Azure's door: verify, store, answer 2xx or 4xx. The only public address.

The request that stored an event also acts on it: a live person is waiting,
and a hop over a broker would buy nothing.
"""

import json
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from calls import acting, hearing, placing, refusals
from calls.gateway import callback_auth
from calls.gateway.cloudevents import Envelope, NotEvents, envelopes
from calls.gateway.errors import KeysUnavailable, TokenRefused
from calls.models import CallAttempt, CallEvent
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
    attempt = CallAttempt.objects.only("secret").filter(pk=attempt_id).first()
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
    for envelope in delivered:
        event = _store(attempt, envelope)
        if event.state in (EventState.HANDLED, EventState.UNKNOWN):
            continue
        try:
            freed = hearing.hear(event.pk, now) or freed
        except Exception:
            understood = False
    acting.act(attempt.pk, clock.now())
    if freed:
        placing.wake()
    return understood


def _store(attempt: CallAttempt, envelope: Envelope) -> CallEvent:
    """Raw first: the event exactly as it came, once under its id."""
    now = clock.now()
    with transaction.atomic():
        event, is_new = CallEvent.objects.get_or_create(
            attempt=attempt,
            event_id=envelope.id,
            defaults={
                "type": envelope.type,
                "occurred_at": envelope.time or now,
                "received_at": now,
                "body": dict(envelope.body),
            },
        )
        if not is_new:
            CallEvent.objects.filter(pk=event.pk).update(repeats=F("repeats") + 1)
    return event
