"""A patient, as much of them as a reminder needs."""

from django.db import models
from simple_history.models import HistoricalRecords

from reminders.models import fields
from reminders.models.number import PhoneNumber
from reminders.policy.vocabulary import LegalBasis


class Patient(models.Model):
    """Whom we ring. Language and zone may be empty: then the clinic's hold."""

    external_id = models.CharField(
        max_length=64, unique=True, validators=[fields.external_id_validator]
    )
    name = models.CharField(max_length=200)
    spoken_name = models.CharField(
        max_length=100, blank=True, help_text="Said on the phone; empty means the first name."
    )
    number = models.ForeignKey(PhoneNumber, on_delete=models.PROTECT, related_name="patients")
    language = models.CharField(max_length=35, blank=True, validators=[fields.validate_language])
    time_zone = models.CharField(max_length=64, blank=True, validators=[fields.validate_zone])
    legal_basis = models.CharField(
        max_length=16, choices=fields.choices(LegalBasis), default=LegalBasis.NONE
    )

    history = HistoricalRecords()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def voice_name(self) -> str:
        """The first name, or what staff wrote for the voice."""
        return self.spoken_name or (self.name.split() or [self.name])[0]
