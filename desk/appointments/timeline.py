"""The story of one visit: planned, decided, called, heard, answered, changed by whom."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from calls.models import CallVisit
from desk import seeing, stored
from desk.appointments.plan import figures_of
from desk.base import admin_url
from desk.heard import line_of
from desk.local import told, told_exactly
from desk.wording import (
    ANSWERS,
    OUTCOME_COLOURS,
    OUTCOMES,
    STEPS,
    WHY,
    WORK,
    need_of,
    status_label,
)
from reminders.models import Appointment, AppointmentEvent, Decision
from reminders.models.workitem import BY_ITSELF, NoteKind

#: Columns whose changes have an event of their own.
TOLD_BY_EVENTS = ["status", "answer", "starts_at"]


_NOTES: dict[NoteKind, Any] = {
    NoteKind.NOTE: gettext_lazy("%(kind)s, note: “%(text)s” by staff %(by)s"),
    NoteKind.TAKEN: gettext_lazy("%(kind)s: taken by staff %(by)s"),
    NoteKind.GIVEN: gettext_lazy("%(kind)s: given to %(text)s by staff %(by)s"),
    NoteKind.LET_GO: gettext_lazy("%(kind)s: let go by staff %(by)s"),
    NoteKind.DONE: gettext_lazy("%(kind)s: done by staff %(by)s"),
    NoteKind.UNDONE: gettext_lazy("%(kind)s: “done” taken back by staff %(by)s"),
}


@dataclass(frozen=True)
class Entry:
    """One thing that happened."""

    at: datetime
    when: str
    title: str
    icon: str
    lines: tuple[str, ...] = ()
    badge: str = ""
    colour: str = ""
    link: str = ""
    #: The rule of a decision by its own name, as in ``WEEK_CAP``.
    rule: str = ""


@dataclass(frozen=True)
class Story:
    """Tells one visit's entries, in the clinic's zone."""

    appointment: Appointment
    decisions: list[Decision]
    now: datetime

    @property
    def zone(self) -> ZoneInfo:
        """The clinic's zone, in which all of it is told."""
        return self.appointment.clinic.zone

    def entries(self) -> list[Entry]:
        """Newest last; a constant number of queries."""
        found = [
            *self._events(),
            *self._edits(),
            *self._decisions(),
            *self._calls(),
            *self._work(),
        ]
        return sorted(found, key=lambda entry: entry.at)

    def _when(self, at: datetime) -> str:
        return told(at, self.zone, self.now)

    def _events(self) -> Iterator[Entry]:
        for event in self.appointment.events.all():
            if event.kind == "changed" and event.actor.startswith("staff "):
                # The library's history tells the same, with who and what.
                continue
            title, icon = self._tell(event)
            title = seeing.words(title, [self.appointment.patient])
            by = "" if event.actor == "ringwell" else " " + _by(event.actor)
            yield Entry(at=event.at, when=self._when(event.at), title=f"{title}{by}", icon=icon)

    def _tell(self, event: AppointmentEvent) -> tuple[str, str]:
        detail = event.detail
        match event.kind:
            case "created":
                return _("Visit entered"), "add"
            case "moved":
                was = detail.get("was")
                old = self._when(datetime.fromisoformat(was)) if was else _("an unknown time")
                words = _("Visit moved from %(old)s; the reminder starts again")
                return words % {"old": old}, "event_repeat"
            case "move_undone":
                return _("Move taken back"), "undo"
            case "changed":
                return _("Visit changed"), "edit"
            case "patient_changed":
                return _("Given to another patient; nobody has asked them yet"), "person"
            case "status_changed":
                status = status_label(detail.get("status", "")).lower()
                return _("Status set to %(status)s") % {"status": status}, "flag"
            case "answered":
                answer = detail.get("answer", "")
                shown = ANSWERS.get(answer, answer).lower()
                return _("Answered: %(answer)s") % {"answer": shown}, "chat"
            case "told_reason":
                return _("Told why: “%(text)s”") % {"text": detail.get("text", "")}, "chat_bubble"
            case "told_preference":
                words = _("Told what would suit: “%(text)s”")
                return words % {"text": detail.get("text", "")}, "event_repeat"
            case "told_need":
                need = need_of(detail.get("text", ""))
                return _("Needs for the visit: %(need)s") % {"need": need}, "accessible"
            case "undone":
                became, was = (status_label(detail.get(name, "")) for name in ("was", "status"))
                both = {"became": became.lower(), "was": was.lower()}
                return _("“%(became)s” taken back: %(was)s again") % both, "undo"
            case "note":
                return _("Note: “%(text)s”") % {"text": detail.get("text", "")}, "sticky_note_2"
            case "call_requested":
                return _("“Call now” pressed"), "phone_forwarded"
        return event.kind.replace("_", " ").capitalize(), "info"

    def _edits(self) -> Iterator[Entry]:
        """Edits by people, from the history that the library keeps."""
        rows = list(self.appointment.history.select_related("history_user").order_by("history_id"))
        for old, new in pairwise(rows):
            names = changed_columns(old, new)
            if names:
                by = " " + _by(f"staff {new.history_user}") if new.history_user else ""
                changed = _("Changed %(what)s") % {"what": ", ".join(names)}
                yield Entry(
                    at=new.history_date,
                    when=self._when(new.history_date),
                    title=f"{changed}{by}",
                    icon="edit",
                )

    def _decisions(self) -> Iterator[Entry]:
        for decision in self.decisions:
            why = WHY[decision.code]
            if decision.next_call_at:
                title = _("Planned: call %(when)s – %(why)s") % {
                    "when": self._when(decision.next_call_at),
                    "why": why.lower(),
                }
            else:
                title = _("Planned: no call – %(why)s") % {"why": why}
            figures = ", ".join(figures_of(decision, self.zone, self.now))
            yield Entry(
                at=decision.at,
                when=self._when(decision.at),
                title=title,
                icon="event_upcoming" if decision.next_call_at else "event_busy",
                lines=(figures,) if figures else (),
                rule=_rule(decision),
            )

    def _work(self) -> Iterator[Entry]:
        """What stood on the work list about this visit, and what people wrote there."""
        for item in self.appointment.work_items.prefetch_related("notes"):
            kind, link = WORK[item.kind], admin_url(item)
            title = _("On the work list: %(kind)s") % {"kind": kind}
            lines = (stored.read(item.detail),) if item.detail else ()
            yield self._entry(item.created_at, title, "checklist", lines=lines, link=link)
            for note in item.notes.all():
                words = _NOTES[NoteKind(note.kind)]
                yield self._entry(
                    note.at,
                    words % {"kind": kind, "by": note.by, "text": note.text},
                    "checklist",
                    lines=(note.text,) if note.text and note.kind == NoteKind.DONE else (),
                    link=link,
                )
            if item.done_by == BY_ITSELF and item.done_at:
                title = _("Off the work list by itself: %(kind)s") % {"kind": kind}
                yield self._entry(item.done_at, title, "checklist", link=link)

    def _entry(
        self, at: datetime, title: str, icon: str, *, lines: Iterable[str] = (), link: str = ""
    ) -> Entry:
        """What people and patients wrote, its names as this person may see them."""
        people = [self.appointment.patient]
        title = seeing.words(title, people)
        told_lines = tuple(seeing.words(line, people) for line in lines)
        return Entry(
            at=at,
            when=self._when(at),
            title=title,
            icon=icon,
            lines=told_lines,
            link=link,
        )

    def _calls(self) -> Iterator[Entry]:
        visits = self.appointment.call_visits.select_related("attempt").prefetch_related(
            "attempt__recognitions", "attempt__visits__appointment__patient"
        )
        for visit in visits:
            yield self._call(visit)

    def _call(self, visit: CallVisit) -> Entry:
        attempt = visit.attempt
        at = attempt.started_at or attempt.queued_at
        outcome = OUTCOMES[visit.outcome or attempt.outcome]
        return Entry(
            at=at,
            when=self._when(at),
            title=_("Call") if attempt.started_at else _("Call queued"),
            icon="call",
            lines=tuple(self._call_lines(visit)),
            badge=outcome or _("In progress"),
            colour=OUTCOME_COLOURS.get(outcome, "" if outcome else "primary"),
            link=admin_url(attempt),
        )

    def _call_lines(self, visit: CallVisit) -> Iterator[str]:
        attempt = visit.attempt
        stations = (
            (_("dialled"), attempt.started_at),
            (_("connected"), attempt.connected_at),
            (_("ended"), attempt.ended_at),
        )
        times = [f"{name} {told_exactly(at, self.zone, self.now)}" for name, at in stations if at]
        if times:
            yield " · ".join(times)
        for recognition in attempt.recognitions.all():
            step = STEPS.get(recognition.step, recognition.step)
            yield f"{step} {line_of(recognition)}".strip()
        if visit.visit_starts_at != self.appointment.starts_at:
            former = self._when(visit.visit_starts_at)
            yield _("About the visit's former time, %(when)s") % {"when": former}
        if attempt.note:
            yield stored.read(attempt.note)


def _by(actor: str) -> str:
    """``by staff rosa``, ``by the phone``: who did it."""
    if actor == "patient":
        return _("by the patient")
    kind, __, name = actor.partition(" ")
    if kind == "staff" and name:
        return _("by staff %(name)s") % {"name": name}
    return _("by %(actor)s") % {"actor": stored.read(actor)}


def _rule(decision: Decision) -> str:
    """``WEEK_CAP``, with the rule set where the figures leave it out."""
    code = decision.code.upper()
    return code if "rule_set" in decision.numbers else f"{code} · {decision.rule_set}"


def changed_columns(old: Any, new: Any) -> list[str]:
    """Names of the columns that differ between two rows of a history."""
    delta = new.diff_against(old, excluded_fields=TOLD_BY_EVENTS, foreign_keys_are_objs=False)
    names = {field.name: str(field.verbose_name) for field in Appointment._meta.fields}
    return [names[change.field] for change in delta.changes]
