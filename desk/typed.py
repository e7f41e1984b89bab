"""Form fields that keep lists as people write them, one to a line."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminTextareaWidget

from reminders.models.fields import WEEKDAYS, validate_week

Week = dict[str, list[list[str]]]


def week_as_text(week: Week) -> str:
    """``MO 09:00-12:00 13:00-20:00``, a line for each day that has hours."""
    return "\n".join(
        " ".join([day, *(f"{start}-{end}" for start, end in week[day])])
        for day in WEEKDAYS
        if week.get(day)
    )


def week_from_text(text: str) -> Week:
    """The reverse; ValidationError names the line that makes no sense."""
    week: Week = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        day, *spans = line.replace("–", "-").split()
        day = day.rstrip(":").upper()[:2]
        if day not in WEEKDAYS or day in week or not spans:
            raise forms.ValidationError(
                _("“%(line)s”: write each day once, as MO 09:00-12:00 13:00-20:00.")
                % {"line": line}
            )
        week[day] = [span.split("-") for span in spans]
    validate_week(week)
    return week


class HoursField(forms.CharField):
    """Opening hours as lines of text."""

    widget = UnfoldAdminTextareaWidget(attrs={"rows": 7})

    def prepare_value(self, value: Any) -> Any:
        """Text for the form, whether from the row or typed a moment ago."""
        return week_as_text(value) if isinstance(value, dict) else value

    def clean(self, value: Any) -> Any:
        """The week as the row keeps it."""
        return week_from_text(super().clean(value))

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compared as text."""
        return super().has_changed(self.prepare_value(initial), data)


class LinesField(forms.CharField):
    """A list of words, one to a line or with commas between."""

    widget = UnfoldAdminTextareaWidget(attrs={"rows": 3})

    def prepare_value(self, value: Any) -> Any:
        """Text for the form, whether from the row or typed a moment ago."""
        return "\n".join(map(str, value)) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        """The list as the row keeps it; the row's own validators judge its words."""
        return super().clean(value).replace(",", " ").split()

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compared as text."""
        return super().has_changed(self.prepare_value(initial), data)
