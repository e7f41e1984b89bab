"""The people who are called."""

from typing import Any, cast
from uuid import uuid4

from django import forms
from django.contrib import admin, messages
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminTextInputWidget

from config import clock
from desk.base import Desk, column
from desk.questions import Question
from desk.wording import BASES, BASIS_COLOURS, language_name
from reminders import phones, planning
from reminders.models import Patient, PhoneNumber, Suppression
from reminders.models.fields import normal_language, validate_language
from reminders.policy.vocabulary import LegalBasis


class PatientForm(forms.ModelForm):  # type: ignore[type-arg]
    """The number is entered as text and never shown again in full."""

    phone = forms.CharField(
        label="Phone",
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "inputmode": "tel"}),
        help_text="With country code, such as +1 212 555 0142.",
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
            "external_id",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        helps = {
            "legal_basis": "Without one nobody is called.",
            "language": "BCP 47 tag, such as es-US; empty: the clinic's first.",
            "time_zone": "Such as America/Chicago; empty: the clinic's.",
            "external_id": "Your own number of the patient; empty: one is made.",
        }
        for name, text in helps.items():
            if name in self.fields:
                self.fields[name].help_text = text
        if "external_id" in self.fields:
            self.fields["external_id"].required = False
        if self.instance.pk and "phone" in self.fields:
            known = phones.masked(self.instance.number.e164)
            self.fields["phone"].required = False
            self.fields["phone"].widget.attrs["placeholder"] = known
            self.fields["phone"].help_text = f"Now {known}. Leave empty to keep it."

    def clean_phone(self) -> str:
        """E.164, or empty for the number we have."""
        text = str(self.cleaned_data["phone"]).strip()
        if not text:
            return ""
        try:
            return phones.parse(text).e164
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None

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


#: Red: not called at all.
TROUBLE_COLOURS = {
    "Asked for no calls": "danger",
    "Wrong number": "danger",
    "Reassigned": "danger",
    "No such number": "danger",
    "Room line": "warning",
    "Doubtful": "warning",
}


class MayBeCalled(Question):
    """Who cannot be reminded, and why."""

    title = "May be called?"
    parameter_name = "may"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Yes, or what stands in the way."""
        return [
            ("yes", "Yes"),
            ("basis", "No: without legal basis"),
            ("stopped", "No: asked for no calls"),
            ("number", "No: number wrong or invalid"),
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
                return with_basis.filter(Q(stopped=False), **sound)
            case "basis":
                return queryset.filter(legal_basis=LegalBasis.NONE)
            case "stopped":
                return queryset.filter(Q(stopped=True))
            case "number":
                return queryset.exclude(**sound)
        return queryset


class Basis(Question):
    """Why we may call."""

    title = "On which legal basis?"
    parameter_name = "basis"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Every basis."""
        return [(str(basis), words) for basis, words in BASES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Patient]) -> QuerySet[Patient]:
        """By basis."""
        return queryset.filter(legal_basis=self.value()) if self.value() else queryset


def number_trouble(number: PhoneNumber, *, stopped: bool) -> str:
    """What keeps this number from being called, or may; empty for nothing."""
    flags = (
        (stopped, "Asked for no calls"),
        (number.wrong_number_at, "Wrong number"),
        (number.reassigned_at, "Reassigned"),
        (number.invalid_at, "No such number"),
        (number.facility_line, "Room line"),
        (number.doubtful, "Doubtful"),
    )
    return next((words for is_set, words in flags if is_set), "")


@admin.register(Patient)
class PatientAdmin(Desk):
    """Names and masked numbers."""

    form = PatientForm
    list_display = ("name", "external_id", "phone", "basis", "spoken", "time_zone", "trouble")
    list_select_related = ("number",)
    list_filter = (MayBeCalled, Basis)
    search_fields = ("name", "external_id__startswith")
    search_help_text = "Name, patient id, phone number or its last four digits"
    number_path = "number"
    fields = PatientForm.Meta.fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Patient]:
        """With the number, and whether it is opted out."""
        stopped = Suppression.objects.filter(keyed_hash=OuterRef("number__keyed_hash"))
        rows = super().get_queryset(request).select_related("number")
        return cast("QuerySet[Patient]", rows.annotate(stopped=Exists(stopped)))

    def get_readonly_fields(self, request: HttpRequest, obj: Patient | None = None) -> tuple[str]:
        """The id is what other systems know the patient by: it stays."""
        return () if obj is None else ("external_id",)  # type: ignore[return-value]

    def autocomplete_text(self, row: Patient) -> str:
        """Tells apart two people of one name."""
        return f"{row.name} · {phones.masked(row.number.e164)} · {row.external_id}"

    @column("Phone")
    def phone(self, row: Patient) -> str:
        """Masked (R16)."""
        return phones.masked(row.number.e164)

    @column("Legal basis", order="legal_basis", colours=BASIS_COLOURS)
    def basis(self, row: Patient) -> str:
        """Why we may call."""
        return BASES[row.legal_basis]

    @column("Language", order="language")
    def spoken(self, row: Patient) -> str:
        """The patient's own, else the clinic's."""
        return language_name(row.language) or "As the clinic"

    @column("In the way", colours=TROUBLE_COLOURS)
    def trouble(self, row: Patient) -> str:
        """What keeps the number from being called."""
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
                self.message_user(request, f"{_visits(planned)} planned anew.", messages.INFO)
        if obj.number.doubtful:
            doubt = "This number is in no known range of its country: please check it."
            self.message_user(request, doubt, messages.WARNING)


def _visits(count: int) -> str:
    return "1 visit" if count == 1 else f"{count} visits"
