"""Other systems are told by HTTP what came of a visit: where to, what, and how each try went.

A message is written in the transaction of the fact it tells, once for each endpoint that
wants it, and goes out later: whoever writes one never waits for another machine.
"""

import base64
import secrets
import uuid
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q, QuerySet

from reminders.models import fields
from reminders.models.clinic import Clinic

if TYPE_CHECKING:
    from reminders.models.appointment import Appointment


class HookEvent(StrEnum):
    """What other systems may be told of; part of the interface."""

    ANSWERED = "answered"
    NEEDS_HUMAN = "needs_human"
    CALL_ENDED = "call_ended"


class MessageState(StrEnum):
    """How far a message has come."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"


class TryFault(StrEnum):
    """Why nobody answered a try."""

    NOT_HTTPS = "not_https"
    NO_SUCH_HOST = "no_such_host"
    PRIVATE_ADDRESS = "private_address"
    REFUSED = "refused"
    CERTIFICATE = "certificate"
    TIMEOUT = "timeout"
    BROKEN = "broken"


def new_signing_secret() -> str:
    """256 random bits as Standard Webhooks writes them: ``whsec_`` and base64."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"


class WebhookEndpoint(models.Model):
    """Somewhere to send to. The secret is kept as it is, since it signs; it is shown once."""

    name = models.CharField(max_length=100, unique=True)
    url = models.CharField("address", max_length=500)
    on_answered = models.BooleanField("answered", default=True)
    on_needs_human = models.BooleanField("needs a human", default=True)
    on_call_ended = models.BooleanField("call ended", default=True)
    #: Of which visits; none named: of all.
    clinics = models.ManyToManyField(Clinic, blank=True, related_name="+")
    is_on = models.BooleanField("switched on", default=True)
    secret = models.CharField(max_length=64, default=new_signing_secret, editable=False)
    #: It said itself that it is gone for good (410), which switched it off.
    gone_at = models.DateTimeField(null=True, editable=False)
    #: Since when messages were given up, and none has been delivered.
    failing_since = models.DateTimeField(null=True, editable=False)
    #: A worker sends to it, until then at the latest: one at a time does.
    turn_until = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = "webhook"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def wanting(cls, event: HookEvent, clinic_id: int) -> QuerySet["WebhookEndpoint"]:
        """Those that want to be told of this, at this clinic."""
        here = Q(clinics=None) | Q(clinics=clinic_id)
        return cls.objects.filter(here, is_on=True, **{f"on_{event}": True}).distinct()


class WebhookMessage(models.Model):
    """One fact for one endpoint: ids and codes, never a name, a number or a word heard."""

    #: Its ``webhook-id`` on the wire, the same on each try.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="messages")
    visit = models.ForeignKey(
        "reminders.Appointment", on_delete=models.CASCADE, related_name="webhook_messages"
    )
    event = models.CharField(max_length=16, choices=fields.choices(HookEvent))
    body = models.JSONField()
    created_at = models.DateTimeField("made")
    state = models.CharField(
        max_length=10, choices=fields.choices(MessageState), default=MessageState.WAITING
    )
    #: Tries of this round, and when it began: sending again begins a new one.
    tries = models.PositiveSmallIntegerField(default=0)
    round_began_at = models.DateTimeField()
    next_try_at = models.DateTimeField("next try", null=True)

    class Meta:
        verbose_name = "webhook message"
        ordering = ["-created_at"]
        indexes = [
            models.Index(
                fields=["endpoint", "next_try_at"],
                condition=Q(state=MessageState.WAITING),
                name="webhook_waiting",
            ),
            models.Index(fields=["-created_at"], name="webhook_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.wire_id}"

    @property
    def wire_id(self) -> str:
        """What the receiver knows it by."""
        return f"msg_{self.id.hex}"

    @classmethod
    def write(cls, event: HookEvent, visit: "Appointment", now: datetime, **more: Any) -> None:
        """Tell whoever wants to know; to be called in the transaction of the fact."""
        endpoints = list(WebhookEndpoint.wanting(event, visit.clinic_id))
        if not endpoints:
            return
        body = {"type": event, "timestamp": spelled(now), "data": _about(visit) | more}
        WebhookMessage.objects.bulk_create(
            WebhookMessage(
                endpoint=endpoint,
                visit=visit,
                event=event,
                body=body,
                created_at=now,
                round_began_at=now,
                next_try_at=now,
            )
            for endpoint in endpoints
        )

    def send_again(self, now: datetime) -> bool:
        """Begin a new day of tries; False where one is under way."""
        over = WebhookMessage.objects.filter(pk=self.pk).exclude(state=MessageState.WAITING)
        waits = {"state": MessageState.WAITING, "tries": 0}
        return bool(over.update(round_began_at=now, next_try_at=now, **waits))


def spelled(moment: datetime) -> str:
    """RFC 3339 in UTC."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _about(visit: "Appointment") -> dict[str, Any]:
    return {
        "clinic": visit.clinic.slug,
        "visit": visit.external_id,
        "patient": visit.patient.external_id,
        "starts_at": spelled(visit.starts_at),
    }


class WebhookTry(models.Model):
    """One line of the delivery log. What the receiver wrote is not kept."""

    message = models.ForeignKey(WebhookMessage, on_delete=models.CASCADE, related_name="log")
    number = models.PositiveSmallIntegerField("try")
    at = models.DateTimeField()
    milliseconds = models.PositiveIntegerField("ms")
    #: Of HTTP; None where nobody answered.
    status = models.PositiveSmallIntegerField(null=True)
    fault = models.CharField(max_length=16, choices=fields.choices(TryFault), blank=True)

    class Meta:
        verbose_name = "try"
        verbose_name_plural = "tries"
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"try {self.number}: {self.status or self.fault}"
