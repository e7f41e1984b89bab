"""A caller id and its lines, and what must be done on a live one."""

from enum import StrEnum

from django.db import models
from django.db.models import Q

from calls.conversation.actions import ActionKind
from calls.models.attempt import CallAttempt
from reminders.models.fields import choices


class Line(models.Model):
    """One caller id; its row is locked while lines are counted."""

    caller_id = models.CharField(max_length=16, primary_key=True)
    #: Azure asked us to slow down (429 with Retry-After).
    rest_until = models.DateTimeField(null=True)
    #: Azure fails too often since then: see ``calls.breaker``.
    broken_at = models.DateTimeField(null=True)
    mended_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.caller_id


class ActionState(StrEnum):
    """What became of it."""

    PENDING = "pending"
    DONE = "done"
    #: The call was over, or a newer turn had taken its place.
    DROPPED = "dropped"
    FAILED = "failed"


class LineAction(models.Model):
    """Written with the decision, done after the commit, taken up when cut off."""

    attempt = models.ForeignKey(CallAttempt, on_delete=models.CASCADE, related_name="actions")
    kind = models.CharField(max_length=8, choices=choices(ActionKind))
    #: ``step.turn``; returns with the events that this action causes.
    operation_context = models.CharField(max_length=64, blank=True)
    payload = models.JSONField(default=dict)
    state = models.CharField(
        max_length=8, choices=choices(ActionState), default=ActionState.PENDING
    )
    created_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(
                fields=["created_at"],
                condition=Q(state=ActionState.PENDING),
                name="action_to_do",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.operation_context}"
