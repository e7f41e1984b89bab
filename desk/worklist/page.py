"""The page of one thing to do: what was said, whose it is, its trail, and the forms."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from config import clock
from desk import seeing
from desk.base import admin_url
from desk.local import told
from desk.worklist.forms import DoneForm, GiveForm, NoteForm
from desk.worklist.rows import done_words, may_undo, row_of, zone_of
from reminders.models import WorkItem
from reminders.models.workitem import NoteKind


@dataclass(frozen=True)
class Line:
    """One line of the trail."""

    when: str
    title: str
    text: str


def item_page(request: HttpRequest, item: WorkItem, **forms: Any) -> dict[str, Any]:
    """Everything its template needs; ``forms`` that were sent back replace fresh ones."""
    now = clock.now()
    row = row_of(item, request, now)
    return {
        "title": f"{row.kind}: {row.patient}",
        "item": item,
        "row": row,
        "trail": list(_trail(item, now)),
        "done": done_words(item, now),
        "may_undo": may_undo(item, now),
        "forms": [] if item.done_at else _forms(request, item, forms),
    }


@dataclass(frozen=True)
class Offer:
    """One form of the page, where it goes, and where it leads back to."""

    form: Any
    action: str
    verb: str
    tone: str = ""
    back: str = ""


def _forms(request: HttpRequest, item: WorkItem, sent: dict[str, Any]) -> list[Offer]:
    here = admin_url(item)
    done = sent.get("done") or DoneForm(item.kind)
    note = sent.get("note") or NoteForm(auto_id="note_%s")
    give = sent.get("give") or _give_form(item)
    return [
        Offer(done, admin_url(item, "done"), _("Done"), "primary"),
        Offer(note, admin_url(item, "note"), _("Keep note"), back=here),
        Offer(give, admin_url(item, "give"), _("Give"), back=here),
    ]


def _give_form(item: WorkItem) -> GiveForm:
    return GiveForm(initial={"to": item.owner_id, "was": item.owner_id}, auto_id="give_%s")


def _trail(item: WorkItem, now: datetime) -> Iterator[Line]:
    titles = {
        NoteKind.NOTE: _("Note by %(by)s"),
        NoteKind.TAKEN: _("Taken by %(by)s"),
        NoteKind.GIVEN: _("Given by %(by)s to %(text)s"),
        NoteKind.LET_GO: _("Let go by %(by)s"),
        NoteKind.DONE: _("Done by %(by)s"),
        NoteKind.UNDONE: _("Taken back by %(by)s"),
    }
    zone = zone_of(item)
    yield Line(told(item.created_at, zone, now), _("Put on the list"), "")
    people = [item.appointment.patient] if item.appointment else []
    for note in item.notes.all():
        kind, text = NoteKind(note.kind), seeing.words(note.text, people)
        title = titles[kind] % {"by": note.by, "text": text}
        yield Line(told(note.at, zone, now), title, "" if kind is NoteKind.GIVEN else text)
