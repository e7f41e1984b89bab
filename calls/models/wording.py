"""A clinic's own words: versions of its texts, and its recordings."""

from django.core.exceptions import ValidationError
from django.db import models

from reminders.models import Clinic


class ClinicWording(models.Model):
    """One version of what a clinic says in one language, as changes to the shipped texts.

    Versions are only ever added; which one is spoken, approvals say (R12).
    """

    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, related_name="wordings")
    #: Base language, ``en``.
    language = models.CharField(max_length=8)
    #: key -> text
    texts = models.JSONField(default=dict)
    #: step -> label -> phrases
    phrases = models.JSONField(default=dict)
    #: key -> {"kind": "ssml", "source": document} or {"kind": "file", "source": sha256}
    sounds = models.JSONField(default=dict)
    made_by = models.CharField(max_length=150)
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["clinic", "language"], name="wording_by_clinic")]

    def __str__(self) -> str:
        return f"{self.language}, version {self.pk}"


class Recording(models.Model):
    """A recorded prompt: WAV, mono, 16 kHz, 16 bit, with nothing of a patient in it.

    It lies in the database, so that every web process has it and a backup too.
    """

    #: SHA-256 of the file, its name in the address that Azure fetches it from.
    sha256 = models.CharField(primary_key=True, max_length=64)
    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, related_name="recordings")
    content = models.BinaryField()
    seconds = models.FloatField()
    name = models.CharField(max_length=200, blank=True)
    uploaded_by = models.CharField(max_length=150)
    uploaded_at = models.DateTimeField()

    class Meta:
        ordering = ["-uploaded_at"]

    def __str__(self) -> str:
        return self.name or self.sha256[:12]

    def delete(self, *args: object, **kwargs: object) -> tuple[int, dict[str, int]]:
        """Versions of texts point at it by its hash: it stays."""
        raise ValidationError("A recording is evidence of what was said; it is not deleted.")
