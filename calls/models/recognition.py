"""What was heard: one row for each recognition that completed or failed."""

from django.db import models

from calls.conversation.vocabulary import Label, Step
from calls.models.attempt import CallAttempt
from calls.models.event import CallEvent
from reminders.models.fields import choices


class Recognition(models.Model):
    """The patient's own words or keys, beside what Azure made of them."""

    attempt = models.ForeignKey(CallAttempt, on_delete=models.CASCADE, related_name="recognitions")
    event = models.OneToOneField(CallEvent, on_delete=models.CASCADE, related_name="recognition")
    step = models.CharField(max_length=16, choices=choices(Step))
    turn = models.PositiveSmallIntegerField()
    #: Azure's recognitionType: choices, dtmf or speech; empty on a failure.
    input_type = models.CharField(max_length=16, blank=True)
    label = models.CharField(max_length=32, blank=True, choices=choices(Label))
    phrase = models.CharField(max_length=500, blank=True)
    #: The keys pressed, Azure's words in order: ["one", "two"].
    tones = models.JSONField(default=list)
    speech = models.TextField(blank=True)
    confidence = models.FloatField(null=True)
    language = models.CharField(max_length=35, blank=True)
    #: Azure's own word; a free string (a preview feature).
    sentiment = models.CharField(max_length=32, blank=True)
    code = models.IntegerField(null=True)
    sub_code = models.IntegerField(null=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["at"], name="recognition_by_time")]

    def __str__(self) -> str:
        return f"{self.step}: {self.label or self.speech or self.sub_code}"
