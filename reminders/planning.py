"""Planning: the only writer of ``next_call_at``.

Facts are gathered here, ``policy.decide`` judges them, and the verdict is
written with a :class:`Decision` where it says something new. Whoever changes
a fact calls :func:`replan` in the same transaction.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import Q, QuerySet

from reminders.models import Appointment, Clinic, Contact, Decision, Installation, PhoneNumber
from reminders.models.workitem import WorkItem, WorkKind
from reminders.policy.decide import decide
from reminders.policy.facts import Facts, PastContact, Verdict
from reminders.policy.vocabulary import (
    Answer,
    AppointmentStatus,
    ContactResult,
    LegalBasis,
    Reason,
)

log = structlog.get_logger(__name__)

#: A row that waits for a person or a line keeps its place in the queue.
WAITING = frozenset({Reason.PAUSED, Reason.LINE_BUSY})

#: After the provider refused a call: long enough not to hammer it, short
#: enough that a mended setting is noticed the same morning.
AFTER_REFUSAL = timedelta(minutes=15)

#: The weekly cap looks back seven days; a day more for the edges of zones.
LEDGER = timedelta(days=8)


def lock(appointment_id: int) -> Appointment:
    """The appointment with all that planning reads, its row locked."""
    return (
        Appointment.objects.select_for_update(of=("self",))
        .select_related("clinic", "patient__number", "practitioner")
        .get(pk=appointment_id)
    )


def lock_number(number_id: int, now: datetime) -> None:
    """Lock every coming visit of a number, always in the order of their keys:
    whoever changes several of them would deadlock with another otherwise."""
    coming = Q(starts_at__gt=now) | Q(next_call_at__isnull=False)
    visits = Appointment.objects.filter(coming, patient__number=number_id).order_by("pk")
    list(visits.select_for_update(of=("self",)).values_list("pk", flat=True))


def facts_of(appointment: Appointment, now: datetime, *, call_now: bool = False) -> Facts:
    """Everything the policy may know about one appointment at ``now``."""
    patient, clinic, number = appointment.patient, appointment.clinic, appointment.patient.number
    contacts = _contacts(appointment, now)
    return Facts(
        starts_at=appointment.starts_at,
        status=AppointmentStatus(appointment.status),
        answer=Answer(appointment.answer),
        legal_basis=LegalBasis(patient.legal_basis),
        hours=clinic.opening_hours(),
        patient_zone=appointment.patient_zone,
        number_zones=number.zones,
        contacts=contacts,
        opted_out=number.opted_out,
        wrong_number=number.wrong_number_at is not None,
        reassigned=number.reassigned_at is not None,
        invalid_number=number.invalid_at is not None,
        facility_line=number.facility_line,
        paused=clinic.paused_at is not None or Installation.get().paused_at is not None,
        not_before=None if call_now else _after_refusal(contacts),
        call_now=call_now,
    )


def _after_refusal(contacts: tuple[PastContact, ...]) -> datetime | None:
    refused = [c.at for c in contacts if c.result is ContactResult.REFUSED]
    return max(refused) + AFTER_REFUSAL if refused else None


def _contacts(appointment: Appointment, now: datetime) -> tuple[PastContact, ...]:
    recent = Q(number=appointment.patient.number_id, at__gte=now - LEDGER)
    for_visit = Q(appointment=appointment.pk, visit_starts_at=appointment.starts_at)
    return tuple(
        PastContact(
            at=contact.at,
            result=ContactResult(contact.result),
            for_this_visit=contact.appointment_id == appointment.pk
            and contact.patient_id == appointment.patient_id
            and contact.visit_starts_at == appointment.starts_at,
            same_number=contact.number_id == appointment.patient.number_id,
        )
        for contact in Contact.objects.filter(recent | for_visit).order_by("at", "pk")
    )


def judge(appointment: Appointment, now: datetime, *, call_now: bool = False) -> Verdict:
    """The policy's verdict, written nowhere."""
    return decide(facts_of(appointment, now, call_now=call_now), appointment.clinic.rules, now)


def replan(appointment_id: int, now: datetime, *, actor: str = "ringwell") -> Verdict:
    """Decide anew and write it down; to be called in the caller's transaction.

    A visit whose start was changed by whatever hand, a bulk update included,
    is armed again first: nobody has answered for its new time (B14).
    """
    with transaction.atomic():
        appointment = lock(appointment_id)
        if appointment.planned_for not in (None, appointment.starts_at):
            appointment.rearm(now, actor=actor, was=appointment.planned_for)
        verdict = judge(appointment, now)
        write(appointment, verdict, now)
    return verdict


