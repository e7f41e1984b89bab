"""How a clinic's calls ask and listen; see ``conversation.profile`` for every parameter."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext as _

from calls.conversation import wording
from calls.conversation.profile import BY_NAME, STOP_TONES, Profile
from reminders.models import Clinic
from reminders.models.fields import validate_e164


def default_stop_tones() -> list[str]:
    """The default of the settings table."""
    return list(BY_NAME["stop_tones"].default)


def validate_stop_tones(tones: Any) -> None:
    """A list of keys that are no digits."""
    if not isinstance(tones, list) or any(tone not in STOP_TONES for tone in tones):
        raise ValidationError(
            _("Give a list of keys that end the digits: %(keys)s.")
            % {"keys": ", ".join(STOP_TONES)}
        )


def validate_voices(voices: Any) -> None:
    """A mapping of shipped languages to names of voices."""
    if not isinstance(voices, dict):
        raise ValidationError('Give {"en-US": "en-US-AvaNeural"}: a voice for each language.')
    for tag, voice in voices.items():
        if wording.base(tag) not in wording.packs():
            raise ValidationError(
                _("“%(tag)s” is no language that we have texts for.") % {"tag": tag}
            )
        if not isinstance(voice, str) or not 1 <= len(voice) <= 100:
            raise ValidationError(
                _("The voice for %(tag)s is not a name of 1 to 100 characters.") % {"tag": tag}
            )


def _bounds(name: str) -> dict[str, Any]:
    """Default, bounds and help of a column, from the one table."""
    setting = BY_NAME[name]
    azure = "" if setting.azure in (None, "", ()) else f" Azure's own default: {setting.azure}."
    limits: list[Any] = []
    if setting.low is not None and setting.high is not None:
        limits = [MinValueValidator(setting.low), MaxValueValidator(setting.high)]
    return {
        "default": setting.default,
        "validators": limits,
        "help_text": f"{setting.help}{azure}",
    }


class IdentityLevel(models.IntegerChoices):
    """What proves that the right person is on the line (R9)."""

    NAME = 0, "says yes to the name"
    BIRTHDAY = 1, "keys in day and month of birth"
    PIN = 2, "keys in the PIN that the clinic gave them"


class CallProfile(models.Model):
    """A clinic's settings of the conversation; a clinic without a row has the defaults."""

    clinic = models.OneToOneField(Clinic, on_delete=models.CASCADE, related_name="call_profile")

    identity_level = models.PositiveSmallIntegerField(
        "identity check",
        choices=IdentityLevel.choices,
        default=IdentityLevel.NAME,
        help_text="Before anything of a visit is said. A visit type can ask for another.",
    )
    offer_reschedule = models.BooleanField("another time", default=True)
    offer_staff = models.BooleanField("our staff", default=True)
    transfer_number = models.CharField(
        max_length=16,
        blank=True,
        validators=[validate_e164],
        help_text="Patients who ask for staff in opening hours are connected with it; empty or "
        "closed: a call back is promised and stands on the work list.",
    )
    ask_reason = models.BooleanField(
        "ask why after a cancellation", default=False, help_text="An open question."
    )
    ask_needs = models.BooleanField(
        "ask for needs after a confirmation",
        default=False,
        help_text="Interpreter, wheelchair, a ride, running late.",
    )
    voicemail = models.BooleanField(
        "leave a message",
        default=False,
        help_text="The minimal text, once a visit at most, where the first question meets "
        "silence. Without listening first it cannot be told from a person who says nothing.",
    )
    listen_first = models.BooleanField(
        "listen before speaking",
        default=False,
        help_text="Tells voicemails and call screeners from people by their greeting. It costs "
        "a silence after the patient's hello.",
    )
    keypad_only = models.BooleanField(
        default=False, help_text="No speech is recognised: keys alone, digits and choices."
    )

    interrupt_prompt = models.BooleanField(**_bounds("interrupt_prompt"))
    interrupt_media = models.BooleanField(**_bounds("interrupt_media"))
    speech_silence_seconds = models.PositiveSmallIntegerField(**_bounds("speech_silence_seconds"))
    keys_silence_seconds = models.PositiveSmallIntegerField(**_bounds("keys_silence_seconds"))
    end_silence_seconds = models.FloatField(**_bounds("end_silence_seconds"))
    inter_tone_seconds = models.PositiveSmallIntegerField(**_bounds("inter_tone_seconds"))
    pin_digits = models.PositiveSmallIntegerField(**_bounds("pin_digits"))
    stop_tones = models.JSONField(
        **(_bounds("stop_tones") | {"default": default_stop_tones}),
        blank=True,
    )
    speech_model = models.CharField(max_length=100, blank=True, **_bounds("speech_model"))
    voices = models.JSONField(
        default=dict,
        blank=True,
        validators=[validate_voices],
        help_text='Another neural voice for a language: {"en-US": "en-US-AvaNeural"}.',
    )
    voice_endpoint = models.CharField(
        "custom voice",
        max_length=100,
        blank=True,
        help_text="The endpoint id of your own custom neural voice; empty for Azure's.",
    )

    class Meta:
        verbose_name = "call profile"

    def __str__(self) -> str:
        return f"calls of {self.clinic}"

    def clean(self) -> None:
        """The stop tones are a list; its own validator would run before it is one."""
        validate_stop_tones(self.stop_tones)

    @classmethod
    def of(cls, clinic: Clinic) -> "CallProfile":
        """The clinic's profile, else the defaults, unsaved."""
        found = cls.objects.filter(clinic=clinic).first()
        return found or cls(clinic=clinic)

    def listening(self) -> Profile:
        """The recognise settings of one call, the clinic's own among them."""
        clinic = self.clinic
        return Profile(
            interrupt_prompt=self.interrupt_prompt,
            interrupt_media=self.interrupt_media,
            choices_silence_seconds=clinic.initial_silence_seconds,
            speech_silence_seconds=self.speech_silence_seconds,
            keys_silence_seconds=self.keys_silence_seconds,
            end_silence_seconds=self.end_silence_seconds,
            inter_tone_seconds=self.inter_tone_seconds,
            pin_digits=self.pin_digits,
            stop_tones=tuple(self.stop_tones),
            sentiment=clinic.sentiment and clinic.rules.sentiment_allowed,
            speech_model=self.speech_model,
        )
