"""Which telephone numbers are a patient's alone, and go with them."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from calls.models import CallVisit
from reminders.models import Patient, PhoneNumber


def alone(patient: Patient) -> QuerySet[PhoneNumber]:
    """The number they have, and those they had before or were called at, as far as
    nobody else has them now."""
    had = patient.history.values("number")
    called = CallVisit.objects.filter(patient=patient).values("attempt__number")
    theirs = Q(pk=patient.number_id) | Q(pk__in=had) | Q(pk__in=called)
    others = Patient.objects.filter(number=OuterRef("pk")).exclude(pk=patient.pk)
    return PhoneNumber.objects.filter(~Exists(others), theirs)
