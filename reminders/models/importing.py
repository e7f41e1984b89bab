"""What was sent as a file: how to read it, how far it is, what each line would change."""

from enum import StrEnum
from typing import Any

from django.db import models
from django.db.models import Q

from reminders.models import fields
from reminders.models.clinic import Clinic


class ImportKind(StrEnum):
    """What a file tells of."""

    VISITS = "visits"
    STOPS = "stops"
    CONSENTS = "consents"


class ImportState(StrEnum):
    """How far a file is."""

    #: Waits for somebody to say what its columns mean.
    UPLOADED = "uploaded"
    #: The dry run is under way, or waits for a worker.
    CHECKING = "checking"
    #: Waits for somebody to apply it.
    CHECKED = "checked"
    APPLYING = "applying"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


class RowVerdict(StrEnum):
    """What a line of the file means for us."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    WRONG = "wrong"
    #: Not a line: a visit of ours that the file lacks.
    GONE = "gone"


#: Nobody works on a job of these states any more.
OVER = (ImportState.DONE, ImportState.CANCELLED, ImportState.FAILED)


class ImportMapping(models.Model):
    """Which heading of a clinic's file means what; kept under a name for the next file."""

    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, related_name="import_mappings")
    kind = models.CharField(max_length=10, choices=fields.choices(ImportKind))
    name = models.CharField(max_length=100)
    #: Our column -> the file's heading.
    columns = models.JSONField(default=dict)
    #: ``dates``, ``time_zone``, ``language``, ``legal_basis``: see imports.columns.Options.
    options = models.JSONField(default=dict)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["clinic", "kind", "name"], name="one_mapping_per_name")
        ]

    def __str__(self) -> str:
        return self.name


class ImportJob(models.Model):
    """One file on its way in. The row is the queue: a worker takes it up, and another
    takes it up again where the first one died."""

    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, related_name="import_jobs")
    kind = models.CharField(max_length=10, choices=fields.choices(ImportKind))
    state = models.CharField(
        max_length=10, choices=fields.choices(ImportState), default=ImportState.UPLOADED
    )
    file_name = models.CharField(max_length=200)
    #: How the file was read, in words: "CSV, UTF-8, comma".
    read_as = models.CharField(max_length=80, blank=True)
    headings = models.JSONField(default=list)
    columns = models.JSONField(default=dict)
    options = models.JSONField(default=dict)
    #: The clinics whose patients this person may change; null: all.
    reach: Any = models.JSONField(null=True)
    #: Staff ticked that visits which the file no longer has are cancelled.
    cancel_gone = models.BooleanField(default=False)
    rows = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    #: Verdict -> how many lines; after applying also ``left``, changed by others meanwhile.
    counts = models.JSONField(default=dict)
    #: Why it failed, or what staff should know of the dry run, in words.
    note = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=150)
    applied_by = models.CharField(max_length=150, blank=True)
    ended_at = models.DateTimeField(null=True)
    #: The last sign of life of the worker that has it; null: waits for one.
    worked_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "import"
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(
                fields=["created_at"],
                name="import_to_work_on",
                condition=Q(state__in=[ImportState.CHECKING, ImportState.APPLYING]),
            )
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_over(self) -> bool:
        """Nothing will happen to it any more."""
        return self.state in OVER

    @property
    def actor(self) -> str:
        """Who changes visits by it, in the words of the timeline."""
        return f"import by {self.applied_by or self.created_by}"


class ImportFile(models.Model):
    """The file itself, personal data: erased when its job is over."""

    job = models.OneToOneField(ImportJob, on_delete=models.CASCADE, related_name="file")
    content = models.BinaryField()


class ImportRow(models.Model):
    """What one line would change, or what is wrong with it. Unchanged lines have none."""

    job = models.ForeignKey(ImportJob, on_delete=models.CASCADE, related_name="lines")
    #: As in the file, the headings being line 1; 0 for a visit that the file lacks.
    line = models.PositiveIntegerField()
    verdict = models.CharField(max_length=8, choices=fields.choices(RowVerdict))
    #: The visit's, number's or consent's own key; erased with the values.
    key = models.CharField(max_length=64, blank=True)
    values = models.JSONField(default=dict)
    #: [[field, old, new], …], what the dry run saw.
    diff = models.JSONField(default=list)
    #: Of a wrong line: the column's name and what is wrong, without the cell itself.
    reason = models.CharField(max_length=300, blank=True)
    applied = models.BooleanField(default=False)

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["job", "verdict", "id"], name="import_row_by_verdict"),
            models.Index(
                fields=["job", "id"], name="import_row_to_apply", condition=Q(applied=False)
            ),
        ]

    def __str__(self) -> str:
        return f"line {self.line}: {self.verdict}"
