"""A clinic's phrases tried out: spoken by a voice, heard by the recogniser."""

from django.db import models
from django.db.models import Q

from calls.conversation.trying import Verdict
from reminders.models import Clinic


class TrialState(models.TextChoices):
    """Where a run is."""

    OPEN = "open"
    DONE = "done"
    #: Somebody stopped it, or its time was over.
    STOPPED = "stopped"


class PhraseTrial(models.Model):
    """One run over the phrases of one language of a clinic. Evidence of nothing but itself."""

    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, related_name="phrase_trials")
    #: Base language, ``en``.
    language = models.CharField(max_length=8)
    #: The voice's locale, and the voice.
    locale = models.CharField(max_length=20)
    voice = models.CharField(max_length=100)
    #: One question; empty for all.
    step = models.CharField(max_length=20, blank=True)
    #: The script as of the start: phrases and languages of a call.
    script = models.JSONField()
    #: The version of the texts: its key, 0 for the shipped ones, and its SHA-256.
    version = models.BigIntegerField()
    fingerprint = models.CharField(max_length=64)
    service = models.CharField(max_length=120)
    stand_in = models.BooleanField()
    sdk_version = models.CharField(max_length=32, blank=True)
    state = models.CharField(max_length=10, choices=TrialState, default=TrialState.OPEN)
    started_by = models.CharField(max_length=150)
    queued_at = models.DateTimeField()
    #: A worker has it until then; another one takes it up afterwards.
    busy_until = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["clinic", "language", "-id"], name="trial_by_clinic")]
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "language"],
                condition=Q(state="open"),
                name="one_open_phrase_trial",
            )
        ]

    def __str__(self) -> str:
        return f"{self.language}, run {self.pk}"

    @property
    def is_open(self) -> bool:
        return self.state == TrialState.OPEN


class PhraseResult(models.Model):
    """One phrase of a run, and what came of it."""

    trial = models.ForeignKey(PhraseTrial, on_delete=models.CASCADE, related_name="results")
    place = models.PositiveIntegerField()
    label = models.CharField(max_length=20)
    phrase = models.CharField(max_length=5000)
    #: The questions it can answer.
    steps = models.JSONField()
    verdict = models.CharField(
        max_length=20,
        choices=[(verdict.value, verdict.name) for verdict in Verdict],
        default=Verdict.WAITING,
    )
    heard = models.TextField(blank=True)
    #: The other answers that the words mean.
    others = models.JSONField(default=list)
    #: Locale in which it was heard.
    heard_in = models.CharField(max_length=20, blank=True)
    confidence = models.FloatField(null=True, blank=True)
    #: The service's name of what failed or was not heard, and what to mend.
    code = models.CharField(max_length=40, blank=True)
    hint = models.CharField(max_length=300, blank=True)
    tried_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["place"]
        constraints = [
            models.UniqueConstraint(fields=["trial", "place"], name="one_result_a_place")
        ]

    def __str__(self) -> str:
        return self.phrase[:60]
