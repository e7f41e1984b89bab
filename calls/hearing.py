"""Event -> turn -> outcome, in one transaction.

Locks are taken in the order of :mod:`calls.placing`. What must be done on the
line is written as ``LineAction`` rows beside the decision; :mod:`calls.acting`
does it after the commit.
"""

from datetime import datetime
from functools import partial
from typing import Any

import structlog
from django.db import transaction

from calls import breaker
from calls.conversation import dialogue, events
from calls.conversation.dialogue import Ask, HangUp, Say, State, Turn
from calls.conversation.script import Script
from calls.conversation.vocabulary import Act, AttemptStatus, Outcome, Step
from calls.gateway.cloudevents import understand
from calls.models import CallAttempt, CallEvent, CallVisit, LineAction, Recognition
from calls.models.event import EventState
from calls.models.line import ActionKind, ActionState
from reminders import planning
from reminders.models import Contact, PhoneNumber
from reminders.models.workitem import WorkItem, WorkKind
from reminders.policy.vocabulary import Answer, ContactResult

log = structlog.get_logger(__name__)

#: Understood at most this often before only a person's "handle again" helps.
MOST_TRIES = 5

_ANSWERS = {Act.CONFIRMED: Answer.CONFIRMED, Act.CANCELLED: Answer.CANCELLED}

_RESULTS = {
    Outcome.BUSY: ContactResult.BUSY,
    Outcome.NO_ANSWER: ContactResult.NO_ANSWER,
    Outcome.DECLINED: ContactResult.NO_ANSWER,
    Outcome.FAILED_PROVIDER: ContactResult.FAILED,
}

_WORK = {
    Outcome.NEEDS_REVIEW: (WorkKind.NEEDS_REVIEW, "The call left it open; nothing was changed."),
    Outcome.WRONG_NUMBER: (WorkKind.WRONG_NUMBER, "Somebody else answered; number quarantined."),
    Outcome.INVALID_NUMBER: (WorkKind.INVALID_NUMBER, "The network knows no such number."),
    Outcome.OPTED_OUT: (WorkKind.OPTED_OUT, "Asked for no more calls; tell them otherwise."),
    Outcome.CANCELLED: (WorkKind.SLOT_FREE, "Cancelled by the patient; the slot is free."),
    Outcome.FAILED_PROVIDER: (WorkKind.FAILED_PROVIDER, "Azure failed; nobody could answer."),
}


