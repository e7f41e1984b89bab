"""Rows that are kept for a while and then go: the nightly purge asks every such model."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import QuerySet


class Perishable(models.Model):
    """A model that says itself which of its rows are too old, in whatever app it is."""

    class Meta:
        abstract = True

    @classmethod
    def too_old(cls, now: datetime) -> QuerySet[Self]:
        """The rows that go."""
        raise NotImplementedError
