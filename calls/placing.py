"""Claim a due call, dial it, reconcile what Azure said.

The limits that span rows are kept by locks, always taken in this order: the
caller id's row, the number's, the appointment's, the attempt's. The claiming
transaction is short, commits before Azure is called, and judges everything
again: hours, caps and spacing hold at the moment of dialling (R3).
"""

import random
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

import structlog
from celery import current_app
from django.conf import settings
from django.db import connections, transaction
from django.db.models import F, Q
from django.urls import reverse

from calls import scripting
from calls.conversation.vocabulary import AttemptStatus, Outcome
from calls.gateway.acs import Call, Dial, gateway
from calls.gateway.errors import GatewayError
from calls.models import CallAttempt, CallVisit, Line
from config import clock
from reminders import planning
from reminders.models import Appointment, Contact, Installation, PhoneNumber
from reminders.models.workitem import WorkItem, WorkKind
from reminders.policy.facts import Verdict
from reminders.policy.vocabulary import ContactResult, Reason

log = structlog.get_logger(__name__)

#: A repeat of a create call is safe only while Azure surely remembers its id.
REPEAT_WITHIN = timedelta(seconds=60)
#: Seconds before the second, third and fourth try, where Azure names none.
BACK_OFF = (1.0, 3.0, 9.0)
LONGEST_WAIT = 30.0
#: Rows one pass looks at; the next pass takes the next ones.
MOST_ROWS = 1000
DIALLING_THREADS = 8


class Placed(StrEnum):
    """What became of one due call in one pass."""

    #: Azure accepted, or may have.
    PLACED = "placed"
    #: Decided otherwise, with a Decision.
    SKIPPED = "skipped"
    #: No free line.
    WAITING = "waiting"


@dataclass(frozen=True)
class Tally:
    """The figures of one pass; they add up by construction."""

    placed: int = 0
    skipped: int = 0
    waiting: int = 0

    @property
    def planned(self) -> int:
        """Due when looked at."""
        return self.placed + self.skipped + self.waiting

    @classmethod
    def of(cls, results: Iterable[Placed]) -> "Tally":
        """Count the results of a pass."""
        counted = list(results)
        return cls(*(counted.count(kind) for kind in Placed))

    def __str__(self) -> str:
        return (
            f"planned={self.planned} placed={self.placed} "
            f"skipped={self.skipped} waiting={self.waiting}"
        )


@dataclass(frozen=True)
class Refusal:
    """Why a person's "call now" is not followed."""

    code: Reason
    detail: str


def place_due(now: datetime) -> Tally:
    """One look at the table: re-arm moved visits, claim what is due, dial it."""
    Installation.get()
    Installation.objects.filter(pk=1).update(last_look_at=now)
    moved = Q(planned_for__isnull=True) | ~Q(planned_for=F("starts_at"))
    planning.replan_each(Appointment.objects.filter(moved).order_by("pk")[:MOST_ROWS], now)
    queued = list(_queued())
    results: list[Placed] = []
    for appointment_id in _due(now):
        claim = _claim(appointment_id, now)
        if isinstance(claim, UUID):
            queued.append(claim)
        elif claim is not None:
            results.append(claim)
    results.extend(filter(None, _dial_all(queued, now)))
    tally = Tally.of(results)
    if tally.placed:
        log.info("placed", action="place_due", tally=str(tally))
    return tally


def _queued() -> Iterable[UUID]:
    return (
        CallAttempt.objects.filter(status=AttemptStatus.QUEUED)
        .order_by("-by_person", "queued_at")
        .values_list("pk", flat=True)
    )


def _due(now: datetime) -> list[int]:
    """Due rows without an open call, the soonest visit first."""
    return list(
        Appointment.objects.filter(next_call_at__lte=now)
        .exclude(call_visits__is_open=True)
        .order_by("starts_at", "pk")
        .values_list("pk", flat=True)[:MOST_ROWS]
    )


@transaction.atomic
def _claim(appointment_id: int, now: datetime) -> UUID | Placed | None:
    """Queue one attempt, or say why not; None when another took it meanwhile."""
    appointment = _locked(appointment_id)
    if appointment.next_call_at is None or appointment.next_call_at > now:
        return None
    if appointment.call_visits.filter(is_open=True).exists():
        return None
    verdict = planning.judge(appointment, now)
    if not _is_now(verdict, now):
        planning.write(appointment, verdict, now)
        return Placed.SKIPPED
    if obstacle := _not_ready(appointment):
        planning.hold(appointment, Reason.PAUSED, now, detail=obstacle)
        return Placed.SKIPPED
    if busy := _no_line(appointment, now):
        planning.hold(appointment, Reason.LINE_BUSY, now, detail=busy)
        return Placed.WAITING
    planning.write(appointment, verdict, now)
    return _queue(appointment, now, by_person=False).pk


