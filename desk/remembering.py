"""The language a patient answered in, where we did not know that they speak it."""

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from calls.conversation import wording
from calls.conversation.vocabulary import Outcome
from calls.models import CallAttempt
from desk import seeing
from desk.base import admin_url
from desk.wording import language_name
from reminders.models import Patient

#: The right person was on the line and understood what was asked.
ANSWERED = (
    Outcome.CONFIRMED,
    Outcome.CANCELLED,
    Outcome.RESCHEDULE_REQUESTED,
    Outcome.TRANSFERRED,
    Outcome.STAFF_REQUESTED,
)


@dataclass(frozen=True)
class Offer:
    """Something to remember of a call: which language, for whom."""

    attempt: CallAttempt
    patient: Patient
    tag: str

    @property
    def language(self) -> str:
        """``Spanish``."""
        return language_name(self.tag)

    @property
    def text(self) -> str:
        """``Remember Spanish for Ana``."""
        words = _("Remember %(language)s for %(name)s")
        return words % {"language": self.language, "name": seeing.voice_name(self.patient)}

    @property
    def link(self) -> str:
        """Where the button leads."""
        return admin_url(self.attempt, "remember")


def offer_of(attempt: CallAttempt) -> Offer | None:
    """None where the call teaches nothing; ask with visits, patients and clinic read."""
    tag = str(attempt.state.get("language", "")) if attempt.state else ""
    if not tag or attempt.is_open:
        return None
    for visit in attempt.visits.all():
        appointment = visit.appointment
        same_person = visit.patient_id == appointment.patient_id
        known = wording.base(appointment.language)
        if visit.outcome in ANSWERED and same_person and known != wording.base(tag):
            return Offer(attempt, appointment.patient, tag)
    return None


@transaction.atomic
def remember(offer: Offer) -> None:
    """Store it on the patient; the next call begins in it."""
    patient = Patient.objects.select_for_update(no_key=True).get(pk=offer.patient.pk)
    patient.language = offer.tag
    patient.save(update_fields=["language"])
