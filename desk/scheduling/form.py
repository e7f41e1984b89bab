"""The forms of the page: a visit, or a series; and a patient whom nobody knows yet."""

from datetime import date, datetime, time
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    CHECKBOX_CLASSES,
    INPUT_CLASSES,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from calls.conversation import wording
from desk import reach, stored
from desk.patients import PatientForm
from desk.scheduling import finding
from desk.wording import language_and_place, language_name
from reminders import phones
from reminders.models import Appointment, Clinic, Patient, Practitioner, VisitType
from reminders.models.fields import external_id_validator

MOST_TIMES = 52
MOST_WEEKS = 26
USUAL_MINUTES = (15, 20, 30, 45, 60, 90)


class OfClinic(UnfoldAdminSelectWidget):  # type: ignore[misc]
    """Choices that say whose they are, so that the page can hide those of others."""

    def create_option(self, name: str, value: Any, *rest: Any, **more: Any) -> dict[str, Any]:
        """Django's, with the clinic beside it."""
        option: dict[str, Any] = super().create_option(name, value, *rest, **more)
        row = getattr(value, "instance", None)
        if row is not None:
            option["attrs"]["data-clinic"] = str(row.clinic_id)
        return option


def _picker(kind: str, **attrs: str) -> UnfoldAdminTextInputWidget:
    """The browser's own field for a day or an hour."""
    return UnfoldAdminTextInputWidget(attrs={"type": kind, **attrs})


def _number(least: int, most: int, **attrs: str) -> UnfoldAdminTextInputWidget:
    bounds = {"type": "number", "min": str(least), "max": str(most)}
    return UnfoldAdminTextInputWidget(attrs=bounds | attrs)


