"""Everything that is held of one patient: the rows, whatever table they are in."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, Q, QuerySet

from calls.models import CallAttempt, CallEvent, CallVisit, LineAction, Recognition
from calls.models.transcript import StaffRecording, TranscriptSegment
from desk.retention import files, numbers
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

    @cached_property
    def numbers(self) -> list[int]:
        """The keys of those that are theirs alone, of today and of before."""
        return list(numbers.alone(self.patient).values_list("pk", flat=True))

    @property
    def hashes(self) -> QuerySet[PhoneNumber, str]:
        """By which opt-outs and consents name these numbers, and the shared one."""
        rows = PhoneNumber.objects.filter(pk__in={self.number.pk, *self.numbers})
        return rows.values_list("keyed_hash", flat=True)

    @property
    def visits(self) -> QuerySet[Appointment]:
        """Their visits."""
        return Appointment.objects.filter(patient=self.patient)

    @property
    def attempts(self) -> QuerySet[CallAttempt]:
        """Calls that asked for them or were about a visit of theirs, and every call to a number
        that is theirs alone, but for those about somebody else who had it once."""
        of_visits = CallVisit.objects.filter(
            Q(patient=self.patient) | Q(appointment__patient=self.patient)
        )
        of_others = CallVisit.objects.exclude(patient=self.patient).exclude(patient=None)
        mine = Q(pk__in=of_visits.values("attempt"))
        alone = Q(number__in=self.numbers) & ~Q(pk__in=of_others.values("attempt"))
        return CallAttempt.objects.filter(mine | alone)

    @property
    def consents(self) -> QuerySet[Consent]:
        """Theirs; of a number that others have only those that name them."""
        alone = PhoneNumber.objects.filter(pk__in=self.numbers).values("keyed_hash")
        of_number = Q(patient=None, keyed_hash__in=alone)
        if self.shared:
            named = Q(patient=None, given_by__icontains=self.patient.name)
            of_number |= named & Q(keyed_hash=self.number.keyed_hash)
        return Consent.objects.filter(Q(patient=self.patient) | of_number)

    def tables(self) -> dict[str, Rows]:
        """All rows by the name under which they are told."""
        visits, attempts = self.visits.values("pk"), self.attempts.values("pk")
        of_visits = {"appointment__in": visits}
        of_calls = {"attempt__in": attempts}
        return {
            "patient": Patient.objects.filter(pk=self.patient.pk),
            "number": PhoneNumber.objects.filter(pk__in={self.number.pk, *self.numbers}),
            "opt_outs": Suppression.objects.filter(keyed_hash__in=self.hashes),
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
            (PhoneNumber, PhoneNumber.objects.filter(pk__in={self.number.pk, *self.numbers})),
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
