"""The one row about this installation as a whole."""

from datetime import datetime
from typing import Self

from django.db import models


class Installation(models.Model):
    """The stop-all switch, and when the table was last looked at."""

    paused_at = models.DateTimeField(null=True)
    last_look_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return "this installation"

    @classmethod
    def get(cls) -> Self:
        """The row, made when first asked for."""
        row, _ = cls.objects.get_or_create(pk=1)
        return row

    @classmethod
    def pause(cls, now: datetime) -> bool:
        """Stop all calls; False when they were stopped already."""
        cls.get()
        return bool(cls.objects.filter(pk=1, paused_at=None).update(paused_at=now))

    @classmethod
    def resume(cls) -> bool:
        """Let calls go out again; False when they were not stopped."""
        return bool(cls.objects.filter(pk=1, paused_at__isnull=False).update(paused_at=None))
