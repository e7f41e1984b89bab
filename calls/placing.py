"""One look at the table: claim what is due, soonest visit first, and dial it."""

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from uuid import UUID

import structlog
from celery import current_app
from django.conf import settings
from django.db import DatabaseError, connections, transaction
from django.db.models import F, Q

from calls import lines, scripting
from calls.conversation.vocabulary import AttemptStatus
from calls.dialling import Placed, Tick, dial, is_now, locked
from calls.gateway.acs import endpoint_and_key, gateway, is_loopback
from calls.models import CallAttempt, CallVisit
from config import clock
from reminders import planning
from reminders.models import Appointment, Clinic, Installation, WorkItem
from reminders.models.installation import LONGEST_SLEEP
from reminders.models.workitem import WorkKind
from reminders.policy.vocabulary import Answer, AppointmentStatus, Reason

log = structlog.get_logger(__name__)

#: Rows one pass looks at for one caller id; the next pass takes the next ones.
MOST_ROWS = 1000
DIALLING_THREADS = 8
#: Other visits that one call speaks of: more would take too long.
MOST_VISITS = 3
A_DAY = timedelta(days=1)
#: An attempt to dial, why there is none, or None: another process took the row.
Claimed = UUID | Placed | None


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
    def of(cls, results: Iterable[Placed | None]) -> "Tally":
        """Count the results of a pass; None was another process's."""
        counted = list(results)
        return cls(*(counted.count(kind) for kind in Placed))

    def __str__(self) -> str:
        return (
            f"planned={self.planned} placed={self.placed} "
            f"skipped={self.skipped} waiting={self.waiting}"
        )


class NotReady(Exception):
    """A setting forbids any call; the message names it."""


@dataclass(frozen=True)
class Refusal:
    """Why a person's "call now" is not followed."""

    code: Reason
    detail: str


def place_due(now: datetime, tick: Tick | None = None) -> Tally:
    """One pass: re-arm moved visits, claim what is due, dial it.

    ``now`` says what is due. Each claim and each ring is judged, and counted, at the
    moment that ``tick`` gives: a pass over thousands of rows takes minutes, and by its
    end it may be too late to call, or too soon after another call. Without ``tick``
    one moment holds for the whole pass.

    Raises:
        NotReady: a setting forbids any call.
    """
    _check_settings()
    _wake_up()
    moved = Q(planned_for__isnull=True) | ~Q(planned_for=F("starts_at"))
    planning.replan_each(Appointment.objects.filter(moved).order_by("pk")[:MOST_ROWS], now)
    tick = tick or (lambda: now)
    lookers = [_LineLook(due, tick) for due in _due_by_line(now)]
    results: list[Placed | None] = []
    # Who has a line rings before hundreds of others are told to wait for one.
    queued = list(_queued(now)) + _sort(results, (look.fill() for look in lookers))
    results += _dial_all(queued, tick)
    late = _sort(results, (look.tell_the_rest() for look in lookers))
    tally = Tally.of(results + _dial_all(late, tick))
    if tally.placed:
        log.info("placed", action="place_due", tally=str(tally))
    return tally


def _check_settings() -> None:
    try:
        gateway()
    except ValueError as error:
        raise NotReady(str(error)) from None
    if not Installation.knows_hash_key():
        raise NotReady("PHONE_HASH_KEY is not the key that the opt-outs are kept under")


def _wake_up() -> None:
    """A restored backup must not call everybody again: after a long sleep a
    person resumes. A simulator has nobody to disturb. The real clock counts,
    whatever clock the pass is judged by."""
    now = clock.now()
    slept = Installation.look(now)
    endpoint, _ = endpoint_and_key(settings.ACS_CONNECTION_STRING)
    if slept > LONGEST_SLEEP and not is_loopback(endpoint):
        since = f"{(now - slept).astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        if Installation.pause(now, why=f"asleep since {since}: is this a restored backup?"):
            log.error("paused after a long sleep", action="place_due", since=since)


def _queued(now: datetime) -> Iterable[UUID]:
    """Claimed and not dialled yet, a person's wish first; what another pass
    with a later clock has claimed is its own."""
    mine = Q(by_person=True) | Q(queued_at__lte=now)
    return (
        CallAttempt.objects.filter(mine, status=AttemptStatus.QUEUED)
        .order_by("-by_person", "queued_at")
        .values_list("pk", flat=True)
    )


@dataclass(frozen=True)
class DueRows:
    """What is due for one caller id: (appointment, reason, start), soonest first."""

    caller_id: str
    rows: list[tuple[int, str, datetime]]
    #: Rows of paused clinics, known to be held: counted, not looked at again.
    held: int


