"""One try to ring one number. It rings at most once, whatever happens."""

import secrets
import uuid
from datetime import datetime

from django.db import models
from django.db.models import Q

from calls.conversation.vocabulary import AttemptStatus, Outcome
from reminders.models import Clinic, PhoneNumber
from reminders.models.fields import choices

OPEN = (AttemptStatus.QUEUED, AttemptStatus.DIALLING, AttemptStatus.CONNECTED)


def new_secret() -> str:
    """128 random bits for the callback's URL, 32 hex characters."""
    return secrets.token_hex(16)


class CallAttempt(models.Model):
    """Committed before dialling; its id and its secret are in the callback's URL."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.ForeignKey(PhoneNumber, on_delete=models.CASCADE, related_name="attempts")
    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, related_name="attempts")
    caller_id = models.CharField(max_length=16)
    status = models.CharField(
        max_length=10, choices=choices(AttemptStatus), default=AttemptStatus.QUEUED
    )
    outcome = models.CharField(max_length=20, choices=choices(Outcome), blank=True)
    secret = models.CharField(max_length=32, default=new_secret, editable=False)

    #: Sent with every create call of this attempt, so that Azure dials once.
    repeatability_id = models.UUIDField(default=uuid.uuid4, editable=False)
    #: System time of the first create call; repeats only within 60 s of it.
    first_sent_at = models.DateTimeField(null=True)

    queued_at = models.DateTimeField()
    #: Asked for by a person: goes before the cadence's calls.
    by_person = models.BooleanField(default=False)
    #: Somebody tries the texts out on a telephone of theirs: there is no visit,
    #: and nothing follows from what is said, but for an opt-out.
    rehearsal = models.BooleanField(default=False)
    started_at = models.DateTimeField("dialled", null=True)
    connected_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    #: The last sign of life: an event, or our own action.
    heard_at = models.DateTimeField(null=True)
    hang_up_at = models.DateTimeField(null=True)

    call_connection_id = models.CharField(max_length=128, blank=True, db_index=True)
    server_call_id = models.CharField(max_length=512, blank=True)
    correlation_id = models.CharField(max_length=128, blank=True)

    language = models.CharField(max_length=35, blank=True)
    rule_set = models.CharField(max_length=32, blank=True)
    #: What may be said and heard in this call, word for word: the evidence.
    script = models.JSONField(default=dict)
    #: ``conversation.dialogue.State``: where we are and what was said so far.
    state = models.JSONField(default=dict)

    end_code = models.IntegerField(null=True)
    end_sub_code = models.IntegerField(null=True)
    end_reason = models.CharField(max_length=16, blank=True)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = "call"
        permissions = [("download_dossier", "Can download all that is known of a call")]
        ordering = ["-queued_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["number"],
                condition=~Q(status=AttemptStatus.ENDED),
                name="one_open_call_per_number",
            )
        ]
        indexes = [
            models.Index(
                fields=["caller_id"],
                condition=~Q(status=AttemptStatus.ENDED),
                name="attempt_open",
            ),
            models.Index(fields=["-queued_at"], name="attempt_newest"),
            models.Index(fields=["outcome", "-queued_at"], name="attempt_by_outcome"),
            models.Index(fields=["clinic", "started_at"], name="attempt_by_clinic"),
            # Days over all clinics: what the reports count, and the lists behind them.
            models.Index(fields=["started_at"], name="attempt_by_start"),
        ]

    def __str__(self) -> str:
        return f"call {str(self.id)[:8]}"

    @property
    def is_open(self) -> bool:
        """True until the call is over."""
        return self.status != AttemptStatus.ENDED

    def move(
        self, *, to: AttemptStatus, allowed: tuple[AttemptStatus, ...], **columns: object
    ) -> bool:
        """Change the status by one conditional UPDATE; False when another won."""
        won = CallAttempt.objects.filter(pk=self.pk, status__in=allowed).update(
            status=to, **columns
        )
        if won:
            self.status = to
            for name, value in columns.items():
                setattr(self, name, value)
        return bool(won)

    def end(self, now: datetime, outcome: Outcome, **columns: object) -> bool:
        """Close an open attempt."""
        return self.move(
            to=AttemptStatus.ENDED, allowed=OPEN, ended_at=now, outcome=outcome, **columns
        )
