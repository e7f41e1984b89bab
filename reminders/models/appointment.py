"""A visit, what is planned for it and what was answered."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from reminders.models import fields
from reminders.models.clinic import Clinic, Practitioner, VisitType
from reminders.models.patient import Patient
from reminders.models.webhook import HookEvent, WebhookMessage
from reminders.policy.vocabulary import Answer, AppointmentStatus, Reason


class Appointment(models.Model):
    """One visit of one patient (FHIR Appointment).

    ``next_call_at`` is the work list; ``reminders.planning`` alone writes it.
    """

    external_id = models.CharField(
        max_length=64, unique=True, validators=[fields.external_id_validator]
    )
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="appointments")
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="appointments")
    practitioner = models.ForeignKey(Practitioner, on_delete=models.SET_NULL, null=True, blank=True)
    type = models.ForeignKey(
        VisitType, on_delete=models.SET_NULL, null=True, blank=True, verbose_name="visit type"
    )
    starts_at = models.DateTimeField("start")
    minutes = models.PositiveSmallIntegerField(
        default=30, validators=[MinValueValidator(1), MaxValueValidator(1440)]
    )
    status = models.CharField(
        max_length=10,
        choices=fields.choices(AppointmentStatus),
        default=AppointmentStatus.SCHEDULED,
    )
    answer = models.CharField(
        max_length=20, choices=fields.choices(Answer), default=Answer.NONE, blank=True
    )
    next_call_at = models.DateTimeField(null=True, blank=True, editable=False)
    next_call_reason = models.CharField(
        max_length=16,
        choices=fields.choices(Reason),
        blank=True,
        editable=False,
    )
    #: The start that the plan was made for; another start makes a new plan.
    planned_for = models.DateTimeField(null=True, editable=False)

    history = HistoricalRecords(excluded_fields=["next_call_at", "next_call_reason", "planned_for"])

    class Meta:
        ordering = ["starts_at"]
        indexes = [
            models.Index(
                fields=["next_call_at"],
                name="appointment_due",
                condition=Q(next_call_at__isnull=False),
            ),
            models.Index(
                fields=["starts_at"],
                name="appointment_moved",
                condition=Q(planned_for__isnull=True) | ~Q(planned_for=F("starts_at")),
            ),
            models.Index(fields=["starts_at"], name="appointment_by_start"),
            models.Index(fields=["clinic", "starts_at"], name="appointment_by_clinic"),
            models.Index(fields=["status", "starts_at"], name="appointment_by_status"),
        ]

    def __str__(self) -> str:
        local = self.starts_at.astimezone(self.clinic.zone)
        return f"{self.patient} · {local:%a %d %b %Y %H:%M}"

    @property
    def patient_zone(self) -> ZoneInfo:
        """The patient's zone, else the clinic's."""
        return ZoneInfo(self.patient.time_zone or self.clinic.time_zone)

    @property
    def language(self) -> str:
        """The patient's language, else the clinic's default."""
        return self.patient.language or self.clinic.default_language

    def record_answer(self, answer: Answer, now: datetime, *, actor: str, **detail: Any) -> bool:
        """Write down what was answered; the caller re-plans in the same transaction.

        Returns False, and changes nothing, where the visit is already
        attended, missed, or cancelled by the desk: staff and patient may
        decide at the same moment, and the desk's word on the visit stands.
        """
        open_visit = Appointment.objects.filter(
            pk=self.pk,
            status__in=[AppointmentStatus.SCHEDULED, AppointmentStatus.CONFIRMED],
        )
        status = {
            Answer.CONFIRMED: AppointmentStatus.CONFIRMED,
            Answer.CANCELLED: AppointmentStatus.CANCELLED,
        }.get(answer, AppointmentStatus.SCHEDULED)
        if not open_visit.update(answer=answer, status=status):
            return False
        self.answer, self.status = answer, status
        self.note("answered", now, actor=actor, answer=answer, **detail)
        self.tell_answer(answer, now, by="patient", call=detail.get("attempt"))
        return True

    def tell_answer(self, answer: str, now: datetime, *, by: str, call: str | None = None) -> None:
        """Tell other systems what this visit's answer is by now; empty: it was taken back."""
        WebhookMessage.write(HookEvent.ANSWERED, self, now, answer=answer, by=by, call=call)

    def rearm(self, now: datetime, *, actor: str, was: datetime | None) -> None:
        """The visit has another time: nobody has answered for that one yet (B14)."""
        self.status, self.answer = AppointmentStatus.SCHEDULED, Answer.NONE
        Appointment.objects.filter(pk=self.pk).update(status=self.status, answer=self.answer)
        self.note("moved", now, actor=actor, was=was.isoformat() if was else None)

    def note(self, kind: str, now: datetime, *, actor: str, **detail: Any) -> None:
        """Write one line of the visit's story beside the change itself."""
        AppointmentEvent.objects.create(
            appointment=self, kind=kind, at=now, actor=actor, detail=detail
        )


class AppointmentEvent(models.Model):
    """One change of a visit's state: what, when, by whom."""

    appointment = models.ForeignKey(Appointment, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=24)
    at = models.DateTimeField()
    #: "patient", "staff NAME", "api NAME", "import" or "ringwell".
    actor = models.CharField(max_length=160)
    detail = models.JSONField(default=dict)

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.kind} by {self.actor}"
