"""What stands in the menu of one's own account."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The second factor, and the password where there is one."""
    user: Any = request.user
    links = [{"title": _("Second factor"), "link": reverse("mfa_index")}]
    if user.has_usable_password():
        links.append({"title": _("Change password"), "link": reverse("account_change_password")})
    return links
