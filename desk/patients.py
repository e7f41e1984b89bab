"""The people who are called."""

from datetime import date, datetime
from functools import partial
from typing import Any, cast
from uuid import uuid4
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.widgets import DATETIME_CLASSES, UnfoldAdminTextInputWidget

from config import clock
from desk import reach, seeing, stored
from desk.base import Desk, admin_url, column
from desk.exports import lists
from desk.local import told, with_zone, zone_of_staff
from desk.looks import looks_at
from desk.questions import Question
from desk.retention import buttons
from desk.vocabulary import Colours
from desk.wording import BASES, BASIS_COLOURS, language_name
from reminders import phones, planning
from reminders.models import Patient, PhoneNumber, Suppression
from reminders.models.fields import normal_language, validate_language
from reminders.policy.vocabulary import LegalBasis


class PatientForm(forms.ModelForm):  # type: ignore[type-arg]
    """The number is entered as text, and shown again to who may read it (R16)."""

    phone = forms.CharField(
        label=gettext_lazy("Phone"),
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "inputmode": "tel"}),
        help_text=gettext_lazy("With country code, such as +1 212 555 0142."),
    )

    class Meta:
        model = Patient
        fields = (
            "name",
            "spoken_name",
            "phone",
            "legal_basis",
            "language",
            "time_zone",
            "birth_date",
            "call_pin",
            "voicemail_ok",
            "external_id",
        )
        widgets = {
            "birth_date": forms.DateInput(
                format="%Y-%m-%d",
                attrs={"type": "date", "class": " ".join([*DATETIME_CLASSES, "desk-clock"])},
            ),
            "call_pin": UnfoldAdminTextInputWidget(
                attrs={"autocomplete": "off", "inputmode": "numeric"}
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        helps = {
            "legal_basis": _("Without one nobody is called."),
            "language": _("BCP 47 tag, such as es-US; empty: the clinic's first."),
            "time_zone": _("Such as America/Chicago; empty: the clinic's."),
            "external_id": _("Your own number of the patient; empty: one is made."),
        }
        for name, text in helps.items():
            if name in self.fields:
                self.fields[name].help_text = text
        if "external_id" in self.fields:
            self.fields["external_id"].required = False
        if self.instance.pk and "phone" in self.fields:
            known = seeing.whole_number(self.instance.number, [self.instance.pk])
            self.fields["phone"].required = False
            self.fields["phone"].widget.attrs["placeholder"] = known
            self.fields["phone"].help_text = _("Now %(number)s. Leave empty to keep it.") % {
                "number": known
            }

    def clean_phone(self) -> str:
        """E.164, or empty for the number we have."""
        text = str(self.cleaned_data["phone"]).strip()
        if not text:
            return ""
        try:
            return phones.parse(text).e164
        except ValueError as error:
            raise forms.ValidationError(stored.read(str(error))) from None

    def clean_birth_date(self) -> date | None:
        """Not in the future."""
        day: date | None = self.cleaned_data["birth_date"]
        if day is not None and not date(1900, 1, 1) <= day <= clock.now().date():
            raise forms.ValidationError(_("Nobody whom we call was born on that day."))
        return day

    def clean_language(self) -> str:
        """The usual spelling of a tag."""
        tag = str(self.cleaned_data["language"])
        if tag:
            validate_language(tag)
            return normal_language(tag)
        return ""

    def clean_external_id(self) -> str:
        """What was typed, or an id of our own making."""
        return self.cleaned_data["external_id"] or f"desk-{uuid4().hex[:12]}"


#: Columns that tell who a patient is.
IDENTIFYING = ("name", "spoken_name", "birth_date", "call_pin")

#: Red: not called at all.
TROUBLE_COLOURS = Colours(
    {
        "Has died": "danger",
        "Asked for no calls": "danger",
        "Wrong number": "danger",
        "Reassigned": "danger",
        "No such number": "danger",
        "Room line": "warning",
        "Doubtful": "warning",
    }
)


class MayBeCalled(Question):
    """Who cannot be reminded, and why."""

    title = gettext_lazy("May be called?")
    parameter_name = "may"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Yes, or what stands in the way."""
        return [
            ("yes", _("Yes")),
            ("basis", _("No: without legal basis")),
            ("stopped", _("No: asked for no calls")),
            ("number", _("No: number wrong or invalid")),
            ("died", _("No: has died")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Patient]) -> QuerySet[Patient]:
        """By basis, opt-out and the flags of the number."""
        sound = {
            "number__wrong_number_at": None,
            "number__reassigned_at": None,
            "number__invalid_at": None,
        }
        match self.value():
            case "yes":
                with_basis = queryset.exclude(legal_basis=LegalBasis.NONE)
                return with_basis.filter(Q(stopped=False), deceased_at=None, **sound)
            case "died":
                return queryset.exclude(deceased_at=None)
            case "basis":
                return queryset.filter(legal_basis=LegalBasis.NONE)
            case "stopped":
                return queryset.filter(Q(stopped=True))
            case "number":
                return queryset.exclude(**sound)
        return queryset


class Basis(Question):
    """Why we may call."""

    title = gettext_lazy("On which legal basis?")
    parameter_name = "basis"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Every basis."""
        return [(str(basis), words) for basis, words in BASES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Patient]) -> QuerySet[Patient]:
        """By basis."""
        return queryset.filter(legal_basis=self.value()) if self.value() else queryset


def _since(at: datetime, zone: ZoneInfo) -> str:
    return with_zone(told(at, zone, clock.now()), at, zone)


def number_trouble(number: PhoneNumber, *, stopped: bool) -> str:
    """What keeps this number from being called, or may; empty for nothing."""
    flags = (
        (stopped, _("Asked for no calls")),
        (number.wrong_number_at, _("Wrong number")),
        (number.reassigned_at, _("Reassigned")),
        (number.invalid_at, _("No such number")),
        (number.facility_line, _("Room line")),
        (number.doubtful, _("Doubtful")),
    )
    return next((words for is_set, words in flags if is_set), "")


@admin.register(Patient)
class PatientAdmin(Desk):
    """Names and masked numbers."""

    nothing_yet = gettext_lazy(
        "No patients yet. Add one, schedule a visit for a new patient, or import a file."
    )
    form = PatientForm
    list_display = ("full_name", "external_id", "phone", "basis", "spoken", "time_zone", "trouble")
    list_select_related = ("number",)
    list_filter = (MayBeCalled, Basis)
    search_fields = ("name", "external_id__startswith")
    search_help_text = gettext_lazy("Name, patient id, phone number or its last four digits")
    number_path = "number"
    exported = lists.PATIENTS
    change_form_outer_before_template = "desk/patient/died.html"
    change_form_outer_after_template = "desk/patient/looks.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Patient]:
        """With the number, and whether it is opted out."""
        stopped = Suppression.objects.filter(keyed_hash=OuterRef("number__keyed_hash"))
        rows = super().get_queryset(request).select_related("number")
        return cast("QuerySet[Patient]", rows.annotate(stopped=Exists(stopped)))

    def reachable(self, rows: QuerySet[Any], user: Any) -> QuerySet[Any]:
        """A patient belongs to the clinics of their visits."""
        return rows if reach.is_everywhere(user) else rows.filter(pk__in=reach.patients(user))

    def get_fields(self, request: HttpRequest, obj: Patient | None = None) -> list[str]:
        """Who may not read names sees nothing that tells who somebody is."""
        fields = list(PatientForm.Meta.fields)
        if obj is None:
            return fields
        if not self.has_change_permission(request, obj):
            fields[fields.index("phone")] = "number_shown"
            fields.remove("call_pin")
        if seeing.may_see_names(request):
            return fields
        hidden = [name for name in fields if name not in IDENTIFYING]
        return ["full_name", *hidden]

    def get_readonly_fields(
        self, request: HttpRequest, obj: Patient | None = None
    ) -> tuple[str, ...]:
        """The id is what other systems know the patient by: it stays."""
        return () if obj is None else ("external_id", "full_name", "number_shown")

    def heading(self, request: HttpRequest, row: Patient) -> str:
        """The name, as this person may see it."""
        return seeing.name(row, request)

    def autocomplete_text(self, row: Patient) -> str:
        """Tells apart two people of one name."""
        return f"{seeing.name(row)} · {phones.masked(row.number.e164)} · {row.external_id}"

    @column(gettext_lazy("Name"), order="search_name")
    def full_name(self, row: Patient) -> str:
        """As this person may see it."""
        return seeing.name(row)

    @column(gettext_lazy("Phone"))
    def phone(self, row: Patient) -> str:
        """Masked (R16)."""
        return phones.masked(row.number.e164)

    @column(gettext_lazy("Phone"))
    def number_shown(self, row: Patient) -> str:
        """On the patient's own page: whole for who may read it."""
        return seeing.whole_number(row.number, [row.pk])

    @column(gettext_lazy("Legal basis"), order="legal_basis", colours=BASIS_COLOURS)
    def basis(self, row: Patient) -> str:
        """Why we may call."""
        return BASES[row.legal_basis]

    @column(gettext_lazy("Language"), order="language")
    def spoken(self, row: Patient) -> str:
        """The patient's own, else the clinic's."""
        return language_name(row.language) or _("As the clinic")

    @column(gettext_lazy("In the way"), colours=TROUBLE_COLOURS)
    def trouble(self, row: Patient) -> str:
        """What keeps them, or the number, from being called."""
        if row.deceased_at:
            return _("Has died")
        return number_trouble(row.number, stopped=row.stopped)  # type: ignore[attr-defined]

    def save_model(self, request: HttpRequest, obj: Patient, form: Any, change: bool) -> None:
        """Store the patient, and plan their coming visits anew in the same transaction."""
        if phone := form.cleaned_data.get("phone"):
            obj.number = PhoneNumber.obtain(phone)
        obj.save()
        if change:
            now = clock.now()
            planned = planning.replan_each(obj.appointments.filter(starts_at__gt=now), now)
            if planned:
                words = ngettext(
                    "%(count)s visit planned anew.", "%(count)s visits planned anew.", planned
                )
                self.message_user(request, words % {"count": planned}, messages.INFO)
        if obj.number.doubtful:
            doubt = _("This number is in no known range of its country: please check it.")
            self.message_user(request, doubt, messages.WARNING)

    # -- the button

    def get_urls(self) -> list[URLPattern]:
        """Django's, and the button in both directions."""
        own = [
            self.button("died", self.died),
            self.button("lives", self.lives),
            self.button("everything", partial(buttons.export_patient, self)),
            self.button("erase", partial(buttons.erase_patient, self)),
        ]
        return own + cast("list[URLPattern]", super().get_urls())

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """With what is known above the form."""
        if (patient := kwargs.get("obj")) is not None:
            since = patient.deceased_at
            context |= {
                "patient": patient,
                "died": _since(since, zone_of_staff(request.user)) if since else "",
                "may_change": self.has_change_permission(request, patient),
                "looks": looks_at(patient, request, clock.now()),
                "may_export": buttons.may_export(request),
                "may_erase": request.user.has_perm(buttons.ERASE),
            }
        response: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return response

    def died(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Staff know that the patient has died: no calls, when meant."""
        patient = self.wanted(request, object_id)
        if request.method == "POST":
            self._set_death(request, patient, clock.now())
            name = seeing.name(patient, request)
            done = _("%(name)s is not called any more.") % {"name": name}
            self.message_user(request, done, messages.SUCCESS)
            return redirect(admin_url(patient))
        return self.page(
            request,
            patient,
            "desk/confirm.html",
            title=_("Has died"),
            question=_("Has %(name)s died?") % {"name": seeing.name(patient, request)},
            consequence=_(
                "All calls for them stop at once. Their visits stay: cancel them yourself."
            ),
            verb=_("Has died"),
            tone="danger",
            back=admin_url(patient),
        )

    def lives(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """It was a mistake, or a misheard word."""
        patient = self.wanted(request, object_id)
        if request.method == "POST":
            self._set_death(request, patient, None)
            name = seeing.name(patient, request)
            done = _("%(name)s may be called again.") % {"name": name}
            self.message_user(request, done, messages.SUCCESS)
            return redirect(admin_url(patient))
        return self.page(
            request,
            patient,
            "desk/confirm.html",
            title=_("Lives"),
            question=_("Is %(name)s alive?") % {"name": seeing.name(patient, request)},
            consequence=_("Their coming visits are planned anew and called about again."),
            verb=_("Call again"),
            back=admin_url(patient),
        )

    @transaction.atomic
    def _set_death(self, request: HttpRequest, patient: Patient, at: datetime | None) -> None:
        """Locked, since the phone may tell the same at this moment."""
        row = Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
        if (row.deceased_at is None) is (at is None):
            return
        row.deceased_at = at
        row.save(update_fields=["deceased_at"])
        self.log_change(request, row, "Has died" if at else "Is alive")
        planning.patient_changed(row, clock.now())
