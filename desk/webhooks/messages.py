"""The delivery log: which message went where, when, and how each try ended."""

from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import TabularInline

from config import clock
from desk import reach
from desk.base import Desk, admin_url, column
from desk.local import told_exactly, with_zone, zone_of_viewer
from desk.questions import Question
from desk.vocabulary import Colours
from desk.webhooks.endpoints import EVENTS
from reminders.models import WebhookEndpoint, WebhookMessage, WebhookTry
from reminders.models.webhook import HookEvent, MessageState, TryFault

STATES = {
    MessageState.WAITING: gettext_lazy("Waits"),
    MessageState.DELIVERED: gettext_lazy("Delivered"),
    MessageState.GIVEN_UP: gettext_lazy("Given up"),
}
COLOURS = Colours({"Waits": "info", "Delivered": "success", "Given up": "danger"})
FAULTS = {
    TryFault.NOT_HTTPS: gettext_lazy("Not sent: the address is not https"),
    TryFault.NO_SUCH_HOST: gettext_lazy("Its name was not found"),
    TryFault.PRIVATE_ADDRESS: gettext_lazy("Not sent: in a private network (WEBHOOK_NETWORKS)"),
    TryFault.REFUSED: gettext_lazy("Nobody listens there"),
    TryFault.CERTIFICATE: gettext_lazy("Its certificate is not trusted"),
    TryFault.TIMEOUT: gettext_lazy("No answer in time"),
    TryFault.BROKEN: gettext_lazy("The connection broke"),
}


def _result(status: int | None, fault: str | None) -> str:
    if status is not None:
        return f"HTTP {status}"
    return str(FAULTS[TryFault(fault)]) if fault else "–"


class HowFar(Question):
    """Waiting, delivered, given up."""

    title = gettext_lazy("How far did it come?")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Every state."""
        return [(str(state), str(words)) for state, words in STATES.items()]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[WebhookMessage]
    ) -> QuerySet[WebhookMessage]:
        """By state."""
        return queryset.filter(state=self.value()) if self.value() else queryset


class ToWhom(Question):
    """One endpoint of several."""

    title = gettext_lazy("To which webhook?")
    parameter_name = "webhook"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """By name; for those who may see them."""
        if not reach.is_everywhere(request.user):
            return []
        return [(str(pk), name) for pk, name in WebhookEndpoint.objects.values_list("pk", "name")]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[WebhookMessage]
    ) -> QuerySet[WebhookMessage]:
        """By endpoint; what is no number is none."""
        value = self.value()
        if not value:
            return queryset
        return queryset.filter(endpoint=int(value)) if value.isdecimal() else queryset.none()


class TryInline(TabularInline):  # type: ignore[misc]
    """Every try; nobody writes one."""

    model = WebhookTry
    fields = readonly_fields = ("number", "when", "result", "milliseconds")
    extra = 0
    can_delete = False
    hide_title = True

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As the message."""
        return bool(request.user.has_perm("reminders.view_webhookmessage"))

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Sending makes them."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A try is a fact."""
        return False

    @column(gettext_lazy("When"))
    def when(self, row: WebhookTry) -> str:
        """To the second."""
        return _told(row.at)

    @column(gettext_lazy("Result"))
    def result(self, row: WebhookTry) -> str:
        """The status, or why there is none."""
        return _result(row.status, row.fault)


def _told(at: Any) -> str:
    zone = zone_of_viewer()
    return with_zone(told_exactly(at, zone, clock.now()), at, zone)


@admin.register(WebhookMessage)
class WebhookMessageAdmin(Desk):
    """Facts, and one button."""

    nothing_yet = gettext_lazy(
        "No messages yet. Each one that is sent to a webhook stands here with what was answered."
    )
    clinic_path = None
    list_display = ("made", "what", "endpoint", "how_far", "tries", "last", "took", "next_try")
    list_display_links = ("made",)
    list_select_related = ("endpoint",)
    list_filter = (HowFar, ToWhom)
    search_fields = ("visit__external_id__exact",)
    search_help_text = gettext_lazy("Id of a visit")
    fields = readonly_fields = (
        *("made", "what", "endpoint", "wire_id", "about", "how_far", "tries", "next_try"),
    )
    inlines = (TryInline,)
    change_form_outer_before_template = "desk/webhooks/send_again.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        """What happens makes them."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A message is a fact."""
        return False

    def _may_send(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("reminders.change_webhookmessage"))

    def reachable(self, rows: QuerySet[Any], user: Any) -> QuerySet[Any]:
        """As the endpoints."""
        return rows if reach.is_everywhere(user) else rows.none()

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookMessage]:
        """With how the last try went."""
        log = WebhookTry.objects.filter(message=OuterRef("pk")).order_by("-at", "-pk")
        last = {
            f"last_{name}": Subquery(log.values(name)[:1])
            for name in ("status", "fault", "milliseconds")
        }
        rows = super().get_queryset(request).select_related("visit").annotate(**last)
        return cast("QuerySet[WebhookMessage]", rows)

    @column(gettext_lazy("Made"), order="created_at")
    def made(self, row: WebhookMessage) -> str:
        """When it happened."""
        return _told(row.created_at)

    @column(gettext_lazy("Event"), order="event")
    def what(self, row: WebhookMessage) -> str:
        """In words."""
        return str(EVENTS[HookEvent(row.event)])

    @column(gettext_lazy("Visit"))
    def about(self, row: WebhookMessage) -> str:
        """By id: nobody's name."""
        return format_html(
            '<a class="desk-link" href="{}">{}</a>', admin_url(row.visit), row.visit.external_id
        )

    @column(gettext_lazy("State"), order="state", colours=COLOURS)
    def how_far(self, row: WebhookMessage) -> str:
        """In words."""
        return str(STATES[MessageState(row.state)])

    @column(gettext_lazy("Last try"))
    def last(self, row: Any) -> str:
        """The status, or why there is none."""
        return _result(row.last_status, row.last_fault)

    @column(gettext_lazy("ms"))
    def took(self, row: Any) -> str:
        """Of the last try."""
        return "–" if row.last_milliseconds is None else str(row.last_milliseconds)

    @column(gettext_lazy("Next try"), order="next_try_at")
    def next_try(self, row: WebhookMessage) -> str:
        """None where it is over."""
        return _told(row.next_try_at)

    # -- the button

    def get_urls(self) -> list[URLPattern]:
        """Django's, and the button."""
        own = [self.button("send-again", self.send_again)]
        return own + cast("list[URLPattern]", super().get_urls())

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """With the button above the facts."""
        row = kwargs.get("obj")
        if row is not None and row.state != MessageState.WAITING and self._may_send(request):
            context |= {"again": admin_url(row, "send_again")}
        response: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return response

    def send_again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Begin a new day of tries, when meant."""
        row: WebhookMessage = self.wanted(request, object_id, change=False)
        if not self._may_send(request):
            return redirect(admin_url(row))
        if request.method == "POST":
            if row.send_again(clock.now()):
                self.log_change(request, row, "Sent again")
                self.message_user(request, _("It is sent within seconds."), messages.SUCCESS)
            else:
                self.message_user(request, _("It waits to be sent already."), messages.INFO)
            return redirect(admin_url(row))
        return self.page(
            request,
            row,
            "desk/confirm.html",
            title=_("Send again"),
            question=_("Send this message again?"),
            consequence=_(
                "Under the same id: whoever has it already knows it by that. It is tried for "
                "another day."
            ),
            verb=_("Send again"),
            back=admin_url(row),
        )
