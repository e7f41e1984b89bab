"""What the rows tell of the risk that a patient stays away."""

from django.db.models import Count, Q

from reminders.models import Appointment, Contact
from reminders.policy.risk import Risk
from reminders.policy.vocabulary import AppointmentStatus, ContactResult


def risk_of(appointment: Appointment) -> Risk:
    """In three queries, whatever the patient's history."""
    before = Appointment.objects.filter(
        patient=appointment.patient_id, starts_at__lt=appointment.starts_at
    ).exclude(pk=appointment.pk)
    counted = before.order_by().aggregate(
        kept=Count("pk", filter=Q(status=AppointmentStatus.ATTENDED)),
        missed=Count("pk", filter=Q(status=AppointmentStatus.NO_SHOW)),
    )
    unheard = Contact.objects.filter(
        patient=appointment.patient_id,
        result__in=[ContactResult.NO_ANSWER, ContactResult.BUSY],
    )
    made = appointment.events.order_by("at").values_list("at", flat=True).first()
    return Risk(
        no_shows=counted["missed"],
        is_new=not counted["kept"] and not counted["missed"],
        lead_days=(appointment.starts_at - made).days if made else None,
        # One ring about two visits is one ring.
        unheard=unheard.values("ref").distinct().count(),
    )
