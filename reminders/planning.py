"""Planning: the only writer of ``next_call_at``.

Facts are gathered, ``policy.decide`` judges them, and the verdict is
written with a :class:`Decision` where it says something new. Whoever changes
a fact calls :func:`replan` in the same transaction.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

import structlog
from django.db import transaction
from django.db.models import Q, QuerySet

from reminders.gathering import facts_of_each
from reminders.models import (
    Appointment,
    AppointmentEvent,
    Clinic,
    Contact,
    Decision,
    Patient,
    PhoneNumber,
)
from reminders.models.workitem import WorkItem, WorkKind
from reminders.policy.decide import decide
from reminders.policy.facts import Facts, PastContact, RuleSet, Verdict
from reminders.policy.vocabulary import (
    Answer,
    AppointmentStatus,
    ContactResult,
    Reason,
)
from reminders.risk import risk_of

log = structlog.get_logger(__name__)

#: A row that waits for a person or a line keeps its place in the queue.
WAITING = frozenset({Reason.PAUSED, Reason.LINE_BUSY})

#: Touches that a preview follows; no rule set has as many.
MOST_PREVIEWED = 5


@dataclass(frozen=True)
class Plans:
    """What was decided for many visits, and the faults of those that cannot be judged."""

    verdicts: list[tuple[Appointment, Verdict]]
    faults: list[tuple[Appointment, str]]


def lock(appointment_id: int) -> Appointment:
    """The appointment with all that planning reads, its row locked."""
    return (
        Appointment.objects.select_for_update(of=("self",))
        .select_related("clinic", "patient__number", "practitioner", "type")
        .get(pk=appointment_id)
    )


def lock_numbers(numbers: QuerySet[PhoneNumber]) -> None:
    """Lock these numbers in the order of their keys, before any patient or visit of theirs:
    the dialling does so, and would wait for us for ever while we wait for it.

    A row may still be pointed at meanwhile: who only stores a patient is not held up.
    """
    list(numbers.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))


def lock_number(
    number_id: int, now: datetime, *, also: Collection[int] = ()
) -> dict[int, Appointment]:
    """Lock every coming visit of a number, and those with the keys ``also``, always in the order
    of their keys: whoever changes several of them would deadlock with another otherwise.

    They come without patients and clinics, which a statement that had to wait for its locks
    would tell as they were before.
    """
    coming = Q(starts_at__gt=now) | Q(next_call_at__isnull=False)
    locking = Appointment.objects.select_for_update(of=("self",)).order_by("pk")
    visits = {visit.pk: visit for visit in locking.filter(coming, patient__number=number_id)}
    if others := set(also) - set(visits):
        visits |= {visit.pk: visit for visit in locking.filter(pk__in=others)}
    return visits


def facts_of(appointment: Appointment, now: datetime, *, call_now: bool = False) -> Facts:
    """Everything the policy may know about one appointment at ``now``."""
    return facts_of_each([appointment], now, call_now=call_now)[0]


def judge(appointment: Appointment, now: datetime, *, call_now: bool = False) -> Verdict:
    """The policy's verdict, written nowhere."""
    return decide(facts_of(appointment, now, call_now=call_now), appointment.clinic.rules, now)


def preview(
    visit: Appointment, starts: Sequence[datetime], now: datetime
) -> list[tuple[Verdict, ...]]:
    """What would be decided for a visit at each of some starts; written nowhere.

    ``visit`` may be unsaved, as may its patient and number; a saved one is
    previewed at its own ``starts_at`` alone. The first verdict of a start is
    the one that :func:`replan` would write down at ``now``; those after it
    are the calls that follow where nobody answers the question.
    """
    facts, rules = facts_of(visit, now), visit.clinic.rules
    return [tuple(_calls(replace(facts, starts_at=start), rules, now)) for start in starts]


def _calls(facts: Facts, rules: RuleSet, now: datetime) -> Iterator[Verdict]:
    verdict = decide(facts, rules, now)
    yield verdict
    for _ in range(MOST_PREVIEWED - 1):
        if verdict.at is None:
            return
        ring = PastContact(at=verdict.at, result=ContactResult.REACHED, for_this_visit=True)
        facts = replace(facts, contacts=(*facts.contacts, ring))
        verdict = decide(facts, rules, ring.at)
        if verdict.at is not None:
            yield verdict


def replan(appointment_id: int, now: datetime, *, actor: str = "ringwell") -> Verdict:
    """Decide anew and write it down; to be called in the caller's transaction.

    A visit whose start was changed by whatever hand, a bulk update included,
    is armed again first: nobody has answered for its new time (B14).
    """
    with transaction.atomic():
        return plan(lock(appointment_id), now, actor=actor)


def plan(appointment: Appointment, now: datetime, *, actor: str = "ringwell") -> Verdict:
    """As :func:`replan`, for a row that :func:`lock` gave in this transaction."""
    if appointment.planned_for not in (None, appointment.starts_at):
        appointment.rearm(now, actor=actor, was=appointment.planned_for)
    verdict = judge(appointment, now)
    write(appointment, verdict, now)
    return verdict


def replan_many(appointment_ids: Sequence[int], now: datetime, *, actor: str) -> None:
    """As :func:`replan`, for hundreds in a constant number of queries.

    A row that cannot be judged is set aside, and stops no other (B3).
    """
    with transaction.atomic():
        rows = Appointment.objects.filter(pk__in=appointment_ids).order_by("pk")
        rows = rows.select_for_update(of=("self",)).select_related("clinic", "patient__number")
        visits = list(rows)
        _rearm_many([v for v in visits if v.planned_for not in (None, v.starts_at)], now, actor)
        _write_many(_judge_many(visits, now), now)


