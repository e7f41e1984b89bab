"""A phone number, a row of its own: patients share it, limits belong to it."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from typing import Self
from zoneinfo import ZoneInfo

from django.db import IntegrityError, connections, models, transaction
from django.db.models.expressions import RawSQL

from reminders import phones
from reminders.models import fields
from reminders.policy.fence import applicable_number_zones

#: What an erased number is called until it comes back; its row's key follows.
ERASED_NUMBER = "erased"


class PhoneNumberQuerySet(models.QuerySet["PhoneNumber"]):
    """Finds many numbers at once."""

    def written(self, e164s: Iterable[str]) -> Self:
        """Those of these digits, by the unique index.

        PostgreSQL's trigram index of last digits would answer ``e164 IN (…)`` too, and seems to
        cost nothing until the table was vacuumed once: in truth it reads every number of the same
        area for each that is asked, seconds instead of milliseconds. It cannot be taken for a join.
        """
        wanted = sorted(set(e164s))
        if connections[self.db].vendor != "postgresql":
            return self.filter(e164__in=wanted)
        return self.filter(e164__in=RawSQL("SELECT unnest(%s::varchar[])", [wanted]))


class PhoneNumber(models.Model):
    """One E.164 number with the flags of rule R15."""

    e164 = models.CharField("number", max_length=16, unique=True)
    #: For lists only: calling always asks by a hash made at that moment, so
    #: that a row written under a wrong key cannot hide an opt-out.
    keyed_hash = models.CharField(max_length=64, db_index=True, editable=False)
    kind = models.CharField(
        max_length=10,
        choices=fields.choices(phones.NumberKind),
        default=phones.NumberKind.UNKNOWN,
    )
    #: In no range that phonenumbers knows; shown to staff, blocks nothing.
    doubtful = models.BooleanField(default=False)
    facility_line = models.BooleanField(
        default=False, help_text="A room line of a hospital or nursing home."
    )
    wrong_number_at = models.DateTimeField(null=True, blank=True)
    reassigned_at = models.DateTimeField(null=True, blank=True)
    #: The telephone network said that there is no such number.
    invalid_at = models.DateTimeField(null=True, blank=True)

    objects = PhoneNumberQuerySet.as_manager()

    class Meta:
        verbose_name = "number"

    def __str__(self) -> str:
        return phones.masked(self.e164)

    @classmethod
    def obtain(cls, text: str) -> "PhoneNumber":
        """The row of a number, made when new.

        Raises:
            ValueError: the text is not a possible E.164 number.
        """
        parsed = phones.parse(text)
        if not cls.objects.filter(e164=parsed.e164).exists():
            cls.bring_back([parsed.e164])
        number, _ = cls.objects.get_or_create(
            e164=parsed.e164,
            defaults={
                "keyed_hash": phones.keyed_hash(parsed.e164),
                "kind": parsed.kind,
                "doubtful": not parsed.is_valid,
            },
        )
        return number

    @classmethod
    def bring_back(cls, e164s: Iterable[str]) -> None:
        """Give erased rows their numbers again: a quarantine, and the calls that were counted,
        belong to the number and not to the patient who was forgotten (R2, R15)."""
        hashes = {phones.keyed_hash(e164): e164 for e164 in e164s}
        erased = cls.objects.filter(keyed_hash__in=hashes, e164__startswith=ERASED_NUMBER)
        for row in erased.order_by("pk"):
            # Who was faster has made the row anew, or brought it back.
            with suppress(IntegrityError), transaction.atomic():
                still = cls.objects.filter(pk=row.pk, e164=row.e164)
                still.update(e164=hashes[row.keyed_hash])

    @property
    def zones(self) -> tuple[ZoneInfo, ...]:
        """The zones this number adds to the fence (R3); often none."""
        return applicable_number_zones(phones.zones(self.e164))

    @property
    def opted_out(self) -> bool:
        """True when somebody at this number asked us to stop."""
        return Suppression.objects.filter(keyed_hash=phones.keyed_hash(self.e164)).exists()

    def suppress(self, now: datetime, *, source: str) -> None:
        """Never ring this number again, until a new consent lifts it (R6, R7)."""
        Suppression.keep(phones.keyed_hash(self.e164), now, source=source)

    def quarantine(self, now: datetime) -> None:
        """Somebody else answers here: no more calls until staff looked."""
        PhoneNumber.objects.filter(pk=self.pk, wrong_number_at=None).update(wrong_number_at=now)

    def mark_invalid(self, now: datetime) -> None:
        """The network knows no such number."""
        PhoneNumber.objects.filter(pk=self.pk, invalid_at=None).update(invalid_at=now)


class Suppression(models.Model):
    """An opt-out, kept by keyed hash alone, so that erasure keeps it (R14)."""

    keyed_hash = models.CharField(max_length=64, unique=True)
    #: R7: what was asked to stop; read as "all automated calls" by default.
    category = models.CharField(max_length=32, default="reminder_calls")
    at = models.DateTimeField()
    source = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"opt-out of {self.at:%Y-%m-%d}"

    @classmethod
    def keep(cls, keyed_hash: str, at: datetime, *, source: str) -> None:
        """Keep an opt-out as of the last time that it was said: a consent from between two of
        them lifts nothing (R7)."""
        said = {"at": at, "source": source}
        _, is_new = cls.objects.get_or_create(keyed_hash=keyed_hash, defaults=said)
        if not is_new:
            cls.objects.filter(keyed_hash=keyed_hash, at__lt=at).update(**said)
