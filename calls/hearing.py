"""Event -> turn -> outcome, in one transaction.

Locks are taken in the order of :mod:`calls.placing`. What must be done on the
line is written as ``LineAction`` rows beside the decision; :mod:`calls.acting`
does it after the commit.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from django.db import transaction
from simple_history.utils import update_change_reason

from calls import breaker, consequences, noting
from calls.conversation import actions, dialogue, events
from calls.conversation.actions import ActionKind
from calls.conversation.dialogue import State, Turn
from calls.conversation.script import Script
from calls.conversation.state import OF_A_VISIT, Done, Note, is_known
from calls.conversation.vocabulary import Act, AttemptStatus, Label, NoteKind, Outcome, Step
from calls.gateway.cloudevents import understand
from calls.models import (
    CallAttempt,
    CallEvent,
    CallVisit,
    CountedDay,
    LineAction,
)
from calls.models.line import ActionState
from reminders import planning
from reminders.models import Appointment, Contact, Patient, PhoneNumber
from reminders.models.workitem import WorkItem, WorkKind
from reminders.policy.vocabulary import Answer, ContactResult

log = structlog.get_logger(__name__)

A_DAY = timedelta(days=1)


class Hearing:
    """One attempt behind its locks, while one event is taken in."""

    def __init__(self, attempt_id: Any, number_id: int, now: datetime) -> None:
        self.number = PhoneNumber.objects.select_for_update().get(pk=number_id)
        rows = {
            visit.appointment_id: visit for visit in CallVisit.objects.filter(attempt=attempt_id)
        }
        self.appointments = planning.lock_number(number_id, now, also=rows)
        self.attempt = CallAttempt.objects.select_for_update().get(pk=attempt_id)
        self.attempt.number = self.number
        #: By their places in the script; None for one that was deleted since.
        self.visits = [rows.get(pk) for pk in self.attempt.script.get("appointments", ())]
        self.now = now
        self.before = State.from_json(self.attempt.state)
        #: What was written to be done on the line.
        self.actions: tuple[LineAction, ...] = ()

    def take_in(self, event: events.Event) -> Turn:
        """Let the conversation respond, and write down everything it led to."""
        if not self.attempt.script:
            # Nothing was dialled yet, so this is nobody's news.
            return Turn(state=self.before)
        if isinstance(event, events.Lost) and self.attempt.status != AttemptStatus.CONNECTED:
            # It ended between the watchdog's look and our lock.
            return Turn(state=self.before)
        script = Script.from_json(self.attempt.script)
        turn = dialogue.respond(self.before, event, script, stands=self._stands())
        self.attempt.state = turn.state.to_json()
        columns: dict[str, Any] = {"state": self.attempt.state}
        if not isinstance(event, events.Lost):
            # That nothing was heard is no news of the call.
            columns["heard_at"] = self.attempt.heard_at = self.now
        if script.identity and (turn.state.verified or turn.state.unverified or turn.state.ended):
            # Four digits are soon guessed from their hash, so it is not kept.
            columns["script"] = self.attempt.script | {
                "identity": self.attempt.script["identity"] | {"hashes": []}
            }
        # The row is locked: what was read of it holds.
        columns |= self._line(event, turn.state)
        CallAttempt.objects.filter(pk=self.attempt.pk).update(**columns)
        if isinstance(event, events.Lost):
            self._lost(turn.state)
        self._actions(event, turn)
        self._effects(turn.state)
        self._settle(turn.state)
        self._displeased(event)
        self._count_again()
        return turn

    def _count_again(self) -> None:
        """The reports look at young days by themselves; late news makes an old one change."""
        started = self.attempt.started_at
        if started and self.now - started > A_DAY:
            CountedDay.changed(self.attempt.clinic, started)

    def _lost(self, after: State) -> None:
        """Somebody was asked something, and no news came any more."""
        if not after.acts:
            self._work(WorkKind.LOST_ANSWER, "The line was lost; what was said is not known.")
        elif after.step in OF_A_VISIT and (appointment := self._appointment(after.visit)):
            detail = "The line was lost; what was said after the answer is not known."
            WorkItem.open(appointment, WorkKind.LOST_ANSWER, self.now, detail=detail)

    def _stands(self) -> list[bool]:
        """False for a visit that was moved, cancelled or given to another patient."""
        if self.attempt.rehearsal:
            return [True] * len(self.attempt.script["visits"])
        return [
            visit is not None and visit.stands(self.appointments[visit.appointment_id])
            for visit in self.visits
        ]

    def _line(self, event: events.Event, after: State) -> dict[str, Any]:
        """The columns that tell how the line is."""
        columns: dict[str, Any] = {}
        match event:
            case events.Connected() if self.attempt.status == AttemptStatus.DIALLING:
                columns = {"status": AttemptStatus.CONNECTED, "connected_at": event.at}
            case events.Connected() if self.attempt.connected_at is None:
                # Its end was known first.
                columns = {"connected_at": event.at}
            case events.Ended() if after.line_end == event.end:
                columns = {
                    "end_code": event.code,
                    "end_sub_code": event.sub_code,
                    "end_reason": event.end,
                }
        for name, value in columns.items():
            setattr(self.attempt, name, value)
        return columns

    def _actions(self, event: events.Event, turn: Turn) -> None:
        """Close what this event answers, drop what it overtook, add what is next."""
        if self.before.step is not None or turn.state.ended:
            # Before the first turn there is nothing to be done but, at most, to hang up.
            self._close(event, turn)
        self.actions = tuple(
            LineAction.objects.bulk_create(
                _row(self.attempt, action, self.now) for action in turn.actions
            )
        )

    def _close(self, event: events.Event, turn: Turn) -> None:
        pending = LineAction.objects.filter(attempt=self.attempt, state=ActionState.PENDING)
        answered = event.context if isinstance(event, events.InContext) else ""
        done, dropped = [], []
        for pk, kind, context in pending.values_list("pk", "kind", "operation_context"):
            if answered and context == answered:
                done.append(pk)
            elif turn.state.ended or (turn.actions and kind != ActionKind.HANG_UP):
                dropped.append(pk)
        if done:
            pending.filter(pk__in=done).update(state=ActionState.DONE, done_at=self.now)
        if dropped:
            pending.filter(pk__in=dropped).update(state=ActionState.DROPPED)

    def _effects(self, after: State) -> None:
        """What was said takes effect at once, in this very transaction (R6)."""
        if after.opted_out and not self.before.opted_out:
            self.number.suppress(self.now, source=f"call {self.attempt.pk}")
            planning.number_changed(self.number, self.now)
        if self.attempt.rehearsal:
            # Nothing else follows from what is said to an invented patient.
            return
        if after.unverified and not self.before.unverified:
            self._work(WorkKind.IDENTITY, "Three times the wrong digits; nothing was said.")
        for done in after.done[len(self.before.done) :]:
            self._did(done)
        for note in after.notes[len(self.before.notes) :]:
            self._noted(note)

    def _did(self, done: Done) -> None:
        if done.act is Act.WRONG_NUMBER:
            self.number.quarantine(self.now)
            planning.number_changed(self.number, self.now)
        elif done.act is Act.DECEASED:
            self._deceased()
        elif done.visit is not None and (appointment := self._appointment(done.visit)):
            self._did_about(appointment, done.act)

    def _appointment(self, place: int) -> Appointment | None:
        visit = self.visits[place] if place < len(self.visits) else None
        return self.appointments[visit.appointment_id] if visit else None

    def _did_about(self, appointment: Appointment, act: Act) -> None:
        """An answer about one visit; what was promised with it stands on the work list."""
        if act in consequences.ANSWERS:
            self._record(appointment, consequences.ANSWERS[act])
            WorkItem.settle(appointment, WorkKind.LOST_ANSWER, self.now)
        if act in (Act.CONFIRMED, Act.CANCELLED):
            WorkItem.settle(appointment, WorkKind.OTHER_TIME, self.now)
        if act is Act.RESCHEDULE_REQUESTED:
            detail = "Wants another time; did not say which."
            WorkItem.open(appointment, WorkKind.OTHER_TIME, self.now, detail=detail)
        elif act is Act.STAFF_REQUESTED:
            detail = "Asked for a person, and waits for a call back."
            WorkItem.open(appointment, WorkKind.CALL_BACK, self.now, detail=detail)
        elif act is Act.TRANSFERRED:
            WorkItem.settle(appointment, WorkKind.CALL_BACK, self.now)

    def _deceased(self) -> None:
        """Every call for this patient stops; a person has to look."""
        patients = {visit.patient_id for visit in self.visits if visit}
        for patient in Patient.objects.filter(pk__in=patients):
            if patient.deceased_at is None:
                patient.deceased_at = self.now
                patient.save()
                update_change_reason(patient, f"told on the phone, call {self.attempt.pk}")
            planning.patient_changed(patient, self.now)
        self._work(WorkKind.DECEASED, "Somebody said that the patient has died. Calls have ended.")

    def _record(self, appointment: Appointment, answer: Answer) -> None:
        recorded = appointment.record_answer(
            answer, self.now, actor="patient", attempt=str(self.attempt.pk)
        )
        if recorded:
            planning.replan(appointment.pk, self.now)

    def _noted(self, note: Note) -> None:
        """In their own words: on the visit's story, and where staff have to act, on the list."""
        appointment = self._appointment(note.visit)
        if appointment is None:
            return
        WorkItem.settle(appointment, WorkKind.LOST_ANSWER, self.now)
        appointment.note(f"told_{note.kind}", self.now, actor="patient", text=note.text[:2000])
        if note.kind is NoteKind.PREFERENCE:
            detail = f"Wants another time: {note.text}"
            WorkItem.tell(appointment, WorkKind.OTHER_TIME, self.now, detail=detail)
        elif note.kind is NoteKind.NEED:
            WorkItem.open(appointment, WorkKind.NEEDS, self.now, detail=f"Needs: {note.text}")

    def _displeased(self, event: events.Event) -> None:
        """A cancellation, or its reason, that sounded negative: a person should ring back.

        Sentiment is a preview feature and only a hint; it never changes an answer.
        """
        if not isinstance(event, events.Recognized) or event.sentiment.lower() != "negative":
            return
        if self.attempt.rehearsal:
            return
        step = event.context.partition(".")[0]
        if event.label == Label.CANCEL or step in (Step.READ_BACK, Step.REASON):
            appointment = self._appointment(self.before.visit)
            detail = "Sounded displeased while cancelling (Azure's judgement, a preview feature)."
            if appointment:
                WorkItem.open(appointment, WorkKind.NEGATIVE, self.now, detail=detail)

    def _settle(self, after: State) -> None:
        """Give the attempt and its visits their outcome, as soon as it is known."""
        if not is_known(after):
            return
        outcome = dialogue.outcome(after)
        changed = outcome != self.attempt.outcome
        ends = after.ended and self.attempt.is_open
        if ends:
            self.attempt.end(self.now, outcome)
            transaction.on_commit(partial(breaker.record, self.attempt, outcome))
            CallVisit.objects.filter(attempt=self.attempt).update(is_open=False)
            self._complete_ledger(outcome)
        elif changed:
            CallAttempt.objects.filter(pk=self.attempt.pk).update(outcome=outcome)
            if after.ended:
                self._complete_ledger(outcome)
        for place, visit in enumerate(self.visits):
            if visit is not None:
                is_news = self._settle_visit(visit, consequences.outcome_of(after, place))
                self._settle_work(
                    visit,
                    consequences.work_of(self.before, place),
                    consequences.work_of(after, place),
                )
                if ends or (after.ended and is_news):
                    appointment = self.appointments[visit.appointment_id]
                    visit.tell_ended(self.attempt, appointment, self.now)
        if changed:
            log.info("outcome", action="settle", attempt=str(self.attempt.pk), outcome=outcome)

    def _settle_visit(self, visit: CallVisit, outcome: Outcome | None) -> bool:
        """True where it has another outcome now."""
        if outcome is None or outcome == visit.outcome:
            return False
        visit.outcome = outcome
        visit.save(update_fields=["outcome"])
        return True

    def _settle_work(self, visit: CallVisit, before: set[WorkKind], after: set[WorkKind]) -> None:
        """What is new goes on the list; what a late event took back comes off it."""
        appointment = self.appointments[visit.appointment_id]
        for kind in sorted(before - after):
            WorkItem.settle(appointment, kind, self.now)
        for kind in sorted(after - before):
            WorkItem.open(appointment, kind, self.now, detail=consequences.WORK[kind])

    def _complete_ledger(self, outcome: Outcome) -> None:
        if self.attempt.rehearsal:
            return
        if outcome is Outcome.INVALID_NUMBER:
            self.number.mark_invalid(self.now)
            planning.number_changed(self.number, self.now)
        result = consequences.RESULTS.get(outcome, ContactResult.REACHED)
        for contact in Contact.objects.filter(ref=self.attempt.pk):
            planning.contact_ended(contact, result, self.now)

    def _work(self, kind: WorkKind, detail: str) -> None:
        for visit in filter(None, self.visits):
            WorkItem.open(self.appointments[visit.appointment_id], kind, self.now, detail=detail)