def _due_by_line(now: datetime) -> Iterator[DueRows]:
    """Due rows without an open call, by caller id. Neither a full line nor a
    clinic that may not call stands in the way of another's calls."""
    due = Appointment.objects.filter(next_call_at__lte=now).exclude(call_visits__is_open=True)
    clinics: dict[str, list[Clinic]] = defaultdict(list)
    for clinic in Clinic.objects.filter(pk__in=due.values("clinic")).order_by("pk"):
        clinics[clinic.calling_number].append(clinic)
    # Only these can be held, and mostly there are none.
    held_back = due.filter(next_call_reason=Reason.PAUSED).order_by()
    paused = set(held_back.values_list("clinic", flat=True).distinct())
    for caller_id, users in clinics.items():
        mine = due.filter(clinic__in=users)
        held = Q(
            clinic__in=[each for each in users if each.pk in paused and _is_held(each)],
            next_call_reason=Reason.PAUSED,
            starts_at__gt=now,
        )
        rows = mine.exclude(held).order_by("starts_at", "pk")
        columns = rows.values_list("pk", "next_call_reason", "starts_at")
        yield DueRows(caller_id, list(columns[:MOST_ROWS]), mine.filter(held).count())


class _LineLook:
    """The rows of one caller id, claimed while lines are free, then told to wait."""

    def __init__(self, due: DueRows, tick: Tick) -> None:
        self._due, self._tick = due, tick
        self._rows = iter(due.rows)

    def fill(self) -> Iterator[Claimed]:
        """Claim row by row until no line is free."""
        yield from [Placed.SKIPPED] * self._due.held
        free = self._free()
        while free > 0 and (row := next(self._rows, None)):
            claim = _claim_safely(row[0], self._tick())
            free -= isinstance(claim, UUID)
            if claim in (Placed.WAITING, None):
                # Perhaps another look has had the line: then the rows behind need no lock.
                free = self._free()
            yield claim

    def _free(self) -> int:
        return settings.ACS_MAX_CONCURRENT_CALLS - _open_calls(self._due.caller_id)

    def tell_the_rest(self) -> Iterator[Claimed]:
        """Each row is judged when it first waits; after that it is counted, and
        judged again only when a line is free or its visit has begun. Every call that
        ends makes somebody look: they do not queue up to tell the same rows."""
        is_told_by_another = False
        for appointment_id, reason, starts_at in self._rows:
            if reason == Reason.LINE_BUSY and starts_at > self._tick():
                yield Placed.WAITING
                continue
            is_told_by_another = is_told_by_another or lines.is_locked(self._due.caller_id)
            if is_told_by_another:
                yield Placed.WAITING
            else:
                yield _claim_safely(appointment_id, self._tick())


def _sort(results: list[Placed | None], claims: Iterable[Iterable[Claimed]]) -> list[UUID]:
    """The attempts to dial; every other result goes to the results."""
    attempts: list[UUID] = []
    for claim in chain.from_iterable(claims):
        if isinstance(claim, UUID):
            attempts.append(claim)
        else:
            results.append(claim)
    return attempts


def _is_held(clinic: Clinic) -> bool:
    paused = clinic.paused_at or Installation.get().paused_at
    return bool(paused or _not_ready(clinic))


def _open_calls(caller_id: str) -> int:
    open_calls = CallAttempt.objects.exclude(status=AttemptStatus.ENDED)
    return open_calls.filter(caller_id=caller_id).count()


def _claim_safely(appointment_id: int, now: datetime) -> Claimed:
    """One row that cannot be judged must not stop the others (B3)."""
    try:
        return _claim(appointment_id, now)
    except DatabaseError:
        # A deadlock's victim, say: it stays due for the next look.
        log.exception("left due", action="claim", appointment=appointment_id)
        return None
    except Exception as error:
        log.exception("set aside", action="claim", appointment=appointment_id)
        planning.set_aside(appointment_id, now, fault=type(error).__name__)
        return Placed.SKIPPED


@transaction.atomic
def _claim(appointment_id: int, now: datetime) -> Claimed:
    """Queue one attempt, or say why not; None when another took it meanwhile."""
    appointment = locked(appointment_id, now)
    if appointment.next_call_at is None or appointment.next_call_at > now:
        return None
    if appointment.call_visits.filter(is_open=True).exists():
        return None
    verdict = planning.judge(appointment, now)
    if not is_now(verdict, now):
        planning.write(appointment, verdict, now)
        return Placed.SKIPPED
    if obstacle := _obstacle(appointment, now):
        planning.hold(appointment, Reason.PAUSED, now, detail=obstacle)
        return Placed.SKIPPED
    if busy := _no_line(appointment, now):
        planning.hold(appointment, Reason.LINE_BUSY, now, detail=busy)
        return Placed.WAITING
    planning.write(appointment, verdict, now)
    return _queue(appointment, now, by_person=False).pk


def _obstacle(appointment: Appointment, now: datetime) -> str:
    """What a person has to do before this visit can be called about; empty when nothing."""
    if obstacle := _not_ready(appointment.clinic):
        return obstacle
    if obstacle := scripting.obstacle(appointment):
        WorkItem.tell(appointment, WorkKind.BAD_DATA, now, detail=obstacle)
    else:
        WorkItem.settle(appointment, WorkKind.BAD_DATA, now)
    return obstacle


