"""How a clinic's calls ask and listen: the object ``call_profile`` of a clinic."""

from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework.exceptions import ValidationError

from api import fields, shapes
from api.bodies import Body
from calls.conversation.profile import BY_NAME
from calls.models import CallProfile
from reminders.models import Clinic


def _optional(name: str = "") -> dict[str, Any]:
    """What every field has; bounds and help of a parameter come from the one table."""
    found: dict[str, Any] = {"required": False, "allow_null": True}
    if setting := BY_NAME.get(name):
        azure = "" if setting.azure in (None, "", ()) else f" Azure's own default: {setting.azure}."
        found["help_text"] = f"{setting.help}{azure}"
        if setting.low is not None:
            found |= {"min_value": setting.low, "max_value": setting.high}
    return found


@extend_schema_serializer(component_name="CallProfile")
class ProfileBody(Body):
    """The settings of a clinic's conversation."""

    model = CallProfile

    identity_level = fields.Whole(
        min_value=0,
        max_value=2,
        help_text="0: says yes to the name. 1: day and month of birth. 2: the PIN for calls.",
        **_optional(),
    )
    offer_reschedule = fields.Flag(**_optional())
    offer_staff = fields.Flag(**_optional())
    transfer_number = fields.Phone(**_optional())
    ask_reason = fields.Flag(**_optional())
    ask_needs = fields.Flag(**_optional())
    voicemail = fields.Flag(**_optional())
    listen_first = fields.Flag(**_optional())
    keypad_only = fields.Flag(**_optional())
    interrupt_prompt = fields.Flag(**_optional("interrupt_prompt"))
    interrupt_media = fields.Flag(**_optional("interrupt_media"))
    speech_silence_seconds = fields.Whole(**_optional("speech_silence_seconds"))
    keys_silence_seconds = fields.Whole(**_optional("keys_silence_seconds"))
    end_silence_seconds = fields.Number(**_optional("end_silence_seconds"))
    inter_tone_seconds = fields.Whole(**_optional("inter_tone_seconds"))
    pin_digits = fields.Whole(**_optional("pin_digits"))
    stop_tones = shapes.StopTones(**_optional("stop_tones"))
    speech_model = fields.Text(max_length=100, allow_blank=True, **_optional("speech_model"))
    voices = shapes.Voices(**_optional())
    voice_endpoint = fields.Text(max_length=100, allow_blank=True, **_optional())

    def get_attribute(self, clinic: Clinic) -> CallProfile:
        """The clinic's row, else the defaults; no query where it was selected with the clinic."""
        try:
            found: CallProfile = clinic.call_profile
        except CallProfile.DoesNotExist:
            found = CallProfile(clinic=clinic)
        return found

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Column -> value for what was sent; null stands for the column's default."""
        if not isinstance(data, dict):
            raise ValidationError(["Give an object."])
        values = super().to_internal_value(data)
        return {
            name: self._default(name) if value is None else value for name, value in values.items()
        }

    @classmethod
    def defaults(cls) -> dict[str, Any]:
        """Every column's default."""
        return {name: cls._default(name) for name in cls().get_fields()}


def write(clinic: Clinic, values: dict[str, Any]) -> set[str]:
    """Save what differs; the names of what changed. A clinic of defaults needs no row."""
    profile = CallProfile.of(clinic)
    changed = {name for name, value in values.items() if getattr(profile, name) != value}
    for name in changed:
        setattr(profile, name, values[name])
    if changed:
        profile.save()
    return changed
