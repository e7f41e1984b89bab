"""On a practitioner's page: make the address of their calendar, or end it."""

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from config import clock
from desk.base import Desk, admin_url
from desk.local import told
from reminders.models import CalendarFeed, Practitioner

if TYPE_CHECKING:
    _Page = Desk
else:
    _Page = object


class CalendarAddress(_Page):
    """For whoever may change the practitioner. The address is shown once."""

    change_form_outer_before_template = "desk/feeds/panel.html"

    def get_urls(self) -> Any:
        """Django's, and two buttons."""
        own = [
            self.button("calendar-new", self.new_calendar),
            self.button("calendar-end", self.end_calendar),
        ]
        return own + super().get_urls()

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """With the address's story above the form."""
        row = kwargs.get("obj")
        if row is not None:
            may_change = self.has_change_permission(request, row)
            context |= {"calendar": _story(row), "row": row, "may_change": may_change}
        return super().render_change_form(request, context, *args, **kwargs)

    def new_calendar(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A new address, which ends the former one, when meant."""
        row: Practitioner = self.wanted(request, object_id)
        if request.method == "POST":
            token = CalendarFeed.make(row, clock.now(), by=request.user.get_username())
            self.log_change(request, row, "New calendar address")
            address = reverse("feeds:feed", args=[row.pk, token])
            return self.page(
                request,
                row,
                "desk/secret.html",
                title=_("The calendar of %(who)s") % {"who": row.name},
                hint=_(
                    "Subscribe to this address in the calendar of who it is for. Whoever has it "
                    "can read it, so send it to nobody else. It is shown this once."
                ),
                secret=request.build_absolute_uri(address),
                back=admin_url(row),
            )
        return self.page(
            request,
            row,
            "desk/confirm.html",
            title=_("New calendar address"),
            question=_("Make a calendar address for %(who)s?") % {"who": row.name},
            consequence=_(
                "Their visits can be subscribed to: when, and what was answered, without names. "
                "A former address ends."
            ),
            verb=_("Make an address"),
            back=admin_url(row),
        )

    def end_calendar(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Nobody reads it any more, when meant."""
        row: Practitioner = self.wanted(request, object_id)
        if request.method == "POST":
            if CalendarFeed.end(row, clock.now(), by=request.user.get_username()):
                self.log_change(request, row, "Calendar address ended")
                self.message_user(request, _("The address has ended."), messages.SUCCESS)
            return redirect(admin_url(row))
        return self.page(
            request,
            row,
            "desk/confirm.html",
            title=_("End the calendar address"),
            question=_("End the calendar address of %(who)s?") % {"who": row.name},
            consequence=_("Calendars that subscribed to it get nothing any more."),
            verb=_("End it"),
            tone="danger",
            back=admin_url(row),
        )


def _story(row: Practitioner) -> str:
    """Since when there is an address, and whether it is used; empty where there is none."""
    feed = CalendarFeed.open_of(row)
    if feed is None:
        return ""
    zone, now = row.clinic.zone, clock.now()
    made = _("Made on %(when)s by %(who)s") % {
        "when": told(feed.made_at, zone, now),
        "who": feed.made_by,
    }
    if feed.last_read_at is None:
        return _("%(made)s; not read yet.") % {"made": made}
    last = told(feed.last_read_at, zone, now)
    return _("%(made)s; last read about %(when)s.") % {"made": made, "when": last}