def _row(attempt: CallAttempt, action: actions.Action, now: datetime) -> LineAction:
    stored = actions.store(action)
    return LineAction(
        attempt=attempt,
        kind=stored.kind,
        operation_context=stored.context,
        payload=stored.payload,
        created_at=now,
    )


@dataclass(frozen=True)
class Heard:
    """What came of one event."""

    #: The call is over with it.
    is_over: bool = False
    #: What is to be done on the line now.
    actions: tuple[LineAction, ...] = ()


def hear(row: CallEvent, now: datetime) -> Heard:
    """Take in one stored event.

    A repeat changes nothing, unless the first try failed.
    """
    try:
        with transaction.atomic():
            hearing = Hearing(row.attempt_id, row.attempt.number_id, now)
            event = understand(row.body, row.received_at)
            is_ours = not isinstance(event, events.Unrecognised) and not noting.is_of_another_call(
                row, hearing.attempt
            )
            if not noting.claim(row, event, is_known=is_ours):
                return Heard()
            if is_ours:
                noting.recognition(row, event)
                if not hearing.attempt.call_connection_id:
                    noting.ids(row, hearing.attempt)
                hearing.take_in(event)
        return Heard(is_ours and isinstance(event, events.Ended), hearing.actions)
    except Exception as error:
        noting.failure(row.pk, error, now)
        raise


def assume(attempt_id: Any, event: events.Event, now: datetime) -> None:
    """Take in what we learnt by looking, where Azure's own event stayed away."""
    number_id = CallAttempt.objects.values_list("number_id", flat=True).get(pk=attempt_id)
    with transaction.atomic():
        Hearing(attempt_id, number_id, now).take_in(event)