class VisitForm(forms.Form):
    """One visit, or a series of them. Times are those of the clinic's wall."""

    patient = forms.ModelChoiceField(Patient.objects.none(), required=False)
    who = forms.CharField(
        label=gettext_lazy("Patient"),
        required=False,
        max_length=200,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "autofocus": True}),
    )
    new = forms.BooleanField(
        label=gettext_lazy("New patient"),
        required=False,
        widget=forms.CheckboxInput(attrs={"class": " ".join(CHECKBOX_CLASSES)}),
    )
    clinic = forms.ModelChoiceField(
        Clinic.objects.none(), label=gettext_lazy("Clinic"), widget=UnfoldAdminSelectWidget
    )
    practitioner = forms.ModelChoiceField(
        Practitioner.objects.none(),
        label=gettext_lazy("With"),
        required=False,
        empty_label="–",
        widget=OfClinic,
    )
    type = forms.ModelChoiceField(
        VisitType.objects.none(),
        label=gettext_lazy("Visit type"),
        required=False,
        empty_label="–",
        widget=OfClinic,
    )
    day = forms.DateField(label=gettext_lazy("Day"), widget=_picker("date"))
    hour = forms.TimeField(label=gettext_lazy("Time"), widget=_picker("time", step="300"))
    minutes = forms.IntegerField(
        label=gettext_lazy("Minutes"),
        initial=30,
        min_value=1,
        max_value=1440,
        widget=_number(1, 1440, list="usual-minutes"),
    )
    times = forms.IntegerField(
        label=gettext_lazy("Visits"),
        initial=1,
        min_value=1,
        max_value=MOST_TIMES,
        widget=_number(1, MOST_TIMES),
    )
    every = forms.IntegerField(
        label=gettext_lazy("Weeks between"),
        initial=1,
        min_value=1,
        max_value=MOST_WEEKS,
        widget=_number(1, MOST_WEEKS),
    )
    external_id = forms.CharField(
        label=gettext_lazy("Your own number of the visit"),
        required=False,
        max_length=64,
        validators=[external_id_validator],
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )
    #: The warnings that were shown when the button was pressed.
    agreed = forms.CharField(required=False, max_length=16, widget=forms.HiddenInput)
    #: Where they came from, to lead them back there.
    back = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)

    def __init__(self, data: Any, *, user: Any, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        clinics = reach.clinics(user)
        self._offer("patient", finding.patients(user))
        self._offer("clinic", clinics)
        self.one_clinic = clinics[:2].count() == 1
        for name, rows in (
            ("practitioner", Practitioner.objects.filter(clinic__in=clinics)),
            ("type", VisitType.objects.filter(clinic__in=clinics)),
        ):
            self._offer(name, rows.select_related("clinic").order_by("clinic__name", "name"))
        if self.one_clinic and "clinic" not in self.initial:
            self.initial["clinic"] = clinics.first()

    def _offer(self, name: str, rows: QuerySet[Any]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = rows
        if name in ("practitioner", "type"):
            field.label_from_instance = self._told  # type: ignore[assignment, method-assign]

    def _told(self, row: Any) -> str:
        """``Dr. Roy · West`` where there are several clinics."""
        return str(row.name) if self.one_clinic else f"{row.name} · {row.clinic.name}"

    def clean_day(self) -> date:
        """A day that people plan for: nobody means the year 0202."""
        day: date = self.cleaned_data["day"]
        if not 2000 <= day.year <= 2200:
            raise forms.ValidationError(_("Please check the year."))
        return day

    def clean_external_id(self) -> str:
        """Another visit's id is refused."""
        given = str(self.cleaned_data["external_id"])
        if given and Appointment.objects.filter(external_id=given).exists():
            raise forms.ValidationError(_("Another visit has this number already."))
        return given

    def clean(self) -> dict[str, Any]:
        """Who and what must belong to the clinic chosen."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        clinic = cleaned.get("clinic")
        practitioner, kind = cleaned.get("practitioner"), cleaned.get("type")
        if clinic and practitioner and practitioner.clinic_id != clinic.pk:
            words = {"who": practitioner.name, "clinic": clinic.name}
            self.add_error("practitioner", _("%(who)s does not work at %(clinic)s.") % words)
        if clinic and kind and kind.clinic_id != clinic.pk:
            words = {"kind": kind.name, "clinic": clinic.name}
            self.add_error("type", _("“%(kind)s” is no kind of visit of %(clinic)s.") % words)
        if cleaned.get("external_id") and (cleaned.get("times") or 1) > 1:
            self.add_error("external_id", _("A number of your own is for one visit alone."))
        return cleaned

    @property
    def when(self) -> list[forms.BoundField]:
        """The fields of one visit, in the order of the keyboard."""
        names = ("clinic", "practitioner", "type", "day", "hour", "minutes")
        return [self[name] for name in names]

    @property
    def more(self) -> list[forms.BoundField]:
        """The fields that few visits need."""
        return [self[name] for name in ("times", "every", "external_id")]

    @property
    def needs_more(self) -> bool:
        """Whether those are to be seen at once."""
        return str(self["times"].value()) != "1" or bool(self["external_id"].errors)

    @property
    def wall(self) -> datetime | None:
        """The first start as the clinic's clocks show it, once both parts are there."""
        day, hour = self.cleaned_data.get("day"), self.cleaned_data.get("hour")
        if not isinstance(day, date) or not isinstance(hour, time):
            return None
        return datetime.combine(day, hour.replace(second=0, microsecond=0))


class NewPatientForm(PatientForm):
    """As much of a patient as the telephone call needs; the rest on their own page."""

    class Meta(PatientForm.Meta):
        fields = (  # type: ignore[assignment]
            "name",
            "phone",
            "birth_date",
            "legal_basis",
            "language",
            "time_zone",
            "external_id",
        )

    def __init__(self, data: Any, *, clinic: Clinic | None) -> None:
        super().__init__(data, prefix="new")
        self.clinic = clinic
        self.fields["phone"].help_text = _("As it is written at the clinic, or with country code.")
        self.fields["language"] = forms.ChoiceField(
            label=_("Language"),
            required=False,
            choices=_languages(clinic),
            widget=UnfoldAdminSelectWidget,
        )
        self.fields["legal_basis"].widget = UnfoldAdminSelectWidget(
            choices=self.fields["legal_basis"].choices  # type: ignore[attr-defined]
        )
        self.fields["time_zone"].widget.attrs |= {"list": "zones", "autocomplete": "off"}
        for name in ("name", "birth_date", "time_zone", "external_id"):
            self.fields[name].widget.attrs["class"] = " ".join(INPUT_CLASSES)
        self.fields["name"].widget.attrs["autocomplete"] = "off"

    def clean_phone(self) -> str:
        """E.164, however the clinic's neighbours write it."""
        text = str(self.cleaned_data["phone"])
        try:
            if self.clinic is None:
                return phones.parse(text).e164
            return phones.parse_as_written_at(text, self.clinic.phone).e164
        except ValueError as refusal:
            raise forms.ValidationError(stored.read(str(refusal))) from None


def _languages(clinic: Clinic | None) -> list[tuple[str, str]]:
    """Those of the clinic first, then every language that there are texts in."""
    own = list(clinic.languages) if clinic else []
    tags = [*own, *(base for base in sorted(wording.packs()) if base not in own)]
    usual = _("As the clinic")
    if own:
        usual = f"{usual}: {language_name(own[0])}"
    return [("", usual), *((tag, language_and_place(tag)) for tag in tags)]


@cache
def zone_names() -> list[str]:
    """The zones that people live in, for the browser to complete."""
    return sorted(name for name in available_timezones() if "/" in name and "Etc/" not in name)
