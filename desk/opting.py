"""A new consent on a number's page; a button that nobody presses by accident."""

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    DATETIME_CLASSES,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from desk.local import clinic_zones, house_zone, instant, told, with_zone
from reminders import phones
from reminders.consenting import Given
from reminders.models import Consent, PhoneNumber, Suppression
from reminders.models.consent import ConsentHow

PERMISSION = "reminders.lift_suppression"
HOW = {
    ConsentHow.SPOKEN: gettext_lazy("They said so, in person or on the phone"),
    ConsentHow.WRITTEN: gettext_lazy("They signed it"),
    ConsentHow.ONLINE: gettext_lazy("They ticked it online"),
}


class ConsentForm(forms.Form):
    """Who agreed, how, when, and to what."""

    given_by = forms.CharField(
        label=gettext_lazy("Who agreed?"),
        max_length=200,
        help_text=gettext_lazy("The name of whoever answers for this number."),
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )
    how = forms.ChoiceField(
        label=gettext_lazy("How?"),
        choices=[("", "—"), *((str(how), words) for how, words in HOW.items())],
        widget=UnfoldAdminSelectWidget,
    )
    day = forms.DateField(
        label=gettext_lazy("On which day?"),
        widget=forms.DateInput(
            format="%Y-%m-%d",
            attrs={"type": "date", "class": " ".join([*DATETIME_CLASSES, "desk-clock"])},
        ),
    )
    hour = forms.TimeField(
        label=gettext_lazy("At what time?"),
        required=False,
        help_text=gettext_lazy("Needed where they asked for no calls on that very day."),
        widget=forms.TimeInput(
            format="%H:%M",
            attrs={"type": "time", "class": " ".join([*DATETIME_CLASSES, "desk-clock"])},
        ),
    )
    wording = forms.CharField(
        label=gettext_lazy("What did they agree to, in their words or those of the form?"),
        max_length=5000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )

    def __init__(self, now: datetime, zone: ZoneInfo, *args: Any, **kwargs: Any) -> None:
        today = now.astimezone(zone).date()
        super().__init__(*args, **kwargs)
        self.initial["day"] = today
        self.now, self.zone, self.today = now, zone, today
        self.fields["day"].widget.attrs["max"] = today.isoformat()

    def clean_day(self) -> date:
        """Of the past, or today."""
        day: date = self.cleaned_data["day"]
        if day > self.today:
            raise forms.ValidationError(_("This day is still to come."))
        return day

    def clean_hour(self) -> time | None:
        """Of the past, and one that clocks showed."""
        hour: time | None = self.cleaned_data["hour"]
        day: date | None = self.cleaned_data.get("day")
        if hour and day and instant(datetime.combine(day, hour), self.zone) > self.now:
            raise forms.ValidationError(_("This time is still to come."))
        return hour

    def given(self) -> Given:
        """As the domain takes it. Where nobody told the hour, the beginning of the day
        counts, so that an opt-out of that day stands."""
        day: date = self.cleaned_data["day"]
        hour: time | None = self.cleaned_data["hour"]
        wall = datetime.combine(day, hour or time())
        return Given(
            given_by=self.cleaned_data["given_by"],
            how=ConsentHow(self.cleaned_data["how"]),
            given_at=instant(wall, self.zone) if hour else wall.replace(tzinfo=self.zone),
            wording=self.cleaned_data["wording"],
        )

    def refuse(self, stopped_at: datetime) -> None:
        """Tell what is wrong with a consent that is no later than the opt-out."""
        on_that_day = stopped_at.astimezone(self.zone).date() == self.cleaned_data["day"]
        if on_that_day and self.cleaned_data["hour"] is None:
            asked = _(
                "They asked for no calls on this very day: tell when they agreed again, "
                "later than %(when)s."
            )
            self.add_error("hour", asked % {"when": self._when(stopped_at)})
            return
        older = _(
            "The opt-out is newer than this consent, and what was said last counts: "
            "it must be later than %(when)s."
        )
        self.add_error("hour" if on_that_day else "day", older % {"when": self._when(stopped_at)})

    def _when(self, at: datetime) -> str:
        return with_zone(told(at, self.zone, self.now), at, self.zone)


def zone_of_house() -> ZoneInfo:
    """In which a day of consent is meant."""
    return house_zone(clinic_zones())


def shown(number: PhoneNumber, request: HttpRequest, now: datetime) -> dict[str, Any]:
    """What the number's page tells of opt-out and consent."""
    hashed, zone = phones.keyed_hash(number.e164), zone_of_house()
    stopped = Suppression.objects.filter(keyed_hash=hashed).first()
    consents = Consent.objects.filter(keyed_hash=hashed)[:20]
    names = request.user.has_perm("reminders.see_names")
    return {
        "number": number,
        "stopped": told(stopped.at, zone, now) if stopped else "",
        "stopped_by": _source(stopped.source) if stopped else "",
        "consents": [
            {
                "row": consent,
                "who": consent.given_by if names else _("somebody"),
                "how": HOW.get(ConsentHow(consent.how), _("Told by another system's file")),
                "given": told(consent.given_at, zone, now),
                "recorded": told(consent.recorded_at, zone, now),
                "wording": consent.wording if names else "",
            }
            for consent in consents
        ],
        "may_lift": request.user.has_perm(PERMISSION),
    }


def _source(source: str) -> str:
    """Where an opt-out came from, in words."""
    if source.startswith("call"):
        return _("said or keyed in a call")
    if source.startswith("import"):
        return _("told by another system's file")
    return source
