"""Who saw which patients by name or number, and where (R16). Ids only: nothing personal."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from django.db import models, transaction

from reminders.models import fields
from reminders.models.patient import Patient

#: Rows of one INSERT: an export may show a hundred thousand people.
AT_ONCE = 1000


class AccessKind(StrEnum):
    """Through which door somebody looked."""

    PAGE = "page"
    EXPORT = "export"
    API = "api"


class AccessLog(models.Model):
    """One page, download or answer in which somebody saw people in full.

    There is no address of the machine here: it would tell where staff are.
    """

    at = models.DateTimeField()
    #: "staff NAME" or "api NAME", as in the story of a visit.
    actor = models.CharField(max_length=160)
    kind = models.CharField(max_length=8, choices=fields.choices(AccessKind))
    #: The name of the page, without anything that was typed.
    page = models.CharField(max_length=120)
    #: Whether whole telephone numbers were shown too.
    numbers = models.BooleanField(default=False)

    class Meta:
        verbose_name = "look"
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["-at"], name="access_newest")]

    def __str__(self) -> str:
        return f"{self.page} by {self.actor}"

    @classmethod
    def seen_since(cls, since: datetime, actor: str, page: str) -> set[int]:
        """Whom this actor has seen on this page since then, by their ids."""
        looks = AccessedPatient.objects.filter(log__actor=actor, log__page=page, log__at__gte=since)
        return set(looks.values_list("patient_id", flat=True))

    @classmethod
    @transaction.atomic
    def keep(
        cls,
        actor: str,
        kind: AccessKind,
        page: str,
        patients: Iterable[int],
        now: datetime,
        *,
        numbers: bool = False,
    ) -> None:
        """Write down one look; nothing where nobody was seen."""
        seen = sorted(set(patients))
        if not seen:
            return
        row = cls.objects.create(
            at=now, actor=actor[:160], kind=kind, page=page[:120], numbers=numbers
        )
        AccessedPatient.objects.bulk_create(
            [AccessedPatient(log=row, patient_id=pk) for pk in seen], batch_size=AT_ONCE
        )


class AccessedPatient(models.Model):
    """One of the people seen in one look."""

    log = models.ForeignKey(AccessLog, on_delete=models.CASCADE, related_name="seen")
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="looks")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["log", "patient"], name="seen_once_a_look")]

    def __str__(self) -> str:
        return f"{self.patient_id} in {self.log_id}"
