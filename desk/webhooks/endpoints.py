"""Which other systems are told what. A secret is shown on the page after it was made."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from calls.webhooks import addresses
from desk import reach
from desk.base import Desk, admin_url, column
from desk.vocabulary import Colours
from desk.webhooks.trouble import trouble
from reminders.models import WebhookEndpoint
from reminders.models.webhook import HookEvent

EVENTS = {
    HookEvent.ANSWERED: gettext_lazy("Answered"),
    HookEvent.NEEDS_HUMAN: gettext_lazy("Needs a human"),
    HookEvent.CALL_ENDED: gettext_lazy("Call ended"),
}
HELP = {
    "name": gettext_lazy("Such as the name of the system that listens there."),
    "url": gettext_lazy("Such as https://clinic.example/hook."),
    "on_answered": gettext_lazy("The answer of a visit was recorded or changed."),
    "on_needs_human": gettext_lazy("Something about a visit was put on the work list."),
    "on_call_ended": gettext_lazy("A call about a visit is over."),
    "clinics": gettext_lazy("Of which clinics; none chosen: of all."),
    "is_on": gettext_lazy("Off: nothing more is written for it, and what waits is not sent."),
}
ON, OFF = gettext_lazy("On"), gettext_lazy("Off")
GONE, FAILING = gettext_lazy("Gone: switched off"), gettext_lazy("Fails")
COLOURS = Colours({"On": "success", "Fails": "danger", "Gone: switched off": "danger"})


class EndpointForm(forms.ModelForm):  # type: ignore[type-arg]
    """An address that may be sent to, and at least one event."""

    class Meta:
        model = WebhookEndpoint
        fields = (
            "name",
            "url",
            "on_answered",
            "on_needs_human",
            "on_call_ended",
            "clinics",
            "is_on",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, text in HELP.items():
            if name in self.fields:
                self.fields[name].help_text = text

    def clean_url(self) -> str:
        """Https, and nothing that would be shown with the address."""
        url = str(self.cleaned_data["url"])
        try:
            addresses.split(url)
        except ValueError as error:
            raise ValidationError(str(error)) from None
        return url

    def clean(self) -> dict[str, Any]:
        """Who wants to be told of nothing is switched off instead."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not any(cleaned.get(f"on_{event}") for event in HookEvent):
            self.add_error("on_answered", _("Choose at least one event."))
        return cleaned


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(Desk):
    """For whoever may see every clinic: an endpoint may be told of all."""

    nothing_yet = gettext_lazy(
        "No webhooks yet. Add one to tell another system at once what patients answer."
    )
    form = EndpointForm
    clinic_path = None
    list_display = ("name", "url", "events", "how")
    fields = EndpointForm.Meta.fields

    def reachable(self, rows: QuerySet[Any], user: Any) -> QuerySet[Any]:
        """All or none."""
        return rows if reach.is_everywhere(user) else rows.none()

    def has_add_permission(self, request: HttpRequest) -> bool:
        """As seeing one."""
        return super().has_add_permission(request) and reach.is_everywhere(request.user)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Clinics as boxes to tick."""
        return db_field.formfield(**kwargs | {"widget": forms.CheckboxSelectMultiple})

    @column(gettext_lazy("Told of"))
    def events(self, row: WebhookEndpoint) -> str:
        """By name."""
        return ", ".join(str(EVENTS[event]) for event in HookEvent if getattr(row, f"on_{event}"))

    @column(gettext_lazy("State"), colours=COLOURS)
    def how(self, row: WebhookEndpoint) -> str:
        """Whether it is sent to, and answers."""
        if not row.is_on:
            return str(GONE if row.gone_at else OFF)
        return str(FAILING if row.failing_since else ON)

    def save_model(
        self, request: HttpRequest, obj: WebhookEndpoint, form: Any, change: bool
    ) -> None:
        """Whoever mends it begins anew: what was wrong before is no news any more."""
        if {"url", "is_on"} & set(form.changed_data):
            obj.gone_at = obj.failing_since = None
        super().save_model(request, obj, form, change)

    def response_add(
        self, request: HttpRequest, obj: WebhookEndpoint, post_url_continue: Any = None
    ) -> HttpResponse:
        """Its secret, this once: in no message, which a session would keep."""
        return self.page(
            request,
            obj,
            "desk/secret.html",
            title=_("The secret of %(name)s") % {"name": obj.name},
            hint=_(
                "Give it to the system that receives, which checks by it that a message is "
                "ours. It is shown this once."
            ),
            secret=obj.secret,
            back=admin_url("reminders_webhookendpoint", "changelist"),
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """With what is wrong above the form."""
        row = self.get_object(request, unquote(object_id))
        context = (extra_context or {}) | {"trouble": trouble(row) if row else ""}
        answer: HttpResponse = super().change_view(request, object_id, form_url, context)
        return answer

    change_form_outer_before_template = "desk/webhooks/trouble.html"
