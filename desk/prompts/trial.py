"""“Call me with these texts”: a number, a language, and a rehearsal."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from calls import placing, rehearsing
from calls.models import CallAttempt
from config import clock
from desk import stored
from desk.wording import language_and_place
from reminders import phones
from reminders.models import Clinic


class TrialForm(forms.Form):
    """Where to call, and in which of the clinic's tags of this language."""

    phone = forms.CharField(
        label=gettext_lazy("Your number"),
        max_length=40,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "inputmode": "tel"}),
        help_text=gettext_lazy("With country code, such as +1 212 555 0142."),
    )
    tag = forms.ChoiceField(label=gettext_lazy("Language"), widget=UnfoldAdminSelectWidget())

    def __init__(self, tags: list[str], data: Any = None) -> None:
        super().__init__(data, prefix="call")
        field = self.fields["tag"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(tag, language_and_place(tag)) for tag in tags]

    def clean_phone(self) -> str:
        """E.164."""
        try:
            return phones.parse(self.cleaned_data["phone"]).e164
        except ValueError as error:
            raise forms.ValidationError(stored.read(str(error))) from None

    def call(self, clinic: Clinic, by: str) -> CallAttempt | None:
        """Queue the rehearsal; None, and the reason at the number, where it may not be made."""
        try:
            attempt = rehearsing.request(
                clinic, self.cleaned_data["phone"], self.cleaned_data["tag"], clock.now(), by=by
            )
        except rehearsing.Refused as refused:
            self.add_error("phone", str(refused))
            return None
        placing.wake()
        return attempt