class Hearing:
    """One attempt behind its locks, while one event is taken in."""

    def __init__(self, attempt_id: Any, now: datetime) -> None:
        number_id = CallAttempt.objects.values_list("number_id", flat=True).get(pk=attempt_id)
        self.number = PhoneNumber.objects.select_for_update().get(pk=number_id)
        planning.lock_number(number_id, now)
        self.visits = list(CallVisit.objects.filter(attempt_id=attempt_id))
        self.appointments = {v.appointment_id: planning.lock(v.appointment_id) for v in self.visits}
        self.attempt = CallAttempt.objects.select_for_update().get(pk=attempt_id)
        self.now = now
        self.before = State.from_json(self.attempt.state)

    def take_in(self, event: events.Event) -> Turn:
        """Let the conversation respond, and write down everything it led to."""
        if not self.attempt.script:
            # Nothing was dialled yet, so this is nobody's news.
            return Turn(state=self.before)
        if isinstance(event, events.Lost) and self.attempt.status != AttemptStatus.CONNECTED:
            # It ended between the watchdog's look and our lock.
            return Turn(state=self.before)
        script = Script.from_json(self.attempt.script)
        turn = dialogue.respond(self.before, event, script, visit_stands=self._visit_stands())
        self.attempt.state = turn.state.to_json()
        self.attempt.heard_at = self.now
        CallAttempt.objects.filter(pk=self.attempt.pk).update(
            state=self.attempt.state, heard_at=self.now
        )
        self._line(event)
        if isinstance(event, events.Lost) and not turn.state.acts:
            self._work(WorkKind.LOST_ANSWER, "The line was lost; what was said is not known.")
        self._actions(event, turn)
        self._effects(turn.state)
        self._settle(turn.state)
        return turn

    def _visit_stands(self) -> bool:
        """False when a visit was moved, cancelled or given to another patient."""
        return all(visit.stands(self.appointments[visit.appointment_id]) for visit in self.visits)

    def _line(self, event: events.Event) -> None:
        match event:
            case events.Connected():
                CallAttempt.objects.filter(pk=self.attempt.pk, connected_at=None).update(
                    connected_at=event.at
                )
                self.attempt.move(to=AttemptStatus.CONNECTED, allowed=(AttemptStatus.DIALLING,))
            case events.Ended():
                CallAttempt.objects.filter(pk=self.attempt.pk).update(
                    end_code=event.code, end_sub_code=event.sub_code, end_reason=event.end
                )

    def _actions(self, event: events.Event, turn: Turn) -> None:
        """Close what this event answers, drop what it overtook, add what is next."""
        pending = LineAction.objects.filter(attempt=self.attempt, state=ActionState.PENDING)
        if isinstance(event, events.InContext) and event.context:
            pending.filter(operation_context=event.context).update(
                state=ActionState.DONE, done_at=self.now
            )
        if turn.state.ended:
            pending.update(state=ActionState.DROPPED)
        elif turn.actions:
            pending.exclude(kind=ActionKind.HANG_UP).update(state=ActionState.DROPPED)
        LineAction.objects.bulk_create(
            _row(self.attempt, action, self.now) for action in turn.actions
        )

    def _effects(self, after: State) -> None:
        """What was said takes effect at once, in this very transaction (R6)."""
        if after.opted_out and not self.before.opted_out:
            self.number.suppress(self.now, source=f"call {self.attempt.pk}")
            planning.number_changed(self.number, self.now)
        new_acts = after.acts[len(self.before.acts) :]
        for act in new_acts:
            if act is Act.WRONG_NUMBER:
                self.number.quarantine(self.now)
                planning.number_changed(self.number, self.now)
            else:
                self._record(_ANSWERS[act])

    def _record(self, answer: Answer) -> None:
        for visit in self.visits:
            appointment = self.appointments[visit.appointment_id]
            recorded = appointment.record_answer(
                answer, self.now, actor="patient", attempt=str(self.attempt.pk)
            )
            if recorded:
                planning.replan(appointment.pk, self.now)

    def _settle(self, after: State) -> None:
        """Give the attempt and its visits their outcome, as soon as it is known."""
        known = after.ended or after.acts or after.opted_out or after.contradicted
        if not known:
            return
        outcome, old = dialogue.outcome(after), self.attempt.outcome
        changed = outcome != old
        if after.ended and self.attempt.is_open:
            self.attempt.end(self.now, outcome)
            transaction.on_commit(partial(breaker.record, self.attempt, outcome))
            CallVisit.objects.filter(attempt=self.attempt).update(is_open=False, outcome=outcome)
            self._complete_ledger(outcome)
        elif changed:
            CallAttempt.objects.filter(pk=self.attempt.pk).update(outcome=outcome)
            CallVisit.objects.filter(attempt=self.attempt).update(outcome=outcome)
            if after.ended:
                self._complete_ledger(outcome)
        if changed:
            self._settle_work(old)
            self._tell_staff(outcome)
            log.info("outcome", action="settle", attempt=str(self.attempt.pk), outcome=outcome)

    def _complete_ledger(self, outcome: Outcome) -> None:
        if outcome is Outcome.INVALID_NUMBER:
            self.number.mark_invalid(self.now)
            planning.number_changed(self.number, self.now)
        result = _RESULTS.get(outcome, ContactResult.REACHED)
        for contact in Contact.objects.filter(ref=self.attempt.pk):
            planning.contact_ended(contact, result, self.now)

    def _settle_work(self, old: str) -> None:
        """A late event told more: what was to be done for the old outcome is not any more."""
        if old and Outcome(old) in _WORK:
            for appointment in self.appointments.values():
                WorkItem.settle(appointment, _WORK[Outcome(old)][0], self.now)

    def _tell_staff(self, outcome: Outcome) -> None:
        if outcome in _WORK:
            self._work(*_WORK[outcome])

    def _work(self, kind: WorkKind, detail: str) -> None:
        for visit in self.visits:
            WorkItem.open(self.appointments[visit.appointment_id], kind, self.now, detail=detail)


