"""One thing to do, told in the same words on the list, on Today and on its own page."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import F, Prefetch, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from desk import reach, seeing, stored
from desk.base import admin_url
from desk.local import told, zone_of_viewer
from desk.wording import TO_DO, WORK, WORK_COLOURS
from desk.worklist.forms import RESULTS
from reminders.models import AppointmentEvent, WorkItem
from reminders.models.workitem import BY_ITSELF, UNDO_WITHIN, WorkKind
from reminders.policy.risk import Level, Risk

#: What the patient said, kept beside the visit.
SAID = ("told_reason", "told_preference")
RISK_COLOURS = {Level.HIGH: "danger", Level.MEDIUM: "warning", Level.LOW: ""}


def risk_words() -> dict[str, str]:
    """The levels in a word."""
    return {Level.HIGH: _("High risk"), Level.MEDIUM: _("Medium risk"), Level.LOW: _("Low risk")}


def visible(user: Any) -> QuerySet[WorkItem]:
    """What this person may see of the work, with all that a row tells."""
    said = AppointmentEvent.objects.filter(kind__in=SAID)
    rows = WorkItem.objects.select_related(
        "appointment__patient__number", "appointment__clinic", "owner"
    ).prefetch_related(Prefetch("appointment__events", said, to_attr="said"))
    return reach.within(rows, user, "appointment__clinic")


def soonest() -> list[Any]:
    """Overdue ones first; of those due at the same moment, the riskiest."""
    return [F("due_at").asc(nulls_last=True), "-risk", "created_at", "pk"]


def zone_of(row: WorkItem) -> ZoneInfo:
    """The clinic's; what concerns the house is in the staff's."""
    return row.appointment.clinic.zone if row.appointment else zone_of_viewer()


def is_overdue(row: WorkItem, now: datetime) -> bool:
    """True when somebody should have seen to it by now."""
    return row.done_at is None and row.due_at is not None and row.due_at <= now


def words_of(row: WorkItem) -> str:
    """What the patient said, in their words, before ours; empty where nothing is known."""
    found = [stored.read(row.detail)] if row.detail else []
    for event in getattr(row.appointment, "said", ()):
        text = str(event.detail.get("text", ""))
        # A wish for another time stands in the detail already.
        if text and row.kind in _TELLING.get(event.kind, ()) and text not in row.detail:
            found.insert(0, f"“{text}”")
    text = " ".join(found)
    return seeing.words(text, [row.appointment.patient]) if row.appointment else text


_TELLING = {
    "told_reason": (WorkKind.SLOT_FREE, WorkKind.NEGATIVE),
    "told_preference": (WorkKind.OTHER_TIME,),
}


def risk_reasons(row: WorkItem) -> list[str]:
    """``2 missed visits (6 points)``: every point of the risk with what it is for."""
    risk = Risk.from_json(row.risk_facts)
    texts = {
        "no_shows": ngettext("%(n)s missed visit", "%(n)s missed visits", risk.no_shows)
        % {"n": risk.no_shows},
        "is_new": _("new patient"),
        "lead_days": _("made %(n)s days ahead") % {"n": risk.lead_days},
        "unheard": ngettext("%(n)s call not taken", "%(n)s calls not taken", risk.unheard)
        % {"n": risk.unheard},
    }
    return [
        f"{texts[reason]} ({ngettext('%(n)s point', '%(n)s points', points) % {'n': points}})"
        for reason, points in risk.reasons().items()
    ]


def why_at_risk(row: WorkItem) -> str:
    """What the risk is of, and what it is reckoned from; empty where nothing speaks for it."""
    reasons = risk_reasons(row)
    return _("May miss the visit: %(reasons)s") % {"reasons": ", ".join(reasons)} if reasons else ""


def may_undo(row: WorkItem, now: datetime) -> bool:
    """While "done" can be taken back."""
    by_hand = row.done_by != BY_ITSELF
    return row.done_at is not None and by_hand and row.done_at > now - UNDO_WITHIN


def done_words(row: WorkItem, now: datetime) -> str:
    """Who did it, when, and what came of it; empty while it is open."""
    if row.done_at is None:
        return ""
    when = told(row.done_at, zone_of(row), now)
    if row.done_by == BY_ITSELF:
        return _("The reason was gone by itself, %(when)s.") % {"when": when}
    what = f" {RESULTS[row.result]}." if row.result else ""
    return _("Done by %(who)s, %(when)s.") % {"who": row.done_by, "when": when} + what


@dataclass(frozen=True)
class Row:
    """One thing to do, in words."""

    pk: int
    link: str
    kind: str
    colour: str
    to_do: str
    words: str
    patient: str
    number: str
    clinic: str
    visit: str
    visit_link: str
    since: str
    due: str
    overdue: bool
    owner: str
    is_mine: bool
    risk: str
    risk_colour: str
    risk_why: str


def row_of(row: WorkItem, request: HttpRequest, now: datetime) -> Row:
    """Told as this person may see it; ask with :func:`visible`."""
    zone, visit = zone_of(row), row.appointment
    rated = bool(row.risk_facts)
    level = Risk.from_json(row.risk_facts).level
    return Row(
        pk=row.pk,
        link=admin_url(row),
        kind=WORK[row.kind],
        colour=WORK_COLOURS.get(WORK[row.kind], ""),
        to_do=TO_DO[row.kind],
        words=seeing.words(words_of(row), [visit.patient] if visit else [], request),
        patient=seeing.name(visit.patient, request) if visit else _("Ringwell itself"),
        number=seeing.number(visit.patient.number, request) if visit else "",
        clinic=visit.clinic.name if visit else "",
        visit=told(visit.starts_at, zone, now) if visit else "",
        visit_link=admin_url(visit) if visit else "",
        since=told(row.created_at, zone, now),
        due=told(row.due_at, zone, now),
        overdue=is_overdue(row, now),
        owner=row.owner.get_username() if row.owner else "",
        is_mine=row.owner_id is not None and row.owner_id == request.user.pk,
        risk=risk_words()[level] if rated else "",
        risk_colour=RISK_COLOURS[level] if rated else "",
        risk_why=why_at_risk(row) if rated else "",
    )
