"""How many deliveries the callback's door refused."""

from django.db import models
from django.db.models import F


class Refusal(models.Model):
    """One row for each status that was answered; it only grows."""

    status = models.PositiveSmallIntegerField(primary_key=True)
    count = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.count} × {self.status}"

    @classmethod
    def add(cls, status: int, count: int) -> None:
        """So many more."""
        if not cls.objects.filter(status=status).update(count=F("count") + count):
            cls.objects.get_or_create(status=status)
            cls.objects.filter(status=status).update(count=F("count") + count)
