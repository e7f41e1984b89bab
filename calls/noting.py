"""What is written down of an event itself: what was recognised, Azure's ids, what went wrong."""

from datetime import datetime
from typing import Any

import structlog
from django.db.models import F

from calls.conversation import events
from calls.conversation.vocabulary import Step
from calls.models import CallAttempt, CallEvent, CallVisit, Recognition
from calls.models.event import EventState
from reminders.models.workitem import WorkItem, WorkKind

log = structlog.get_logger(__name__)

#: Understood at most this often before only a person's "handle again" helps.
MOST_TRIES = 5


def claim(row: CallEvent, event: events.Event, *, is_known: bool) -> bool:
    """Mark an event as understood, in the transaction that takes it in; False where it was."""
    still = [EventState.STORED, EventState.FAILED]
    columns: dict[str, Any] = {
        "state": EventState.HANDLED if is_known else EventState.UNKNOWN,
        "tries": F("tries") + 1,
        "error": "",
    }
    if is_known and (body := _without_digits(row, event)):
        columns["body"] = body
    return bool(CallEvent.objects.filter(pk=row.pk, state__in=still).update(**columns))


def recognition(row: CallEvent, event: events.Event) -> None:
    """What was heard, once, whatever came of it."""
    if not isinstance(event, events.Recognized | events.RecognizeFailed):
        return
    step, _, turn = event.context.partition(".")
    common = {
        "attempt_id": row.attempt_id,
        "step": step if step in {*Step} else "",
        "turn": int(turn) if turn.isascii() and turn.isdigit() and len(turn) < 5 else 0,
        "code": event.code,
        "sub_code": event.sub_code,
        "at": row.received_at,
    }
    if isinstance(event, events.Recognized):
        common |= {
            "input_type": event.input_type[:16],
            "label": event.label[:32],
            "phrase": event.phrase[:500],
            # The digits of an identity are nobody's to read.
            "tones": [] if step == Step.IDENTITY else list(event.tones)[:50],
            "speech": event.speech[:10_000],
            "confidence": event.confidence,
            "language": event.language[:35],
            "sentiment": event.sentiment[:32],
        }
    # One of an event, whatever a failed try has left.
    Recognition.objects.bulk_create([Recognition(event=row, **common)], ignore_conflicts=True)


def _without_digits(row: CallEvent, event: events.Event) -> dict[str, Any] | None:
    """The body without a birthday or PIN, which is compared and not kept; None where there is
    none in it."""
    if not isinstance(event, events.Recognized | events.RecognizeFailed):
        return None
    body: dict[str, Any] = row.body
    result = body["data"].get("dtmfResult")
    has_tones = isinstance(result, dict) and "tones" in result
    if not has_tones or not event.context.startswith(f"{Step.IDENTITY}."):
        return None
    hidden = result | {"tones": ["*"] * len(event.tones)}
    return body | {"data": body["data"] | {"dtmfResult": hidden}}


def _connection_id(row: CallEvent) -> str:
    value = row.body.get("data", {}).get("callConnectionId")
    return value if isinstance(value, str) and len(value) <= 128 else ""


def is_of_another_call(row: CallEvent, attempt: CallAttempt) -> bool:
    """A genuine delivery at a wrong address: kept, and obeyed by nobody."""
    told = _connection_id(row)
    return bool(told and attempt.call_connection_id and told != attempt.call_connection_id)


def ids(row: CallEvent, attempt: CallAttempt) -> None:
    """An event may come before the answer to our create call: it has the ids too."""
    if connection_id := _connection_id(row):
        attempt.call_connection_id = connection_id
        CallAttempt.objects.filter(pk=attempt.pk, call_connection_id="").update(
            call_connection_id=connection_id
        )


def failure(event_pk: int, error: Exception, now: datetime) -> None:
    """Leave the event for the sweeper, with what went wrong and no patient data.

    After the last try a person is told: it may have been an answer.
    """
    log.exception("not understood", action="hear", stored_event=event_pk)
    row = CallEvent.objects.filter(pk=event_pk).exclude(state=EventState.HANDLED).first()
    if row is None:
        return
    row.state, row.tries, row.error = EventState.FAILED, row.tries + 1, type(error).__name__
    row.save(update_fields=["state", "tries", "error"])
    if row.tries >= MOST_TRIES:
        detail = "An event of the call was never understood."
        for visit in CallVisit.objects.filter(attempt=row.attempt_id).select_related("appointment"):
            WorkItem.open(visit.appointment, WorkKind.LOST_ANSWER, now, detail=detail)
