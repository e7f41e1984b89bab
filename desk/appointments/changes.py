"""What staff change about a visit. Each change is noted and plans anew at once."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from desk.wording import open_statuses
from reminders import planning
from reminders.models import Appointment
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
    was_status: str


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
    if "starts_at" in columns and appointment.planned_for is None:
        # No plan yet that planning could compare the new time with.
        appointment.rearm(edit.now, actor=edit.actor, was=edit.was_at)
    verdict = planning.replan(appointment.pk, edit.now, actor=edit.actor)
    if "status" in edit.touched:
        verdict = _set_status(appointment, status, edit)
    return verdict


def _set_status(appointment: Appointment, status: AppointmentStatus, edit: Edit) -> Verdict:
    columns: dict[str, str] = {"status": status}
    if status in ANSWERS:
        columns |= {"answer": ANSWERS[status]}
    Appointment.objects.filter(pk=appointment.pk).update(**columns)
    appointment.note(
        "status_changed", edit.now, actor=edit.actor, was=edit.was_status, status=status
    )
    return planning.replan(appointment.pk, edit.now, actor=edit.actor)


@transaction.atomic
def cancel(appointment: Appointment, now: datetime, actor: str) -> bool:
    """Cancel a visit that is still to come; False when it was over already."""
    still_open = Appointment.objects.filter(pk=appointment.pk, status__in=open_statuses())
    if not still_open.update(status=AppointmentStatus.CANCELLED):
        return False
    appointment.note("status_changed", now, actor=actor, was=appointment.status, status="cancelled")
    planning.replan(appointment.pk, now, actor=actor)
    return True
