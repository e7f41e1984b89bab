"""The list of reminders: one call about one visit each, as the reports count them."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from calls import reported
from calls.models import CallVisit
from config import clock
from desk import reach, seeing
from desk.base import Desk, admin_url, column
from desk.calls.asked import (
    BegunIn,
    HowItEnded,
    HowLongBefore,
    LedTo,
    OnWhichDaysOfReminders,
    WasReached,
    WhichAttempt,
    WhichHour,
    Whose,
)
from desk.local import told
from desk.questions import WhichClinic
from desk.wording import OUTCOME_COLOURS, OUTCOMES, language_name

VIEW = "calls.view_callattempt"


class ClinicOfTheCall(WhichClinic):
    """The clinic that called."""

    path = "attempt__clinic"


class OfACall(Desk):
    """Rows that are part of a call: who may see calls may see them, and nobody edits."""

    clinic_path = "attempt__clinic"

    def has_module_permission(self, request: HttpRequest) -> bool:
        """As the calls."""
        return bool(request.user.has_perm(VIEW))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As the calls."""
        return bool(request.user.has_perm(VIEW))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Calls are made by calling."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A call is a fact."""
        return False

    def change_view(
        self, request: HttpRequest, object_id: str, *rest: Any, **kwargs: Any
    ) -> HttpResponse:
        """It has no page of its own: its room is the call's."""
        row = self.wanted(request, object_id, change=False)
        return redirect(admin_url(row.attempt))

    @column(gettext_lazy("Called"), order="attempt__started_at")
    def called(self, row: Any) -> str:
        """On the clinic's wall."""
        return told(row.attempt.started_at, row.attempt.clinic.zone, clock.now())

    @column(gettext_lazy("Clinic"), order="attempt__clinic__name")
    def clinic(self, row: Any) -> str:
        """Which clinic called."""
        return str(row.attempt.clinic.name)

    @column(gettext_lazy("Call began in"), order="attempt__language")
    def language(self, row: Any) -> str:
        """The language of the first words."""
        return language_name(row.attempt.language) or "–"


@admin.register(CallVisit)
class ReminderAdmin(OfACall):
    """Every call about every visit."""

    nothing_yet = gettext_lazy(
        "No call about a visit yet. After the first calls each stands here with what came of it."
    )
    list_display = ("called", "patient_name", "visit", "caller", "ended", "language")
    list_display_links = ("called", "patient_name")
    list_select_related = ("attempt", "clinic", "patient")
    list_filter = (
        OnWhichDaysOfReminders,
        LedTo,
        WasReached,
        HowItEnded,
        WhichClinic,
        Whose,
        WhichHour,
        HowLongBefore,
        WhichAttempt,
        BegunIn,
    )
    ordering = ("-dialled_at", "-pk")
    search_fields = ()
    clinic_path = "clinic"

    def reachable(self, rows: QuerySet[Any], user: Any) -> QuerySet[Any]:
        """Those that count as reminders."""
        return reach.within(reported.reminders(), user)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Under the name that the reports have for it."""
        return super().changelist_view(request, {"title": _("Reminders")} | (extra_context or {}))

    @column(gettext_lazy("Called"), order="dialled_at")
    def called(self, row: CallVisit) -> str:
        """On the clinic's wall."""
        return told(row.dialled_at, row.clinic.zone, clock.now())

    @column(gettext_lazy("Clinic"), order="clinic__name")
    def caller(self, row: CallVisit) -> str:
        """Which clinic called."""
        return str(row.clinic.name)

    @column(gettext_lazy("Patient"), order="patient__search_name")
    def patient_name(self, row: CallVisit) -> str:
        """Whom the call asked for."""
        return seeing.name(row.patient)

    @column(gettext_lazy("Visit"), order="visit_starts_at")
    def visit(self, row: CallVisit) -> str:
        """The start that was spoken of."""
        return told(row.visit_starts_at, row.clinic.zone, clock.now())

    @column(gettext_lazy("Outcome"), order="outcome", colours=OUTCOME_COLOURS)
    def ended(self, row: CallVisit) -> str:
        """What came of it for this visit."""
        return OUTCOMES[row.outcome] or _("Under way")
