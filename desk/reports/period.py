"""Which days a report is about, and the form that asks for them."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import DATETIME_CLASSES, UnfoldAdminSelectWidget

from desk import reach
from reminders.models import Clinic, Practitioner

LONGEST = 366
USUAL = 14


@dataclass(frozen=True)
class Period:
    """Days of one clinic, or of every clinic that ``user`` may see, each in its own zone."""

    user: Any
    first: date
    last: date
    clinic: Clinic | None = None
    practitioner: Practitioner | None = None

    @property
    def days(self) -> list[date]:
        """Every day, the first first."""
        return [self.first + timedelta(days=n) for n in range(self.length.days)]

    @property
    def length(self) -> timedelta:
        """From the first midnight to the last."""
        return self.last - self.first + timedelta(days=1)

    @property
    def before(self) -> "Period":
        """As many days just before."""
        return replace(self, first=self.first - self.length, last=self.last - self.length)

    @property
    def zones(self) -> list[ZoneInfo]:
        """Every zone whose days these are."""
        if self.clinic:
            return [self.clinic.zone]
        names = reach.clinics(self.user).order_by().values_list("time_zone", flat=True).distinct()
        return [ZoneInfo(name) for name in names]

    @property
    def asked(self) -> dict[str, str]:
        """The same period as it is asked for, with nothing left empty."""
        asked = {"first": self.first.isoformat(), "last": self.last.isoformat()}
        if self.clinic:
            asked["clinic"] = str(self.clinic.pk)
        if self.practitioner:
            asked["practitioner"] = str(self.practitioner.pk)
        return asked

    @property
    def query(self) -> str:
        """The same period in an address."""
        return urlencode(self.asked)


class Day(forms.DateInput):
    """The browser's own date field."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(attrs={"class": " ".join(DATETIME_CLASSES)}, format="%Y-%m-%d")


class PeriodForm(forms.Form):
    """Clinic, practitioner and days; left empty: all clinics, the last two weeks."""

    clinic = forms.ModelChoiceField(
        Clinic.objects.none(),
        label=_("Clinic"),
        required=False,
        empty_label=_("All clinics"),
        widget=UnfoldAdminSelectWidget,
    )
    practitioner = forms.ModelChoiceField(
        Practitioner.objects.none(),
        label=_("Practitioner"),
        required=False,
        empty_label=_("Everybody"),
        widget=UnfoldAdminSelectWidget,
    )
    first = forms.DateField(label=_("From"), required=False, widget=Day)
    last = forms.DateField(label=_("To"), required=False, widget=Day)

    def __init__(self, data: Any, user: Any, now: datetime, *, by_practitioner: bool) -> None:
        super().__init__(data)
        self.user, self.now = user, now
        fields: dict[str, Any] = self.fields
        fields["clinic"].queryset = reach.clinics(user)
        if by_practitioner:
            fields["practitioner"].queryset = self._practitioners()
        else:
            del self.fields["practitioner"]

    def _practitioners(self) -> Any:
        """Those of the chosen clinic; two of one name work at different clinics."""
        mine = reach.within(Practitioner.objects.all(), self.user)
        clinic = str(self.data.get("clinic") or "")
        return mine.filter(clinic=int(clinic)) if clinic.isdecimal() else mine

    def clean(self) -> dict[str, Any]:
        """Fill in what was left empty, and refuse what makes no period."""
        cleaned = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        today = self._today(cleaned.get("clinic"))
        cleaned["last"] = min(cleaned.get("last") or today, today)
        days_before = timedelta(days=USUAL - 1)
        cleaned["first"] = cleaned.get("first") or _before(cleaned["last"], days_before)
        if cleaned["first"] > cleaned["last"]:
            if cleaned["first"] > today:
                self.add_error("first", _("This day is still to come."))
            else:
                self.add_error("last", _("The last day is before the first."))
        elif (cleaned["last"] - cleaned["first"]).days >= LONGEST:
            words = _("Choose %(count)d days at the most.") % {"count": LONGEST}
            self.add_error("first", words)
        elif cleaned["first"].year < 2000:
            self.add_error("first", _("There were no calls in that year."))
        return cleaned

    def _today(self, clinic: Clinic | None) -> date:
        """The clinic's; over all clinics, where the day begins first."""
        if clinic:
            return self.now.astimezone(clinic.zone).date()
        zones = self._zones() or [UTC]
        return max(self.now.astimezone(zone).date() for zone in zones)

    def _zones(self) -> list[Any]:
        names = reach.clinics(self.user).order_by().values_list("time_zone", flat=True).distinct()
        return [ZoneInfo(name) for name in names]

    def period(self) -> Period:
        """What was asked for, once the form is valid."""
        return Period(
            user=self.user,
            clinic=self.cleaned_data["clinic"],
            practitioner=self.cleaned_data.get("practitioner"),
            first=self.cleaned_data["first"],
            last=self.cleaned_data["last"],
        )


def _before(day: date, span: timedelta) -> date:
    return max(date(2000, 1, 1), day - span) if day.year >= 2000 else day