def write(
    appointment: Appointment, verdict: Verdict, now: datetime, *, keep_place: bool = True
) -> None:
    """Store a verdict; a Decision only where its code or time is news.

    A row that waits for a line or a person keeps its time, and so its place
    in the queue, unless ``keep_place`` is off.
    """
    waits = keep_place and verdict.code in WAITING and verdict.code == appointment.next_call_reason
    at = appointment.next_call_at if waits and _is_due(appointment, now) else verdict.at
    news = (at, verdict.code) != (appointment.next_call_at, appointment.next_call_reason)
    if news or appointment.planned_for != appointment.starts_at:
        appointment.next_call_at = at
        appointment.next_call_reason = verdict.code
        appointment.planned_for = appointment.starts_at
        Appointment.objects.filter(pk=appointment.pk).update(
            next_call_at=at, next_call_reason=verdict.code, planned_for=appointment.starts_at
        )
    if news:
        Decision.objects.create(
            appointment=appointment,
            at=now,
            code=verdict.code,
            next_call_at=at,
            rule_set=appointment.clinic.rule_set,
            numbers=dict(verdict.numbers),
        )
        _tell_staff(appointment, verdict, now)


def _is_due(appointment: Appointment, now: datetime) -> bool:
    return appointment.next_call_at is not None and appointment.next_call_at <= now


def hold(appointment: Appointment, code: Reason, now: datetime, **numbers: object) -> None:
    """A due call waits, for a line or a person; it keeps its place in the queue."""
    write(appointment, Verdict(at=appointment.next_call_at or now, code=code, numbers=numbers), now)


def _tell_staff(appointment: Appointment, verdict: Verdict, now: datetime) -> None:
    """What the table cannot mend by itself goes to the work list."""
    if verdict.code is Reason.ANSWERED:
        WorkItem.settle(appointment, WorkKind.UNANSWERED, now)
    elif verdict.code is Reason.NO_COMMON_HOURS:
        WorkItem.open(appointment, WorkKind.NO_COMMON_HOURS, now)
    elif verdict.code is Reason.TOUCHES_SPENT and not _call_is_open(appointment):
        WorkItem.open(appointment, WorkKind.UNANSWERED, now)


def _call_is_open(appointment: Appointment) -> bool:
    return appointment.contacts.filter(
        result=ContactResult.PENDING,
        patient=appointment.patient_id,
        visit_starts_at=appointment.starts_at,
    ).exists()


def contact_ended(contact: Contact, result: ContactResult, now: datetime) -> None:
    """Complete the ledger when a call has ended, and plan what follows.

    The ledger may be completed again when a late event tells more.
    """
    Contact.objects.filter(pk=contact.pk).update(result=result)
    verdict = replan(contact.appointment_id, now)
    # Others who share the number may be called sooner than they were told.
    number_changed(contact.number, now)
    if verdict.code is Reason.TOUCHES_SPENT:
        # The plan may not have changed with the end of the call, but only now
        # it is certain that the last touch stayed without an answer.
        _tell_staff(contact.appointment, verdict, now)


def number_changed(number: PhoneNumber, now: datetime) -> None:
    """A flag or an opt-out of a number touches every visit it is rung for."""
    replan_each(Appointment.objects.filter(patient__number=number, starts_at__gt=now), now)


def resumed(clinic: Clinic | None, now: datetime) -> int:
    """Take up the calls that a pause held back; returns how many."""
    held = Appointment.objects.filter(next_call_reason=Reason.PAUSED)
    if clinic is not None:
        held = held.filter(clinic=clinic)
    return replan_each(held, now)


def replan_each(appointments: Iterable[Appointment], now: datetime) -> int:
    """Re-plan many; one bad row stops none (B3). Returns how many were planned."""
    count = 0
    for pk in sorted(appointment.pk for appointment in appointments):
        try:
            replan(pk, now)
        except (ValueError, LookupError, TypeError) as error:
            log.exception("set aside", action="replan", appointment=pk)
            set_aside(pk, now, fault=type(error).__name__)
        else:
            count += 1
    return count


def look_again(appointments: QuerySet[Appointment], now: datetime) -> int:
    """Let the next looks judge many visits anew, where one transaction cannot
    hold them all. Nothing is dialled for it: a look judges before it claims."""
    over = (Reason.ANSWERED, Reason.CANCELLED, Reason.PAST)
    return appointments.exclude(next_call_reason__in=over).update(next_call_at=now)


def set_aside(appointment_id: int, now: datetime, *, fault: str) -> None:
    """A row that cannot be judged waits an hour and stands on the work list."""
    with transaction.atomic():
        appointment = lock(appointment_id)
        later = now + timedelta(hours=1)
        verdict = Verdict(at=later, code=Reason.PAUSED, numbers={"fault": fault})
        write(appointment, verdict, now, keep_place=False)
        WorkItem.open(appointment, WorkKind.BAD_DATA, now, detail="Its data cannot be planned.")
