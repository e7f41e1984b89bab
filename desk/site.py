"""The admin site: its extra addresses and its menu."""

from datetime import datetime
from typing import Any

from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from unfold.sites import UnfoldAdminSite

from config import clock
from desk import reach
from desk.calendar import views as calendar
from desk.imports import views as imports
from desk.local import told, with_zone, zone_of_viewer
from desk.menu import parts as menu_parts
from desk.prompts import views as prompts
from desk.quality import views as quality
from desk.reports import views
from desk.today import page as today
from desk.today import switch
from reminders.models import Clinic, WorkItem

MY_WORK = "{}?list=mine"


class TellingAutocomplete(AutocompleteJsonView):
    """Lets a page say more of a row than its name, so that two of one name differ."""

    def serialize_result(self, obj: Any, to_field_name: str) -> dict[str, str]:
        """The row's id, and what its page says of it."""
        result = super().serialize_result(obj, to_field_name)
        tell = getattr(self.model_admin, "autocomplete_text", None)
        return result | {"text": tell(obj)} if tell else result


class DeskSite(UnfoldAdminSite):  # type: ignore[misc]
    """Django's admin as Ringwell's staff see it."""

    def extra_urls(self) -> list[URLPattern]:
        """Pages that belong to no model."""
        mine = self.admin_view
        return [
            path("today/", mine(today.live), name="today"),
            path("calls/stop/", mine(switch.stop_calls), name="stop_calls"),
            path("calls/resume/", mine(switch.resume_calls), name="resume_calls"),
            path("calendar/", mine(calendar.calendar), name="calendar"),
            path("calendar/feed/", mine(calendar.feed), name="calendar_feed"),
            path("calendar/move/", mine(calendar.move), name="calendar_move"),
            path("calendar/undo/", mine(calendar.undo), name="calendar_undo"),
            *(path(route, view, name=name) for route, view, name in imports.urls(mine)),
            path("quality/", mine(quality.quality), name="quality"),
            path("prompts/", mine(prompts.index), name="prompts"),
            *views.urls(mine),
        ]

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """The one way in is that of desk/login, with its second factor and its limits."""
        if request.user.is_authenticated and not self.has_permission(request):
            raise PermissionDenied
        there = request.GET.get(REDIRECT_FIELD_NAME, "") or reverse("admin:index")
        return redirect_to_login(there)

    def clinics_of(self, user: Any) -> QuerySet[Clinic]:
        """For the pages of other apps: the clinics that somebody may see."""
        return reach.clinics(user)

    def is_everywhere(self, user: Any) -> bool:
        """For the same: whether these are all that there are."""
        return reach.is_everywhere(user)

    def tell(self, at: datetime) -> str:
        """For the same: a moment on the clock of whoever is looking, with its zone."""
        zone = zone_of_viewer()
        return with_zone(told(at, zone, clock.now()), at, zone)

    def autocomplete_view(self, request: HttpRequest) -> HttpResponseBase:
        """Django's, with what our pages tell."""
        return TellingAutocomplete.as_view(admin_site=self)(request)


def _item(title: str, icon: str, url: str, permission: str, request: HttpRequest) -> dict[str, Any]:
    allowed = not permission or request.user.has_perm(permission)
    return {
        "title": title,
        "icon": icon,
        "link": reverse(f"admin:{url}"),
        "permission": lambda request: allowed,
    }


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The menu: what this person may see, with what is left to do."""
    menu = [
        {"title": title, "items": [_item(*entry, request) for entry in entries]}
        for title, entries in menu_parts()
    ]
    _count_work(menu, request)
    _light(menu, request)
    return menu


def _light(menu: list[dict[str, Any]], request: HttpRequest) -> None:
    """One entry is lit: the one whose address is the most of this page's."""
    entries = [entry for part in menu for entry in part["items"]]
    here = _stands_for(request)
    home = reverse("admin:index")
    above = [e["link"] for e in entries if here.startswith(e["link"]) and e["link"] != home]
    lit = max(above, key=len, default=here)
    for entry in entries:
        entry["active"] = entry["link"] == lit


def _stands_for(request: HttpRequest) -> str:
    """The address of a page, or of the one that it is reached from."""
    path = request.path
    if path in (reverse("admin:stop_calls"), reverse("admin:resume_calls")):
        return reverse("admin:index")
    if "/prompts" in path:
        return reverse("admin:prompts")
    if path == reverse("admin:reminders_workitem_changelist") and request.GET.get("list") == "mine":
        return MY_WORK.format(path)
    return path


def _count_work(menu: list[dict[str, Any]], request: HttpRequest) -> None:
    """A badge beside the work list, while there is work; an entry of its own for mine."""
    if not request.user.has_perm("reminders.view_workitem"):
        return
    left = reach.within(WorkItem.objects.filter(done_at=None), request.user, "appointment__clinic")
    counted = left.aggregate(all=Count("pk"), mine=Count("pk", filter=Q(owner=request.user.pk)))
    link = reverse("admin:reminders_workitem_changelist")
    items = menu[0]["items"]
    place, entry = next((n, item) for n, item in enumerate(items) if item["link"] == link)
    if counted["all"]:
        entry |= {"badge": str(counted["all"]), "badge_variant": "warning"}
    if counted["mine"]:
        mine = {
            "title": _("My work"),
            "icon": "assignment_ind",
            "link": MY_WORK.format(link),
            "badge": str(counted["mine"]),
            "badge_variant": "primary",
        }
        items.insert(place + 1, entry | mine)
