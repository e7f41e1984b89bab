"""The form of a visit. Its start is what the clinic's own clocks show."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import DATETIME_CLASSES

from config import clock
from desk.local import instant
from desk.wording import open_statuses
from reminders.models import Appointment, Clinic

NEW_START_HELP = gettext_lazy("In the time zone of the clinic.")


class WallClock(forms.SplitDateTimeWidget):
    """The browser's own date and time fields: they know phones and keyboards."""

    def __init__(self) -> None:
        looks: dict[str, Any] = {"class": " ".join([*DATETIME_CLASSES, "desk-clock"])}
        super().__init__(
            date_format="%Y-%m-%d",
            time_format="%H:%M",
            date_attrs=looks | {"type": "date", "aria-label": gettext_lazy("Start: date")},
            time_attrs=looks | {"type": "time", "aria-label": gettext_lazy("Start: time")},
        )


class WallClockField(forms.SplitDateTimeField):
    """A date and a time without a zone; the form knows whose clocks are meant."""

    widget = WallClock

    def compress(self, data_list: Any) -> datetime | None:
        """The naive datetime; Django would read it in UTC."""
        if not data_list:
            return None
        day, hour = data_list
        for part, code in ((day, "invalid_date"), (hour, "invalid_time")):
            if part in self.empty_values:
                raise ValidationError(self.error_messages[code], code=code)
        return datetime.combine(day, hour)


class AppointmentForm(forms.ModelForm):  # type: ignore[type-arg]
    """Makes a visit, moves it, or changes what else is known of it."""

    starts_at = WallClockField(label=gettext_lazy("Start"), help_text=NEW_START_HELP)

    class Meta:
        model = Appointment
        fields = (
            "patient",
            "clinic",
            "practitioner",
            "type",
            "starts_at",
            "minutes",
            "status",
            "external_id",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "type" in self.fields:
            self._offer_types()
        if "external_id" in self.fields:
            self.fields["external_id"].required = False
            self.fields["external_id"].help_text = _("Your own number of it; empty: one is made.")
        if self.instance.pk and {"starts_at", "status"} <= self.fields.keys():
            self._show_start()

    def _offer_types(self) -> None:
        """Of the clinic that the visit is at; a new visit's is not known yet."""
        field = self.fields["type"]
        assert isinstance(field, forms.ModelChoiceField)
        assert field.queryset is not None
        kinds = field.queryset.select_related("clinic").order_by("clinic__name", "name")
        one_clinic = Clinic.objects.count() == 1
        field.queryset = kinds
        field.label_from_instance = lambda kind: (  # type: ignore[assignment, method-assign]
            kind.name if one_clinic else f"{kind.name} · {kind.clinic.name}"
        )
        field.help_text = _("Never said on the phone. It may ask for an identity check of its own.")

    def _show_start(self) -> None:
        clinic = self.instance.clinic
        local = self.instance.starts_at.astimezone(clinic.zone)
        self.initial["starts_at"] = local.replace(tzinfo=None, second=0, microsecond=0)
        self.fields["starts_at"].help_text = _(
            "In the time zone of the clinic: %(zone)s. Another time asks the patient again."
        ) % {"zone": clinic.time_zone}
        for name in ("starts_at", "status"):
            # What staff saw, not what the row says by now, tells what they changed.
            self.fields[name].show_hidden_initial = True

    def clean_external_id(self) -> str:
        """What was typed, or an id of our own making."""
        return self.cleaned_data["external_id"] or f"desk-{uuid4().hex[:12]}"

    def clean(self) -> dict[str, Any]:
        """Turn the start into an instant; keep what nobody touched as it is."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.instance.pk and "status" in cleaned and "status" not in self.changed_data:
            cleaned["status"] = self.instance.status
        if cleaned.get("starts_at") and cleaned.get("clinic"):
            self._clean_start(cleaned)
        practitioner, clinic = cleaned.get("practitioner"), cleaned.get("clinic")
        kind = cleaned.get("type")
        if kind and clinic and kind.clinic_id != clinic.pk:
            words = _("“%(kind)s” is no kind of visit of %(clinic)s.")
            self.add_error("type", words % {"kind": kind, "clinic": clinic})
        if practitioner and clinic and practitioner.clinic_id != clinic.pk:
            words = _("%(person)s does not work at %(clinic)s.")
            self.add_error("practitioner", words % {"person": practitioner, "clinic": clinic})
        return cleaned

    def _clean_start(self, cleaned: dict[str, Any]) -> None:
        if self.instance.pk and not {"starts_at", "clinic"} & set(self.changed_data):
            cleaned["starts_at"] = self.instance.starts_at
            return
        wall, zone = cleaned["starts_at"], cleaned["clinic"].zone
        try:
            starts_at = instant(wall, zone)
        except ValidationError as error:
            self.add_error("starts_at", error)
            return
        if starts_at <= clock.now():
            past = _("This time is past in %(zone)s. Choose one that is still to come.")
            self.add_error("starts_at", past % {"zone": zone.key})
        self._refuse_twin(cleaned, starts_at)
        cleaned["starts_at"] = starts_at

    def _refuse_twin(self, cleaned: dict[str, Any], starts_at: datetime) -> None:
        """Nobody has two visits at one clinic in the same minute: it was entered twice."""
        twins = Appointment.objects.filter(
            patient=cleaned.get("patient") or self.instance.patient_id,
            clinic=cleaned["clinic"],
            starts_at=starts_at,
            status__in=open_statuses(),
        ).exclude(pk=self.instance.pk)
        if twins.exists():
            self.add_error("starts_at", _("This patient has a visit here at this time already."))
