"""Who may call the API, and what a sender last said."""

import hashlib
import hmac
import re
import secrets
from datetime import datetime, timedelta
from typing import Self

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import IntegrityError, models, transaction
from django.db.models import Q

from reminders.models import Appointment
from reminders.models.fields import choices
from reminders.policy.vocabulary import AppointmentStatus

#: ``rw_PREFIX_SECRET``: the prefix finds the row, the secret proves the bearer.
TOKEN = re.compile(r"rw_([0-9a-f]{12})_([A-Za-z0-9_-]{43})", re.ASCII)

#: How often the time of the last use is written: not a write for each request.
USE_NOTED_EVERY = timedelta(minutes=1)

valid_name = RegexValidator(
    r"\A[^\W_](?:[\w .:@-]{0,62}[^\W_])?\Z",
    "Use 1 to 64 letters and digits, with spaces or . : @ _ - between them.",
)


class ApiToken(models.Model):
    """A bearer token of one integrator; only the hash of its secret is kept.

    The secret is 256 random bits, so a plain SHA-256 cannot be searched.
    """

    name = models.CharField(max_length=64, validators=[valid_name])
    prefix = models.CharField(max_length=12, unique=True, editable=False)
    secret_hash = models.CharField(max_length=64, editable=False)
    created_at = models.DateTimeField(editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)
    last_used_at = models.DateTimeField(null=True, editable=False)
    #: None: until it is revoked.
    expires_at = models.DateTimeField(null=True, editable=False)
    #: False: GET alone.
    may_write = models.BooleanField(default=True, editable=False)

    #: DRF asks this of whoever it takes for a user.
    is_authenticated = True

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["name"],
                condition=Q(revoked_at=None),
                name="one_active_token_per_name",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def actor(self) -> str:
        """Who this is in the story of a visit."""
        return f"api {self.name}"

    @classmethod
    def issue(
        cls, name: str, now: datetime, *, may_write: bool = True, lives: timedelta | None = None
    ) -> str:
        """Make a token and return its text, which is to be had only now.

        An expired token keeps its name until it is revoked.

        Raises:
            ValueError: the name is taken by an active token, or is not a name.
        """
        try:
            valid_name(name)
        except ValidationError as error:
            raise ValueError(error.messages[0]) from None
        prefix, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
        try:
            with transaction.atomic():
                cls.objects.create(
                    name=name,
                    prefix=prefix,
                    secret_hash=_hash(secret),
                    created_at=now,
                    expires_at=now + lives if lives else None,
                    may_write=may_write,
                )
        except IntegrityError:
            raise ValueError(f"There is an active token named “{name}” already.") from None
        return f"rw_{prefix}_{secret}"

    @classmethod
    def revoke(cls, name: str, now: datetime) -> bool:
        """End the active token of that name; False when there is none."""
        return bool(cls.objects.filter(name=name, revoked_at=None).update(revoked_at=now))

    @classmethod
    def of_bearer(cls, text: str, now: datetime) -> Self | None:
        """The active token that this text is, its use noted."""
        parts = TOKEN.fullmatch(text)
        if parts is None:
            return None
        token = cls.objects.filter(prefix=parts[1], revoked_at=None).first()
        if token is None or not hmac.compare_digest(token.secret_hash, _hash(parts[2])):
            return None
        if token.expires_at is not None and token.expires_at <= now:
            return None
        token._note_use(now)
        return token

    def _note_use(self, now: datetime) -> None:
        if self.last_used_at is None or self.last_used_at <= now - USE_NOTED_EVERY:
            ApiToken.objects.filter(pk=self.pk).update(last_used_at=now)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


class SenderStatus(models.Model):
    """The status a sender last sent for a visit.

    A sender that repeats "scheduled" with every body tells nothing new: what
    the patient or the desk said in between must stand. Only by the last word
    sent can a repetition be told from a wish to open the visit again.
    """

    appointment = models.OneToOneField(
        Appointment, on_delete=models.CASCADE, related_name="sender_status", primary_key=True
    )
    status = models.CharField(max_length=10, choices=choices(AppointmentStatus))

    def __str__(self) -> str:
        return self.status

    @classmethod
    def is_news(cls, appointment: Appointment, status: AppointmentStatus) -> bool:
        """Keep the word just sent; False when it was the last one already."""
        said = cls.objects.filter(appointment=appointment).first()
        if said is not None and said.status == status:
            return False
        cls.objects.update_or_create(appointment=appointment, defaults={"status": status})
        return True
