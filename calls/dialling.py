"""Dial one attempt: claim its line, ring once, reconcile what Azure said.

The claiming transaction is short and commits before Azure is called; hours,
caps and spacing are judged in it again, at the moment of dialling (R3).
"""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from time import sleep
from uuid import UUID

import structlog
from django.conf import settings
from django.db import DatabaseError, transaction
from django.urls import reverse

from calls import breaker, lines, rehearsing, scripting, tracing
from calls.conversation.vocabulary import AttemptStatus, Outcome
from calls.gateway.acs import Call, Dial, gateway
from calls.gateway.errors import GatewayError
from calls.models import CallAttempt, CallVisit, Line
from config import clock
from reminders import planning
from reminders.models import Appointment, Contact, PhoneNumber
from reminders.models.workitem import WorkItem, WorkKind
from reminders.policy.facts import Verdict
from reminders.policy.vocabulary import Answer, ContactResult

log = structlog.get_logger(__name__)

#: A repeat of a create call is safe only while Azure surely remembers its id.
REPEAT_WITHIN = timedelta(seconds=60)
#: Seconds before the second, third and fourth try, where Azure names none.
BACK_OFF = (1.0, 3.0, 9.0)
LONGEST_WAIT = 30.0
#: The time now, asked for anew at each step of a long pass.
Tick = Callable[[], datetime]


class Placed(StrEnum):
    """What became of one due call in one pass."""

    #: Azure accepted, or may have.
    PLACED = "placed"
    #: Decided otherwise, with a Decision.
    SKIPPED = "skipped"
    #: No free line.
    WAITING = "waiting"


def locked(appointment_id: int, now: datetime) -> Appointment:
    """The appointment, behind the locks of its caller id and its number.

    Locks are always taken in this order: the caller id's row, the number's,
    the number's appointments by their keys, the attempt's.
    """
    unlocked = Appointment.objects.select_related("clinic", "patient").get(pk=appointment_id)
    caller_id = unlocked.clinic.calling_number
    lines.lock(caller_id)
    PhoneNumber.objects.select_for_update().get(pk=unlocked.patient.number_id)
    planning.lock_number(unlocked.patient.number_id, now)
    return planning.lock(appointment_id)


def is_now(verdict: Verdict, now: datetime) -> bool:
    """True when the policy lets the call go out at ``now``."""
    return verdict.at is not None and verdict.at <= now and verdict.code not in planning.WAITING


def dial(attempt_id: UUID, tick: Tick) -> Placed | None:
    """Claim the line and ring; None when another process has the attempt."""
    claimed = _claim_safely(attempt_id, tick())
    if not isinstance(claimed, CallAttempt):
        return claimed
    try:
        call = _create(claimed)
    except GatewayError as error:
        _rang_at(claimed, tick())
        return _not_accepted(claimed, error, tick())
    with transaction.atomic():
        # The attempt before its contacts, as whoever takes in its events locks them.
        _accepted(claimed, call)
        _rang_at(claimed, tick())
    return Placed.PLACED


def _rang_at(attempt: CallAttempt, now: datetime) -> None:
    """Repeats of the create call take up to a minute: spacing and caps count from the
    last moment at which it can have rung."""
    Contact.objects.filter(ref=attempt.pk, at__lt=now).update(at=now)


def _claim_safely(attempt_id: UUID, now: datetime) -> CallAttempt | Placed | None:
    """One attempt that cannot be prepared must not stop the others (B3)."""
    try:
        return _claim_line(attempt_id, now)
    except DatabaseError:
        # A deadlock's victim, say: it stays queued for the next look.
        log.exception("left queued", action="dial", attempt=str(attempt_id))
        return None
    except Exception as error:
        log.exception("set aside", action="dial", attempt=str(attempt_id))
        _set_aside(attempt_id, now, error)
        return Placed.SKIPPED


