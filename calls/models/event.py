"""What Azure told us, exactly as it came."""

from enum import StrEnum

from django.db import models
from django.db.models import Q

from calls.models.attempt import CallAttempt
from reminders.models.fields import choices


class EventState(StrEnum):
    """What became of a stored event."""

    #: Stored, not understood yet; the sweeper takes it up.
    STORED = "stored"
    HANDLED = "handled"
    #: A type that we do not know: kept, changes nothing.
    UNKNOWN = "unknown"
    FAILED = "failed"


class CallEvent(models.Model):
    """One CloudEvent of one attempt; its id makes a repeat visible."""

    attempt = models.ForeignKey(CallAttempt, on_delete=models.CASCADE, related_name="events")
    event_id = models.CharField(max_length=128)
    type = models.CharField(max_length=128)
    #: When Azure says it happened; aware, UTC.
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    body = models.JSONField()
    state = models.CharField(max_length=8, choices=choices(EventState), default=EventState.STORED)
    tries = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=500, blank=True)
    repeats = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["attempt", "event_id"], name="event_once_a_call")
        ]
        indexes = [
            models.Index(
                fields=["received_at"],
                condition=Q(state__in=[EventState.STORED, EventState.FAILED]),
                name="event_to_understand",
            )
        ]

    def __str__(self) -> str:
        return self.type.rpartition(".")[2]