def _not_ready(clinic: Clinic) -> str:
    """What a person has to do before this clinic can call; empty when nothing."""
    if not clinic.calling_number:
        return "No caller id: set ACS_CALLER_ID or the clinic's own."
    if not scripting.approved_languages(clinic):
        return "No text of this clinic is approved: see approve_prompts."
    return ""


def _no_line(appointment: Appointment, now: datetime) -> str:
    """Why no line is free; empty when one is. Call it behind the locks."""
    if _number_is_busy(appointment):
        return REFUSALS[Reason.LINE_BUSY]
    return lines.why_not(appointment.clinic.calling_number, now)


def _number_is_busy(appointment: Appointment) -> bool:
    open_calls = CallAttempt.objects.exclude(status=AttemptStatus.ENDED)
    return open_calls.filter(number=appointment.patient.number_id).exists()


def _queue(appointment: Appointment, now: datetime, *, by_person: bool) -> CallAttempt:
    attempt = CallAttempt.objects.create(
        number_id=appointment.patient.number_id,
        clinic=appointment.clinic,
        caller_id=appointment.clinic.calling_number,
        queued_at=now,
        by_person=by_person,
        rule_set=appointment.clinic.rule_set,
    )
    for visit in (appointment, *_same_day(appointment, now)):
        CallVisit.objects.create(
            attempt=attempt,
            appointment=visit,
            patient=visit.patient,
            visit_starts_at=visit.starts_at,
            clinic=appointment.clinic,
        )
    return attempt


def _same_day(appointment: Appointment, now: datetime) -> list[Appointment]:
    """The patient's other visits of that day at this clinic that wait for an answer:
    one call speaks of them all. Their rows are locked with their number's."""
    day = appointment.starts_at.astimezone(appointment.clinic.zone).date()
    others = Appointment.objects.filter(
        patient=appointment.patient,
        clinic=appointment.clinic,
        status=AppointmentStatus.SCHEDULED,
        answer=Answer.NONE,
        starts_at__gt=now,
        starts_at__range=(appointment.starts_at - A_DAY, appointment.starts_at + A_DAY),
    ).exclude(Q(pk=appointment.pk) | Q(call_visits__is_open=True))
    same_day = [
        other
        for other in others.select_related("clinic", "patient", "type").order_by("starts_at", "pk")
        if other.starts_at.astimezone(other.clinic.zone).date() == day
        and not scripting.obstacle(other)
    ]
    return same_day[:MOST_VISITS]


@transaction.atomic
def request_call_now(appointment_id: int, now: datetime, *, actor: str) -> CallAttempt | Refusal:
    """A person asks for a call: the cadence is skipped, every other rule holds.

    The attempt is queued; the next look dials it.
    """
    appointment = locked(appointment_id, now)
    is_open = appointment.call_visits.filter(is_open=True).exists()
    if is_open or _number_is_busy(appointment):
        return Refusal(Reason.LINE_BUSY, REFUSALS[Reason.LINE_BUSY])
    verdict = planning.judge(appointment, now, call_now=True)
    if verdict.code is not Reason.CALL_NOW:
        return Refusal(verdict.code, REFUSALS[verdict.code])
    if obstacle := _obstacle(appointment, now):
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


def _dial_all(attempt_ids: list[UUID], tick: Tick) -> list[Placed | None]:
    """Dial a batch; several at once, since each waits for Azure."""
    if len(attempt_ids) < 2:
        return [_dial_safely(pk, tick) for pk in attempt_ids]
    threads, left = min(DIALLING_THREADS, len(attempt_ids)), deque(attempt_ids)
    with ThreadPoolExecutor(threads) as pool:
        # In the task's context, so that a trace shows who asked for each call.
        dialled = [
            pool.submit(copy_context().run, _dial_in_thread, left, tick) for _ in range(threads)
        ]
    return [placed for each in dialled for placed in each.result()]


def _dial_in_thread(left: deque[UUID], tick: Tick) -> list[Placed | None]:
    """Dial one after another over one connection to the database, until none is left."""
    placed = []
    try:
        while (attempt_id := _next(left)) is not None:
            placed.append(_dial_safely(attempt_id, tick))
    finally:
        connections.close_all()
    return placed


def _dial_safely(attempt_id: UUID, tick: Tick) -> Placed | None:
    """One call whose row cannot be written must not stop the others (B3): it may ring, its events
    find it by its address, and the watchdog ends it."""
    try:
        return dial(attempt_id, tick)
    except Exception:
        log.exception("left to its events", action="dial", attempt=str(attempt_id))
        return None


def _next(left: deque[UUID]) -> UUID | None:
    """Threads take from one row; each may find it empty just now."""
    try:
        return left.popleft()
    except IndexError:
        return None


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
