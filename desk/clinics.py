"""Clinics: when and how each calls; and who works there."""

from collections.abc import Callable
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from unfold.admin import TabularInline

from calls import scripting
from calls.conversation.profile import BY_NAME
from config import clock
from desk.base import Desk, TiedToClinic, admin_url, column
from desk.feeds.buttons import CalendarAddress
from desk.profiles import ProfileInline, VisitTypeInline, lazy_help_of
from desk.prompts import hearing, phrases
from desk.prompts import views as prompts
from desk.questions import WhichClinic
from desk.typed import HoursField, LinesField
from desk.vocabulary import Colours
from desk.wording import language_and_place, language_name
from reminders import planning
from reminders.models import Appointment, Clinic, Practitioner

#: Visits that are planned anew while one waits for the page; the rest follow
#: with the next looks.
AT_ONCE = 500

HELP: dict[str, Any] = {
    "slug": gettext_lazy("Short name for addresses and commands, such as maple."),
    "phone": gettext_lazy("Where patients call back, such as +12125550142."),
    "opt_out_phone": gettext_lazy(
        "Where patients can stop the calls; empty: the call-back number."
    ),
    "time_zone": gettext_lazy("Such as America/New_York."),
    "languages": gettext_lazy(
        "One to a line, such as en-US; the first is spoken where a patient has none. "
        "Hearing which of several a patient answers in is a preview feature of Azure."
    ),
    "hours": gettext_lazy(
        "When the clinic lets Ringwell call, in its own time, a line for each day: "
        "MO 09:00-12:00 13:00-20:00. A day left out: no calls."
    ),
    "closures": gettext_lazy("Days without calls, one to a line, such as 2026-12-25."),
    "rule_set": gettext_lazy("The dated rules for caps, spacing and hours."),
    "reprompts": gettext_lazy("How often a question is repeated before the goodbye."),
    "sentiment": lazy_help_of(BY_NAME["sentiment"]),
    "initial_silence_seconds": lazy_help_of(BY_NAME["choices_silence_seconds"]),
    "ring_seconds": gettext_lazy("How long to let it ring, 20 to 60."),
}


class ClinicForm(forms.ModelForm):  # type: ignore[type-arg]
    """Every field with a sentence and an example."""

    languages = LinesField()
    hours = HoursField()
    closures = LinesField(required=False)

    class Meta:
        model = Clinic
        fields = "__all__"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, text in HELP.items():
            if name in self.fields:
                self.fields[name].help_text = text


class PractitionerInline(TiedToClinic, TabularInline):  # type: ignore[misc]
    """Who works there."""

    model = Practitioner
    fields = ("name",)
    extra = 0
    tab = True
    can_delete = False


@admin.register(Practitioner)
class PractitionerAdmin(CalendarAddress, Desk):
    """Who patients have visits with, and the way to those visits."""

    nothing_yet = gettext_lazy("No practitioners yet. Add those whom patients come to see.")
    list_display = ("name", "clinic", "visits")
    list_select_related = ("clinic",)
    list_filter = (WhichClinic,)
    search_fields = ("name",)
    search_help_text = gettext_lazy("Name")
    fields = ("clinic", "name")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Practitioner]:
        """With the clinic, which tells two of one name apart."""
        rows = super().get_queryset(request).select_related("clinic")
        return cast("QuerySet[Practitioner]", rows)

    @column(gettext_lazy("Visits"))
    def visits(self, row: Practitioner) -> str:
        """The way to the coming ones."""
        link = f"{admin_url('reminders_appointment', 'changelist')}?practitioner={row.pk}"
        label = _("Coming visits of %(who)s") % {"who": row.name}
        words = _("Coming visits")
        return format_html(
            '<a class="desk-link" href="{}" aria-label="{}">{}</a>', link, label, words
        )

    def autocomplete_text(self, row: Practitioner) -> str:
        """Who, and where."""
        return f"{row.name} · {row.clinic.name}"


@transaction.atomic
def replan_all(clinic: Clinic) -> tuple[int, int]:
    """Plan the coming visits of a clinic anew: (done now, left to the next looks)."""
    now = clock.now()
    coming = Appointment.objects.filter(clinic=clinic, starts_at__gt=now).order_by(
        "starts_at", "pk"
    )
    done = planning.replan_each(coming[:AT_ONCE], now)
    rest = coming.values("pk")[AT_ONCE:]
    return done, planning.look_again(Appointment.objects.filter(pk__in=rest), now)


