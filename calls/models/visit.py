"""Which visits one call speaks of, and what came of each."""

from django.db import models
from django.db.models import Q

from calls.conversation.vocabulary import Outcome
from calls.models.attempt import CallAttempt
from reminders.models import Appointment
from reminders.models.fields import choices


class CallVisit(models.Model):
    """The answer belongs to the visit; the ring belongs to the number."""

    attempt = models.ForeignKey(CallAttempt, on_delete=models.CASCADE, related_name="visits")
    appointment = models.ForeignKey(
        Appointment, on_delete=models.CASCADE, related_name="call_visits"
    )
    outcome = models.CharField(max_length=20, choices=choices(Outcome), blank=True)
    #: True until the attempt has ended: one open call per appointment.
    is_open = models.BooleanField(default=True)
    #: The start that is spoken in this call.
    visit_starts_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["appointment"],
                condition=Q(is_open=True),
                name="one_open_call_per_appointment",
            ),
            models.UniqueConstraint(fields=["attempt", "appointment"], name="visit_once_a_call"),
        ]

    def __str__(self) -> str:
        return f"{self.appointment_id}: {self.outcome or 'open'}"
