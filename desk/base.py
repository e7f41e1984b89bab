"""What the pages of the desk share: fast lists, plain columns, buttons that POST."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TYPE_CHECKING, Any, TypeVar

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import connection
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin
from unfold.decorators import display

from config import clock
from desk import reach, searching, seeing
from desk.exports import download
from desk.paging import CappedPaginator, CostlyPaginator
from desk.questions import Question
from reminders.models import Patient

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

Method = TypeVar("Method", bound=Callable[..., Any])


def column(
    title: "str | StrPromise", *, order: str | None = None, colours: dict[str, str] | None = None
) -> Callable[[Method], Method]:
    """A list column with its heading; with colours, a badge."""
    decorate: Callable[[Any], Any] = display(description=title, ordering=order)
    if colours is None:
        return decorate

    def of(method: Method) -> Method:
        @wraps(method)
        def shown(self: Any, row: Any) -> SafeString:
            words = method(self, row)
            return badge(words, colours.get(words, ""))

        badged: Method = decorate(shown)
        return badged

    return of


@lru_cache(maxsize=1024)
def badge(words: str, colour: str) -> SafeString:
    """Words on a colour, as unfold draws them. There are few of them and each takes unfold
    a template: a list of calls would spend a quarter of its time on a hundred."""
    context = {"label": words, "label_type": colour, "multiple": False}
    return render_to_string("unfold/helpers/display_label.html", context)


class Titled:
    """A row under another name, for the templates that print ``original``."""

    def __init__(self, row: Model, title: str) -> None:
        self._row, self._title = row, title

    def __getattr__(self, name: str) -> Any:
        return getattr(self._row, name)

    def __str__(self) -> str:
        return self._title


class Headed:
    """An admin whose pages of one row stand under a heading of their own."""

    def heading(self, request: HttpRequest, row: Any) -> str:
        """What a row is called on its own page; elsewhere and in logs it is its str."""
        return str(row)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Under the row's heading."""
        response: HttpResponse = super().render_change_form(  # type: ignore[misc]
            request, context, *args, **kwargs
        )
        row = kwargs.get("obj")
        if row is not None and isinstance(response, TemplateResponse) and response.context_data:
            title = self.heading(request, row)
            response.context_data |= {"original": Titled(row, title), "subtitle": title}
        return response


