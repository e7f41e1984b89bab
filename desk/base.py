"""What the pages of the desk share: fast lists, plain columns, buttons that POST."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import connection
from django.db.models import Model, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.functional import cached_property
from unfold.admin import ModelAdmin
from unfold.decorators import display

from desk.questions import Question
from reminders import phones

Method = TypeVar("Method", bound=Callable[..., Any])


def column(
    title: str, *, order: str | None = None, colours: dict[str, str] | None = None
) -> Callable[[Method], Method]:
    """A list column with its heading; with colours, a badge."""
    # An empty dict is a badge too, all of it grey.
    label = None if colours is None else (colours or True)
    decorate: Callable[[Method], Method] = display(description=title, ordering=order, label=label)
    return decorate


class CappedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts to ten thousand and no further: nobody turns that many pages, and
    counting millions of rows is what makes an admin slow."""

    MOST = 10_000

    @cached_property
    def count(self) -> int:
        rows = self.object_list
        if isinstance(rows, QuerySet):
            # The keys alone: no annotation is worked out for a count.
            return rows.order_by().values("pk")[: self.MOST].count()
        return len(rows)


class Desk(ModelAdmin):  # type: ignore[misc]
    """A list of at most 50 rows in a constant number of queries, and no deleting:
    what was said to patients, and by whom, is evidence."""

    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = CappedPaginator
    list_disable_select_all = True
    warn_unsaved_form = True
    #: How a row reaches its phone number, for the search; None for none.
    number_path: str | None = None
    #: The question whose choices stand above the list, one click away.
    chips: type[Question] | None = None
    list_before_template = "desk/chips.html"

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody deletes."""
        return False

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Django's search; a phone number is found by all of its digits, or the last."""
        found, may_repeat = super().get_search_results(request, queryset, search_term)
        if self.number_path is None:
            return found, may_repeat
        by_number = number_query(search_term, self.number_path)
        if by_number is not None:
            # Two indexed queries joined by OR on the key, not one OR over joins.
            matching = queryset.filter(by_number).values("pk")
            return queryset.filter(Q(pk__in=matching) | Q(pk__in=found.values("pk"))), False
        return found, may_repeat

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Django's list, with the chips of one filter above it."""
        response: HttpResponse = super().changelist_view(request, extra_context)
        if isinstance(response, TemplateResponse) and self.chips:
            context = response.context_data or {}
            if (changelist := context.get("cl")) is not None:
                context["chips"] = [
                    choice
                    for spec in changelist.filter_specs
                    if isinstance(spec, self.chips)
                    for choice in spec.choices(changelist)
                ]
        return response

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Any:
        """The row; while it is being changed, locked: the phone may change it too."""
        if request.method == "POST" and connection.in_atomic_block:
            row = super().get_object(request, object_id, from_field)
            if row is not None:
                self.model.objects.select_for_update(of=("self",), no_key=True).get(pk=row.pk)
        return super().get_object(request, object_id, from_field)

    def wanted(self, request: HttpRequest, object_id: str, *, change: bool = True) -> Any:
        """The row of a button's URL, for somebody who may do that; else 404 or 403."""
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        may = self.has_change_permission if change else self.has_view_permission
        if not may(request, row):
            raise PermissionDenied
        return row

    def button(self, name: str, view: Callable[..., HttpResponse]) -> URLPattern:
        """The URL of a button of one row: ``…/PK/name/``."""
        opts = self.model._meta
        url: URLPattern = path(
            f"<path:object_id>/{name}/",
            self.admin_site.admin_view(view),
            name=f"{opts.app_label}_{opts.model_name}_{name.replace('-', '_')}",
        )
        return url

    def page(self, request: HttpRequest, row: Model, template: str, **context: Any) -> HttpResponse:
        """A page of ours about one row, dressed as the rest of the admin."""
        return TemplateResponse(
            request,
            template,
            self.admin_site.each_context(request)
            | {"opts": self.model._meta, "original": row}
            | context,
        )


def number_query(text: str, number_path: str) -> Q | None:
    """How to find a phone number by what was typed; None where it is no number.

    A whole number in E.164 is looked up exactly. Fewer digits (four at least)
    are taken as the last ones, since those are what our masks show.
    """
    prefix = f"{number_path}__" if number_path else ""
    try:
        return Q(**{f"{prefix}e164": phones.parse(text).e164})
    except ValueError:
        digits = "".join(c for c in text if c not in " -.()+\u00a0")
    if len(digits) >= 4 and digits.isascii() and digits.isdigit():
        return Q(**{f"{prefix}e164__endswith": digits})
    return None


def admin_url(row: Model | str, action: str = "change", *args: Any) -> str:
    """The admin's address of a row, or of a list when given "app_model"."""
    if isinstance(row, str):
        return reverse(f"admin:{row}_{action}", args=args)
    opts = row._meta
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_{action}", args=[row.pk, *args])
