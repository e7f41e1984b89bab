"""What needs a human."""

from datetime import datetime
from enum import StrEnum

from django.db import models
from django.db.models import Q

from reminders.models import fields
from reminders.models.appointment import Appointment


class WorkKind(StrEnum):
    """Why a person should look."""

    UNANSWERED = "unanswered"
    NEEDS_REVIEW = "needs_review"
    WRONG_NUMBER = "wrong_number"
    INVALID_NUMBER = "invalid_number"
    OPTED_OUT = "opted_out"
    SLOT_FREE = "slot_free"
    NO_COMMON_HOURS = "no_common_hours"
    FAILED_PROVIDER = "failed_provider"
    #: The line was lost with a person on it: whatever they said is not known.
    LOST_ANSWER = "lost_answer"
    BAD_DATA = "bad_data"
    #: About the installation, not about one visit.
    PROVIDER_DOWN = "provider_down"


class WorkItem(models.Model):
    """One thing on the front desk's list, open until somebody did it."""

    #: None for what concerns the installation as a whole.
    appointment = models.ForeignKey(
        Appointment, on_delete=models.CASCADE, null=True, related_name="work_items"
    )
    kind = models.CharField(max_length=16, choices=fields.choices(WorkKind))
    detail = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.CharField(max_length=150, blank=True)

    class Meta:
        verbose_name = "thing to do"
        verbose_name_plural = "things to do"
        ordering = ["created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["appointment", "kind"],
                condition=Q(done_at=None),
                name="one_open_item_of_a_kind",
            ),
            models.UniqueConstraint(
                fields=["kind"],
                condition=Q(done_at=None, appointment=None),
                name="one_open_item_of_the_house",
            ),
        ]

    def __str__(self) -> str:
        return self.kind

    @classmethod
    def open(
        cls, appointment: Appointment | None, kind: WorkKind, now: datetime, *, detail: str = ""
    ) -> None:
        """Put it on the list, unless it already stands there."""
        cls.objects.get_or_create(
            appointment=appointment,
            kind=kind,
            done_at=None,
            defaults={"created_at": now, "detail": detail[:500]},
        )

    @classmethod
    def settle(cls, appointment: Appointment | None, kind: WorkKind, now: datetime) -> None:
        """The reason is gone by itself; nobody needs to do it any more."""
        cls.objects.filter(appointment=appointment, kind=kind, done_at=None).update(
            done_at=now, done_by="ringwell"
        )
