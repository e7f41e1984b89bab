"""Texts that were spoken once by the speech service, kept so that nobody pays for them twice."""

from django.db import models


class SpokenText(models.Model):
    """The sound of one text in one voice: WAV, mono, 16 kHz, 16 bit.

    A cache: any row may go at any time. Nothing of a patient is in it, since only texts
    filled in with invented values are spoken for staff.
    """

    #: SHA-256 over service, voice, language and the text or SSML.
    sha256 = models.CharField(primary_key=True, max_length=64)
    content = models.BinaryField()
    #: Bytes, so that the size of all can be known without reading them.
    size = models.PositiveIntegerField()
    seconds = models.FloatField()
    voice = models.CharField(max_length=100)
    locale = models.CharField(max_length=20)
    made_by = models.CharField(max_length=150)
    made_at = models.DateTimeField()
    used_at = models.DateTimeField(db_index=True)

    class Meta:
        indexes = [models.Index(fields=["made_by", "made_at"], name="spoken_by_person")]

    def __str__(self) -> str:
        return f"{self.voice}, {self.seconds:.1f} s"
