"""The buttons on a visit's page: each says what it did, or why it did nothing."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextInputWidget

from calls.models import CallVisit
from calls.placing import REFUSALS
from config import clock
from desk import stored
from desk.appointments import changes
from desk.appointments.changes import State
from desk.appointments.plan import sentence
from desk.base import admin_url
from desk.local import told
from desk.wording import ANSWERS, open_statuses, status_label
from reminders import planning
from reminders.models import Appointment, AppointmentEvent
from reminders.policy.vocabulary import AppointmentStatus, Reason


def staff(request: HttpRequest) -> str:
    """Who changes something, in the words of the timeline."""
    return f"staff {request.user.get_username()}"


@dataclass(frozen=True)
class Button:
    """One button of the page."""

    verb: str
    action: str
    icon: str


def buttons(visit: Appointment, now: datetime) -> list[Button]:
    """What may be said of the visit now; calling and cancelling stand apart."""
    known = {
        AppointmentStatus.CONFIRMED: (_("Confirm"), "confirm", "check"),
        AppointmentStatus.ATTENDED: (_("Attended"), "attended", "how_to_reg"),
        AppointmentStatus.NO_SHOW: (_("No-show"), "no-show", "person_off"),
    }
    return [
        Button(verb, admin_url(visit, action.replace("-", "_")), icon)
        for status, (verb, action, icon) in known.items()
        if status in changes.may_become(visit, now)
    ]


def why_not_now(visit: Appointment, now: datetime) -> str:
    """What stands in the way of "Call now" at this moment; empty where nothing does."""
    if visit.status not in open_statuses() or visit.starts_at <= now:
        return ""
    if CallVisit.objects.filter(appointment=visit, is_open=True).exists():
        return stored.read(REFUSALS[Reason.LINE_BUSY])
    verdict = planning.judge(visit, now, call_now=True)
    return stored.read(REFUSALS[verdict.code])


def say(request: HttpRequest, visit: Appointment, status: AppointmentStatus) -> None:
    """Confirmed, attended, missed: by staff, for the patient."""
    seen = State.parse(request.POST.get("seen", ""))
    if seen and changes.become(visit, status, clock.now(), staff(request), seen):
        done = _("The visit is set to “%(status)s”.") % {"status": status_label(status).lower()}
        messages.success(request, f"{done} {_plan(visit)}")
    else:
        tell_how_it_is(request, visit)


def tell_how_it_is(request: HttpRequest, visit: Appointment) -> None:
    """Somebody was faster, the patient on the phone perhaps."""
    now = Appointment.objects.select_related("clinic").get(pk=visit.pk)
    how_it_is = {
        "when": told(now.starts_at, now.clinic.zone, clock.now()),
        "status": status_label(now.status).lower(),
        "answer": ANSWERS[now.answer].lower(),
    }
    words = _(
        "Nothing was changed: the visit of %(when)s is %(status)s by now, the answer: %(answer)s."
    )
    words %= how_it_is
    messages.warning(request, words)


def _plan(visit: Appointment) -> str:
    planned = Appointment.objects.select_related("clinic").get(pk=visit.pk)
    return f"{sentence(planned, clock.now())}."


# -- undo


@dataclass(frozen=True)
class Undo:
    """What can be taken back, and what cannot."""

    pk: int
    verb: str
    warning: str


def offer_undo(visit: Appointment, now: datetime) -> Undo | None:
    """For the page; None where there is nothing to take back."""
    event = changes.undoable(visit, now)
    if event is None:
        return None
    verb = _("Undo “%(status)s”") % {"status": status_label(event.detail["status"]).lower()}
    return Undo(event.pk, verb, _what_stays(visit, event, now))


def _what_stays(visit: Appointment, event: AppointmentEvent, now: datetime) -> str:
    calls = visit.contacts.filter(at__gte=event.at).order_by("at").first()
    if calls is None:
        return ""
    when = told(calls.at, visit.clinic.zone, now)
    return _("The call of %(when)s stays made.") % {"when": when}


def take_back(request: HttpRequest, visit: Appointment) -> None:
    """What staff did last; the plan is made anew."""
    text = request.POST.get("event", "")
    pk = int(text) if text.isdecimal() else 0
    if not changes.undo(visit, pk, clock.now(), staff(request)):
        messages.warning(
            request, _("This cannot be taken back any more: something has happened since.")
        )
        return
    messages.success(request, f"{_('Taken back.')} {_plan(visit)}")
    fresh = Appointment.objects.get(pk=visit.pk)
    other = changes.overlapping(fresh) if fresh.status in open_statuses() else None
    if other is not None:
        warning = _("Another visit stands in this time by now: %(when)s, %(with)s.") % {
            "when": told(other.starts_at, visit.clinic.zone, clock.now()),
            "with": other.practitioner,
        }
        messages.warning(request, warning)


# -- notes


class NoteForm(forms.Form):
    """For who comes next."""

    text: Any = forms.CharField(
        label=gettext_lazy("Note"),
        max_length=1000,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )


def keep_note(request: HttpRequest, visit: Appointment) -> None:
    """A line in the story."""
    form = NoteForm(request.POST)
    if form.is_valid():
        text = form.cleaned_data["text"]
        visit.note("note", clock.now(), actor=staff(request), text=text)
        messages.success(request, _("The note is kept."))
    else:
        messages.warning(request, " ".join(map(str, form.errors["text"])))
