"""A patient, as much of them as a reminder needs."""

from typing import Any

from django.db import models
from simple_history.models import HistoricalRecords

from reminders.models import fields
from reminders.models.number import PhoneNumber
from reminders.names import folded
from reminders.policy.vocabulary import LegalBasis

#: A name's length; folded, a letter becomes three at the most.
LONGEST = 200


class SearchName(models.CharField):  # type: ignore[type-arg]
    """The row's ``name``, folded; written with every row that is stored, in bulk too."""

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        """Always from the name: nobody sets it."""
        value = folded(model_instance.name)  # type: ignore[attr-defined]
        setattr(model_instance, self.attname, value)
        return value


class PatientQuerySet(models.QuerySet["Patient"]):
    """Keeps ``search_name`` with the name, whatever way it is written."""

    def update(self, **columns: Any) -> int:
        """As Django's."""
        if "name" in columns:
            columns["search_name"] = folded(columns["name"])
        return super().update(**columns)

    def bulk_create(self, objs: Any, *rest: Any, **options: Any) -> list["Patient"]:
        """As Django's."""
        if "name" in (columns := options.get("update_fields") or ()):
            options["update_fields"] = [*columns, "search_name"]
        return super().bulk_create(objs, *rest, **options)


class Patient(models.Model):
    """Whom we ring. Language and zone may be empty: then the clinic's hold."""

    external_id = models.CharField(
        max_length=64, unique=True, validators=[fields.external_id_validator]
    )
    name = models.CharField(max_length=LONGEST)
    #: What searches and the order of lists go by.
    search_name = SearchName(max_length=3 * LONGEST, default="", editable=False)
    spoken_name = models.CharField(
        max_length=100, blank=True, help_text="Said on the phone; empty means the first name."
    )
    number = models.ForeignKey(PhoneNumber, on_delete=models.PROTECT, related_name="patients")
    language = models.CharField(max_length=35, blank=True, validators=[fields.validate_language])
    time_zone = models.CharField(max_length=64, blank=True, validators=[fields.validate_zone])
    legal_basis = models.CharField(
        max_length=16, choices=fields.choices(LegalBasis), default=LegalBasis.NONE
    )

    birth_date = models.DateField(
        null=True, blank=True, help_text="Asked for on the phone where a visit demands it."
    )
    call_pin = models.CharField(
        "PIN for calls",
        max_length=8,
        blank=True,
        validators=[fields.validate_pin],
        help_text="Digits that the clinic gave the patient; asked for where a visit demands it.",
    )
    voicemail_ok = models.BooleanField(
        "a message may be left",
        default=True,
        help_text="The clinic's name, theirs and the number to call back; never the visit.",
    )
    deceased_at = models.DateTimeField(
        null=True, blank=True, help_text="Somebody told us on the phone, or staff know: no calls."
    )

    objects = PatientQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["call_pin", "search_name"])

    class Meta:
        ordering = ["search_name"]
        indexes = [models.Index(fields=["search_name"], name="patient_by_name")]
        permissions = [
            ("see_names", "Can read the names of patients"),
            ("see_numbers", "Can read whole telephone numbers on a patient's page"),
        ]

    def save(self, *args: Any, **options: Any) -> None:
        """As Django's, with the name that is searched beside the name."""
        if "name" in (columns := options.get("update_fields") or ()):
            options["update_fields"] = {*columns, "search_name"}
        super().save(*args, **options)

    def __str__(self) -> str:
        """Masked: what is only printed, logged or noted never tells who it is (R16)."""
        return f"{self.masked_name} · {self.external_id}"

    @property
    def masked_name(self) -> str:
        """``A•• O••``: initials, which tell rows apart and nobody's name."""
        return " ".join(f"{part[0]}••" for part in self.name.split()) or "••"

    @property
    def voice_name(self) -> str:
        """The first name, or what staff wrote for the voice."""
        return self.spoken_name or (self.name.split() or [self.name])[0]
