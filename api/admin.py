"""Tokens in the admin: made, looked at and revoked. What one may do never changes."""

from datetime import datetime, timedelta
from typing import Any, Protocol, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from api import browsing
from api.models import MOST_DAYS, TAKEN, ApiToken
from api.scopes import READ, Scope
from config import clock
from reminders.models import Clinic

#: Rights to names and numbers: nobody gives away by a token what they do not see.
SEEING = ("reminders.see_names", "reminders.see_numbers")
OF_PEOPLE = ("patients:", "calls:")


class Reaching(Protocol):
    """What the admin's site knows of its staff; how it does is the desk's business."""

    def clinics_of(self, user: Any) -> QuerySet[Clinic]:
        """The clinics that somebody may see."""

    def is_everywhere(self, user: Any) -> bool:
        """Whether these are all that there are."""

    def tell(self, at: datetime) -> str:
        """A moment on the clock of whoever is looking, with its zone."""


def offered(user: Any) -> list[Scope]:
    """The scopes that somebody may give."""
    sees = all(user.has_perm(right) for right in SEEING)
    return [scope for scope in Scope if sees or not scope.startswith(OF_PEOPLE)]


class TokenForm(forms.ModelForm):  # type: ignore[type-arg]
    """A new token."""

    days = forms.IntegerField(
        label=gettext_lazy("Days"),
        min_value=1,
        max_value=MOST_DAYS,
        required=False,
        initial=365,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=gettext_lazy("After so many it expires. Empty: it lasts until it is revoked."),
    )

    def clean_name(self) -> str:
        """Not that of another active token."""
        name = str(self.cleaned_data["name"])
        if ApiToken.objects.filter(name=name, revoked_at=None).exists():
            raise forms.ValidationError(TAKEN.format(name))
        return name

    def clean(self) -> dict[str, Any]:
        """All clinics, or some of them."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if "clinics" in self.errors:
            return cleaned
        everywhere, some = cleaned.get("everywhere"), cleaned.get("clinics")
        if everywhere and some:
            self.add_error("clinics", _("Choose clinics, or all clinics: not both."))
        elif not everywhere and not some:
            self.add_error("clinics", _("Choose a clinic."))
        return cleaned


@admin.register(ApiToken)
class TokenAdmin(ModelAdmin):  # type: ignore[misc]
    """The keys of integrators; a superuser or an administrator makes and revokes them."""

    nothing_yet = gettext_lazy(
        "No API tokens yet. Add one for each system that is to read or enter visits."
    )
    form = TokenForm
    list_display = ("name", "state", "may_do", "reaches", "last_used", "expires", "made_by")
    search_fields = ("name__icontains",)
    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_disable_select_all = True
    list_before_template = "api/tokens.html"
    change_form_outer_before_template = "api/revoke.html"

    # -- who may

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: for other rights make another token."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: what it did keeps its name."""
        return False

    def may_revoke(self, request: HttpRequest) -> bool:
        """Whoever may change tokens."""
        return bool(request.user.has_perm("api.change_apitoken"))

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """No address asks for a hash by its beginning."""
        return False

    @property
    def _staff(self) -> Reaching:
        return cast("Reaching", self.admin_site)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiToken]:
        """Those that reach no further than this person does."""
        rows = cast("QuerySet[ApiToken]", super().get_queryset(request))
        rows = rows.prefetch_related("clinics")
        if self._staff.is_everywhere(request.user):
            return rows
        mine = self._staff.clinics_of(request.user)
        at = ApiToken.clinics.through.objects.filter(apitoken=OuterRef("pk"))
        within = Exists(at) & ~Exists(at.exclude(clinic__in=mine))
        return rows.filter(within, everywhere=False)

    # -- the list and the page

    def _told(self, at: datetime | None) -> str:
        return self._staff.tell(at) if at else ""

    @admin.display(description=gettext_lazy("State"))
    def state(self, row: ApiToken) -> str:
        """Active, expired or revoked."""
        if row.revoked_at is not None:
            return _("Revoked")
        return _("Expired") if row.ended(clock.now()) else _("Active")

    @admin.display(description=gettext_lazy("May do"))
    def may_do(self, row: ApiToken) -> str:
        """In a word where that is possible."""
        whole = {frozenset(Scope): _("everything"), frozenset(READ): _("read everything")}
        return whole.get(frozenset(row.scopes)) or ", ".join(row.scopes) or _("nothing")

    @admin.display(description=gettext_lazy("Clinics"))
    def reaches(self, row: ApiToken) -> str:
        """At which clinics."""
        if row.everywhere:
            return _("All clinics")
        return ", ".join(clinic.name for clinic in row.clinics.all()) or _("None")

    @admin.display(description=gettext_lazy("Last use"), ordering="last_used_at")
    def last_used(self, row: ApiToken) -> str:
        """To the minute."""
        return self._told(row.last_used_at) or _("Never")

    @admin.display(description=gettext_lazy("Expires"), ordering="expires_at")
    def expires(self, row: ApiToken) -> str:
        """When."""
        return self._told(row.expires_at) or _("Never")

    @admin.display(description=gettext_lazy("Made"))
    def made(self, row: ApiToken) -> str:
        """When, and by whom."""
        return f"{self._told(row.created_at)}, {row.made_by}"

    @admin.display(description=gettext_lazy("Revoked"))
    def revoked(self, row: ApiToken) -> str:
        """When, and by whom."""
        return f"{self._told(row.revoked_at)}, {row.revoked_by}" if row.revoked_at else "–"

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """What is chosen; afterwards, what became of it."""
        if obj is not None:
            told = ("state", "may_do", "reaches", "expires", "last_used", "made", "revoked")
            return ("name", *told)
        all_clinics = ("everywhere",) if self._staff.is_everywhere(request.user) else ()
        return ("name", "scopes", *all_clinics, "clinics", "days")

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Scopes and clinics as boxes to tick: those that one may give."""
        boxes = forms.CheckboxSelectMultiple
        if db_field.name == "scopes":
            choices = [(str(scope), str(scope)) for scope in offered(request.user)]
            label = gettext_lazy("Scopes")
            return forms.MultipleChoiceField(choices=choices, label=label, widget=boxes)
        if db_field.name == "clinics":
            mine = self._staff.clinics_of(request.user)
            return db_field.formfield(queryset=mine, widget=boxes)
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """With the button, while there is something to revoke; one way to save."""
        token = kwargs.get("obj")
        if token is not None and token.revoked_at is None and self.may_revoke(request):
            context["revoke"] = reverse("admin:api_apitoken_revoke", args=[token.pk])
        context |= {"show_save_and_add_another": False, "show_save_and_continue": False}
        response: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return response

    # -- made, and revoked

    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Two may make the same name at once: the later one finds it made, and is told so."""
        try:
            answer: HttpResponse = super().add_view(request, *args, **kwargs)
        except IntegrityError:
            answer = super().add_view(request, *args, **kwargs)
        return answer

    def save_model(self, request: HttpRequest, obj: ApiToken, form: Any, change: bool) -> None:
        """Its text is known to this one answer, and kept nowhere."""
        days = form.cleaned_data["days"]
        lives = timedelta(days=days) if days else None
        text = obj.seal(clock.now(), lives=lives, by=_actor(request))
        request.token_text = text  # type: ignore[attr-defined]
        super().save_model(request, obj, form, change)

    def response_add(
        self, request: HttpRequest, obj: ApiToken, post_url_continue: str | None = None
    ) -> HttpResponse:
        """The page that shows the token: no message, no redirect, nothing that is stored."""
        shown = {
            "opts": self.model._meta,
            "original": obj,
            "title": _("Token “%(name)s”") % {"name": obj},
            "hint": _(
                "Copy it now: it is shown this once, and only its hash is kept. Give it to whoever "
                "will use it over a way that nobody else reads."
            ),
            "secret": request.token_text,  # type: ignore[attr-defined]
            "back": reverse("admin:api_apitoken_changelist"),
        }
        context = self.admin_site.each_context(request) | shown
        return TemplateResponse(request, "desk/secret.html", context)

    def get_urls(self) -> list[URLPattern]:
        """Django's, the button, and the API's document."""
        mine = self.admin_site.admin_view
        own = [
            path("docs/", mine(browsing.docs), name="api_docs"),
            path("<path:object_id>/revoke/", mine(self.revoke), name="api_apitoken_revoke"),
        ]
        return own + cast("list[URLPattern]", super().get_urls())

    def revoke(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask, then end it, and keep who did."""
        token: ApiToken | None = self.get_object(request, object_id)
        if token is None:
            raise Http404
        if not self.may_revoke(request):
            raise PermissionDenied
        back = reverse("admin:api_apitoken_change", args=[token.pk])
        if request.method == "POST":
            if token.end(clock.now(), by=_actor(request)):
                self.log_change(request, token, "Revoked")
                done = _("Token “%(name)s” is revoked.") % {"name": token}
                self.message_user(request, done, messages.SUCCESS)
            return redirect(back)
        asked = {
            "opts": self.model._meta,
            "original": token,
            "title": _("Revoke a token"),
            "question": _("Revoke token “%(name)s”?") % {"name": token},
            "consequence": _(
                "It opens nothing from this moment on, and cannot be brought back. Whoever uses it "
                "needs another one."
            ),
            "verb": _("Revoke"),
            "tone": "danger",
            "back": back,
        }
        context = self.admin_site.each_context(request) | asked
        return TemplateResponse(request, "desk/confirm.html", context)


def _actor(request: HttpRequest) -> str:
    return f"staff {request.user.get_username()}"
