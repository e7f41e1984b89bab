"""Filters of a list, phrased as questions."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from desk import reach


class Question(admin.SimpleListFilter):
    """A filter whose title is a question."""

    template = "desk/filter.html"
    #: Each row is asked by a look at others, or by reckoning: see ``desk.paging.CostlyPaginator``.
    costly = False


class DefaultedQuestion(Question):
    """A question that has an answer before anybody chose one."""

    #: Where nothing was chosen; where something is searched for, everything.
    default: str
    everything = "all"

    def __init__(self, request: HttpRequest, *rest: Any) -> None:
        self.unasked = self.everything if request.GET.get("q") else self.default
        super().__init__(request, *rest)

    def value(self) -> str:
        """What was chosen, or the default."""
        return super().value() or self.unasked

    def choices(self, changelist: ChangeList) -> Any:
        """Every choice, without Django's own "All" before them."""
        for value, title in self.lookup_choices:
            yield {
                "selected": self.value() == value,
                "query_string": changelist.get_query_string({str(self.parameter_name): value}),
                "display": title,
            }


class WhichClinic(Question):
    """One clinic of many; asked of every list whose rows have one."""

    title = gettext_lazy("Which clinic?")
    parameter_name = "clinic"
    path = "clinic"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """By name."""
        mine = reach.clinics(request.user)
        return [(str(pk), name) for pk, name in mine.values_list("pk", "name")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """By clinic; what is no number is no clinic."""
        value = self.value()
        if not value:
            return queryset
        if not value.isdecimal():
            return queryset.none()
        return queryset.filter(**{self.path: int(value)})
