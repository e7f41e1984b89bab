"""What staff change about a visit. Each change is noted and plans anew at once."""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self

from django.db import transaction

from desk.wording import open_statuses
from reminders import planning
from reminders.models import Appointment, AppointmentEvent
from reminders.policy.facts import Verdict
from reminders.policy.vocabulary import Answer, AppointmentStatus

#: What a new status says about the answer; staff may speak for the patient.
ANSWERS = {
    AppointmentStatus.SCHEDULED: Answer.NONE,
    AppointmentStatus.CONFIRMED: Answer.CONFIRMED,
}


@dataclass(frozen=True)
class Edit:
    """One saving of the form: who, when, and which fields they really touched."""

    actor: str
    now: datetime
    touched: Collection[str]
    was_at: datetime | None


@transaction.atomic
def make(appointment: Appointment, now: datetime, actor: str) -> Verdict:
    """Store a new visit and plan its first call."""
    appointment.save()
    appointment.note("created", now, actor=actor)
    return planning.replan(appointment.pk, now, actor=actor)


@transaction.atomic
def change(appointment: Appointment, edit: Edit) -> Verdict:
    """Store the touched fields, then the status, and plan anew.

    The untouched ones are left alone: a call may have changed them while the
    form was open. A status that was chosen beside a new time holds for it.
    """
    status = AppointmentStatus(appointment.status)
    columns = sorted(set(edit.touched) - {"status"})
    if columns:
        appointment.save(update_fields=columns)
    if others := sorted(set(columns) - {"starts_at", "patient"}):
        appointment.note("changed", edit.now, actor=edit.actor, fields=others)
    if "starts_at" in columns and appointment.planned_for is None:
        # No plan yet that planning could compare the new time with.
        appointment.rearm(edit.now, actor=edit.actor, was=edit.was_at)
    if "patient" in columns:
        _give_to_another(appointment, edit)
    verdict = planning.replan(appointment.pk, edit.now, actor=edit.actor)
    if "status" in edit.touched:
        verdict = _set_status(appointment, status, edit)
    return verdict


def _give_to_another(appointment: Appointment, edit: Edit) -> None:
    """Another patient has this visit now, and nobody has asked them yet."""
    still_to_come = Appointment.objects.filter(pk=appointment.pk, status__in=open_statuses())
    still_to_come.update(status=AppointmentStatus.SCHEDULED, answer=Answer.NONE)
    appointment.note("patient_changed", edit.now, actor=edit.actor)


def _set_status(appointment: Appointment, status: AppointmentStatus, edit: Edit) -> Verdict:
    was = state_of(appointment.pk)
    _write(appointment, was, was.moved_to(status), edit.now, edit.actor)
    return planning.replan(appointment.pk, edit.now, actor=edit.actor)


# -- the buttons of a visit's page


@dataclass(frozen=True)
class State:
    """What a visit was when somebody looked: it may be another by the time they press."""

    status: str
    answer: str
    starts_at: datetime

    @classmethod
    def of(cls, appointment: Appointment) -> Self:
        """As this row has it."""
        return cls(appointment.status, appointment.answer, appointment.starts_at)

    def moved_to(self, status: AppointmentStatus) -> Self:
        """With another status, and the answer that it speaks of."""
        return replace(self, status=status, answer=ANSWERS.get(status, self.answer))

    def __str__(self) -> str:
        return f"{self.status}/{self.answer}/{self.starts_at.isoformat()}"

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """What a form brought back; None where it brought nothing of the kind."""
        with suppress(ValueError):
            status, answer, starts_at = text.split("/")
            return cls(status, answer, datetime.fromisoformat(starts_at))
        return None


def state_of(pk: int) -> State:
    """As it is now."""
    return State.of(Appointment.objects.get(pk=pk))


#: A patient who is early is there before the visit begins.
EARLY = timedelta(hours=1)
#: From which states staff may press which button.
_FROM = {
    AppointmentStatus.CONFIRMED: (AppointmentStatus.SCHEDULED,),
    AppointmentStatus.CANCELLED: open_statuses(),
    AppointmentStatus.ATTENDED: (*open_statuses(), AppointmentStatus.NO_SHOW),
    AppointmentStatus.NO_SHOW: (*open_statuses(), AppointmentStatus.ATTENDED),
}


