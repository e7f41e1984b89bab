"""What is wrong just now, kept as incidents: each is opened once and closed once.

Any process may look, as often as it likes; the database says who was first.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, QuerySet

from calls.models import CallAttempt, Incident, Line, Pulse
from calls.models.incident import IncidentKind
from reminders.models import Appointment, Clinic, Installation, WorkItem
from reminders.models.workitem import WorkKind
from reminders.policy.fence import clinic_lets_ring

#: Beat says "look" every five seconds, and a worker's pulse is written every thirty;
#: restarts take less than this.
SILENT = timedelta(minutes=3)
#: Something was due for so long, and nothing was dialled.
IDLE = timedelta(minutes=30)
#: An incident is over when it was not seen for so long: one that flickers is one.
CALM = timedelta(minutes=5)
#: What is gone again within this was none: a restart, a resume.
SURE = timedelta(minutes=1)
#: What stands for beat, or the broker behind it.
BEAT = "beat"
CALLS = "calls"


@dataclass(frozen=True)
class Trouble:
    """Something that is wrong at this moment."""

    kind: IncidentKind
    subject: str = ""


def look(now: datetime) -> None:
    """Open what is new, note what goes on, close what is over."""
    for trouble in set(troubles(now)):
        incident, is_new = Incident.objects.get_or_create(
            kind=trouble.kind,
            subject=trouble.subject,
            closed_at=None,
            defaults={"opened_at": now, "seen_at": now},
        )
        if not is_new:
            Incident.objects.filter(pk=incident.pk, seen_at__lt=now).update(seen_at=now)
    # The second mail is claimed anew.
    over = Incident.objects.filter(closed_at=None, seen_at__lte=now - CALM)
    over.update(closed_at=now, claimed_at=None)


def certain() -> QuerySet[Incident]:
    """Open incidents that were there for longer than a moment."""
    return Incident.objects.filter(closed_at=None, seen_at__gte=F("opened_at") + SURE)


def troubles(now: datetime) -> Iterator[Trouble]:
    """All that is wrong at ``now``."""
    for line in Line.objects.filter(broken_at__isnull=False):
        yield Trouble(IncidentKind.BREAKER, line.caller_id)
    house = Installation.get()
    if house.slept:
        yield Trouble(IncidentKind.ASLEEP)
    # Who pauses everything restarts workers, upgrades, or wants no calls.
    if house.paused_at is not None:
        return
    silent = list(_silent(house, now))
    yield from silent
    if not any(trouble.subject in (BEAT, CALLS) for trouble in silent):
        yield from _not_placed(now)


def _silent(house: Installation, now: datetime) -> Iterator[Trouble]:
    """Workers without a pulse; beat, where the worker lives and nobody looks."""
    pulses = dict(Pulse.objects.values_list("queues", "at"))
    beaten = pulses.pop(BEAT, None)
    alive = {q for queues, at in pulses.items() if at > now - SILENT for q in queues.split(",")}
    for queues in pulses:
        # Who was divided otherwise since is not missed.
        if not set(queues.split(",")) <= alive:
            yield Trouble(IncidentKind.SILENT, queues)
    # A line that falls free makes a look as well, so that one is no sign of beat.
    stale = any(at and at <= now - SILENT for at in (house.last_look_at, beaten))
    calls_known = any(CALLS in queues.split(",") for queues in pulses)
    if stale and (CALLS in alive or not calls_known):
        yield Trouble(IncidentKind.SILENT, BEAT)


def _not_placed(now: datetime) -> Iterator[Trouble]:
    """Caller ids that dialled nobody for long though somebody could be called.

    A paused clinic waits on purpose; a visit with bad data stands on the work list.
    """
    recent = CallAttempt.objects.filter(started_at__gt=now - IDLE).order_by()
    rung = set(recent.values_list("caller_id", flat=True).distinct())
    idle = [
        clinic
        for clinic in Clinic.objects.filter(paused_at=None)
        if clinic.calling_number not in rung and _was_open(clinic, now)
    ]
    if not idle:
        return
    bad = WorkItem.objects.filter(kind=WorkKind.BAD_DATA, done_at=None)
    due = Appointment.objects.filter(
        clinic__in=idle, next_call_at__lte=now - IDLE, starts_at__gt=now
    ).exclude(call_visits__is_open=True)
    due = due.exclude(pk__in=bad.filter(appointment__isnull=False).values("appointment"))
    waiting = set(due.order_by().values_list("clinic", flat=True).distinct())
    for number in sorted({clinic.calling_number for clinic in idle if clinic.pk in waiting}):
        yield Trouble(IncidentKind.NOT_PLACED, number)


def _was_open(clinic: Clinic, now: datetime) -> bool:
    """Whether it could call all the while, as far as both ends tell."""
    hours, rules = clinic.opening_hours(), clinic.rules
    return all(clinic_lets_ring(at, hours, rules) for at in (now - IDLE, now))
