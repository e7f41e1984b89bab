"""One call as a file: what its page tells, for whoever has to prove it elsewhere."""

import hashlib
import json
from datetime import datetime
from typing import Any

from calls.models import CallAttempt, CallEvent, CallVisit, LineAction, Recognition
from desk.calls import evidence
from desk.calls.page import CallPage, as_seen, without_digits
from desk.calls.words import words_of_event
from desk.heard import visit_name, words_of
from reminders import phones

#: Who may download it.
PERMISSION = "calls.download_dossier"
VERSION = 1


def dossier(page: CallPage) -> dict[str, Any]:
    """JSON-ready; numbers masked, secrets and digits of identities left out, times in UTC.

    ``sha256`` of an event is that of its stored body (keys sorted, no spaces): it
    shows that what is masked here is what Azure sent.
    """
    attempt, now = page.attempt, page.now
    return {
        "dossier": VERSION,
        "made_at": iso(now),
        "call": _call(attempt),
        "legal_basis": [
            {"patient": basis.patient, "basis": basis.text}
            for basis in evidence.bases(attempt, now)
        ],
        "rule_set": attempt.rule_set,
        "texts": attempt.script.get("approvals", {}),
        "languages_spoken": evidence.locales(attempt),
        "visits": [_visit(visit) for visit in attempt.visits.all()],
        "said": [_said(action, attempt) for action in attempt.actions.all()],
        "heard": [_heard(row, attempt) for row in attempt.recognitions.all()],
        "events": [_event(event, attempt) for event in attempt.events.all()],
        "outcome": attempt.outcome,
        "decided": evidence.decided(attempt, now),
        "read_by": evidence.lookers(attempt, now),
    }


def _call(attempt: CallAttempt) -> dict[str, Any]:
    return {
        "id": str(attempt.pk),
        "clinic": attempt.clinic.name,
        "number": phones.masked(attempt.number.e164),
        "caller_id": attempt.caller_id,
        "by_person": attempt.by_person,
        "rehearsal": attempt.rehearsal,
        "queued_at": iso(attempt.queued_at),
        "dialled_at": iso(attempt.started_at),
        "connected_at": iso(attempt.connected_at),
        "ended_at": iso(attempt.ended_at),
        "call_connection_id": attempt.call_connection_id,
        "correlation_id": attempt.correlation_id,
    }


def _visit(visit: CallVisit) -> dict[str, Any]:
    return {
        "visit": visit_name(visit.appointment),
        "starts_at": iso(visit.visit_starts_at),
        "outcome": visit.outcome,
    }


def _said(action: LineAction, attempt: CallAttempt) -> dict[str, Any]:
    return {
        "at": iso(action.created_at),
        "kind": action.kind,
        "state": action.state,
        "prompts": [
            {"language": prompt.get("locale", ""), "text": as_seen(str(prompt["text"]), attempt)}
            for prompt in action.payload.get("prompts", [])
        ],
    }


def _heard(row: Recognition, attempt: CallAttempt) -> dict[str, Any]:
    return {
        "at": iso(row.at),
        "step": row.step,
        "words": as_seen(words_of(row), attempt),
        "label": row.label,
        "language": row.language,
        "confidence": row.confidence,
        "sentiment": row.sentiment,
        "code": row.code,
        "sub_code": row.sub_code,
    }


def _event(event: CallEvent, attempt: CallAttempt) -> dict[str, Any]:
    body = json.dumps(without_digits(event.body), ensure_ascii=False)
    return {
        "occurred_at": iso(event.occurred_at),
        "received_at": iso(event.received_at),
        "type": event.type,
        "meaning": words_of_event(event.type),
        "state": event.state,
        "sha256": sha256(event.body),
        "body": json.loads(as_seen(body, attempt)),
    }


def iso(at: datetime | None) -> str | None:
    """ISO 8601 in UTC."""
    return None if at is None else at.isoformat()


def sha256(body: Any) -> str:
    """Of the stored JSON, keys sorted, without spaces."""
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
