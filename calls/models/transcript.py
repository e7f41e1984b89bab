"""Recordings that staff have of a call, and what a second pair of ears made of them.

The words are a second opinion: no outcome is ever read from here.
"""

import uuid
from enum import StrEnum

from django.db import models
from django.db.models import Q

from calls.models.attempt import CallAttempt
from reminders.models.fields import choices


class StaffRecording(models.Model):
    """A sound that staff uploaded: an open answer, or a voicemail that the patient left.

    After its time, or when somebody says so, the sound and the words are gone; that there was
    one, whose it was and its hash stay.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    attempt = models.ForeignKey(
        CallAttempt, on_delete=models.CASCADE, related_name="staff_recordings"
    )
    #: The WAV file as it came; None once it is erased. Large: lists leave it out.
    content = models.BinaryField(null=True)
    #: SHA-256 of the file.
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField(help_text="Bytes.")
    seconds = models.FloatField()
    #: ``pcm, 8000 Hz, 16 bit, mono``.
    shape = models.CharField(max_length=60)
    uploaded_by = models.CharField(max_length=150)
    uploaded_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)
    #: Empty where its time was over.
    erased_by = models.CharField(max_length=150, blank=True)

    class Meta:
        ordering = ["uploaded_at"]
        permissions = [
            ("listen_staffrecording", "Can listen to recordings"),
            ("erase_staffrecording", "Can erase recordings"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["attempt", "sha256"],
                condition=Q(erased_at=None),
                name="recording_once_a_call",
            )
        ]
        indexes = [
            models.Index(
                fields=["expires_at"], condition=Q(erased_at=None), name="recording_to_erase"
            )
        ]

    def __str__(self) -> str:
        return f"recording {str(self.id)[:8]}"


class Listen(models.Model):
    """Somebody pressed play. Its id is the address of the sound, for that person and for
    minutes, so that nothing is heard without a row."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    recording = models.ForeignKey(StaffRecording, on_delete=models.CASCADE, related_name="listens")
    by = models.CharField(max_length=150)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at"]

    def __str__(self) -> str:
        return f"heard by {self.by}"


class TranscriptStatus(StrEnum):
    """Where a transcription is. It moves forward, but for a try that is taken up again."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Transcript(models.Model):
    """The transcription of one recording: its place in the queue, then its result.

    ``tries`` grows with each claim and never shrinks: a result counts only for the try that
    made it.
    """

    recording = models.OneToOneField(
        StaffRecording, on_delete=models.CASCADE, related_name="transcript"
    )
    status = models.CharField(
        max_length=8, choices=choices(TranscriptStatus), default=TranscriptStatus.QUEUED
    )
    queued_at = models.DateTimeField()
    #: Queued: not before. Running: when the worker counts as lost.
    due_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    most_tries = models.PositiveSmallIntegerField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    #: Why it failed, or why nothing was understood: a name, and what to do about it.
    code = models.CharField(max_length=40, blank=True)
    hint = models.CharField(max_length=300, blank=True)

    languages = models.JSONField(default=list)
    #: How many expected phrases the service was told.
    phrases = models.PositiveSmallIntegerField(default=0)
    service = models.CharField(max_length=120, blank=True)
    stand_in = models.BooleanField(default=False)
    model = models.CharField(max_length=200, blank=True)
    sdk_version = models.CharField(max_length=32, blank=True)
    #: SHA-256 of the samples that were sent.
    audio_sha256 = models.CharField(max_length=64, blank=True)
    #: The answers (``Label``) that the words hold; gone with the words.
    labels = models.JSONField(default=list)
    #: The words say something else than a visit of the call: somebody was asked to look.
    disagrees = models.BooleanField(default=False)

    class Meta:
        ordering = ["due_at"]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(status__in=["queued", "running"]),
                name="transcript_to_do",
            )
        ]

    def __str__(self) -> str:
        return f"transcript: {self.status}"


class TranscriptSegment(models.Model):
    """One phrase; seconds count from the start of the recording."""

    transcript = models.ForeignKey(Transcript, on_delete=models.CASCADE, related_name="segments")
    offset = models.FloatField()
    duration = models.FloatField()
    language = models.CharField(max_length=35)
    #: The service's own word: High, Medium, Low, Unknown; empty for the only candidate.
    language_confidence = models.CharField(max_length=16, blank=True)
    confidence = models.FloatField(null=True)
    text = models.TextField()

    class Meta:
        ordering = ["offset", "pk"]

    def __str__(self) -> str:
        return f"{self.offset:.1f} s"
