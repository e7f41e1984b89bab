"""Which patients some clinics have: one rule for people at the desk and for tokens."""

from collections.abc import Collection
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from reminders.models import Appointment, Patient


def patients_of(clinics: Collection[int], **entered_by: Any) -> QuerySet[Patient]:
    """The patients with a visit at one of these clinics.

    Patients belong to no clinic; their visits do. Somebody who was just entered
    has none yet: until the first, whoever entered them has to find them. Who that
    is, ``entered_by`` tells in columns of the patient's history.
    """
    visits = Appointment.objects.filter(patient=OuterRef("pk"))
    entered = Patient.history.filter(id=OuterRef("pk"), history_type="+", **entered_by)
    seen_here = Exists(visits.filter(clinic__in=clinics))
    return Patient.objects.filter(Q(seen_here) | Q(~Exists(visits) & Exists(entered)))
