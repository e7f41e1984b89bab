"""What stands between a session and the admin: its age, and a second factor.

System time, not the clock of the calls: a session is no appointment.
"""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from desk.seeing import READ_AGAIN

#: When the session began, and when somebody last did something, in seconds.
BEGAN, SEEN = "desk_began", "desk_seen"
#: How often the second one is written: not for each request.
NOTED_EVERY = timedelta(minutes=1).total_seconds()


class Guard:
    """A middleware that looks before the view."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Nothing of its own."""
        return self.get_response(request)


class EndOldSessions(Guard):
    """Ends a session that nobody uses, and any after some hours."""

    def process_view(self, request: HttpRequest, *view: Any) -> None:
        """Go on as a stranger; the admin then asks who is there."""
        if not request.user.is_authenticated:
            return
        now = time.time()
        began, seen = (request.session.get(name, now) for name in (BEGAN, SEEN))
        idle = timedelta(minutes=settings.SESSION_IDLE_MINUTES).total_seconds()
        longest = timedelta(hours=settings.SESSION_HOURS).total_seconds()
        if now - seen > idle or now - began > longest:
            logout(request)
            messages.info(request, _("You have been signed out. Please sign in again."))
            return
        request.session.setdefault(BEGAN, began)
        # A page that renews itself is nobody at the keyboard.
        match = request.resolver_match
        if match is not None and match.view_name in READ_AGAIN and SEEN in request.session:
            return
        if SEEN not in request.session or now - seen > NOTED_EVERY:
            request.session[SEEN] = now


class RequireSecondFactor(Guard):
    """Shows nothing of the admin before a second factor is set up."""

    def process_view(self, request: HttpRequest, *view: Any) -> HttpResponseBase | None:
        """To the page where an app is set up; signing out stays possible."""
        match = request.resolver_match
        if not settings.REQUIRE_TWO_FACTOR or match is None or match.namespace != "admin":
            return None
        user = request.user
        if not user.is_authenticated or match.url_name == "logout":
            return None
        if is_mfa_enabled(user) or came_by_house(request):
            return None
        messages.info(request, _("Set up a second factor first; then you can go on."))
        return redirect("mfa_activate_totp")


def came_by_house(request: HttpRequest) -> bool:
    """Whether the house's own login vouched for this session; it asks for its own factor."""
    return any(
        record.get("method") == "socialaccount" for record in get_authentication_records(request)
    )
