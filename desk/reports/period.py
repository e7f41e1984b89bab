"""Which calls a report is about, and the form that asks for them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django import forms
from unfold.widgets import DATETIME_CLASSES, UnfoldAdminSelectWidget

from desk.local import midnight
from reminders.models import Clinic

LONGEST = 366
USUAL = 14


@dataclass(frozen=True)
class Period:
    """Days of one clinic's zone, or of UTC over all clinics."""

    clinic: Clinic | None
    first: date
    last: date

    @property
    def zone(self) -> ZoneInfo:
        """Whose days they are."""
        return self.clinic.zone if self.clinic else ZoneInfo("UTC")

    @property
    def begins(self) -> datetime:
        """The first midnight."""
        return midnight(self.first, self.zone)

    @property
    def ends(self) -> datetime:
        """The midnight after the last day."""
        return midnight(self.last + timedelta(days=1), self.zone)

    @property
    def days(self) -> list[date]:
        """Every day, the first first."""
        count = (self.last - self.first).days + 1
        return [self.first + timedelta(days=n) for n in range(count)]

    @property
    def asked(self) -> dict[str, str]:
        """The same period as it is asked for, with nothing left empty."""
        clinic = {"clinic": str(self.clinic.pk)} if self.clinic else {}
        return clinic | {"first": self.first.isoformat(), "last": self.last.isoformat()}

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
    """Clinic and days; left empty: all clinics, the last two weeks."""

    clinic = forms.ModelChoiceField(
        Clinic.objects.all(),
        required=False,
        empty_label="All clinics",
        widget=UnfoldAdminSelectWidget,
    )
    first = forms.DateField(label="From", required=False, widget=Day)
    last = forms.DateField(label="To", required=False, widget=Day)

    def __init__(self, data: Any, now: datetime) -> None:
        super().__init__(data)
        self.now = now

    def clean(self) -> dict[str, Any]:
        """Fill in what was left empty, and refuse what makes no period."""
        cleaned = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        zone = cleaned["clinic"].zone if cleaned.get("clinic") else UTC
        today = self.now.astimezone(zone).date()
        cleaned["last"] = cleaned.get("last") or today
        days_before = timedelta(days=USUAL - 1)
        cleaned["first"] = cleaned.get("first") or _before(cleaned["last"], days_before)
        if cleaned["first"] > cleaned["last"]:
            self.add_error("last", "The last day is before the first.")
        elif (cleaned["last"] - cleaned["first"]).days >= LONGEST:
            self.add_error("first", f"Choose {LONGEST} days at the most.")
        elif cleaned["first"].year < 2000 or cleaned["last"].year > 2200:
            self.add_error("first", "There were no calls in that year.")
        return cleaned

    def period(self) -> Period:
        """What was asked for, once the form is valid."""
        return Period(
            clinic=self.cleaned_data["clinic"],
            first=self.cleaned_data["first"],
            last=self.cleaned_data["last"],
        )


def _before(day: date, span: timedelta) -> date:
    return max(date(2000, 1, 1), day - span) if day.year >= 2000 else day
