"""The page of one call, as data for its template. Secrets and numbers stay out."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from calls.conversation.vocabulary import Step
from calls.models import CallAttempt, CallEvent, CallVisit, LineAction, Recognition
from calls.models.event import EventState
from desk import seeing, stored
from desk.base import admin_url
from desk.calls import evidence
from desk.calls.words import STATE_COLOURS, STATES, words_of_event
from desk.heard import confidence_of, unheard, visit_name, words_of
from desk.local import told_exactly
from desk.wording import (
    OUTCOME_COLOURS,
    OUTCOMES,
    SENTIMENT_COLOURS,
    STEPS,
    language_and_place,
    language_name,
)
from reminders import phones

#: What a person reads of one event; the whole of it stays in the database.
MOST = 4000
_NUMBER = re.compile(r"\+\d{8,15}")


@dataclass(frozen=True)
class Row:
    """One line of a table: cells, and the colour of the badge among them."""

    cells: tuple[str, ...]
    badge: str = ""
    colour: str = ""
    body: str = ""


@dataclass(frozen=True)
class Visit:
    """One visit of the call, and what came of it."""

    text: str
    link: str
    outcome: str
    colour: str
    remark: str


def redacted(text: str, attempt: CallAttempt) -> str:
    """Without the callback's secret, and with every phone number masked (R16)."""
    without = text.replace(attempt.secret, "•••") if attempt.secret else text
    return _NUMBER.sub(lambda found: phones.masked(found.group()), without)


def as_seen(text: str, attempt: CallAttempt) -> str:
    """Something said in the call, as this person may see it; ask with visits read."""
    people = [visit.appointment.patient for visit in attempt.visits.all()]
    return redacted(seeing.words(text, people), attempt)


def pretty(value: Any, attempt: CallAttempt) -> str:
    """JSON for people, cut where it gets long."""
    text = as_seen(json.dumps(value, indent=2, ensure_ascii=False), attempt)
    return (
        text
        if len(text) <= MOST
        else text[:MOST] + "\n" + _("… cut here, %(count)s characters") % {"count": len(text)}
    )


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
            _("Number"): phones.masked(attempt.number.e164),
            _("Clinic"): attempt.clinic.name,
            _("Caller id"): attempt.caller_id,
            _("Asked for by"): _asked_by(attempt),
            _("Queued"): self._when(attempt.queued_at),
            _("Dialled"): self._when(attempt.started_at),
            _("Connected"): self._when(attempt.connected_at),
            _("Ended"): self._when(attempt.ended_at),
            _("Talk"): talk,
            _("Spoken to in"): ", ".join(map(language_and_place, evidence.locales(attempt))),
            _("Would rather have heard"): language_and_place(attempt.script.get("wanted", "")),
            **{
                _("Legal basis of %(patient)s") % {"patient": basis.patient}: basis.text
                for basis in evidence.bases(attempt, self.now)
            },
            _("Rules"): attempt.rule_set,
            **{
                _("Texts in %(language)s") % {"language": language}: text
                for language, text in evidence.approvals(attempt, self.now)
            },
            _("How the line ended"): f"{stored.read(attempt.end_reason.replace('_', ' '))}{code}",
            _("Note"): redacted(stored.read(attempt.note), attempt),
            _("Azure's call id"): attempt.call_connection_id,
            _("Correlation id"): attempt.correlation_id,
        }
        return [(name, text) for name, text in facts.items() if text]

    def visits(self) -> list[Visit]:
        """Which visits it was about, each with what came of it."""
        return [self._visit(visit) for visit in self.attempt.visits.all()]

    def _visit(self, visit: CallVisit) -> Visit:
        outcome = OUTCOMES[visit.outcome]
        appointment = visit.appointment
        moved = visit.visit_starts_at != appointment.starts_at
        former = self._when(visit.visit_starts_at)
        return Visit(
            text=visit_name(appointment),
            link=admin_url(appointment),
            outcome=outcome or (_("In progress") if visit.is_open else _("No outcome")),
            colour=OUTCOME_COLOURS.get(outcome, ""),
            remark=_("The call was about its former time, %(when)s") % {"when": former}
            if moved
            else "",
        )

    def fallback(self) -> str:
        """Where another language was spoken than the patient's, why."""
        wanted = self.attempt.script.get("wanted", "")
        if not wanted:
            return ""
        spoken, name = language_name(self.attempt.language), language_name(wanted)
        words = _("Spoken in %(spoken)s, since nobody has approved %(wanted)s.")
        return words % {"spoken": spoken, "wanted": name}

    def heard(self) -> list[Row]:
        """What the patient said or pressed, in order."""
        return [self._heard(row) for row in self.attempt.recognitions.all()]

    def _heard(self, row: Recognition) -> Row:
        return Row(
            cells=(
                self._when(row.at),
                STEPS.get(row.step, row.step),
                words_of(row) or unheard(row),
                stored.read(row.label),
                language_and_place(row.language),
                confidence_of(row),
            ),
            badge=(sentiment := stored.read(row.sentiment)),
            colour=SENTIMENT_COLOURS.get(sentiment, ""),
        )

    def said(self) -> list[Row]:
        """What Ringwell said, asked and did on the line, word for word."""
        return [
            Row(
                cells=(
                    self._when(action.created_at),
                    action.get_kind_display(),
                    ", ".join(_languages(action)),
                    as_seen("\n".join(_spoken(action)), self.attempt),
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
        repeats = _("came %(count)s times") % {"count": event.repeats + 1} if event.repeats else ""
        trouble = (
            (_("%(error)s, tried %(count)s times") % {"error": event.error, "count": event.tries})
            if event.error
            else ""
        )
        happened = self._when(event.occurred_at)
        late = abs((event.received_at - event.occurred_at).total_seconds())
        return Row(
            cells=(
                _("%(happened)s, received %(received)s")
                % {"happened": happened, "received": self._when(event.received_at)}
                if late > 1
                else happened,
                words_of_event(event.type),
                str(event),
                ", ".join(filter(None, (trouble, repeats))),
            ),
            badge=str(STATES[event.state]),
            colour=STATE_COLOURS.get(EventState(event.state), ""),
            body=pretty(without_digits(event.body), self.attempt),
        )


def without_digits(body: Any) -> Any:
    """Hearing forgets the digits of an identity; an event it has not taken in still has them."""
    data = body.get("data") if isinstance(body, dict) else None
    if not isinstance(data, dict):
        return body
    if not str(data.get("operationContext", "")).startswith(f"{Step.IDENTITY}."):
        return body
    hidden = {name: "•••" for name in ("dtmfResult", "speechResult") if name in data}
    return {**body, "data": {**data, **hidden}}


def _asked_by(attempt: CallAttempt) -> str:
    if attempt.rehearsal:
        return _("Staff: a rehearsal of the newest texts, approved or not")
    return _("Staff: “Call now”") if attempt.by_person else _("The plan")


def _languages(action: LineAction) -> list[str]:
    """In which languages an action speaks, by name."""
    prompts = action.payload.get("prompts", [])
    return [
        language_name(tag) for tag in dict.fromkeys(p.get("locale", "") for p in prompts) if tag
    ]


def _spoken(action: LineAction) -> Iterator[str]:
    """The texts of an action's prompts, and what it listened for."""
    for prompt in action.payload.get("prompts", []):
        yield str(prompt["text"])
    if choices := action.payload.get("listen", {}).get("choices"):
        labels = (stored.read(str(choice["label"])) for choice in choices)
        yield _("Listens for: ") + ", ".join(labels)
