"""Who let which exact words be spoken (R12)."""

from django.db import models

from reminders.models import Clinic


class PromptApproval(models.Model):
    """A named person approved one version of a clinic's texts in one language.

    ``fingerprint`` is the SHA-256 of all texts and phrases of the language as
    this clinic speaks them; any change of a word asks for a new approval.
    """

    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, related_name="approvals")
    language = models.CharField(max_length=35)
    fingerprint = models.CharField(max_length=64)
    approved_by = models.CharField(max_length=150)
    approved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "language", "fingerprint"], name="approved_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.language} by {self.approved_by}"
