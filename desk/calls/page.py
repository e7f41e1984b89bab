"""The page of one call, as data for its template. Secrets and numbers stay out."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from calls.models import CallAttempt, CallEvent, LineAction, Recognition
from calls.models.event import EventState
from desk.heard import confidence_of, words_of
from desk.local import told_exactly
from desk.wording import SENTIMENT_COLOURS, STEPS, language_and_place
from reminders import phones

#: What a person reads of one event; the whole of it stays in the database.
MOST = 4000
_NUMBER = re.compile(r"\+\d{8,15}")
_STATE_COLOURS = {EventState.FAILED: "danger", EventState.STORED: "warning"}


@dataclass(frozen=True)
class Row:
    """One line of a table: cells, and the colour of the badge among them."""

    cells: tuple[str, ...]
    badge: str = ""
    colour: str = ""
    body: str = ""


def redacted(text: str, attempt: CallAttempt) -> str:
    """Without the callback's secret, and with every phone number masked (R16)."""
    without = text.replace(attempt.secret, "•••") if attempt.secret else text
    return _NUMBER.sub(lambda found: phones.masked(found.group()), without)


def pretty(value: Any, attempt: CallAttempt) -> str:
    """JSON for people, cut where it gets long."""
    text = redacted(json.dumps(value, indent=2, ensure_ascii=False), attempt)
    return text if len(text) <= MOST else f"{text[:MOST]}\n… cut here, {len(text)} characters"


@dataclass(frozen=True)
class CallPage:
    """Everything below the facts: what was heard, said, and received."""

    attempt: CallAttempt
    now: datetime

    def _when(self, at: datetime | None) -> str:
        return told_exactly(at, self.attempt.clinic.zone, self.now)

    def facts(self) -> list[tuple[str, str]]:
        """The row of the call itself, without its secret."""
        attempt = self.attempt
        code = f" ({attempt.end_code}/{attempt.end_sub_code})" if attempt.end_code else ""
        talk = ""
        if attempt.ended_at and attempt.connected_at:
            talk = f"{(attempt.ended_at - attempt.connected_at).seconds} s"
        facts = {
            "Number": phones.masked(attempt.number.e164),
            "Clinic": attempt.clinic.name,
            "Caller id": attempt.caller_id,
            "Asked for by": "Staff: “Call now”" if attempt.by_person else "The plan",
            "Queued": self._when(attempt.queued_at),
            "Dialled": self._when(attempt.started_at),
            "Connected": self._when(attempt.connected_at),
            "Ended": self._when(attempt.ended_at),
            "Talk": talk,
            "Spoken to in": language_and_place(attempt.language),
            "Rules": attempt.rule_set,
            "Texts approved by": _approvers(attempt.script),
            "How the line ended": f"{attempt.end_reason}{code}",
            "Note": redacted(attempt.note, attempt),
            "Azure's call id": attempt.call_connection_id,
            "Correlation id": attempt.correlation_id,
        }
        return [(name, text) for name, text in facts.items() if text]

    def heard(self) -> list[Row]:
        """What the patient said or pressed, in order."""
        return [self._heard(row) for row in self.attempt.recognitions.all()]

    def _heard(self, row: Recognition) -> Row:
        codes = "/".join(str(code) for code in (row.code, row.sub_code) if code is not None)
        return Row(
            cells=(
                self._when(row.at),
                STEPS.get(row.step, row.step),
                words_of(row) or f"Nothing understood ({codes})",
                row.label,
                language_and_place(row.language),
                confidence_of(row),
            ),
            badge=row.sentiment,
            colour=SENTIMENT_COLOURS.get(row.sentiment, ""),
        )

    def said(self) -> list[Row]:
        """What Ringwell said, asked and did on the line, word for word."""
        return [
            Row(
                cells=(
                    self._when(action.created_at),
                    action.get_kind_display(),
                    redacted("\n".join(_spoken(action)), self.attempt),
                    action.error,
                ),
                badge=action.get_state_display(),
                colour="danger" if action.state == "failed" else "",
            )
            for action in self.attempt.actions.all()
        ]

    def events(self) -> list[Row]:
        """What Azure told us, exactly as it came but for what nobody should see."""
        return [self._event(event) for event in self.attempt.events.all()]

    def _event(self, event: CallEvent) -> Row:
        repeats = f", came {event.repeats + 1} times" if event.repeats else ""
        trouble = f"{event.error}, tried {event.tries} times" if event.error else ""
        return Row(
            cells=(self._when(event.received_at), str(event), f"{trouble}{repeats}".lstrip(", ")),
            badge=event.get_state_display(),
            colour=_STATE_COLOURS.get(EventState(event.state), ""),
            body=pretty(event.body, self.attempt),
        )


def _approvers(script: dict[str, Any]) -> str:
    """Who let these words be spoken, for each language."""
    approvals = script.get("approvals", {})
    return ", ".join(f"{approval.get('by')} ({tag})" for tag, approval in approvals.items())


def _spoken(action: LineAction) -> Iterator[str]:
    """The texts of an action's prompts, and what it listened for."""
    payload = action.payload
    prompts = payload.get("prompts") or ([payload["prompt"]] if "prompt" in payload else [])
    for prompt in prompts:
        yield str(prompt.get("text") or prompt)
    if choices := payload.get("choices"):
        yield "Listens for: " + ", ".join(str(choice[0]) for choice in choices)