class Desk(Headed, ModelAdmin):  # type: ignore[misc]
    """A list of at most 50 rows in a constant number of queries, and no deleting:
    what was said to patients, and by whom, is evidence."""

    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = CappedPaginator
    costly_paginator: type[CostlyPaginator] = CostlyPaginator
    list_disable_select_all = True
    warn_unsaved_form = True
    #: How a row reaches its clinic; None for rows that belong to no clinic and
    #: that whoever has the permission may see.
    clinic_path: str | None = "clinic"
    #: How a row reaches its phone number, for the search; None for none.
    number_path: str | None = None
    #: The question whose choices stand above the list, one click away.
    chips: type[Question] | None = None
    list_before_template = "desk/chips.html"
    #: What an empty list says: what it will hold, and what to do about it.
    nothing_yet: "str | StrPromise" = ""
    #: How the list is written to a file; None where it is not.
    exported: download.ListExport | None = None

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody deletes."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The rows of this person's clinics: of every list, page, button and search."""
        return self.reachable(super().get_queryset(request), request.user)

    def reachable(self, rows: QuerySet[Any], user: Any) -> QuerySet[Any]:
        """Those rows that this person may see."""
        return rows if self.clinic_path is None else reach.within(rows, user, self.clinic_path)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Nobody chooses what they may not see."""
        mine = reach.choices(db_field.remote_field.model, request.user)
        if mine is not None:
            kwargs["queryset"] = mine
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field is not None and db_field.remote_field.model is Patient:
            field.label_from_instance = lambda row: seeing.name(row, request)
        return field

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """Who reads no names finds none: a search would tell whose they are."""
        fields = tuple(super().get_search_fields(request))
        if seeing.may_see_names(request):
            return fields
        return tuple(path for path in fields if not self._leads_to_a_name(path))

    def _leads_to_a_name(self, path: str) -> bool:
        own = path == "name" and self.model is Patient
        return own or path.endswith(("patient__name", "patients__name"))

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Only what the list's own filters ask: an address that asks for a column by its
        beginning would read, letter by letter, what is masked or shown nowhere."""
        filters = self.get_list_filter(request) if request else self.list_filter
        return lookup in {getattr(one, "parameter_name", one) for one in filters}

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """By name, id and number where rows lead to a number, see searching; else Django's."""
        if self.number_path is None or not search_term.strip():
            found: tuple[QuerySet[Any], bool] = super().get_search_results(
                request, queryset, search_term
            )
            return found
        fields = self.get_search_fields(request)
        to_names = [path for path in fields if self._leads_to_a_name(path)]
        paths = searching.Paths(
            patient=to_names[0].rpartition("name")[0].removesuffix("__") if to_names else None,
            number=self.number_path,
            ids=tuple(
                path.removesuffix("__startswith") for path in fields if path.endswith("startswith")
            ),
        )
        return searching.find(queryset, search_term, paths, self.searched_people(request)), False

    def searched_people(self, request: HttpRequest) -> QuerySet[Patient] | None:
        """Whose names the search looks at; None: anybody's, the rows being in reach."""
        return None

    def get_paginator(
        self, request: HttpRequest, queryset: Any, per_page: int, *rest: Any, **kwargs: Any
    ) -> Paginator:  # type: ignore[type-arg]
        """The one that fits what is asked."""
        costly = any(
            getattr(one, "costly", False) and request.GET.get(one.parameter_name)
            for one in self.get_list_filter(request)
        )
        paginator = self.costly_paginator if costly else self.paginator
        return paginator(queryset, per_page, *rest, **kwargs)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Django's list, with the chips of one filter above it."""
        context = (extra_context or {}) | {"exports": self._export_links(request)}
        response: HttpResponse = super().changelist_view(request, context)
        if isinstance(response, TemplateResponse):
            context = response.context_data or {}
            if (changelist := context.get("cl")) is not None:
                self._dress(changelist, context)
        return response

    def _dress(self, changelist: Any, context: dict[str, Any]) -> None:
        if not changelist.params and not changelist.query:
            # Else the head offers to show all to whoever sees them.
            changelist.full_result_count = changelist.result_count
        if self.chips:
            context["chips"] = [
                choice
                for spec in changelist.filter_specs
                if isinstance(spec, self.chips)
                for choice in spec.choices(changelist)
            ]

    def get_urls(self) -> Any:
        """Django's, and the files of the list."""
        opts, urls = self.model._meta, super().get_urls()
        if self.exported is None:
            return urls
        name = f"{opts.app_label}_{opts.model_name}_export"
        view = self.admin_site.admin_view(self.export)
        return [path("export.<str:format>", view, name=name), *urls]

    def _export_links(self, request: HttpRequest) -> list[tuple[str, str]]:
        if self.exported is None or not request.user.has_perm(download.PERMISSION):
            return []
        asked = f"?{request.GET.urlencode()}" if request.GET else ""
        opts = self.model._meta
        model = f"{opts.app_label}_{opts.model_name}"
        return [
            ({"csv": "CSV", "xlsx": "Excel"}[format], admin_url(model, "export", format) + asked)
            for format in download.FORMATS
        ]

    def export(self, request: HttpRequest, format: str) -> HttpResponseBase:
        """The rows that the list shows with these filters, as a file."""
        if self.exported is None or format not in download.FORMATS:
            raise Http404
        may = self.has_view_permission(request) and request.user.has_perm(download.PERMISSION)
        if not may:
            raise PermissionDenied
        opts = self.model._meta
        back = admin_url(f"{opts.app_label}_{opts.model_name}", "changelist")
        try:
            rows = self.get_changelist_instance(request).queryset
            return download.download(self.exported, rows, request, format, clock.now())
        except IncorrectLookupParameters:
            return redirect(back)
        except download.TooMany:
            most = f"{download.MOST_ROWS:,}"
            words = _("These are more than %(most)s rows. Set a filter, then download again.")
            self.message_user(request, words % {"most": most}, messages.WARNING)
            return redirect(f"{back}?{request.GET.urlencode()}")

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

    def page(
        self, request: HttpRequest, row: Model, template: str, /, **context: Any
    ) -> HttpResponse:
        """A page of ours about one row, dressed as the rest of the admin."""
        return TemplateResponse(
            request,
            template,
            self.admin_site.each_context(request)
            | {"opts": self.model._meta, "original": Titled(row, self.heading(request, row))}
            | context,
        )


class TiedToClinic:
    """Rows that are part of a clinic's page: who may see or change the clinic may do so
    with them; nobody deletes them, since visits point at them."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As the clinic."""
        may = request.user.has_perm
        return may("reminders.view_clinic") or may("reminders.change_clinic")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As the clinic."""
        return request.user.has_perm("reminders.change_clinic")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As the clinic."""
        return request.user.has_perm("reminders.change_clinic")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False


def back_to(request: HttpRequest, otherwise: str) -> HttpResponse:
    """To where the button was, which ``next`` names; never to another machine."""
    back = request.POST.get("next") or request.GET.get("next", "")
    here = url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return redirect(back if here else otherwise)


def admin_url(row: Model | str, action: str = "change", *args: Any) -> str:
    """The admin's address of a row, or of a list when given "app_model"."""
    if isinstance(row, str):
        return reverse(f"admin:{row}_{action}", args=args)
    opts = row._meta
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_{action}", args=[row.pk, *args])