@admin.register(Clinic)
class ClinicAdmin(Desk):
    """When and how a clinic calls."""

    nothing_yet = gettext_lazy(
        "No clinic yet. Add one with its hours; then read and approve its texts under Prompts."
    )
    form = ClinicForm
    clinic_path = "pk"
    inlines = (ProfileInline, VisitTypeInline, PractitionerInline)
    list_display = ("name", "time_zone", "spoken", "rule_set", "calling")
    search_fields = ("name", "slug__startswith")
    change_form_outer_before_template = "desk/clinic/calling.html"
    readonly_fields = ("approved",)
    fieldsets = (
        (None, {"fields": ("name", "slug", "spoken_name", "time_zone", "languages", "approved")}),
        (gettext_lazy("Numbers"), {"fields": ("phone", "opt_out_phone", "caller_id")}),
        (gettext_lazy("When to call"), {"fields": ("hours", "closures", "rule_set")}),
        (
            gettext_lazy("The call"),
            {
                "fields": (
                    "right_party_question",
                    "sentiment",
                    "reprompts",
                    "initial_silence_seconds",
                    "ring_seconds",
                )
            },
        ),
    )

    @column(gettext_lazy("Languages"))
    def spoken(self, row: Clinic) -> str:
        """By name, the default first."""
        return ", ".join(map(language_name, row.languages))

    @column(
        gettext_lazy("Calls"),
        colours=Colours(
            {
                gettext_noop("Calling"): "success",
                gettext_noop("Paused"): "warning",
                gettext_noop("Not calling: texts not approved"): "danger",
                gettext_noop("Not calling: no caller id"): "danger",
            }
        ),
    )
    def calling(self, row: Clinic) -> str:
        """Whether it calls, else what keeps it from calling."""
        if row.paused_at:
            return _("Paused")
        if not scripting.approved_languages(row):
            return _("Not calling: texts not approved")
        return _("Calling") if row.calling_number else _("Not calling: no caller id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With what tells whether a clinic calls, in a constant number of queries."""
        return super().get_queryset(request).prefetch_related("approvals", "wordings")

    @column(gettext_lazy("Approved texts"))
    def approved(self, row: Clinic) -> str:
        """In which languages a named person approved what is said (R12)."""
        tags = scripting.approved_languages(row) if row.pk else []
        return ", ".join(map(language_and_place, tags)) or _(
            "None yet: nobody is called before that."
        )

    def get_readonly_fields(
        self, request: HttpRequest, obj: Clinic | None = None
    ) -> tuple[str, ...]:
        """The short name is what other systems know the clinic by: it stays."""
        return ("approved",) if obj is None else ("approved", "slug")

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """With the profile and the kinds of visits; then plan the coming visits anew."""
        super().save_related(request, form, formsets, change)
        if change:
            self._tell(request, *replan_all(form.instance))

    def _tell(self, request: HttpRequest, done: int, later: int) -> None:
        if done:
            words = _("Visits planned anew: %(done)s.")
            if later:
                words = _("Visits planned anew: %(done)s; %(later)s more follow within minutes.")
            told = words % {"done": done, "later": later}
            self.message_user(request, told, messages.INFO)

    # -- the switch, and the prompts

    def get_urls(self) -> list[URLPattern]:
        """Django's, the switch, and the prompts with their buttons."""
        own = [
            self.button("pause", self.pause),
            self.button("resume", self.resume),
            self.button("prompts", self._room(prompts.prompts)),
            self.button("prompts-approve", self._room(prompts.approve_prompts)),
            self.button("prompts-restore", self._room(prompts.restore_prompts)),
            self.button("prompts-call", self._room(prompts.call_prompts)),
            self.button("prompts-hear", self._room(hearing.hear)),
            self.button("prompts-phrases", self._room(phrases.phrases)),
            self.button("prompts-phrases-stop", self._room(phrases.stop_phrases)),
        ]
        return own + cast("list[URLPattern]", super().get_urls())

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """With the switch above the form."""
        if (clinic := kwargs.get("obj")) is not None:
            context |= {
                "clinic": clinic,
                "may_change": self.has_change_permission(request, clinic),
                "is_approved": bool(scripting.approved_languages(clinic)),
            }
        response: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return response

    def _room(self, view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        """A view of the prompts, given the clinic of its address."""

        def shown(request: HttpRequest, object_id: str) -> HttpResponse:
            return view(request, self.wanted(request, object_id, change=False))

        return shown

    def pause(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Stop this clinic's calls, when meant."""
        clinic = self.wanted(request, object_id)
        if request.method == "POST":
            clinic.pause(clock.now())
            replan_all(clinic)
            done = _("%(clinic)s makes no more calls.") % {"clinic": clinic}
            self.message_user(request, done, messages.SUCCESS)
            return redirect(admin_url(clinic))
        return self.page(
            request,
            clinic,
            "desk/confirm.html",
            title=_("Pause calls"),
            question=_("Stop all calls of %(clinic)s?") % {"clinic": clinic},
            consequence=_("Calls under way go on. What falls due waits until somebody resumes."),
            verb=_("Pause calls"),
            tone="danger",
            back=admin_url(clinic),
        )

    def resume(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let this clinic call again, when meant."""
        clinic = self.wanted(request, object_id)
        if request.method == "POST":
            clinic.resume()
            replan_all(clinic)
            done = _("%(clinic)s calls again.") % {"clinic": clinic}
            self.message_user(request, done, messages.SUCCESS)
            return redirect(admin_url(clinic))
        return self.page(
            request,
            clinic,
            "desk/confirm.html",
            title=_("Resume calls"),
            question=_("Let %(clinic)s call again?") % {"clinic": clinic},
            consequence=_("What fell due meanwhile is called at once, the soonest visits first."),
            verb=_("Resume calls"),
            back=admin_url(clinic),
        )