def _locked(appointment_id: int) -> Appointment:
    """The appointment, behind the locks of its caller id and its number."""
    unlocked = Appointment.objects.select_related("clinic", "patient").get(pk=appointment_id)
    _lock_line(unlocked.clinic.calling_number)
    PhoneNumber.objects.select_for_update().get(pk=unlocked.patient.number_id)
    return planning.lock(appointment_id)


def _lock_line(caller_id: str) -> Line:
    Line.objects.get_or_create(caller_id=caller_id)
    return Line.objects.select_for_update().get(caller_id=caller_id)


def _is_now(verdict: Verdict, now: datetime) -> bool:
    return verdict.at is not None and verdict.at <= now and verdict.code not in planning.WAITING


def _not_ready(appointment: Appointment) -> str:
    """What a person has to do before this clinic can call; empty when nothing."""
    clinic = appointment.clinic
    if not clinic.calling_number:
        return "No caller id: set ACS_CALLER_ID or the clinic's own."
    if not scripting.approved_languages(clinic):
        return "No text of this clinic is approved: see approve_prompts."
    return ""


def _no_line(appointment: Appointment, now: datetime) -> str:
    """Why no line is free; empty when one is. Call it behind the locks."""
    caller_id = appointment.clinic.calling_number
    resting = Line.objects.filter(caller_id=caller_id, rest_until__gt=now)
    open_calls = CallAttempt.objects.exclude(status=AttemptStatus.ENDED)
    if resting.exists():
        return "Azure asked this caller id to slow down."
    if open_calls.filter(number=appointment.patient.number_id).exists():
        return "A call to this number is under way."
    if open_calls.filter(caller_id=caller_id).count() >= settings.ACS_MAX_CONCURRENT_CALLS:
        return "All lines of this caller id are in use."
    return _day_is_full(now)


def _day_is_full(now: datetime) -> str:
    since = now - timedelta(days=1)
    rung = CallAttempt.objects.filter(started_at__gt=since).count()
    full = rung >= settings.MAX_CALLS_PER_DAY
    return f"{rung} calls within a day, the cap of this installation." if full else ""


def _queue(appointment: Appointment, now: datetime, *, by_person: bool) -> CallAttempt:
    attempt = CallAttempt.objects.create(
        number_id=appointment.patient.number_id,
        clinic=appointment.clinic,
        caller_id=appointment.clinic.calling_number,
        queued_at=now,
        by_person=by_person,
        rule_set=appointment.clinic.rule_set,
    )
    CallVisit.objects.create(
        attempt=attempt, appointment=appointment, visit_starts_at=appointment.starts_at
    )
    return attempt


@transaction.atomic
def request_call_now(appointment_id: int, now: datetime, *, actor: str) -> CallAttempt | Refusal:
    """A person asks for a call: the cadence is skipped, every other rule holds.

    The attempt is queued; the next look dials it.
    """
    appointment = _locked(appointment_id)
    open_calls = CallAttempt.objects.exclude(status=AttemptStatus.ENDED)
    if open_calls.filter(number=appointment.patient.number_id).exists():
        return Refusal(Reason.LINE_BUSY, "A call to this number is under way.")
    verdict = planning.judge(appointment, now, call_now=True)
    if verdict.code is not Reason.CALL_NOW:
        return Refusal(verdict.code, REFUSALS[verdict.code])
    if obstacle := _not_ready(appointment):
        return Refusal(Reason.PAUSED, obstacle)
    planning.write(appointment, verdict, now)
    appointment.note("call_requested", now, actor=actor)
    attempt = _queue(appointment, now, by_person=True)
    transaction.on_commit(wake)
    return attempt


#: What a person is told, for each reason that stands in the way of "call now".
REFUSALS: dict[Reason, str] = {
    Reason.OUTSIDE_HOURS: "It is outside the hours in which this patient may be called.",
    Reason.CLOSED: "The clinic is closed today.",
    Reason.DAY_CAP: "This number was called as often as a day allows.",
    Reason.WEEK_CAP: "This number was called as often as seven days allow.",
    Reason.TOO_SOON: "The last call to this number is too recent.",
    Reason.LINE_BUSY: "A call to this number is under way.",
    Reason.PAUSED: "Calls are paused.",
    Reason.ANSWERED: "This visit is answered already.",
    Reason.NO_LEGAL_BASIS: "The patient has no legal basis for automated calls.",
    Reason.OPTED_OUT: "Somebody at this number asked us to stop calling.",
    Reason.QUARANTINED: "This number reached somebody else and is quarantined.",
    Reason.INVALID_NUMBER: "The telephone network knows no such number.",
    Reason.FACILITY_LINE: "This is a room line of a facility, and there is no consent.",
    Reason.NO_COMMON_HOURS: "The clinic's hours and the patient's have no time in common.",
    Reason.TOUCHES_SPENT: "There is no time left to call before the visit.",
    Reason.PAST: "The visit is past.",
    Reason.CANCELLED: "The visit is cancelled.",
    Reason.TOUCH: "",
    Reason.RETRY: "",
    Reason.CALL_NOW: "",
}


