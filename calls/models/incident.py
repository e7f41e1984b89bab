"""What is wrong with the installation just now, and which workers are alive."""

from datetime import datetime, timedelta
from enum import StrEnum

from django.db import models
from django.db.models import F, Q

from reminders.models.fields import choices

#: After this, whoever took a mail and never said that it is out is taken for dead.
LEASE = timedelta(minutes=2)


class IncidentKind(StrEnum):
    """What an engineer on call is told of."""

    #: Something was due and nothing was dialled for long, inside the hours.
    NOT_PLACED = "not_placed"
    #: Azure fails calls too often: see ``calls.breaker``.
    BREAKER = "breaker"
    #: A worker, or beat, is not heard of.
    SILENT = "silent"
    #: Paused by itself after a long sleep: maybe a restored backup.
    ASLEEP = "asleep"


class Mail(StrEnum):
    """The two mails of an incident, each by the column that says it is out."""

    BEGUN = "told_at"
    OVER = "told_over_at"


class Incident(models.Model):
    """One incident from its beginning to its end. Times are Ringwell's."""

    kind = models.CharField(max_length=12, choices=choices(IncidentKind))
    #: The caller id, the silent worker's queues or "beat"; never anything of a patient.
    subject = models.CharField(max_length=100, blank=True)
    opened_at = models.DateTimeField()
    #: When it was last seen to be so.
    seen_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    #: Who sends a mail says so first; others wait for ``LEASE``.
    claimed_at = models.DateTimeField(null=True)
    tries = models.PositiveIntegerField(default=0)
    told_at = models.DateTimeField(null=True)
    told_over_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-opened_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject"],
                condition=Q(closed_at=None),
                name="one_open_incident_of_a_kind",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}".strip()

    def claim(self, mail: Mail, now: datetime) -> bool:
        """This process sends the mail; False when another does, or it is out."""
        free = Q(claimed_at=None) | Q(claimed_at__lte=now - LEASE)
        mine = Incident.objects.filter(free, pk=self.pk, **{mail: None})
        return bool(mine.update(claimed_at=now, tries=F("tries") + 1))

    def told(self, mail: Mail, now: datetime) -> None:
        """The mail is out."""
        Incident.objects.filter(pk=self.pk).update(**{mail: now}, claimed_at=None)


class Pulse(models.Model):
    """When a worker of these queues was last alive; several on one list share a row."""

    #: Names with commas, in order: "bulk,speech"; or "beat", when it last asked for a watch.
    queues = models.CharField(max_length=100, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.queues

    @classmethod
    def beat(cls, queues: list[str], now: datetime) -> None:
        """A worker that takes tasks from these queues is alive."""
        cls.objects.update_or_create(queues=",".join(sorted(queues)), defaults={"at": now})
