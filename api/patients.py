"""Patients: whom to ring, and on what legal basis."""

from contextlib import suppress
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from api import fields, reach
from api.bodies import Body, missing, refuse_bad_id, whole, write
from api.models import ApiToken
from reminders import phones, planning
from reminders.models import Appointment, Patient, PhoneNumber
from reminders.models import fields as rules
from reminders.policy.vocabulary import LegalBasis

#: What decides when, and whether, a patient may be rung.
PLANNED_BY = {"number", "time_zone", "legal_basis", "birth_date", "call_pin", "deceased_at"}


class Deceased(fields.Flag):
    """A flag, of which the row keeps since when."""

    def get_attribute(self, instance: Patient) -> bool:
        """Whether, not when."""
        return instance.deceased_at is not None


@extend_schema_serializer(component_name="Patient")
class PatientBody(Body):
    """A patient."""

    model = Patient

    external_id = serializers.CharField(read_only=True)
    name = fields.Text(max_length=200)
    spoken_name = fields.Text(
        max_length=100,
        required=False,
        allow_null=True,
        allow_blank=True,
        help_text="Said on the phone; null means the first name.",
    )
    phone = fields.PatientPhone(source="number")
    language = fields.Language(
        required=False, allow_null=True, help_text="Null means the clinic's first."
    )
    time_zone = fields.Zone(required=False, allow_null=True, help_text="Null means the clinic's.")
    legal_basis = fields.Word(LegalBasis, required=False, allow_null=True)
    birth_date = fields.Day(required=False, allow_null=True)
    call_pin = fields.Text(
        required=False,
        allow_null=True,
        write_only=True,
        max_length=8,
        help_text="Four to eight digits. It is never shown; see has_call_pin.",
    )
    has_call_pin = serializers.SerializerMethodField()
    voicemail_ok = fields.Flag(required=False, allow_null=True)
    deceased = Deceased(
        source="deceased_at",
        required=False,
        allow_null=True,
        help_text="True ends every call. False takes back what was sent, not what the phone or "
        "staff have told.",
    )

    def validate_call_pin(self, pin: str | None) -> str | None:
        """Digits alone."""
        if pin is not None:
            rules.validate_pin(pin)
        return pin

    def get_has_call_pin(self, patient: Patient) -> bool:
        """Whether a PIN is known."""
        return bool(patient.call_pin)

    def validate_birth_date(self, day: date | None) -> date | None:
        """Born, and not before the telephone."""
        today: date = self.context["now"].date()
        if day is not None and not 1900 <= day.year <= today.year:
            raise ValidationError(f"The year is not between 1900 and {today.year}.")
        if day is not None and day > today:
            raise ValidationError("This day is still to come.")
        return day


def shown(by: ApiToken) -> "QuerySet[Patient]":
    """The patients that a token may see."""
    return reach.patients(by).select_related("number")


@whole
def put(external_id: str, body: Any, now: datetime, *, by: ApiToken) -> tuple[Patient, bool]:
    """Make or change a patient; True with it when it was made."""
    refuse_bad_id("external_id", external_id)
    _lock_numbers(external_id, body)
    found = (
        Patient.objects.select_for_update(of=("self",), no_key=True)
        .select_related("number")
        .filter(external_id=external_id)
        .first()
    )
    if found is not None and not _is_reached(found, by):
        raise missing(Patient, external_id)
    values = PatientBody.read(body, found, now=now, by=by)
    _find_number(values, found)
    _find_death(values, found, now)
    patient = found or Patient(external_id=external_id)
    changed = write(patient, values, by=by)
    if found is not None and changed & PLANNED_BY:
        _replan(patient, now)
    return patient, found is None


def _lock_numbers(external_id: str, body: Any) -> None:
    """Numbers before patients, as everywhere: the one they have, and the one that is sent."""
    sent = body.get("phone") if isinstance(body, dict) else None
    e164 = ""
    with suppress(ValueError):
        e164 = phones.parse(sent).e164 if isinstance(sent, str) else ""
    theirs = Patient.objects.filter(external_id=external_id).values("number")
    planning.lock_numbers(PhoneNumber.objects.filter(Q(pk__in=theirs) | Q(e164=e164)))


def _is_reached(patient: Patient, by: ApiToken) -> bool:
    return by.everywhere or reach.patients(by).filter(pk=patient.pk).exists()


def _find_number(values: dict[str, Any], found: Patient | None) -> None:
    """Put the row of the number in place of its digits."""
    if "number" in values:
        same = found is not None and found.number.e164 == values["number"]
        values["number"] = found.number if found and same else PhoneNumber.obtain(values["number"])


def _find_death(values: dict[str, Any], found: Patient | None, now: datetime) -> None:
    """Put since when in place of the flag. A system that sends ``false`` with every
    body does not undo what somebody told us on the phone, or the desk."""
    if "deceased_at" not in values:
        return
    known = found.deceased_at if found else None
    if values["deceased_at"]:
        values["deceased_at"] = known or now
    elif found and known and not _was_sent(found):
        del values["deceased_at"]
    else:
        values["deceased_at"] = None


def _was_sent(patient: Patient) -> bool:
    """Whether the death came in through this API."""
    told = patient.history.filter(deceased_at=patient.deceased_at).earliest("history_id")
    return str(told.history_change_reason or "").startswith("api ")


def _replan(patient: Patient, now: datetime) -> None:
    """Plan the coming visits anew; the number is locked already."""
    visits = Appointment.objects.filter(patient=patient, starts_at__gt=now)
    planning.replan_each(visits.order_by("starts_at", "pk"), now)
