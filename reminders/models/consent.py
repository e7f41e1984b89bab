"""What people agreed to, kept forever: it is the proof that a call was lawful."""

from enum import StrEnum

from django.db import models
from django.db.models import Q

from reminders.models import fields
from reminders.models.patient import Patient


class ConsentHow(StrEnum):
    """In which way somebody agreed."""

    SPOKEN = "spoken"
    WRITTEN = "written"
    ONLINE = "online"
    #: Told by another system's file.
    IMPORTED = "imported"


class Consent(models.Model):
    """One consent to automated calls. Rows are added, never changed; the number stands
    in it by keyed hash alone, so that erasing a patient keeps the proof (R14)."""

    keyed_hash = models.CharField(max_length=64, db_index=True)
    patient = models.ForeignKey(
        Patient, on_delete=models.SET_NULL, null=True, related_name="consents"
    )
    #: Who said so: the patient, a parent, whoever answers for the number.
    given_by = models.CharField(max_length=200)
    how = models.CharField(max_length=10, choices=fields.choices(ConsentHow))
    given_at = models.DateTimeField()
    #: What they agreed to, word for word where it is known.
    wording = models.TextField(blank=True)
    source = models.CharField(max_length=200, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.CharField(max_length=150)
    #: The opt-out that this consent lifted: since when, and where it came from.
    lifted = models.JSONField(null=True)

    class Meta:
        ordering = ["-recorded_at", "-pk"]
        permissions = [("lift_suppression", "Can let a number be called again after an opt-out")]
        constraints = [
            models.CheckConstraint(condition=~Q(given_by=""), name="a_consent_is_given_by_somebody")
        ]

    def __str__(self) -> str:
        return f"consent of {self.given_at:%Y-%m-%d}"
