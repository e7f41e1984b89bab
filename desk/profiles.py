"""How a clinic's calls ask and listen, on the clinic's page; and its kinds of visits."""

from typing import Any

from django import forms
from django.utils.formats import number_format
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import StackedInline, TabularInline
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from calls.conversation.profile import BY_NAME, STOP_TONES, Setting
from calls.models import CallProfile
from calls.models.profile import default_stop_tones
from desk import stored
from desk.base import TiedToClinic
from reminders.models import VisitType

KEYS = {"pound": gettext_lazy("# (pound)"), "asterisk": gettext_lazy("* (star)")}

#: Names that say more than the columns' own.
LABELS = {
    "interrupt_prompt": gettext_lazy("Patients may interrupt"),
    "interrupt_media": gettext_lazy("Questions push out what is playing"),
    "speech_silence_seconds": gettext_lazy("Wait for the first word"),
    "keys_silence_seconds": gettext_lazy("Wait for the first digit"),
    "end_silence_seconds": gettext_lazy("Pause that ends an answer"),
    "inter_tone_seconds": gettext_lazy("Wait between two digits"),
    "pin_digits": gettext_lazy("Length of a PIN"),
    "stop_tones": gettext_lazy("Keys that end the digits"),
    "speech_model": gettext_lazy("Custom speech model"),
}


def _default(value: Any) -> str:
    if isinstance(value, bool):
        return _("on") if value else _("off")
    if isinstance(value, tuple):
        return ", ".join(str(KEYS[tone]) for tone in value) or _("none")
    return number_format(f"{value:g}") if isinstance(value, float) else str(value)


def help_of(setting: Setting) -> str:
    """The sentence of the table, its bounds, and Azure's default beside ours."""
    facts = []
    if setting.low is not None and setting.high is not None:
        bounds = {
            "low": number_format(f"{setting.low:g}"),
            "high": number_format(f"{setting.high:g}"),
        }
        unit = stored.read(setting.unit)
        facts.append(_("%(low)s to %(high)s %(unit)s") % (bounds | {"unit": unit}))
    if setting.default != "":
        facts.append(_("Ringwell's default: %(value)s") % {"value": _default(setting.default)})
        if setting.azure is not None:
            facts.append(_("Azure's own: %(value)s") % {"value": _default(setting.azure)})
    told = stored.read(setting.help)
    return f"{told} {'; '.join(facts)}.".replace(" .", "") if facts else told


#: The same for what is made before anybody reads it.
lazy_help_of = lazy(help_of, str)


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]
    """Every parameter with a sentence; bounds are the model's own."""

    stop_tones = forms.MultipleChoiceField(
        choices=[(tone, KEYS[tone]) for tone in STOP_TONES],
        required=False,
        # A form without a row yet has no other way to know.
        initial=default_stop_tones,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )

    class Meta:
        model = CallProfile
        exclude = ("voices",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if setting := BY_NAME.get(name):
                field.help_text = help_of(setting)
            if name in LABELS:
                field.label = LABELS[name]


class ProfileInline(TiedToClinic, StackedInline):  # type: ignore[misc]
    """One row at the most; until somebody changes something there is none."""

    model = CallProfile
    form = ProfileForm
    extra = 1
    max_num = 1
    can_delete = False
    hide_title = True
    verbose_name = gettext_lazy("What a call asks, and how it listens")
    fieldsets = (
        (gettext_lazy("Identity"), {"fields": ("identity_level", "pin_digits")}),
        (
            gettext_lazy("What patients may ask for"),
            {
                "fields": (
                    "offer_reschedule",
                    "offer_staff",
                    "transfer_number",
                    "ask_reason",
                    "ask_needs",
                )
            },
        ),
        (gettext_lazy("Voicemail and machines"), {"fields": ("voicemail", "listen_first")}),
        (
            gettext_lazy("Listening (expert)"),
            {
                "fields": (
                    "keypad_only",
                    "interrupt_prompt",
                    "interrupt_media",
                    "speech_silence_seconds",
                    "keys_silence_seconds",
                    "end_silence_seconds",
                    "inter_tone_seconds",
                    "stop_tones",
                    "speech_model",
                    "voice_endpoint",
                )
            },
        ),
    )


class VisitTypeInline(TiedToClinic, TabularInline):  # type: ignore[misc]
    """Kinds of visits; some ask for more before they are spoken of."""

    model = VisitType
    fields = ("name", "identity_level")
    extra = 0
    tab = True
    can_delete = False
