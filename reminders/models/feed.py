"""A practitioner's visits as a calendar that others subscribe to, under a secret address."""

import hmac
import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Self

from django.db import models, transaction
from django.db.models import Q

from reminders.models.clinic import Practitioner

#: A calendar asks every few minutes; that it does is noted so often.
NOTED_EVERY = timedelta(hours=1)


def _hash(token: str) -> str:
    """Of 256 random bits: nobody guesses them from their hash, so it needs no salt."""
    return sha256(token.encode()).hexdigest()


class CalendarFeed(models.Model):
    """One address, of which the hash of its secret is kept; at most one is open at a time."""

    practitioner = models.ForeignKey(Practitioner, on_delete=models.CASCADE, related_name="feeds")
    token_hash = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=150)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=150, blank=True)
    last_read_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-made_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["practitioner"],
                condition=Q(ended_at=None),
                name="one_open_feed_per_practitioner",
            )
        ]

    def __str__(self) -> str:
        return f"calendar of {self.practitioner}"

    @classmethod
    def open_of(cls, practitioner: Practitioner) -> Self | None:
        """The one that works."""
        return cls.objects.filter(practitioner=practitioner, ended_at=None).first()

    @classmethod
    @transaction.atomic
    def make(cls, practitioner: Practitioner, now: datetime, *, by: str) -> str:
        """A new secret, told this once; the former address ends."""
        Practitioner.objects.select_for_update().get(pk=practitioner.pk)
        cls.end(practitioner, now, by=by)
        token = secrets.token_urlsafe(32)
        cls.objects.create(
            practitioner=practitioner, token_hash=_hash(token), made_at=now, made_by=by[:150]
        )
        return token

    @classmethod
    def end(cls, practitioner: Practitioner, now: datetime, *, by: str) -> bool:
        """Whoever has the address gets nothing any more; False when there was none."""
        still_open = cls.objects.filter(practitioner=practitioner, ended_at=None)
        return bool(still_open.update(ended_at=now, ended_by=by[:150]))

    @classmethod
    def find(cls, practitioner_id: int, token: str) -> Self | None:
        """The open one with this secret, compared in constant time."""
        rows = cls.objects.select_related("practitioner__clinic")
        feed = rows.filter(practitioner=practitioner_id, ended_at=None).first()
        if feed is None or not hmac.compare_digest(feed.token_hash, _hash(token)):
            return None
        return feed

    def was_read(self, now: datetime) -> None:
        """Note it, about once an hour: staff see whether anybody uses the address."""
        earlier = Q(last_read_at=None) | Q(last_read_at__lt=now - NOTED_EVERY)
        CalendarFeed.objects.filter(earlier, pk=self.pk).update(last_read_at=now)
