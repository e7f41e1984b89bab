"""Who looked at whom: the access log (R16), and the panel on a patient's page."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config import clock
from desk import reach, stored, viewer
from desk.base import Desk, admin_url, column
from desk.local import told_exactly, with_zone, zone_of_staff, zone_of_viewer
from desk.questions import Question
from reminders.models import AccessedPatient, AccessLog, Patient
from reminders.models.access import AccessKind

KINDS = {
    AccessKind.PAGE: gettext_lazy("Page"),
    AccessKind.EXPORT: gettext_lazy("Download"),
    AccessKind.API: gettext_lazy("API"),
}
#: The pages of no model, by the name of their address.
PLACES = {
    "index": gettext_lazy("Today"),
    "today": gettext_lazy("Today"),
    "calendar": gettext_lazy("Calendar"),
    "calendar_feed": gettext_lazy("Calendar"),
    "calendar_move": gettext_lazy("Calendar: move"),
    "calendar_undo": gettext_lazy("Calendar: undo"),
    "imports_job": gettext_lazy("Import"),
    "quality": gettext_lazy("Data quality"),
    "autocomplete": gettext_lazy("Search in a form"),
    "schedule_patients": gettext_lazy("Schedule: patients found"),
    "schedule_check": gettext_lazy("Schedule"),
    "reminders_appointment_add": gettext_lazy("Schedule"),
}
#: What is done on the page of a model, by the end of its address.
DONE = {
    "history": gettext_lazy("history"),
    "add": gettext_lazy("add"),
    "export": gettext_lazy("download"),
    "cancel": gettext_lazy("cancel"),
    "undo": gettext_lazy("undo"),
    "note": gettext_lazy("note"),
    "call_now": gettext_lazy("call now"),
    "everything": gettext_lazy("all that is held"),
    "erase": gettext_lazy("erase"),
    "died": gettext_lazy("has died"),
    "lives": gettext_lazy("has not died"),
    "consent": gettext_lazy("new consent"),
    "dossier": gettext_lazy("download"),
    "remember": gettext_lazy("remember the language"),
}
#: The list of a model, its page, or something done there.
OF_A_MODEL = re.compile("([a-z]+)_([a-z]+)_([a-z_]+)")
#: Of a patient's page.
LAST = 20
#: Of one look: a download may hold a hundred thousand.
MOST = 200


@dataclass(frozen=True)
class Look:
    """One line of the panel."""

    when: str
    who: str
    where: str


def looks_at(patient: Patient, request: HttpRequest, now: datetime) -> list[Look] | None:
    """The last looks at a patient; None for whoever may not read the log."""
    if not request.user.has_perm("reminders.view_accesslog"):
        return None
    rows, zone = AccessLog.objects.filter(seen__patient=patient)[:LAST], zone_of_staff(request.user)
    return [
        Look(
            with_zone(told_exactly(row.at, zone, now), row.at, zone),
            stored.who(row.actor),
            f"{KINDS[AccessKind(row.kind)]}: {place(row.page)}",
        )
        for row in rows
    ]


def place(page: str) -> str:
    """Where it was, as the menu calls it; as it was kept where it is no page of ours."""
    name = page.removeprefix("admin:")
    if name in PLACES:
        return str(PLACES[name])
    match = OF_A_MODEL.fullmatch(name)
    if match is None or (match[1], match[2]) not in _models():
        return page
    about, action = apps.get_model(match[1], match[2])._meta, match[3]
    if action == "changelist":
        return str(capfirst(about.verbose_name_plural))
    one = str(capfirst(about.verbose_name))
    if action == "change":
        return one
    done = DONE.get(action)
    return f"{one}: {done or action.replace('_', ' ')}"


def _models() -> set[tuple[str, str]]:
    return {(model._meta.app_label, model._meta.model_name or "") for model in apps.get_models()}


def _seen_by(request: HttpRequest) -> QuerySet[AccessedPatient]:
    """The people in all looks, as far as this person's clinics go."""
    seen = AccessedPatient.objects.all()
    if reach.is_everywhere(request.user):
        return seen
    return seen.filter(patient__in=reach.patients(request.user))