@transaction.atomic
def _set_aside(attempt_id: UUID, now: datetime, error: Exception) -> None:
    attempt = CallAttempt.objects.get(pk=attempt_id)
    attempt.end(now, Outcome.NOT_PLACED, note=type(error).__name__)
    attempt.visits.update(is_open=False, outcome=Outcome.NOT_PLACED)
    for visit in attempt.visits.order_by("appointment"):
        planning.set_aside(visit.appointment_id, now, fault=type(error).__name__)


@transaction.atomic
def _claim_line(attempt_id: UUID, now: datetime) -> CallAttempt | Placed | None:
    """The short transaction: lock, judge again, count, ledger, queued -> dialling."""
    first = CallVisit.objects.filter(attempt_id=attempt_id).order_by("pk").first()
    if first is None:
        return _claim_rehearsal(CallAttempt.objects.get(pk=attempt_id, rehearsal=True), now)
    appointment = locked(first.appointment_id, now)
    locking = CallAttempt.objects.select_for_update(of=("self",)).select_related("number")
    attempt = locking.get(pk=attempt_id)
    if attempt.status != AttemptStatus.QUEUED:
        return None
    verdict = planning.judge(appointment, now, call_now=attempt.by_person)
    appointments = [appointment, *_others(attempt, first, appointment.clinic_id)]
    script = scripting.build(appointments, now)
    if script is None or not is_now(verdict, now) or _is_outdated(attempt, appointment):
        _revoke(attempt, now, verdict.code)
        return Placed.SKIPPED
    if lines.why_not(attempt.caller_id, now, queued=attempt):
        return Placed.WAITING
    if not first.stands(appointment):
        # It was moved or corrected while it was queued, and is still to be called about.
        CallVisit.objects.filter(pk=first.pk).update(
            patient=appointment.patient_id, visit_starts_at=appointment.starts_at
        )
    CallVisit.mark_dialled(attempt, now)
    attempt.move(
        to=AttemptStatus.DIALLING,
        allowed=(AttemptStatus.QUEUED,),
        started_at=now,
        heard_at=now,
        first_sent_at=clock.system_now(),
        script=script.to_json(),
        language=script.languages[0],
        note=f"spoken instead of {script.wanted}: not approved" if script.wanted else "",
    )
    for spoken_of in appointments:
        Contact.claim(spoken_of, attempt.number, now, attempt.pk)
        planning.plan(spoken_of, now)
    return attempt


def _claim_rehearsal(unlocked: CallAttempt, now: datetime) -> CallAttempt | Placed | None:
    """The same for a call without a visit, whose script was made when it was asked for."""
    rehearsing.lock(unlocked.caller_id, unlocked.number)
    attempt = CallAttempt.objects.select_for_update().get(pk=unlocked.pk)
    if attempt.status != AttemptStatus.QUEUED:
        return None
    if obstacle := rehearsing.outdated(attempt, now):
        attempt.end(now, Outcome.NOT_PLACED, note=f"revoked before dialling: {obstacle}"[:300])
        return Placed.SKIPPED
    if lines.why_not(attempt.caller_id, now, queued=attempt):
        return Placed.WAITING
    attempt.move(
        to=AttemptStatus.DIALLING,
        allowed=(AttemptStatus.QUEUED,),
        started_at=now,
        heard_at=now,
        first_sent_at=clock.system_now(),
    )
    return attempt


def _others(attempt: CallAttempt, first: CallVisit, clinic_id: int) -> list[Appointment]:
    """The other visits of the call, as far as they still are what they were when it was
    queued and wait for an answer; the number's lock holds them. The rest is left out, as is
    one that another clinic has by now: that may ask for more before it lets be told of it."""
    kept = []
    for visit in attempt.visits.exclude(pk=first.pk):
        other = planning.lock(visit.appointment_id)
        is_open = visit.stands(other) and other.answer == Answer.NONE
        is_here = other.clinic_id == clinic_id
        if is_open and is_here and not scripting.obstacle(other):
            kept.append(other)
        else:
            visit.delete()
    return kept


def _is_outdated(attempt: CallAttempt, appointment: Appointment) -> bool:
    """The patient's number or the clinic's caller id was changed while it was
    queued: the old number must not ring."""
    return (
        attempt.number_id != appointment.patient.number_id
        or attempt.caller_id != appointment.clinic.calling_number
    )


