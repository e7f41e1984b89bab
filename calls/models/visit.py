"""Which visits one call speaks of, and what came of each."""

from datetime import datetime

from django.db import models
from django.db.models import Count, IntegerField, OuterRef, Q, Subquery
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from calls.conversation.vocabulary import Outcome
from calls.models.attempt import CallAttempt
from reminders.models import Appointment, Clinic, Patient
from reminders.models.fields import choices
from reminders.models.webhook import HookEvent, WebhookMessage, spelled
from reminders.policy.vocabulary import AppointmentStatus


class CallVisit(models.Model):
    """The answer belongs to the visit; the ring belongs to the number.

    One row is what the reports call a reminder. What they ask of it stands in it, as it was
    when the call was dialled: a month of reminders is read without a look at their calls.
    """

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
    #: Whose call it is. The visit may be another clinic's by now.
    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, related_name="+", db_index=False)
    #: When the call was dialled; None as long as it was not.
    dialled_at = models.DateTimeField(null=True)
    #: 1 for the first call about this visit that was dialled, and so on. It stays when
    #: the calls before it are erased.
    ordinal = models.PositiveSmallIntegerField(null=True)

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["dialled_at"], name="reminder_by_time"),
            models.Index(fields=["clinic", "dialled_at"], name="reminder_by_clinic"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["appointment"],
                condition=Q(is_open=True),
                name="one_open_call_per_appointment",
            ),
            models.UniqueConstraint(fields=["attempt", "appointment"], name="visit_once_a_call"),
            models.CheckConstraint(
                condition=Q(dialled_at__isnull=True, ordinal__isnull=True)
                | Q(dialled_at__isnull=False, ordinal__gte=1),
                name="numbered_when_dialled",
            ),
        ]

    @classmethod
    def mark_dialled(cls, attempt: CallAttempt, now: datetime) -> None:
        """The call is being dialled: from ``now`` on these are reminders."""
        cls.objects.filter(attempt=attempt).update(dialled_at=now, ordinal=cls.how_manieth(now))

    @classmethod
    def how_manieth(cls, at: datetime | OuterRef) -> Combinable:
        """Of a row dialled at ``at``: which call about its visit it is. Another start or
        another patient is another visit, as for planning."""
        same = {name: OuterRef(name) for name in ("appointment", "patient", "visit_starts_at")}
        earlier = cls.objects.filter(dialled_at__lt=at, **same).order_by()
        counted = earlier.values("appointment").annotate(n=Count("pk")).values("n")
        return Coalesce(Subquery(counted, IntegerField()), 0) + 1

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
