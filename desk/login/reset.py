"""Who lost their telephone gets in again: an administrator resets the second factor."""

from typing import Any, cast

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin

from desk.base import admin_url

PERMISSION = "desk.reset_second_factor"


def reset(user: User) -> None:
    """Forget apps, keys and recovery codes, and sign them out everywhere."""
    Authenticator.objects.filter(user=user).delete()
    for session in Session.objects.all().iterator():
        if session.get_decoded().get(SESSION_KEY) == str(user.pk):
            session.delete()


class SecondFactorReset(ModelAdmin):  # type: ignore[misc]
    """The button on the page of somebody else who has a second factor."""

    change_form_outer_before_template = "desk/people/second_factor.html"

    def get_urls(self) -> list[URLPattern]:
        """Django's, and the button."""
        view = self.admin_site.admin_view(self.reset_second_factor)
        name = "auth_user_second_factor"
        own = [path("<path:object_id>/second-factor/", view, name=name)]
        return own + cast("list[URLPattern]", super().get_urls())

    def may_reset(self, request: HttpRequest, user: User) -> bool:
        """Not one's own: whoever sits at an open screen must not take it away."""
        may = request.user.has_perm(PERMISSION) and user.pk != request.user.pk
        return bool(may and self.has_change_permission(request, user))

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """With the button, where there is something to reset."""
        user = kwargs.get("obj")
        if user is not None:
            may = is_mfa_enabled(user) and self.may_reset(request, user)
            context["reset_factor"] = admin_url(user, "second_factor") if may else ""
        response: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return response

    def reset_second_factor(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask, then do it, and keep who did."""
        user = self.get_object(request, object_id)
        if user is None:
            raise Http404
        if not self.may_reset(request, user):
            raise PermissionDenied
        if request.method == "POST":
            with transaction.atomic():
                reset(user)
                self.log_change(request, user, "Second factor reset")
            done = _("%(user)s sets up a new second factor with the next login.")
            self.message_user(request, done % {"user": user}, messages.SUCCESS)
            return redirect(admin_url(user))
        consequence = _(
            "Their app, keys and recovery codes open nothing any more, and they are signed out. "
            "Until they sign in again the password alone opens the account: be sure who asks, and "
            "give them a new password if it may be known to somebody."
        )
        asked = {
            "opts": self.model._meta,
            "original": user,
            "title": _("Reset the second factor"),
            "question": _("Reset the second factor of %(user)s?") % {"user": user},
            "consequence": consequence,
            "verb": _("Reset"),
            "tone": "danger",
            "back": admin_url(user),
        }
        context = self.admin_site.each_context(request) | asked
        return TemplateResponse(request, "desk/confirm.html", context)