def _dial_all(attempt_ids: list[UUID], now: datetime) -> list[Placed | None]:
    """Dial a batch; several at once, since each waits for Azure."""
    if len(attempt_ids) < 2:
        return [dial(pk, now) for pk in attempt_ids]
    with ThreadPoolExecutor(min(DIALLING_THREADS, len(attempt_ids))) as pool:
        return list(pool.map(lambda pk: _in_thread(dial, pk, now), attempt_ids))


def _in_thread(
    job: Callable[[UUID, datetime], Placed | None], attempt_id: UUID, now: datetime
) -> Placed | None:
    try:
        return job(attempt_id, now)
    finally:
        connections.close_all()


def dial(attempt_id: UUID, now: datetime) -> Placed | None:
    """Claim the line and ring; None when another process has the attempt."""
    claimed = _claim_line(attempt_id, now)
    if not isinstance(claimed, CallAttempt):
        return claimed
    try:
        call = _create(claimed)
    except GatewayError as error:
        return _not_accepted(claimed, error, now)
    _accepted(claimed, call)
    return Placed.PLACED


@transaction.atomic
def _claim_line(attempt_id: UUID, now: datetime) -> CallAttempt | Placed | None:
    """The short transaction: lock, judge again, count, ledger, queued -> dialling."""
    visit = CallVisit.objects.get(attempt_id=attempt_id)
    appointment = _locked(visit.appointment_id)
    attempt = CallAttempt.objects.select_for_update().get(pk=attempt_id)
    if attempt.status != AttemptStatus.QUEUED:
        return None
    verdict = planning.judge(appointment, now, call_now=attempt.by_person)
    script = scripting.build(appointment)
    if script is None or not _is_now(verdict, now):
        _revoke(attempt, appointment, now, verdict.code)
        return Placed.SKIPPED
    if _lines_in_use(attempt) >= settings.ACS_MAX_CONCURRENT_CALLS:
        return Placed.WAITING
    CallVisit.objects.filter(pk=visit.pk).update(visit_starts_at=appointment.starts_at)
    attempt.move(
        to=AttemptStatus.DIALLING,
        allowed=(AttemptStatus.QUEUED,),
        started_at=now,
        heard_at=now,
        first_sent_at=clock.system_now(),
        script=script.to_json(),
        language=script.languages[0],
    )
    Contact.claim(appointment, attempt.number, now, attempt.pk)
    planning.replan(appointment.pk, now)
    return attempt


def _lines_in_use(attempt: CallAttempt) -> int:
    return CallAttempt.objects.filter(
        caller_id=attempt.caller_id,
        status__in=[AttemptStatus.DIALLING, AttemptStatus.CONNECTED],
    ).count()


def _revoke(attempt: CallAttempt, appointment: Appointment, now: datetime, code: str) -> None:
    """It may not ring any more: hours, caps or facts have changed."""
    attempt.end(now, Outcome.NOT_PLACED, note=f"revoked before dialling: {code}")
    attempt.visits.update(is_open=False, outcome=Outcome.NOT_PLACED)
    planning.replan(appointment.pk, now)


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
            return gateway().dial(request)
        except GatewayError as error:
            uncertain = uncertain or error.may_have_happened
            wait = _wait(error, pause)
            out_of_time = clock.system_now() + timedelta(seconds=wait or 0)
            if wait is None or out_of_time >= attempt.first_sent_at + REPEAT_WITHIN:
                error.may_have_happened = uncertain
                raise
            time.sleep(wait)
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
        appointment = _locked(attempt.visits.get().appointment_id)
        attempt.end(now, Outcome.FAILED_PROVIDER, note=str(error)[:300])
        attempt.visits.update(is_open=False, outcome=Outcome.FAILED_PROVIDER)
        contact = Contact.objects.get(ref=attempt.pk)
        planning.contact_ended(contact, ContactResult.REFUSED, now)
        WorkItem.open(appointment, WorkKind.FAILED_PROVIDER, now, detail=str(error))
        _rest(attempt, error, now)
    return Placed.SKIPPED


def _rest(attempt: CallAttempt, error: GatewayError, now: datetime) -> None:
    """Throttled: leave this caller id alone for as long as Azure asked."""
    if error.status == 429:
        rest = timedelta(seconds=error.retry_after or 60)
        Line.objects.filter(caller_id=attempt.caller_id).update(rest_until=now + rest)


def wake() -> None:
    """Ask a worker to look, since a line fell free or a person asked.

    Only a nudge: the beat's look finds the same rows, so a broker that is
    down delays a call and never loses one.
    """
    if settings.CELERY_BROKER_URL.startswith("memory") and not settings.ALL_IN_ONE:
        return
    try:
        current_app.send_task("calls.look", expires=30)
    except Exception as error:
        log.warning("no broker", action="wake", error=type(error).__name__)
