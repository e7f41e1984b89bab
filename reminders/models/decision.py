"""Why we ring or don't: one row for each decision that said something new."""

from django.db import models

from reminders.models import fields
from reminders.models.appointment import Appointment
from reminders.policy.vocabulary import Reason


class Decision(models.Model):
    """A verdict of the policy with the figures it rests on."""

    appointment = models.ForeignKey(Appointment, on_delete=models.CASCADE, related_name="decisions")
    at = models.DateTimeField()
    code = models.CharField(max_length=16, choices=fields.choices(Reason))
    next_call_at = models.DateTimeField(null=True)
    rule_set = models.CharField(max_length=32)
    numbers = models.JSONField(default=dict)

    class Meta:
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["appointment", "at"], name="decision_by_appointment")]

    def __str__(self) -> str:
        return self.code
