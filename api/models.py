"""Who may call the API, and what a sender last said."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import IntegrityError, models, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy

from api import scopes
from api.scopes import Scope
from reminders.models import Appointment, Clinic, Perishable
from reminders.models.fields import choices
from reminders.policy.vocabulary import AppointmentStatus

#: ``rw_PREFIX_SECRET``: the prefix finds the row, the secret proves the bearer.
TOKEN = re.compile(r"rw_([0-9a-f]{12})_([A-Za-z0-9_-]{43})", re.ASCII)

#: How often the time of the last use is written: not a write for each request.
USE_NOTED_EVERY = timedelta(minutes=1)

#: How long the answer to a POST is kept for whoever sends it again.
KEPT = timedelta(hours=24)
#: No request lasts so long: whoever was at it has died.
LONGEST_WORK = timedelta(minutes=2)

#: How long a token may last at the most, unless for ever.
MOST_DAYS = 3650

#: Who makes and ends tokens by command.
SHELL = "shell"
TAKEN = gettext_lazy("There is an active token named “{}” already.")

valid_name = RegexValidator(
    r"\A[^\W_](?:[\w .:@-]{0,62}[^\W_])?\Z",
    gettext_lazy("Use 1 to 64 letters and digits, with spaces or . : @ _ - between them."),
)


class ApiToken(models.Model):
    """A bearer token of one integrator; only the hash of its secret is kept.

    The secret is 256 random bits, so a plain SHA-256 cannot be searched. What a
    token may do never changes: for something else another one is made.
    """

    name = models.CharField(max_length=64, validators=[valid_name])
    prefix = models.CharField(max_length=12, unique=True, editable=False)
    secret_hash = models.CharField(max_length=64, editable=False)
    created_at = models.DateTimeField(editable=False)
    #: "staff NAME", or "shell" for a command.
    made_by = models.CharField(max_length=160, editable=False, default=SHELL)
    revoked_at = models.DateTimeField(null=True, editable=False)
    revoked_by = models.CharField(max_length=160, editable=False, default="")
    last_used_at = models.DateTimeField(null=True, editable=False)
    #: None: until it is revoked.
    expires_at = models.DateTimeField(null=True, editable=False)
    scopes = models.JSONField(default=list)
    #: All clinics, also those opened later; else the rows of ``clinics`` alone.
    everywhere = models.BooleanField("all clinics", default=False)
    clinics = models.ManyToManyField(Clinic, blank=True, related_name="api_tokens")

    #: DRF asks this of whoever it takes for a user.
    is_authenticated = True

    class Meta:
        verbose_name = "API token"
        ordering = ["name", "-pk"]
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

    @property
    def signature(self) -> str:
        """Who this is in the history of a row: a name may come again, a prefix may not."""
        return f"{self.actor} {self.prefix}"

    @cached_property
    def clinic_pks(self) -> list[int]:
        """The clinics it is limited to; asked once for each request."""
        return list(self.clinics.values_list("pk", flat=True))

    def may(self, scope: Scope) -> bool:
        """Whether it was given this scope, or one that contains it."""
        return scope in scopes.within(self.scopes)

    def ended(self, now: datetime) -> bool:
        """Revoked, or expired."""
        return self.revoked_at is not None or bool(self.expires_at and self.expires_at <= now)

    @classmethod
    def issue(
        cls,
        name: str,
        now: datetime,
        *,
        may: Iterable[Scope] = Scope,
        at: Iterable[Clinic] | None = None,
        lives: timedelta | None = None,
    ) -> str:
        """Make a token and return its text, which is to be had only now.

        Without ``at`` it reaches every clinic. An expired token keeps its name
        until it is revoked.

        Raises:
            ValueError: the name is taken by an active token, or is not a name.
        """
        try:
            valid_name(name)
        except ValidationError as error:
            raise ValueError(error.messages[0]) from None
        token = cls(name=name, scopes=sorted(may), everywhere=at is None)
        text = token.seal(now, lives=lives, by=SHELL)
        try:
            with transaction.atomic():
                token.save()
                token.clinics.set(at or ())
        except IntegrityError:
            raise ValueError(TAKEN.format(name)) from None
        return text

    def seal(self, now: datetime, *, lives: timedelta | None, by: str) -> str:
        """Give a token that is not saved yet its secret; returns its text."""
        prefix, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
        self.prefix, self.secret_hash = prefix, _hash(secret)
        self.created_at, self.made_by = now, by
        self.expires_at = now + lives if lives else None
        return f"rw_{prefix}_{secret}"

    @classmethod
    def revoke(cls, name: str, now: datetime, *, by: str = SHELL) -> bool:
        """End the active token of that name; False when there is none."""
        active = cls.objects.filter(name=name, revoked_at=None)
        return bool(active.update(revoked_at=now, revoked_by=by))

    @classmethod
    def of_bearer(cls, text: str, now: datetime) -> Self | None:
        """The active token that this text is, its use noted."""
        parts = TOKEN.fullmatch(text)
        if parts is None:
            return None
        token = cls.objects.filter(prefix=parts[1], revoked_at=None).first()
        if token is None or not hmac.compare_digest(token.secret_hash, _hash(parts[2])):
            return None
        if token.ended(now):
            return None
        token._note_use(now)
        return token

    def end(self, now: datetime, *, by: str) -> bool:
        """Revoke this one; False when it was revoked before."""
        active = ApiToken.objects.filter(pk=self.pk, revoked_at=None)
        return bool(active.update(revoked_at=now, revoked_by=by))

    def _note_use(self, now: datetime) -> None:
        if self.last_used_at is None or self.last_used_at <= now - USE_NOTED_EVERY:
            ApiToken.objects.filter(pk=self.pk).update(last_used_at=now)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


class KeptAnswer(Perishable):
    """What a POST with an ``Idempotency-Key`` was answered, for whoever sends it again.

    Nothing of a patient is in it: keyed hashes, and a body that tells of a call that
    was just asked for, before anybody was rung.
    """

    token = models.ForeignKey(ApiToken, on_delete=models.CASCADE, related_name="kept_answers")
    #: A keyed hash of the key, and of the address and body that it came with.
    key = models.CharField(max_length=64)
    request = models.CharField(max_length=64)
    claimed_at = models.DateTimeField()
    #: None: still in work.
    status = models.PositiveSmallIntegerField(null=True)
    body = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["claimed_at"], name="kept_answer_age")]
        constraints = [models.UniqueConstraint(fields=["token", "key"], name="one_answer_per_key")]

    def __str__(self) -> str:
        return f"answer {self.pk}"

    @classmethod
    def too_old(cls, now: datetime) -> QuerySet[Self]:
        """After a day a key is a new one."""
        return cls.objects.filter(claimed_at__lte=now - KEPT)

    @classmethod
    def claim(cls, token: ApiToken, hashes: dict[str, str], now: datetime) -> tuple[Self, bool]:
        """The row of a key; True with it when it is the caller's to finish.

        ``hashes`` has the key's as they are under each secret, and with each the
        request's; a new row takes the first. A row whose request has died on the
        way is given to the next who asks.
        """
        found = cls.objects.filter(token=token, key__in=hashes).order_by("pk").first()
        if found is not None and found.claimed_at <= now - KEPT:
            cls.objects.filter(pk=found.pk, claimed_at=found.claimed_at).delete()
            found = None
        if found is None:
            key, request = next(iter(hashes.items()))
            new = {"request": request, "claimed_at": now}
            return cls.objects.get_or_create(token=token, key=key, defaults=new)
        dead = found.status is None and found.claimed_at <= now - LONGEST_WORK
        if not dead or found.request != hashes[found.key]:
            return found, False
        is_ours = bool(found._mine().update(claimed_at=now))
        found.claimed_at = now
        return found, is_ours

    def finish(self, status: int, body: dict[str, Any]) -> bool:
        """Keep the answer; False when the row has become somebody else's."""
        return bool(self._mine().update(status=status, body=body))

    def give_up(self) -> None:
        """Nothing was done: the key is free again."""
        self._mine().delete()

    def _mine(self) -> QuerySet["KeptAnswer"]:
        return KeptAnswer.objects.filter(pk=self.pk, status=None, claimed_at=self.claimed_at)


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
