"""The budget ledger: every try to reach a number, by whatever channel."""

import uuid
from datetime import datetime

from django.db import models

from reminders.models import fields
from reminders.models.appointment import Appointment
from reminders.models.clinic import Clinic
from reminders.models.number import PhoneNumber
from reminders.policy.vocabulary import ContactResult


class Contact(models.Model):
    """Written in the transaction that claims a call, completed when it ends.

    ``ref`` is the channel's own id of the try; the domain never follows it.
    """

    number = models.ForeignKey(PhoneNumber, on_delete=models.CASCADE, related_name="contacts")
    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE)
    appointment = models.ForeignKey(Appointment, on_delete=models.CASCADE, related_name="contacts")
    #: Whom it was for, and the start the visit had then: another patient or
    #: another time starts the touches again.
    patient = models.ForeignKey("reminders.Patient", on_delete=models.CASCADE)
    visit_starts_at = models.DateTimeField()
    channel = models.CharField(max_length=8, default="call")
    at = models.DateTimeField()
    result = models.CharField(
        max_length=10, choices=fields.choices(ContactResult), default=ContactResult.PENDING
    )
    ref = models.UUIDField(default=uuid.uuid4, db_index=True)

    class Meta:
        indexes = [models.Index(fields=["number", "at"], name="contact_by_number")]

    def __str__(self) -> str:
        return f"{self.channel} {self.result}"

    @classmethod
    def claim(
        cls, appointment: Appointment, number: PhoneNumber, now: datetime, ref: uuid.UUID
    ) -> "Contact":
        """Spend one contact of the number's budget for this visit."""
        return cls.objects.create(
            number=number,
            clinic_id=appointment.clinic_id,
            appointment=appointment,
            patient_id=appointment.patient_id,
            visit_starts_at=appointment.starts_at,
            at=now,
            ref=ref,
        )