def plan_new(visits: Sequence[Appointment], now: datetime) -> Plans:
    """Decide for visits that are about to be stored, with clinic, patient and number as they are
    in this transaction: their plan is stored with them. :func:`tell_new` comes after that."""
    plans = _judge_many(visits, now)
    for visit, verdict in plans.verdicts:
        _take(visit, verdict, now)
    return plans


def tell_new(plans: Plans, now: datetime) -> None:
    """Write down why, beside the visits that were stored with their plan."""
    _tell_many(plans.verdicts, now)
    for visit, fault in plans.faults:
        set_aside(visit.pk, now, fault=fault)


def _judge_many(visits: Sequence[Appointment], now: datetime) -> Plans:
    plans = Plans([], [])
    if not visits:
        return plans
    for visit, facts in zip(visits, facts_of_each(visits, now), strict=True):
        try:
            plans.verdicts.append((visit, decide(facts, visit.clinic.rules, now)))
        except (ValueError, LookupError, TypeError) as error:
            plans.faults.append((visit, type(error).__name__))
    return plans


def _rearm_many(moved: Sequence[Appointment], now: datetime, actor: str) -> None:
    """As Appointment.rearm, for many."""
    if not moved:
        return
    status, answer = AppointmentStatus.SCHEDULED, Answer.NONE
    Appointment.objects.filter(pk__in=[visit.pk for visit in moved]).update(
        status=status, answer=answer
    )
    events = []
    for visit in moved:
        visit.status, visit.answer = status, answer
        was = visit.planned_for.isoformat() if visit.planned_for else None
        events.append(
            AppointmentEvent(
                appointment=visit, kind="moved", at=now, actor=actor, detail={"was": was}
            )
        )
    AppointmentEvent.objects.bulk_create(events)


def _write_many(plans: Plans, now: datetime) -> None:
    """As :func:`write`, for many."""
    taken = [(visit, verdict, _take(visit, verdict, now)) for visit, verdict in plans.verdicts]
    if stale := [visit for visit, _, (is_stale, _) in taken if is_stale]:
        # By key, as plain rows: an update of many would be a ladder of conditions.
        Appointment.objects.bulk_create(
            stale,
            update_conflicts=True,
            update_fields=["next_call_at", "next_call_reason", "planned_for"],
            unique_fields=["pk"],
        )
    _tell_many([(visit, verdict) for visit, verdict, (_, is_news) in taken if is_news], now)
    for visit, fault in plans.faults:
        set_aside(visit.pk, now, fault=fault)


def _tell_many(news: Sequence[tuple[Appointment, Verdict]], now: datetime) -> None:
    Decision.objects.bulk_create(_decision(visit, verdict, now) for visit, verdict in news)
    answered = [visit for visit, verdict in news if verdict.code is Reason.ANSWERED]
    if answered:
        WorkItem.objects.filter(
            appointment__in=answered, kind=WorkKind.UNANSWERED, done_at=None
        ).update(done_at=now, done_by="ringwell")
    for visit, verdict in news:
        if verdict.code is not Reason.ANSWERED:
            _tell_staff(visit, verdict, now)


def write(
    appointment: Appointment, verdict: Verdict, now: datetime, *, keep_place: bool = True
) -> None:
    """Store a verdict; a Decision only where its code or time is news.

    A row that waits for a line or a person keeps its time, and so its place
    in the queue, unless ``keep_place`` is off.
    """
    is_stale, is_news = _take(appointment, verdict, now, keep_place=keep_place)
    if is_stale:
        Appointment.objects.filter(pk=appointment.pk).update(
            next_call_at=appointment.next_call_at,
            next_call_reason=appointment.next_call_reason,
            planned_for=appointment.planned_for,
        )
    if is_news:
        _decision(appointment, verdict, now).save()
        _tell_staff(appointment, verdict, now)


def _take(
    appointment: Appointment, verdict: Verdict, now: datetime, *, keep_place: bool = True
) -> tuple[bool, bool]:
    """Set the plan's columns; whether they differ from before, and whether that is news."""
    waits = keep_place and verdict.code in WAITING and verdict.code == appointment.next_call_reason
    at = appointment.next_call_at if waits and _is_due(appointment, now) else verdict.at
    news = (at, verdict.code) != (appointment.next_call_at, appointment.next_call_reason)
    stale = news or appointment.planned_for != appointment.starts_at
    appointment.next_call_at, appointment.next_call_reason = at, verdict.code
    appointment.planned_for = appointment.starts_at
    return stale, news


def _decision(appointment: Appointment, verdict: Verdict, now: datetime) -> Decision:
    return Decision(
        appointment=appointment,
        at=now,
        code=verdict.code,
        next_call_at=appointment.next_call_at,
        rule_set=appointment.clinic.rule_set,
        numbers=dict(verdict.numbers),
    )


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
        WorkItem.open(appointment, WorkKind.UNANSWERED, now, risk=partial(risk_of, appointment))


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
    others = Appointment.objects.filter(patient__number=contact.number_id, starts_at__gt=now)
    replan_each(others.exclude(pk=contact.appointment_id), now)
    if verdict.code is Reason.TOUCHES_SPENT:
        # The plan may not have changed with the end of the call, but only now
        # it is certain that the last touch stayed without an answer.
        _tell_staff(contact.appointment, verdict, now)


def number_changed(number: PhoneNumber, now: datetime) -> None:
    """A flag or an opt-out of a number touches every visit it is rung for."""
    replan_each(Appointment.objects.filter(patient__number=number, starts_at__gt=now), now)


def patient_changed(patient: Patient, now: datetime) -> None:
    """Something about a patient touches every visit they have."""
    replan_each(Appointment.objects.filter(patient=patient, starts_at__gt=now), now)


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
