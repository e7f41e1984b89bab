"""Which lists left the house, and with whom."""

from django.db import models


class Export(models.Model):
    """One download of a list. What was searched for is not kept: it may be a name."""

    at = models.DateTimeField()
    by = models.CharField(max_length=150)
    #: "appointments", "calls", "patients", "numbers", "work list", or "report phrases".
    list = models.CharField(max_length=32)
    format = models.CharField(max_length=4)
    rows = models.PositiveIntegerField()
    #: The filters that were set, as the address had them.
    filters = models.JSONField(default=dict)

    class Meta:
        ordering = ["-at", "-pk"]
        permissions = [("export_lists", "Can download lists as CSV or Excel")]

    def __str__(self) -> str:
        return f"{self.list} as {self.format}"
