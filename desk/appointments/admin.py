"""The list of visits and the page of one."""

from collections.abc import Callable
from functools import partial
from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from calls.models import CallAttempt, CallVisit
from calls.placing import Refusal, request_call_now
from config import clock
from desk import reach, seeing, stored
from desk.appointments import buttons, changes
from desk.appointments.buttons import NoteForm, staff
from desk.appointments.filters import HasAnswered, Status, When, WhyNot, WillBeCalled, WithWhom
from desk.appointments.form import AppointmentForm
from desk.appointments.plan import plan_of, sentence
from desk.appointments.timeline import Story
from desk.base import Desk, admin_url, column
from desk.calls.asked import HowItStood, OnWhichDaysOfVisits
from desk.exports import lists
from desk.heard import visit_name
from desk.local import same_wall, told, zone_name
from desk.questions import WhichClinic
from desk.remembering import Offer, offer_of
from desk.scheduling import views as scheduling
from desk.wording import (
    ANSWER_COLOURS,
    ANSWERS,
    STATUS_COLOURS,
    WHY,
    open_statuses,
    status_label,
)
from desk.worklist.rows import row_of, visible
from reminders.models import Appointment
from reminders.policy.vocabulary import AppointmentStatus


@admin.register(Appointment)
class AppointmentAdmin(Desk):
    """Who is coming, who said so, and what Ringwell will do next."""

    nothing_yet = gettext_lazy("No visits from today on. Schedule one, or import a file.")
    form = AppointmentForm
    list_display = ("patient_name", "start", "clinic", "state", "said", "next_call", "why")
    list_display_links = ("patient_name",)
    list_filter = (
        When,
        HasAnswered,
        WillBeCalled,
        WhyNot,
        Status,
        WhichClinic,
        WithWhom,
        OnWhichDaysOfVisits,
        HowItStood,
    )
    chips = When
    search_fields = ("patient__name", "external_id__startswith", "patient__external_id__startswith")
    search_help_text = gettext_lazy(
        "Name, appointment or patient id, phone number or its last four digits"
    )
    number_path = "patient__number"
    exported = lists.APPOINTMENTS
    autocomplete_fields = ("patient", "practitioner")
    actions = ("call_now_selected",)
    change_form_outer_before_template = "desk/appointment/plan.html"
    change_form_outer_after_template = "desk/appointment/timeline.html"

    # -- the list

    def get_ordering(self, request: HttpRequest) -> list[str]:
        """The next visit first; in the past, the last one."""
        past = request.GET.get("when") == "past"
        return ["-starts_at", "-pk"] if past else ["starts_at", "pk"]

    @column(gettext_lazy("Patient"), order="patient__search_name")
    def patient_name(self, row: Appointment) -> str:
        """Who is coming, with whom and for what: two visits at one minute differ."""
        about = " · ".join(str(known) for known in (row.practitioner, row.type) if known)
        name = seeing.name(row.patient)
        return format_html("{}<br><small>{}</small>", name, about) if about else name

    @column(gettext_lazy("Start"), order="starts_at")
    def start(self, row: Appointment) -> str:
        """On the clinic's wall, and on the patient's where that shows another time."""
        zone, there = row.clinic.zone, row.patient_zone
        shown = f"{told(row.starts_at, zone, clock.now())} {zone_name(row.starts_at, zone)}"
        if same_wall(row.starts_at, zone, there):
            return shown
        theirs = _("%(time)s for the patient") % {
            "time": f"{row.starts_at.astimezone(there):%H:%M}"
        }
        return format_html("{}<br><small>{}</small>", shown, theirs)

    @column(gettext_lazy("Status"), order="status", colours=STATUS_COLOURS)
    def state(self, row: Appointment) -> str:
        """The visit's status."""
        return status_label(row.status)

    @column(gettext_lazy("Answer"), order="answer", colours=ANSWER_COLOURS)
    def said(self, row: Appointment) -> str:
        """What the patient said."""
        return ANSWERS[row.answer]

    @column(gettext_lazy("Next call"), order="next_call_at")
    def next_call(self, row: Appointment) -> str:
        """When it rings next, on the clinic's wall."""
        return told(row.next_call_at, row.clinic.zone, clock.now())

    @column(gettext_lazy("Why"))
    def why(self, row: Appointment) -> str:
        """Why then, or why not."""
        return WHY[row.next_call_reason]

    @admin.action(description=gettext_lazy("Call now"), permissions=["change"])
    def call_now_selected(self, request: HttpRequest, chosen: QuerySet[Appointment]) -> None:
        """Ask for a call to each; tell apart who is called and who is not, and why."""
        for appointment in chosen.select_related("patient"):
            self._call(request, appointment)

    # -- the page of one

    def heading(self, request: HttpRequest, row: Appointment) -> str:
        """Who is coming, and when."""
        return visit_name(row, request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Appointment]:
        """With what every page tells of a visit."""
        about = ("patient", "clinic", "practitioner", "type")
        rows = super().get_queryset(request).select_related(*about)
        return cast("QuerySet[Appointment]", rows)

    def get_fields(self, request: HttpRequest, obj: Appointment | None = None) -> list[str]:
        """A new visit is always scheduled; who may only look sees the clinic's time."""
        may_change = obj is None or self.has_change_permission(request, obj)
        start = "starts_at" if may_change else "start"
        fields = ["patient", "clinic", "practitioner", "type", start, "minutes"]
        return [*fields, "external_id"] if obj is None else [*fields, "status", "external_id"]

    def get_readonly_fields(
        self, request: HttpRequest, obj: Appointment | None = None
    ) -> tuple[str, ...]:
        """The id is what other systems know the visit by: it stays."""
        return () if obj is None else ("external_id", "start")

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Where there is one clinic, it is that one."""
        initial: dict[str, Any] = super().get_changeform_initial_data(request)
        clinics = list(reach.clinics(request.user).values_list("pk", flat=True)[:2])
        return {"clinic": clinics[0]} | initial if len(clinics) == 1 else initial

    def save_model(
        self,
        request: HttpRequest,
        obj: Appointment,
        form: Any,
        change: bool,
    ) -> None:
        """One change of the domain, and the new plan told."""
        now, actor = clock.now(), staff(request)
        if not change:
            changes.make(obj, now, actor)
        else:
            was = Appointment.objects.get(pk=obj.pk)
            touched = [n for n in form.cleaned_data if getattr(was, n) != getattr(obj, n)]
            changes.change(obj, changes.Edit(actor, now, touched, was.starts_at))
        saved = Appointment.objects.select_related("clinic").get(pk=obj.pk)
        obj.status, obj.answer = saved.status, saved.answer
        self.message_user(request, f"{sentence(saved, now)}.", messages.INFO)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """With the plan above the form and the story below it."""
        if (shown := kwargs.get("obj")) is not None:
            context |= self._story(request, shown.pk)
        response: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return response

    def _story(self, request: HttpRequest, pk: int) -> dict[str, Any]:
        # Read afresh: a form with errors has put them into its own instance.
        visit = Appointment.objects.select_related("clinic", "patient__number").get(pk=pk)
        now, decisions = clock.now(), list(visit.decisions.all())
        return {
            "visit": visit,
            "plan": plan_of(visit, decisions, now),
            "entries": Story(visit, decisions, now).entries(),
            "zone": visit.clinic.time_zone,
            "work": [
                row_of(item, request, now)
                for item in visible(request.user).filter(appointment=visit, done_at=None)
            ],
            "state": changes.State.of(visit),
            "buttons": buttons.buttons(visit, now),
            "undo": buttons.offer_undo(visit, now),
            "why_not_now": buttons.why_not_now(visit, now),
            "note_form": NoteForm(auto_id="visit_%s"),
            "offer": self._offer(request, visit),
            "may_change": self.has_change_permission(request, visit),
            "unanswered": not visit.answer,
            "is_open": visit.status in open_statuses() and visit.starts_at > now,
        }

    def _offer(self, request: HttpRequest, visit: Appointment) -> Offer | None:
        """What the last call about this visit taught us of the patient's language."""
        if not request.user.has_perm("reminders.change_patient"):
            return None
        last = CallVisit.objects.filter(appointment=visit).order_by("-attempt__queued_at").first()
        if last is None or not last.outcome:
            return None
        about = CallVisit.objects.select_related("appointment__patient", "appointment__clinic")
        return offer_of(
            CallAttempt.objects.prefetch_related(Prefetch("visits", about)).get(pk=last.attempt_id)
        )

    # -- the buttons

    def get_urls(self) -> list[URLPattern]:
        """Django's, and our buttons before them."""
        mine = self.admin_site.admin_view
        own = [
            path("add/check/", mine(scheduling.check), name="schedule_check"),
            path("add/patients/", mine(scheduling.patients), name="schedule_patients"),
            self.button("call-now", self.call_now),
            self.button("cancel", self.cancel),
            *(
                self.button(name, partial(self.press, press))
                for name, press in self._presses().items()
            ),
        ]
        return own + cast("list[URLPattern]", super().get_urls())

    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page that schedules: the form below is for a visit that there is."""
        return scheduling.schedule(request)

    def call_now(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for a call at once; a button, so it comes by POST alone."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        appointment = self.wanted(request, object_id)
        self._call(request, appointment)
        return redirect(admin_url(appointment))

    def _presses(self) -> dict[str, Callable[[HttpRequest, Appointment], None]]:
        """The buttons that come by POST alone and lead back to the visit."""
        return {
            "confirm": partial(buttons.say, status=AppointmentStatus.CONFIRMED),
            "attended": partial(buttons.say, status=AppointmentStatus.ATTENDED),
            "no-show": partial(buttons.say, status=AppointmentStatus.NO_SHOW),
            "undo": buttons.take_back,
            "note": buttons.keep_note,
        }

    def press(
        self,
        press: Callable[[HttpRequest, Appointment], None],
        request: HttpRequest,
        object_id: str,
    ) -> HttpResponse:
        """Do it, and say so on the visit's page."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        appointment = self.wanted(request, object_id)
        press(request, appointment)
        return redirect(admin_url(appointment))

    def _call(self, request: HttpRequest, appointment: Appointment) -> None:
        name = seeing.name(appointment.patient, request)
        answer = request_call_now(appointment.pk, clock.now(), actor=staff(request))
        if isinstance(answer, Refusal):
            why = stored.read(answer.detail)
            told_staff = _("%(name)s is not called: %(why)s") % {"name": name, "why": why}
            self.message_user(request, told_staff, messages.WARNING)
        else:
            told_staff = _("%(name)s will be called within seconds.") % {"name": name}
            self.message_user(request, told_staff, messages.SUCCESS)

    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask whether it is meant; then cancel and tell the new plan."""
        appointment = self.wanted(request, object_id)
        if request.method == "POST":
            seen = changes.State.parse(request.POST.get("seen", ""))
            if seen and changes.cancel(appointment, clock.now(), staff(request), seen):
                done = _("The visit is cancelled; the patient is not called about it any more.")
                self.message_user(request, done, messages.SUCCESS)
            elif appointment.status in open_statuses() and appointment.starts_at > clock.now():
                buttons.tell_how_it_is(request, appointment)
            else:
                over = _("This visit was cancelled or over already.")
                self.message_user(request, over, messages.WARNING)
            return redirect(admin_url(appointment))
        when = told(appointment.starts_at, appointment.clinic.zone, clock.now())
        return self.page(
            request,
            appointment,
            "desk/confirm.html",
            title=_("Cancel visit"),
            question=_("Cancel the visit of %(name)s on %(when)s?")
            % {"name": seeing.name(appointment.patient, request), "when": when},
            consequence=_("No more calls are made about it. The patient is not told by Ringwell."),
            verb=_("Cancel visit"),
            stay=_("Keep it"),
            tone="danger",
            seen=changes.State.of(appointment),
            back=admin_url(appointment),
        )
