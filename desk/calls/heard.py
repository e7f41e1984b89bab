"""The list of what was heard: one row for each time that Ringwell listened."""

from typing import Any

from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from calls import reported
from calls.models import CallVisit, Recognition
from desk import reach
from desk.base import column
from desk.calls.asked import BegunIn, LikeThis, OnWhichDaysOfWords, WhatCameOfIt
from desk.calls.reminders import ClinicOfTheCall, OfACall
from desk.heard import line_of
from desk.wording import STEPS


@admin.register(Recognition)
class RecognitionAdmin(OfACall):
    """Words, keys and silences."""

    nothing_yet = gettext_lazy(
        "Nothing was heard yet. After the first calls what patients said and keyed in stands here."
    )
    list_display = ("called", "clinic", "asked", "heard", "language")
    list_display_links = ("called",)
    list_select_related = ("attempt__clinic",)
    list_filter = (OnWhichDaysOfWords, WhatCameOfIt, ClinicOfTheCall, BegunIn, LikeThis)
    ordering = ("-at", "-pk")
    search_fields = ()

    def reachable(self, rows: QuerySet[Any], user: Any) -> QuerySet[Any]:
        """Of calls that count."""
        return reach.within(reported.heard(), user, "attempt__clinic")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With whose names may be among the words."""
        about = CallVisit.objects.select_related("appointment__patient")
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.prefetch_related(Prefetch("attempt__visits", about))

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Under the name that the reports have for it."""
        return super().changelist_view(
            request, {"title": _("What was heard")} | (extra_context or {})
        )

    @column(gettext_lazy("Question"))
    def asked(self, row: Recognition) -> str:
        """What was asked."""
        return STEPS.get(row.step, row.step)

    @column(gettext_lazy("Heard"))
    def heard(self, row: Recognition) -> str:
        """The words, and what they were taken for."""
        return line_of(row)[:300]