def may_become(appointment: Appointment, now: datetime) -> list[AppointmentStatus]:
    """The states that staff may give a visit now, by its state and by the time."""
    starts = appointment.starts_at
    in_time = {
        AppointmentStatus.CONFIRMED: starts > now,
        AppointmentStatus.CANCELLED: starts > now,
        AppointmentStatus.ATTENDED: starts - EARLY <= now,
        AppointmentStatus.NO_SHOW: starts <= now,
    }
    return [
        status for status, then in in_time.items() if then and appointment.status in _FROM[status]
    ]


@transaction.atomic
def become(
    appointment: Appointment,
    status: AppointmentStatus,
    now: datetime,
    actor: str,
    seen: State | None = None,
) -> bool:
    """Give a visit a state by hand, and plan anew.

    ``seen`` is what the page showed. False, and nothing changed, where the visit
    is another by now (the patient may be on the phone, it may have been moved), or
    its time forbids it.
    """
    was = seen or State.of(appointment)
    if was.status != appointment.status or status not in may_become(appointment, now):
        return False
    if not _write(appointment, was, was.moved_to(status), now, actor):
        return False
    planning.replan(appointment.pk, now, actor=actor)
    return True


def _write(
    appointment: Appointment, was: State, to: State, now: datetime, actor: str, kind: str = ""
) -> bool:
    """One conditional UPDATE, and its line in the story, which undo reads."""
    unchanged = Appointment.objects.filter(
        pk=appointment.pk, status=was.status, answer=was.answer, starts_at=was.starts_at
    )
    if not unchanged.update(status=to.status, answer=to.answer):
        return False
    detail = {
        "was": was.status,
        "was_answer": was.answer,
        "status": to.status,
        "answer": to.answer,
    }
    appointment.note(kind or "status_changed", now, actor=actor, **detail)
    if to.answer != was.answer:
        appointment.tell_answer(to.answer, now, by="staff")
    return True


def cancel(appointment: Appointment, now: datetime, actor: str, seen: State | None = None) -> bool:
    """Cancel a visit that is still to come; False when it is over, or not as it was seen."""
    return become(appointment, AppointmentStatus.CANCELLED, now, actor, seen)


# -- undo

#: How long what staff did to a visit can be taken back.
UNDO_WITHIN = timedelta(hours=24)
#: What changes the state or the time of a visit: undo takes back the last of these alone.
_STATE_CHANGES = ("status_changed", "answered", "moved", "undone", "patient_changed")


def undoable(appointment: Appointment, now: datetime) -> AppointmentEvent | None:
    """What staff did last to a visit's state, while it can be taken back; else None.

    What the patient said is never taken back by a button, nor a call that was made.
    """
    last = appointment.events.filter(kind__in=_STATE_CHANGES).order_by("at", "pk").last()
    if last is None or last.kind != "status_changed" or "was_answer" not in last.detail:
        return None
    by_staff = last.actor.startswith("staff ")
    return last if by_staff and last.at > now - UNDO_WITHIN else None


@transaction.atomic
def undo(appointment: Appointment, event_pk: int, now: datetime, actor: str) -> bool:
    """Take one change back and plan anew; False where something has happened since.

    Planning judges afresh: who opted out meanwhile is not called again.
    """
    starts_at = planning.lock(appointment.pk).starts_at
    event = undoable(appointment, now)
    if event is None or event.pk != event_pk:
        return False
    became = State(event.detail["status"], event.detail["answer"], starts_at)
    was = State(event.detail["was"], event.detail["was_answer"], starts_at)
    if not _write(appointment, became, was, now, actor, kind="undone"):
        return False
    planning.replan(appointment.pk, now, actor=actor)
    return True


def overlapping(appointment: Appointment) -> Appointment | None:
    """Another visit that stands in the same practitioner's time; None where there is none."""
    if appointment.practitioner_id is None:
        return None
    start = appointment.starts_at
    end = start + timedelta(minutes=appointment.minutes)
    others = Appointment.objects.filter(
        practitioner=appointment.practitioner_id,
        status__in=open_statuses(),
        starts_at__gt=start - timedelta(days=1),
        starts_at__lt=end,
    ).exclude(pk=appointment.pk)
    return next((o for o in others if o.starts_at + timedelta(minutes=o.minutes) > start), None)
