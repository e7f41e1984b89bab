"""The one row about this installation as a whole."""

import hmac
from datetime import datetime, timedelta
from typing import Self

from django.db import models

from reminders import phones

#: An instance that slept longer than this may be a restored backup: it would
#: call everybody again who was called since.
LONGEST_SLEEP = timedelta(hours=6)

#: Who may stop and resume all calls.
STOP = "reminders.stop_calls"

#: Hashed once under PHONE_HASH_KEY; another hash later means another key.
PROBE = "+15555550100"


class Installation(models.Model):
    """The stop-all switch, when the table was last looked at, and the key's probe."""

    paused_at = models.DateTimeField(null=True)
    #: Why, in words for staff: "by command", "asleep since …", "drained".
    paused_why = models.CharField(max_length=200, blank=True)
    #: The user name of who pressed the switch; empty for a command or a long sleep.
    paused_by = models.CharField(max_length=150, blank=True)
    last_look_at = models.DateTimeField(null=True)
    hash_probe = models.CharField(max_length=64, blank=True)

    class Meta:
        permissions = [("stop_calls", "Can stop and resume all calls")]

    def __str__(self) -> str:
        return "this installation"

    @classmethod
    def get(cls) -> Self:
        """The row, made when first asked for."""
        row, _ = cls.objects.get_or_create(pk=1)
        return row

    @classmethod
    def pause(cls, now: datetime, *, why: str = "by command", by: str = "") -> bool:
        """Stop all calls; False when they were stopped already."""
        cls.get()
        running = cls.objects.filter(pk=1, paused_at=None)
        return bool(running.update(paused_at=now, paused_why=why[:200], paused_by=by[:150]))

    @classmethod
    def resume(cls, now: datetime) -> bool:
        """Let calls go out again; False when they were not stopped."""
        paused = cls.objects.filter(pk=1, paused_at__isnull=False)
        return bool(paused.update(paused_at=None, paused_why="", paused_by="", last_look_at=now))

    @classmethod
    def look(cls, now: datetime) -> timedelta:
        """Note a look at the table; returns how long nobody had looked."""
        last = cls.get().last_look_at
        cls.objects.filter(pk=1).update(last_look_at=now)
        return now - last if last else timedelta(0)

    @property
    def slept(self) -> bool:
        """True while paused because nobody had looked for long: maybe a restored backup."""
        return self.paused_at is not None and self.paused_why.startswith("asleep since")

    @property
    def has_another_key(self) -> bool:
        """True when PHONE_HASH_KEY is not the one this row was first looked at with."""
        probe = phones.keyed_hash(PROBE)
        return bool(self.hash_probe) and not hmac.compare_digest(self.hash_probe, probe)

    @classmethod
    def knows_hash_key(cls) -> bool:
        """False when PHONE_HASH_KEY is another than the opt-outs were kept under."""
        probe = phones.keyed_hash(PROBE)
        cls.get()
        cls.objects.filter(pk=1, hash_probe="").update(hash_probe=probe)
        return hmac.compare_digest(cls.get().hash_probe, probe)
