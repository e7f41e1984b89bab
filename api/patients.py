"""Patients: whom to ring, and on what legal basis."""

from datetime import datetime
from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from api import fields
from api.bodies import Body, refuse_bad_id, whole, write
from reminders import planning
from reminders.models import Appointment, Patient, PhoneNumber
from reminders.policy.vocabulary import LegalBasis

#: What decides when, and whether, a patient may be rung.
PLANNED_BY = {"number", "time_zone", "legal_basis"}


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


@whole
def put(external_id: str, body: Any, now: datetime, *, actor: str) -> tuple[Patient, bool]:
    """Make or change a patient; True with it when it was made."""
    refuse_bad_id("external_id", external_id)
    found = (
        Patient.objects.select_for_update(of=("self",), no_key=True)
        .select_related("number")
        .filter(external_id=external_id)
        .first()
    )
    values = PatientBody.read(body, found)
    _find_number(values, found)
    patient = found or Patient(external_id=external_id)
    changed = write(patient, values, actor=actor)
    if found is not None and changed & PLANNED_BY:
        _replan(patient, now)
    return patient, found is None


def _find_number(values: dict[str, Any], found: Patient | None) -> None:
    """Put the row of the number in place of its digits."""
    if "number" in values:
        same = found is not None and found.number.e164 == values["number"]
        values["number"] = found.number if found and same else PhoneNumber.obtain(values["number"])


def _replan(patient: Patient, now: datetime) -> None:
    """Plan the coming visits anew, behind the number's lock as everywhere."""
    PhoneNumber.objects.select_for_update().get(pk=patient.number_id)
    visits = Appointment.objects.filter(patient=patient, starts_at__gt=now)
    planning.replan_each(visits.order_by("starts_at", "pk"), now)