def _revoke(attempt: CallAttempt, now: datetime, code: str) -> None:
    """It may not ring any more: hours, caps or facts have changed."""
    attempt.end(now, Outcome.NOT_PLACED, note=f"revoked before dialling: {code}")
    attempt.visits.update(is_open=False, outcome=Outcome.NOT_PLACED)
    for visit in attempt.visits.order_by("appointment"):
        planning.replan(visit.appointment_id, now)


def callback_url(attempt: CallAttempt) -> str:
    """Where Azure tells us of this attempt: its id and, last, its secret."""
    path = reverse("calls:callback", args=[attempt.pk, attempt.secret])
    return f"{settings.PUBLIC_URL}{path}"


def _create(attempt: CallAttempt) -> Call:
    """Ring, repeating the same pair while that is safe and can help (B5)."""
    assert attempt.first_sent_at is not None
    request = Dial(
        number=attempt.number.e164,
        caller_id=attempt.caller_id,
        callback_url=callback_url(attempt),
        repeatability_id=attempt.repeatability_id,
        first_sent_at=attempt.first_sent_at,
    )
    uncertain = False
    for pause in (*BACK_OFF, None):
        try:
            with tracing.asking("dial", attempt.pk):
                return gateway().dial(request)
        except GatewayError as error:
            uncertain = uncertain or error.may_have_happened
            wait = _wait(error, pause)
            out_of_time = clock.system_now() + timedelta(seconds=wait or 0)
            if wait is None or out_of_time >= attempt.first_sent_at + REPEAT_WITHIN:
                error.may_have_happened = uncertain
                raise
            sleep(wait)
    raise AssertionError("the last try returns or raises")


def _wait(error: GatewayError, pause: float | None) -> float | None:
    """Seconds until the next try; None for no further try."""
    if error.permanent or pause is None:
        return None
    if error.retry_after is not None:
        return error.retry_after if error.retry_after <= LONGEST_WAIT else None
    return pause * random.uniform(0.8, 1.2)


def _accepted(attempt: CallAttempt, call: Call) -> None:
    """Keep Azure's ids; an event may have brought them already."""
    CallAttempt.objects.filter(pk=attempt.pk, call_connection_id="").update(
        call_connection_id=call.connection_id,
        server_call_id=call.server_call_id[:512],
        correlation_id=call.correlation_id,
    )
    log.info("dialled", action="dial", attempt=str(attempt.pk))


def _not_accepted(attempt: CallAttempt, error: GatewayError, now: datetime) -> Placed:
    """Azure said no, or we don't know. In doubt the phone may have rung: the
    attempt waits for its events and is never dialled again."""
    log.warning("not accepted", action="dial", attempt=str(attempt.pk), error=str(error))
    if error.may_have_happened:
        CallAttempt.objects.filter(pk=attempt.pk).update(note=str(error)[:300])
        return Placed.PLACED
    with transaction.atomic():
        visits = list(attempt.visits.all())
        if visits:
            locked(visits[0].appointment_id, now)
        else:
            rehearsing.lock(attempt.caller_id, attempt.number)
        attempt.end(now, Outcome.FAILED_PROVIDER, note=str(error)[:300])
        transaction.on_commit(partial(breaker.record, attempt, Outcome.FAILED_PROVIDER))
        attempt.visits.update(is_open=False, outcome=Outcome.FAILED_PROVIDER)
        for contact in Contact.objects.filter(ref=attempt.pk):
            planning.contact_ended(contact, ContactResult.REFUSED, now)
        for visit in visits:
            WorkItem.open(visit.appointment, WorkKind.FAILED_PROVIDER, now, detail=str(error))
        _rest(attempt, error)
    return Placed.SKIPPED


def _rest(attempt: CallAttempt, error: GatewayError) -> None:
    """Throttled: leave this caller id alone for as long as Azure asked."""
    if error.status == 429:
        rest = timedelta(seconds=error.retry_after or 60)
        Line.objects.filter(caller_id=attempt.caller_id).update(
            rest_until=clock.system_now() + rest
        )
