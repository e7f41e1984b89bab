"""The numbers of the day; each leads to the rows behind it, as many as it says."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from calls.conversation.vocabulary import AttemptStatus, Outcome
from calls.models import CallAttempt
from desk import reach
from desk.base import admin_url
from desk.local import on_days
from desk.wording import WORK, open_statuses
from reminders.models import Appointment, WorkItem
from reminders.policy.vocabulary import Answer, AppointmentStatus

VISITS, CALLS, TO_DO = "reminders_appointment", "calls_callattempt", "reminders_workitem"


@dataclass(frozen=True)
class Figure:
    """A number of the day, and the rows behind it."""

    name: str
    count: int
    link: str
    icon: str


@dataclass(frozen=True)
class Chip:
    """One kind of open work."""

    display: str
    query_string: str


def figures(user: Any, now: datetime, zones: list[ZoneInfo]) -> list[Figure]:
    """What this person may see of: visits, calls, work."""
    found: list[Figure] = []
    if user.has_perm("reminders.view_appointment"):
        found += _visits(user, now, zones)
    if user.has_perm("calls.view_callattempt"):
        found += _calls(user, now, zones)
    return found


def _visits(user: Any, now: datetime, zones: list[ZoneInfo]) -> list[Figure]:
    visits = reach.within(Appointment.objects.order_by(), user)
    today, tomorrow = (on_days("starts_at", n, n + 1, now, zones) for n in (0, 1))
    silent = Q(answer=Answer.NONE, status=AppointmentStatus.SCHEDULED)
    # What is due may lie on any day: counted apart, each by its own index.
    days = visits.filter(today | tomorrow).aggregate(
        today=Count("pk", filter=today & Q(status__in=open_statuses())),
        unanswered_today=Count("pk", filter=today & silent),
        unanswered_tomorrow=Count("pk", filter=tomorrow & silent),
    )
    due = visits.filter(next_call_at__lte=now).count()
    link = admin_url(VISITS, "changelist")
    return [
        Figure(_("Visits today"), days["today"], f"{link}?when=today&status=open", "event"),
        Figure(
            _("Today, no answer"),
            days["unanswered_today"],
            f"{link}?when=today&answered=no",
            "help",
        ),
        Figure(
            _("Tomorrow, no answer"),
            days["unanswered_tomorrow"],
            f"{link}?when=tomorrow&answered=no",
            "help",
        ),
        Figure(_("Due and waiting"), due, f"{link}?when=all&called=due", "hourglass_top"),
    ]


def _calls(user: Any, now: datetime, zones: list[ZoneInfo]) -> list[Figure]:
    real = reach.within(CallAttempt.objects.filter(rehearsal=False), user)
    # By the moment they were queued, as the list behind the link asks.
    calls = real.filter(on_days("queued_at", 0, 1, now, zones))
    named = (
        (_("Confirmed"), Outcome.CONFIRMED, "check_circle"),
        (_("Cancelled"), Outcome.CANCELLED, "cancel"),
        (_("Want another time"), Outcome.RESCHEDULE_REQUESTED, "event_repeat"),
    )
    counted = calls.order_by().aggregate(
        calls=Count("pk"),
        **{str(outcome): Count("pk", filter=Q(outcome=outcome)) for _name, outcome, _icon in named},
    )
    open_now = real.exclude(status=AttemptStatus.ENDED).count()
    link = admin_url(CALLS, "changelist")
    today = f"{link}?when=today&rehearsal=no"
    return [
        Figure(_("Under way"), open_now, f"{link}?status=open&rehearsal=no", "phone_in_talk"),
        Figure(_("Calls today"), counted["calls"], today, "call"),
        *(
            Figure(name, counted[outcome], f"{today}&outcome={outcome}", icon)
            for name, outcome, icon in named
        ),
    ]


def work(user: Any) -> list[tuple[str, int]]:
    """Kinds of open work with how many, in the order of the vocabulary."""
    rows = reach.within(WorkItem.objects.filter(done_at=None), user, "appointment__clinic")
    counted = dict(rows.order_by().values_list("kind").annotate(n=Count("pk")))
    return [(kind, counted[kind]) for kind in WORK if kind in counted]


def to_do(kinds: list[tuple[str, int]]) -> Figure:
    """All that is open."""
    left = sum(count for _kind, count in kinds)
    return Figure(_("To do"), left, admin_url(TO_DO, "changelist"), "checklist")


def chip(kind: str, count: int) -> Chip:
    """``Slot free · 3``, and the way to them."""
    link = f"{admin_url(TO_DO, 'changelist')}?kind={kind}"
    return Chip(f"{WORK[kind]} · {count}", link)