class ThroughWhichDoor(Question):
    """Page, download or API."""

    title = gettext_lazy("How did they look?")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Every door."""
        return [(str(kind), str(words)) for kind, words in KINDS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[AccessLog]) -> QuerySet[AccessLog]:
        """By door."""
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(AccessLog)
class AccessLogAdmin(Desk):
    """Facts: nobody makes, changes or deletes one here."""

    nothing_yet = gettext_lazy(
        "Nobody looked yet. Whoever sees a patient's page or list is written down here."
    )
    clinic_path = None
    list_display = ("when", "who", "door", "where", "how_many", "saw_numbers")
    list_display_links = ("when",)
    list_filter = (ThroughWhichDoor,)
    search_fields = ("actor__icontains", "seen__patient__external_id__exact")
    search_help_text = gettext_lazy("User or token, or the id of a patient")
    fields = ("when", "who", "door", "where", "saw_numbers", "who_was_seen")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Looking makes them."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A look is a fact."""
        return False

    def reachable(self, rows: QuerySet[Any], user: Any) -> QuerySet[Any]:
        """Looks at patients of one's own clinics."""
        if reach.is_everywhere(user):
            return rows
        mine = AccessedPatient.objects.filter(log=OuterRef("pk"), patient__in=reach.patients(user))
        return rows.filter(Exists(mine))

    def get_queryset(self, request: HttpRequest) -> QuerySet[AccessLog]:
        """With how many were seen, of this person's clinics."""
        rows: QuerySet[AccessLog] = super().get_queryset(request)
        seen = _seen_by(request).filter(log=OuterRef("pk")).order_by().values("log")
        counted = Subquery(seen.annotate(n=Count("pk")).values("n"))
        return rows.annotate(people=Coalesce(counted, 0))

    def heading(self, request: HttpRequest, row: AccessLog) -> str:
        """``Today, staff rosa``."""
        return f"{place(row.page)}, {stored.who(row.actor)}"

    @column(gettext_lazy("When"), order="at")
    def when(self, row: AccessLog) -> str:
        """To the second."""
        zone = zone_of_viewer()
        return with_zone(told_exactly(row.at, zone, clock.now()), row.at, zone)

    @column(gettext_lazy("Who"), order="actor")
    def who(self, row: AccessLog) -> str:
        """Staff, or a token of the API."""
        return stored.who(row.actor)

    @column(gettext_lazy("Where"), order="page")
    def where(self, row: AccessLog) -> str:
        """The page, by its name in the menu."""
        return place(row.page)

    @column(gettext_lazy("How"), order="kind")
    def door(self, row: AccessLog) -> str:
        """Page, download or API."""
        return str(KINDS[AccessKind(row.kind)])

    @column(gettext_lazy("People"), order="people")
    def how_many(self, row: AccessLog) -> int:
        """How many were seen."""
        return int(row.people)  # type: ignore[attr-defined]

    @column(gettext_lazy("Whole numbers"))
    def saw_numbers(self, row: AccessLog) -> str:
        """Whether telephone numbers were shown."""
        return _("Yes") if row.numbers else _("No")

    @column(gettext_lazy("Who was seen"))
    def who_was_seen(self, row: AccessLog) -> SafeString:
        """By initials and id; a look at the log is no look at people."""
        request = viewer.request()
        if request is None:
            return SafeString("")
        rows = _seen_by(request).filter(log=row).select_related("patient").order_by("pk")
        patients = [seen.patient for seen in rows[:MOST]]
        links = ((admin_url(patient), str(patient)) for patient in patients)
        return format_html_join(", ", '<a class="desk-link" href="{}">{}</a>', links)
