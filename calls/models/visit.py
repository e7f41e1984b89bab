"""Which visits one call speaks of, and what came of each."""

from datetime import datetime

from django.db import models
from django.db.models import Q

from calls.conversation.vocabulary import Outcome
from calls.models.attempt import CallAttempt
from reminders.models import Appointment, Patient
from reminders.models.fields import choices
from reminders.models.webhook import HookEvent, WebhookMessage, spelled
from reminders.policy.vocabulary import AppointmentStatus


class CallVisit(models.Model):
    """The answer belongs to the visit; the ring belongs to the number."""

    attempt = models.ForeignKey(CallAttempt, on_delete=models.CASCADE, related_name="visits")
    appointment = models.ForeignKey(
        Appointment, on_delete=models.CASCADE, related_name="call_visits"
    )
    outcome = models.CharField(max_length=20, choices=choices(Outcome), blank=True)
    #: True until the attempt has ended: one open call per appointment.
    is_open = models.BooleanField(default=True)
    #: Whom the call asks for, and the start that it speaks: where the visit
    #: has another by now, nothing is said of it and nothing is answered.
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE)
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

    def stands(self, appointment: Appointment) -> bool:
        """True while the visit is still the one this call was made for."""
        return (
            appointment.starts_at == self.visit_starts_at
            and appointment.patient_id == self.patient_id
            and appointment.status in (AppointmentStatus.SCHEDULED, AppointmentStatus.CONFIRMED)
        )

    def tell_ended(self, attempt: CallAttempt, appointment: Appointment, now: datetime) -> None:
        """Tell other systems that the call about this visit is over, and what came of it.

        ``attempt`` and ``appointment`` are the locked rows of whoever settles the call.
        """
        call = {
            "call": str(attempt.pk),
            "outcome": self.outcome,
            "started_at": spelled(attempt.started_at) if attempt.started_at else None,
            "connected_at": spelled(attempt.connected_at) if attempt.connected_at else None,
            "ended_at": spelled(attempt.ended_at or now),
        }
        WebhookMessage.write(HookEvent.CALL_ENDED, appointment, now, **call)

    def __str__(self) -> str:
        return f"{self.appointment_id}: {self.outcome or 'open'}"
