"""A visit, or a series of them, before anybody has saved it: judged date by date."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from desk.local import instant
from desk.scheduling.conflicts import Conflicts, Wanted
from desk.scheduling.plan import PlanLine, plan_line
from desk.scheduling.remarks import Remark, error, is_blocked
from reminders import planning
from reminders.models import Appointment, Clinic, Patient, Practitioner, VisitType


def series(first: datetime, every: int, times: int) -> list[datetime]:
    """The same wall-clock time (naive) every so many weeks, ``times`` times.

    Shorter where the calendar ends.
    """
    walls = []
    for n in range(times):
        try:
            walls.append(first + timedelta(weeks=every * n))
        except OverflowError:
            break
    return walls


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """What somebody is about to save; the patient may be unsaved, or not chosen yet."""

    clinic: Clinic
    patient: Patient | None
    practitioner: Practitioner | None
    kind: VisitType | None
    minutes: int
    #: Naive: what the clinic's clocks show.
    walls: tuple[datetime, ...]
    left_out: frozenset[datetime] = frozenset()
    external_id: str = ""

    def visit(self, start: datetime, external_id: str = "") -> Appointment:
        """The visit at a start, unsaved."""
        return Appointment(
            external_id=external_id or f"desk-{uuid4().hex[:12]}",
            patient=self.patient,
            clinic=self.clinic,
            practitioner=self.practitioner,
            type=self.kind,
            minutes=self.minutes,
            starts_at=start,
        )


@dataclass(frozen=True)
class Slot:
    """One date of a proposal, judged."""

    wall: datetime
    #: None where the clinic's clocks never show that time, or show it twice.
    start: datetime | None
    remarks: tuple[Remark, ...]
    #: None where there is no patient yet, or the time is impossible.
    plan: PlanLine | None
    is_left_out: bool

    @property
    def key(self) -> str:
        """How the page names it."""
        return self.wall.isoformat(timespec="minutes")

    @property
    def is_blocked(self) -> bool:
        """Whether it must be mended or left out."""
        return is_blocked(self.remarks)


def judge(proposal: Proposal, *, user: Any, now: datetime) -> list[Slot]:
    """Every date with what stands against it and what will be called when.

    A constant number of queries, however many dates.
    """
    starts: dict[datetime, datetime] = {}
    faults: dict[datetime, Remark] = {}
    for wall in proposal.walls:
        try:
            starts[wall] = instant(wall, proposal.clinic.zone)
        except ValidationError as refusal:
            faults[wall] = error(" ".join(refusal.messages))
        except OverflowError:
            faults[wall] = error(_("There is no such day."))
    plans = dict(zip(starts, _plans(proposal, list(starts.values()), now), strict=True))
    wanted = Wanted(
        clinic=proposal.clinic,
        patient=proposal.patient,
        practitioner=proposal.practitioner,
        minutes=proposal.minutes,
    )
    conflicts = Conflicts(wanted, list(starts.values()), user=user, now=now)
    return [
        Slot(
            wall=wall,
            start=starts.get(wall),
            remarks=(faults[wall],) if wall in faults else tuple(conflicts.at(starts[wall])),
            plan=plans.get(wall),
            is_left_out=wall in proposal.left_out,
        )
        for wall in proposal.walls
    ]


def _plans(
    proposal: Proposal, starts: Sequence[datetime], now: datetime
) -> Sequence[PlanLine | None]:
    if proposal.patient is None or not starts:
        return [None] * len(starts)
    visit = proposal.visit(starts[0])
    return [
        plan_line(calls, proposal.clinic, visit.patient_zone, now)
        for calls in planning.preview(visit, starts, now)
    ]
