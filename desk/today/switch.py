"""The switch that stops all calls of the installation, and lets them go on."""

import structlog
from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextInputWidget

from calls import placing
from calls.models import CallAttempt
from config import clock
from reminders import planning
from reminders.models import Appointment, Installation
from reminders.models.installation import STOP
from reminders.policy.vocabulary import Reason

log = structlog.get_logger(__name__)

#: Held visits that are planned anew while one waits for the page; the looks take the rest.
AT_ONCE = 500


class Why(forms.Form):
    """Who comes next must know why nobody is called."""

    reason = forms.CharField(
        label=gettext_lazy("Why?"),
        max_length=200,
        widget=UnfoldAdminTextInputWidget(attrs={"autofocus": True, "autocomplete": "off"}),
        help_text=gettext_lazy("Stands on everybody's home page until calls go on. No names."),
    )


def stop_calls(request: HttpRequest) -> HttpResponse:
    """Ask whether it is meant, and why; then nobody is dialled any more."""
    _allowed(request)
    form = Why(request.POST or None)
    if request.method == "POST" and form.is_valid():
        why, by = form.cleaned_data["reason"], request.user.get_username()
        if Installation.pause(clock.now(), why=why, by=by):
            log.warning("all calls stopped", action="switch", user=request.user.pk)
            messages.success(request, _stopped())
        else:
            messages.warning(request, _("Calls were stopped already."))
        return redirect("admin:index")
    return _page(
        request,
        title=_("Stop all calls"),
        question=_("Stop all calls of every clinic?"),
        consequence=_(
            "Nobody is dialled from this moment. Calls under way are let finish. What falls due "
            "waits until somebody resumes; a reminder whose time is over by then is not made up."
        ),
        form=form,
        verb=_("Stop all calls"),
        tone="danger",
    )


def _stopped() -> str:
    left = CallAttempt.objects.filter(status__in=["dialling", "connected"]).count()
    if left:
        return _("All calls are stopped. Under way, and let finish: %(left)s.") % {"left": left}
    return _("All calls are stopped. None is under way.")


def resume_calls(request: HttpRequest) -> HttpResponse:
    """Ask whether it is meant; then what fell due meanwhile is called."""
    _allowed(request)
    if request.method == "POST":
        if resume():
            log.warning("calls resumed", action="switch", user=request.user.pk)
            messages.success(request, _("Calls go on. What fell due meanwhile is called first."))
        else:
            messages.warning(request, _("Calls were not stopped."))
        return redirect("admin:index")
    return _page(
        request,
        title=_("Resume calls"),
        question=_("Let calls go out again?"),
        consequence=_(
            "What fell due meanwhile is called at once, the soonest visits first, within "
            "everybody's hours. Paused clinics stay paused."
        ),
        slept=Installation.get().slept,
        verb=_("Resume calls"),
        tone="primary",
    )


def resume() -> bool:
    """Let calls go out again; False when they were not stopped."""
    now = clock.now()
    if not Installation.resume(now):
        return False
    held = Appointment.objects.filter(next_call_reason=Reason.PAUSED).order_by("starts_at", "pk")
    first = list(held[:AT_ONCE])
    planning.look_again(held.exclude(pk__in=[row.pk for row in first]), now)
    planning.replan_each(first, now)
    placing.wake()
    return True


def _allowed(request: HttpRequest) -> None:
    if not request.user.has_perm(STOP):
        raise PermissionDenied


def _page(request: HttpRequest, **context: object) -> HttpResponse:
    return TemplateResponse(
        request, "desk/today/switch.html", admin.site.each_context(request) | context
    )
