"""Everything that is held of one patient: the rows, whatever table they are in."""

from dataclasses import dataclass
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, Q, QuerySet

from calls.models import CallAttempt, CallEvent, CallVisit, LineAction, Recognition
from calls.models.transcript import StaffRecording, TranscriptSegment
from desk.retention import files
from reminders.models import (
    AccessLog,
    Appointment,
    AppointmentEvent,
    Consent,
    Contact,
    Decision,
    ImportJob,
    ImportRow,
    Patient,
    PhoneNumber,
    Suppression,
    WebhookMessage,
    WorkItem,
)
from reminders.models.workitem import WorkNote

Rows = QuerySet[Any]


@dataclass(frozen=True)
class Holdings:
    """The rows about one patient; sets of keys first, so that each is asked once."""

    patient: Patient

    @property
    def number(self) -> PhoneNumber:
        """Theirs, perhaps shared."""
        return self.patient.number

    @property
    def shared(self) -> bool:
        """Whether somebody else has the same number."""
        return Patient.objects.filter(number=self.number).exclude(pk=self.patient.pk).exists()

    @property
    def visits(self) -> QuerySet[Appointment]:
        """Their visits."""
        return Appointment.objects.filter(patient=self.patient)

    @property
    def attempts(self) -> QuerySet[CallAttempt]:
        """Calls that asked for them or were about a visit of theirs, and, where the number
        is theirs alone, every call to it."""
        of_visits = CallVisit.objects.filter(
            Q(patient=self.patient) | Q(appointment__patient=self.patient)
        )
        mine = Q(pk__in=of_visits.values("attempt"))
        if not self.shared:
            mine |= Q(number=self.number)
        return CallAttempt.objects.filter(mine)

    @property
    def consents(self) -> QuerySet[Consent]:
        """Theirs; of a number that others have only those that name them."""
        of_number = Q(keyed_hash=self.number.keyed_hash)
        if self.shared:
            of_number &= Q(patient=None, given_by__icontains=self.patient.name)
        return Consent.objects.filter(Q(patient=self.patient) | of_number)

    def tables(self) -> dict[str, Rows]:
        """All rows by the name under which they are told."""
        visits, attempts = self.visits.values("pk"), self.attempts.values("pk")
        of_visits = {"appointment__in": visits}
        of_calls = {"attempt__in": attempts}
        return {
            "patient": Patient.objects.filter(pk=self.patient.pk),
            "number": PhoneNumber.objects.filter(pk=self.number.pk),
            "opt_outs": Suppression.objects.filter(keyed_hash=self.number.keyed_hash),
            "consents": self.consents,
            "waiting_files": ImportJob.objects.filter(
                pk__in=[job.pk for job in files.waiting(self.patient)]
            ),
            "waiting_lines": ImportRow.objects.filter(pk__in=files.lines(self.patient)),
            "patient_edits": self.patient.history.all(),
            "visits": self.visits,
            "visit_edits": Appointment.history.filter(id__in=visits),
            "visit_events": AppointmentEvent.objects.filter(**of_visits),
            "decisions": Decision.objects.filter(**of_visits),
            "contacts": Contact.objects.filter(patient=self.patient),
            "work": WorkItem.objects.filter(**of_visits),
            "work_notes": WorkNote.objects.filter(item__appointment__in=visits),
            "webhooks": WebhookMessage.objects.filter(visit__in=visits),
            "calls": self.attempts,
            "call_visits": CallVisit.objects.filter(**of_calls),
            "call_events": CallEvent.objects.filter(**of_calls),
            "heard": Recognition.objects.filter(**of_calls),
            "said": LineAction.objects.filter(**of_calls),
            "recordings": StaffRecording.objects.filter(**of_calls),
            "transcripts": TranscriptSegment.objects.filter(
                transcript__recording__attempt__in=attempts
            ),
            "looks": AccessLog.objects.filter(seen__patient=self.patient),
            "admin_log": self.log(),
        }

    def log(self) -> QuerySet[LogEntry]:
        """What Django's admin noted about any of their rows."""
        about: list[tuple[type[Model], Rows]] = [
            (Patient, Patient.objects.filter(pk=self.patient.pk)),
            (PhoneNumber, PhoneNumber.objects.filter(pk=self.number.pk)),
            (Appointment, self.visits),
            (CallAttempt, self.attempts),
            (WorkItem, WorkItem.objects.filter(appointment__in=self.visits)),
        ]
        found = Q(pk__in=[])
        for model, rows in about:
            kind = ContentType.objects.get_for_model(model)
            keys = [str(pk) for pk in rows.values_list("pk", flat=True)]
            found |= Q(content_type=kind, object_id__in=keys)
        return LogEntry.objects.filter(found)
