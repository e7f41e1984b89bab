"""The admin site: its extra addresses and its menu."""

from typing import Any

from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse
from unfold.sites import UnfoldAdminSite

from desk import today
from desk.reports import views
from reminders.models import WorkItem


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
            path("reports/", mine(views.reports), name="reports"),
            path("reports/outcomes.csv", mine(views.outcomes), name="reports_outcomes"),
            path("reports/phrases.csv", mine(views.phrases), name="reports_phrases"),
        ]

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """To the home page where no other was asked for; unfold's form forgets it."""
        asked = request.GET.copy()
        asked.setdefault(REDIRECT_FIELD_NAME, reverse("admin:index"))
        request.GET = asked  # type: ignore[assignment]
        response: HttpResponseBase = super().login(request, extra_context)
        return response

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
    day = (
        ("Today", "today", "index", ""),
        ("Appointments", "event", "reminders_appointment_changelist", "reminders.view_appointment"),
        ("Calls", "call", "calls_callattempt_changelist", "calls.view_callattempt"),
        ("Work list", "checklist", "reminders_workitem_changelist", "reminders.view_workitem"),
        ("Reports", "bar_chart", "reports", "calls.view_callattempt"),
    )
    records = (
        ("Patients", "person", "reminders_patient_changelist", "reminders.view_patient"),
        ("Numbers", "dialpad", "reminders_phonenumber_changelist", "reminders.view_phonenumber"),
        ("Clinics", "local_hospital", "reminders_clinic_changelist", "reminders.view_clinic"),
        ("Users", "badge", "auth_user_changelist", "auth.view_user"),
    )
    menu = [
        {"title": title, "items": [_item(*entry, request) for entry in entries]}
        for title, entries in (("Front desk", day), ("Records", records))
    ]
    _count_work(menu, request)
    return menu


def _count_work(menu: list[dict[str, Any]], request: HttpRequest) -> None:
    """A badge beside the work list, while there is work."""
    if not request.user.has_perm("reminders.view_workitem"):
        return
    if left := WorkItem.objects.filter(done_at=None).count():
        entry = next(item for item in menu[0]["items"] if item["title"] == "Work list")
        entry |= {"badge": str(left), "badge_variant": "warning"}
