"""What needs a human, and who did it."""

from typing import Any, cast
from zoneinfo import ZoneInfo

from django.contrib import admin, messages
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import URLPattern
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme

from config import clock
from desk.base import Desk, admin_url, column
from desk.local import told
from desk.questions import DefaultedQuestion, Question, WhichClinic
from desk.wording import TO_DO, WORK, WORK_COLOURS
from reminders.models import WorkItem


class Done(DefaultedQuestion):
    """The list is what is still to do."""

    title = "Is it done?"
    parameter_name = "done"
    default = "open"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Open, unless something else is asked for."""
        return [("open", "To do"), ("done", "Done"), ("all", "All")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[WorkItem]) -> QuerySet[WorkItem]:
        """By whether somebody did it."""
        if self.value() == "all":
            return queryset
        return queryset.filter(done_at__isnull=self.value() != "done")


class What(Question):
    """Kinds of work."""

    title = "Why is it here?"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Every kind, in plain words."""
        return [(str(kind), words) for kind, words in WORK.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[WorkItem]) -> QuerySet[WorkItem]:
        """By kind."""
        return queryset.filter(kind=self.value()) if self.value() else queryset


class WorkClinic(WhichClinic):
    """The clinic of the visit."""

    path = "appointment__clinic"


def do(items: QuerySet[WorkItem], who: str) -> int:
    """Mark what is still open as done; returns how many this person did."""
    return items.filter(done_at=None).update(done_at=clock.now(), done_by=who[:150])


def _zone(row: WorkItem) -> ZoneInfo:
    """The clinic's; what concerns the house is told in UTC."""
    return row.appointment.clinic.zone if row.appointment else ZoneInfo("UTC")


@admin.register(WorkItem)
class WorkItemAdmin(Desk):
    """Open items first; a click on the patient leads to the visit."""

    list_display = ("patient", "what", "to_do", "visit", "clinic", "since", "ready")
    list_display_links = None
    list_select_related = ("appointment__patient", "appointment__clinic")
    list_filter = (Done, What, WorkClinic)
    chips = Done
    search_fields = ("appointment__patient__name", "appointment__external_id__startswith")
    search_help_text = "Name, appointment id, phone number or its last four digits"
    number_path = "appointment__patient__number"
    actions = ("done_selected",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Ringwell puts things on the list."""
        return False

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        """Open ones first, the longest waiting at the top; then the last done."""
        return [F("done_at").desc(nulls_first=True), "created_at", "pk"]

    @column("Patient", order="appointment__patient__name")
    def patient(self, row: WorkItem) -> str:
        """Whose visit it is, as the way to it."""
        if row.appointment is None:
            return "Ringwell itself"
        link = admin_url(row.appointment)
        return format_html(
            '<a class="desk-link" href="{}">{}</a>', link, row.appointment.patient.name
        )

    @column("Why", order="kind", colours=WORK_COLOURS)
    def what(self, row: WorkItem) -> str:
        """The kind in a word."""
        return WORK[row.kind]

    @column("What to do")
    def to_do(self, row: WorkItem) -> str:
        """What helps; of the house's own items all there is to say, as no visit tells it."""
        return TO_DO[row.kind] if row.appointment else f"{TO_DO[row.kind]}. {row.detail}"

    @column("Visit", order="appointment__starts_at")
    def visit(self, row: WorkItem) -> str:
        """When the visit is."""
        if row.appointment is None:
            return "—"
        return told(row.appointment.starts_at, row.appointment.clinic.zone, clock.now())

    @column("Clinic", order="appointment__clinic__name")
    def clinic(self, row: WorkItem) -> str:
        """Where the visit is."""
        return row.appointment.clinic.name if row.appointment else "—"

    @column("Since", order="created_at")
    def since(self, row: WorkItem) -> str:
        """How long it has been waiting."""
        return told(row.created_at, _zone(row), clock.now())

    @column("Done")
    def ready(self, row: WorkItem) -> str:
        """A button; afterwards, who did it and when."""
        if row.done_at:
            when = told(row.done_at, _zone(row), clock.now())
            return f"{row.done_by}, {when}"
        # A button of the list's own form: a POST with its token, and no script.
        return format_html(
            '<button type="submit" class="desk-button small" formaction="{}" '
            'aria-label="Done: {}">Done</button>',
            admin_url(row, "done"),
            row.appointment.patient.name if row.appointment else WORK[row.kind],
        )

    @admin.action(description="Mark as done", permissions=["change"])
    def done_selected(self, request: HttpRequest, chosen: QuerySet[WorkItem]) -> None:
        """Those of the chosen that are still open."""
        count = do(chosen, request.user.get_username())
        self.message_user(request, f"{count} marked as done.", messages.SUCCESS)

    def get_urls(self) -> list[URLPattern]:
        """Django's, and the button of a row."""
        return [self.button("done", self.done), *cast("list[URLPattern]", super().get_urls())]

    def done(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """One is done; back to where the button was."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        item = self.wanted(request, object_id)
        who = request.user.get_username()
        if do(WorkItem.objects.filter(pk=item.pk), who):
            self.message_user(request, f"Done: {WORK[item.kind]}.", messages.SUCCESS)
        else:
            self.message_user(request, "Somebody did this already.", messages.WARNING)
        back = request.POST.get("next", "")
        here = url_has_allowed_host_and_scheme(back, allowed_hosts=None)
        return redirect(back if here else admin_url("reminders_workitem", "changelist"))

    def change_view(
        self, request: HttpRequest, object_id: str, *rest: Any, **kwargs: Any
    ) -> HttpResponse:
        """An item has no page of its own: its room is the visit's."""
        item = self.wanted(request, object_id, change=False)
        if item.appointment is None:
            return redirect(admin_url("reminders_workitem", "changelist"))
        return redirect(admin_url(item.appointment))