def _row(attempt: CallAttempt, action: Ask | Say | HangUp, now: datetime) -> LineAction:
    match action:
        case Ask():
            kind, context, payload = ActionKind.ASK, action.context, _ask_payload(action)
        case Say():
            kind, context = ActionKind.SAY, action.context
            payload = {"prompt": vars(action.prompt)}
        case HangUp():
            kind, context, payload = ActionKind.HANG_UP, "", {}
    return LineAction(
        attempt=attempt, kind=kind, operation_context=context, payload=payload, created_at=now
    )


def _ask_payload(ask: Ask) -> dict[str, Any]:
    return {
        "prompts": [vars(prompt) for prompt in ask.prompts],
        "choices": [[label, list(phrases), tone] for label, phrases, tone in ask.choices],
        "languages": list(ask.languages),
        "initial_silence": ask.initial_silence,
        "sentiment": ask.sentiment,
    }


def hear(event_pk: int, now: datetime) -> bool:
    """Take in one stored event; True when the call is over with it.

    A repeat changes nothing, unless the first try failed.
    """
    attempt_id = CallEvent.objects.values_list("attempt_id", flat=True).get(pk=event_pk)
    try:
        with transaction.atomic():
            hearing = Hearing(attempt_id, now)
            row = CallEvent.objects.select_for_update().get(pk=event_pk)
            if row.state in (EventState.HANDLED, EventState.UNKNOWN):
                return False
            event = understand(row.body, row.received_at)
            if isinstance(event, events.Unrecognised) or _is_of_another_call(row, hearing.attempt):
                row.state = EventState.UNKNOWN
            else:
                _write_recognition(row, event)
                _write_ids(row)
                hearing.take_in(event)
                row.state = EventState.HANDLED
            row.tries += 1
            row.error = ""
            row.save(update_fields=["state", "tries", "error"])
        return isinstance(event, events.Ended) and row.state == EventState.HANDLED
    except Exception as error:
        _write_failure(event_pk, error, now)
        raise


def assume(attempt_id: Any, event: events.Event, now: datetime) -> None:
    """Take in what we learnt by looking, where Azure's own event stayed away."""
    with transaction.atomic():
        Hearing(attempt_id, now).take_in(event)


def _write_recognition(row: CallEvent, event: events.Event) -> None:
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
            "tones": list(event.tones)[:50],
            "speech": event.speech[:10_000],
            "confidence": event.confidence,
            "language": event.language[:35],
            "sentiment": event.sentiment[:32],
        }
    Recognition.objects.get_or_create(event=row, defaults=common)


def _connection_id(row: CallEvent) -> str:
    value = row.body.get("data", {}).get("callConnectionId")
    return value if isinstance(value, str) and len(value) <= 128 else ""


def _is_of_another_call(row: CallEvent, attempt: CallAttempt) -> bool:
    """A genuine delivery at a wrong address: kept, and obeyed by nobody."""
    told = _connection_id(row)
    return bool(told and attempt.call_connection_id and told != attempt.call_connection_id)


def _write_ids(row: CallEvent) -> None:
    """An event may come before the answer to our create call: it has the ids too."""
    connection_id = _connection_id(row)
    if connection_id:
        CallAttempt.objects.filter(pk=row.attempt_id, call_connection_id="").update(
            call_connection_id=connection_id
        )


def _write_failure(event_pk: int, error: Exception, now: datetime) -> None:
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
