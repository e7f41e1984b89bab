"""The work list, and the page of one thing to do."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, cast
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.loader import render_to_string
from django.urls import URLPattern
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy, ngettext

from config import clock
from desk.base import Desk, admin_url, back_to, column
from desk.exports import lists
from desk.wording import WORK, WORK_COLOURS
from desk.worklist import acts
from desk.worklist.filters import What, Whose, WorkClinic
from desk.worklist.page import item_page
from desk.worklist.rows import Row, done_words, may_undo, row_of, soonest, visible
from reminders.models import WorkItem

LIST = "reminders_workitem"


# Django names each column in messages that it throws away: without a repr of all rows.
@dataclass(frozen=True, repr=False)
class Columns:
    """What a row tells to the person who asks."""

    request: HttpRequest
    now: datetime
    _rows: dict[int, Row] = field(default_factory=dict)

    def _row(self, item: WorkItem) -> Row:
        # Each cell asks for it.
        if item.pk not in self._rows:
            self._rows[item.pk] = row_of(item, self.request, self.now)
        return self._rows[item.pk]

    def _cell(self, name: str, item: WorkItem, **more: object) -> SafeString:
        context = {"row": self._row(item), "item": item} | more
        return render_to_string(f"desk/worklist/{name}.html", context)

    @column(gettext_lazy("Patient"), order="appointment__patient__search_name")
    def patient(self, item: WorkItem) -> str:
        """Whose visit it is, as the way to what is known of it."""
        return self._cell("patient", item)

    @column(gettext_lazy("Why"), order="kind", colours=WORK_COLOURS)
    def what(self, item: WorkItem) -> str:
        """The kind in a word."""
        return WORK[item.kind]

    @column(gettext_lazy("What was said, what to do"))
    def words(self, item: WorkItem) -> str:
        """Their words, ours, and what helps."""
        return self._cell("words", item)

    @column(gettext_lazy("Due"), order="due_at")
    def due(self, item: WorkItem) -> str:
        """By when, since when, and when the visit is."""
        return self._cell("due", item)

    @column(gettext_lazy("Who"), order="owner__username")
    def hands(self, item: WorkItem) -> str:
        """Whose it is, with the buttons; afterwards, who did it and when."""
        return self._cell(
            "hands",
            item,
            done=done_words(item, self.now),
            may_undo=may_undo(item, self.now),
            may_change=self.request.user.has_perm("reminders.change_workitem"),
            back=urlencode({"next": self.request.get_full_path()}),
        )


@admin.register(WorkItem)
class WorkItemAdmin(Desk):
    """Overdue first; a click leads to what is known of it."""

    nothing_yet = gettext_lazy(
        "Nothing is left to do. What needs a person is put here by Ringwell: a slot set free, "
        "another time asked for, a wrong number."
    )
    # What concerns the house, and no visit, is for who sees every clinic.
    clinic_path = "appointment__clinic"
    exported = lists.WORK_LIST
    list_display_links = None
    list_filter = (Whose, What, WorkClinic)
    chips = Whose
    search_fields = ("appointment__patient__name", "appointment__external_id__startswith")
    search_help_text = gettext_lazy("Name, appointment id, phone number or its last four digits")
    number_path = "appointment__patient__number"
    actions = ("take_selected", "done_selected")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Ringwell puts things on the list."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[WorkItem]:
        """What this person may see, with all that a row tells."""
        return visible(request.user)

    def get_list_display(self, request: HttpRequest) -> list[Callable[[WorkItem], str]]:
        """Bound to the request: names are told as this person may see them."""
        columns = Columns(request, clock.now())
        return [columns.patient, columns.what, columns.words, columns.due, columns.hands]

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        """Overdue first, then as they fall due; unanswered ones by risk; done ones newest
        first."""
        if request.GET.get("list") in ("done", "all"):
            return [F("done_at").desc(nulls_first=True), *soonest()]
        return ["-risk", *soonest()] if request.GET.get("kind") == "unanswered" else soonest()

    def heading(self, request: HttpRequest, row: WorkItem) -> str:
        """The kind in a word; whose it is, the page tells."""
        return WORK[row.kind]

    # -- several at once

    @admin.action(description=gettext_lazy("Take"), permissions=["change"])
    def take_selected(self, request: HttpRequest, chosen: QuerySet[WorkItem]) -> None:
        """Those of the chosen that are nobody's."""
        now = clock.now()
        took = [item.take(request.user, now) for item in chosen]
        self._tell(request, took, ngettext("%(n)s is yours.", "%(n)s are yours.", sum(took)))

    @admin.action(description=gettext_lazy("Mark as done"), permissions=["change"])
    def done_selected(self, request: HttpRequest, chosen: QuerySet[WorkItem]) -> None:
        """Those of the chosen that are still open."""
        now, who = clock.now(), request.user.get_username()
        did = [item.finish(now, by=who) for item in chosen]
        words = ngettext("%(n)s marked as done.", "%(n)s marked as done.", sum(did))
        self._tell(request, did, words)

    def _tell(self, request: HttpRequest, won: list[bool], words: str) -> None:
        if any(won):
            self.message_user(request, words % {"n": sum(won)}, messages.SUCCESS)
        if left := len(won) - sum(won):
            text = ngettext(
                "%(n)s was left: somebody was faster.",
                "%(n)s were left: somebody was faster.",
                left,
            )
            self.message_user(request, text % {"n": left}, messages.WARNING)

    # -- the page of one, and its buttons

    def get_urls(self) -> list[URLPattern]:
        """Django's, and the buttons of a row."""
        named = {
            "take": acts.take,
            "give": acts.give,
            "note": acts.note,
            "done": acts.done,
            "undo": acts.undo,
        }
        own = [self.button(name, partial(self.act, name, act)) for name, act in named.items()]
        return own + cast("list[URLPattern]", super().get_urls())

    def act(
        self,
        name: str,
        act: Callable[[HttpRequest, WorkItem], Any],
        request: HttpRequest,
        object_id: str,
    ) -> HttpResponse:
        """Do it, and back to where the button was; a form with a fault is shown again."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        item = self.wanted(request, object_id)
        if (form := act(request, item)) is not None:
            return self._show(request, item, **{name: form})
        return back_to(request, admin_url(LIST, "changelist"))

    def change_view(
        self, request: HttpRequest, object_id: str, *rest: Any, **kwargs: Any
    ) -> HttpResponse:
        """What was said, whose it is, its trail; no form of Django's."""
        return self._show(request, self.wanted(request, object_id, change=False))

    def _show(self, request: HttpRequest, item: WorkItem, **forms: Any) -> HttpResponse:
        context = item_page(request, item, **forms)
        may = self.has_change_permission(request, item)
        return self.page(request, item, "desk/worklist/item.html", may_change=may, **context)
