"""The questions one asks of the work list."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from config import clock
from desk.questions import DefaultedQuestion, Question, WhichClinic
from desk.wording import WORK
from reminders.models import WorkItem

Items = QuerySet[WorkItem]


class Whose(DefaultedQuestion):
    """The list is what is still to do; mine and nobody's are one click away."""

    title = _("Which?")
    parameter_name = "list"
    default = "open"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Open, unless something else is asked for."""
        return [
            ("open", _("To do")),
            ("mine", _("Mine")),
            ("free", _("Nobody's")),
            ("overdue", _("Overdue")),
            ("done", _("Done")),
            ("all", _("All")),
        ]

    def queryset(self, request: HttpRequest, queryset: Items) -> Items:
        """By whose it is, and whether somebody did it."""
        left = queryset.filter(done_at=None)
        match self.value():
            case "all":
                return queryset
            case "done":
                return queryset.filter(done_at__isnull=False)
            case "mine":
                return left.filter(owner=request.user.pk)
            case "free":
                return left.filter(owner=None)
            case "overdue":
                return left.filter(due_at__lte=clock.now())
        return left


class What(Question):
    """Kinds of work."""

    title = _("Why is it here?")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Every kind, in plain words."""
        return [(str(kind), words) for kind, words in WORK.items()]

    def queryset(self, request: HttpRequest, queryset: Items) -> Items:
        """By kind."""
        return queryset.filter(kind=self.value()) if self.value() else queryset


class WorkClinic(WhichClinic):
    """The clinic of the visit."""

    path = "appointment__clinic"
