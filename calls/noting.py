"""What is written down of an event itself: what was recognised, Azure's ids, what went wrong."""

from datetime import datetime

import structlog

from calls.conversation import events
from calls.conversation.vocabulary import Step
from calls.models import CallAttempt, CallEvent, CallVisit, Recognition
from calls.models.event import EventState
from reminders.models.workitem import WorkItem, WorkKind

log = structlog.get_logger(__name__)

#: Understood at most this often before only a person's "handle again" helps.
MOST_TRIES = 5


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
    Recognition.objects.get_or_create(event=row, defaults=common)


def forget_digits(row: CallEvent, event: events.Event) -> None:
    """Birthdays and PINs are compared and not kept."""
    if not isinstance(event, events.Recognized | events.RecognizeFailed):
        return
    if event.context.startswith(f"{Step.IDENTITY}."):
        result = row.body["data"].get("dtmfResult")
        if isinstance(result, dict) and "tones" in result:
            result["tones"] = ["*"] * len(event.tones)


def _connection_id(row: CallEvent) -> str:
    value = row.body.get("data", {}).get("callConnectionId")
    return value if isinstance(value, str) and len(value) <= 128 else ""


def is_of_another_call(row: CallEvent, attempt: CallAttempt) -> bool:
    """A genuine delivery at a wrong address: kept, and obeyed by nobody."""
    told = _connection_id(row)
    return bool(told and attempt.call_connection_id and told != attempt.call_connection_id)


def ids(row: CallEvent) -> None:
    """An event may come before the answer to our create call: it has the ids too."""
    connection_id = _connection_id(row)
    if connection_id:
        CallAttempt.objects.filter(pk=row.attempt_id, call_connection_id="").update(
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
