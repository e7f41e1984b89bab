"""What needs a human: whose it is, by when, and what came of it.

Two people may press at the same moment: each change is one conditional UPDATE,
whose method returns False to who was second.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import Q

from reminders.models import fields
from reminders.models.appointment import Appointment
from reminders.models.webhook import HookEvent, WebhookMessage, spelled
from reminders.policy.due import due_at
from reminders.policy.risk import Risk


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
    #: The patient wants another time; the words are in the detail.
    OTHER_TIME = "other_time"
    #: The patient asked for a person and waits to be called back.
    CALL_BACK = "call_back"
    #: Three times the wrong digits: somebody else, or our data is wrong.
    IDENTITY = "identity"
    #: Somebody told us that the patient has died.
    DECEASED = "deceased"
    #: What the patient needs for the visit.
    NEEDS = "needs"
    #: Azure heard displeasure in a cancellation or its reason.
    NEGATIVE = "negative"
    #: About the installation, not about one visit.
    PROVIDER_DOWN = "provider_down"


class WorkResult(StrEnum):
    """What came of it, in the words of who did it."""

    SPOKE = "spoke"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    MOVED = "moved"
    SLOT_GIVEN = "slot_given"
    MENDED = "mended"
    NOT_REACHED = "not_reached"
    NOTHING = "nothing"


class NoteKind(StrEnum):
    """What a line of an item's trail tells."""

    NOTE = "note"
    TAKEN = "taken"
    GIVEN = "given"
    LET_GO = "let_go"
    DONE = "done"
    UNDONE = "undone"


#: Open time of the clinic within which a person should have seen to it.
DUE_WITHIN: dict[WorkKind, timedelta] = {
    WorkKind.CALL_BACK: timedelta(hours=1),
    WorkKind.LOST_ANSWER: timedelta(hours=1),
    WorkKind.SLOT_FREE: timedelta(hours=2),
    WorkKind.UNANSWERED: timedelta(hours=2),
    WorkKind.NEEDS_REVIEW: timedelta(hours=2),
    WorkKind.FAILED_PROVIDER: timedelta(hours=2),
    WorkKind.DECEASED: timedelta(hours=2),
    WorkKind.OTHER_TIME: timedelta(hours=4),
    WorkKind.NEGATIVE: timedelta(hours=4),
    WorkKind.BAD_DATA: timedelta(hours=4),
    WorkKind.NEEDS: timedelta(hours=8),
    WorkKind.WRONG_NUMBER: timedelta(hours=8),
    WorkKind.INVALID_NUMBER: timedelta(hours=8),
    WorkKind.IDENTITY: timedelta(hours=8),
    WorkKind.OPTED_OUT: timedelta(hours=8),
    WorkKind.NO_COMMON_HOURS: timedelta(hours=8),
    WorkKind.PROVIDER_DOWN: timedelta(minutes=15),
}

#: Who did it where the reason was gone by itself.
BY_ITSELF = "ringwell"
#: How long "done" can be taken back.
UNDO_WITHIN = timedelta(hours=24)


class Undo(StrEnum):
    """How taking "done" back went."""

    UNDONE = "undone"
    #: It is not done, done too long ago, or done by itself.
    TOO_LATE = "too_late"
    #: The same stands on the list again, for a new reason.
    STANDS_AGAIN = "stands_again"


class WorkItem(models.Model):
    """One thing on the front desk's list, open until somebody did it."""

    #: None for what concerns the installation as a whole.
    appointment = models.ForeignKey(
        Appointment, on_delete=models.CASCADE, null=True, related_name="work_items"
    )
    kind = models.CharField(max_length=16, choices=fields.choices(WorkKind))
    detail = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField("due", null=True)
    #: Who sees to it; nobody yet where empty.
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="work_items"
    )
    #: Points of ``policy.risk`` when it was put on the list, and what they rest on.
    risk = models.PositiveSmallIntegerField(default=0)
    risk_facts = models.JSONField(default=dict)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.CharField(max_length=150, blank=True)
    result = models.CharField(max_length=16, choices=fields.choices(WorkResult), blank=True)

    class Meta:
        verbose_name = "thing to do"
        verbose_name_plural = "things to do"
        ordering = ["created_at"]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(done_at=None), name="work_to_do"),
            models.Index(fields=["-done_at"], name="work_done"),
        ]
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
    @transaction.atomic(savepoint=False)
    def open(
        cls,
        appointment: Appointment | None,
        kind: WorkKind,
        now: datetime,
        *,
        detail: str = "",
        risk: Callable[[], Risk] | None = None,
    ) -> None:
        """Put it on the list, unless it already stands there; ``risk`` is asked only then.

        Other systems are told of what concerns a visit: its kind, not its words.
        """
        item, is_new = cls.objects.get_or_create(
            appointment=appointment,
            kind=kind,
            done_at=None,
            defaults={
                "created_at": now,
                "detail": detail[:500],
                "due_at": lambda: _due(appointment, kind, now),
            },
        )
        if is_new and risk is not None:
            found = risk()
            item.risk, item.risk_facts = found.points, found.to_json()
            item.save(update_fields=["risk", "risk_facts"])
        if is_new and appointment is not None:
            due = spelled(item.due_at) if item.due_at else None
            WebhookMessage.write(HookEvent.NEEDS_HUMAN, appointment, now, kind=kind, due_at=due)

    @classmethod
    def tell(
        cls, appointment: Appointment | None, kind: WorkKind, now: datetime, *, detail: str
    ) -> None:
        """Put it on the list, or tell more of what stands there."""
        cls.open(appointment, kind, now, detail=detail)
        cls.objects.filter(appointment=appointment, kind=kind, done_at=None).update(
            detail=detail[:500]
        )

    @classmethod
    def settle(cls, appointment: Appointment | None, kind: WorkKind, now: datetime) -> None:
        """The reason is gone by itself; nobody needs to do it any more."""
        cls.objects.filter(appointment=appointment, kind=kind, done_at=None).update(
            done_at=now, done_by=BY_ITSELF
        )

    # -- what people do with it

    @transaction.atomic
    def take(self, user: Any, now: datetime) -> bool:
        """It is mine; False when it is somebody's, or done."""
        free = WorkItem.objects.filter(pk=self.pk, done_at=None, owner=None)
        if not free.update(owner=user):
            return False
        self._trail(NoteKind.TAKEN, now, by=user.get_username())
        return True

    @transaction.atomic
    def give(self, to: Any, now: datetime, *, by: str, was: int | None) -> bool:
        """It is theirs, or nobody's; False when it is done or ``was`` has it no more."""
        theirs = WorkItem.objects.filter(pk=self.pk, done_at=None, owner=was)
        if not theirs.update(owner=to):
            return False
        kind = NoteKind.GIVEN if to else NoteKind.LET_GO
        self._trail(kind, now, by=by, text=to.get_username() if to else "")
        return True

    @transaction.atomic
    def finish(self, now: datetime, *, by: str, result: str = "", text: str = "") -> bool:
        """It is done, with what came of it; False when it was done already."""
        still_open = WorkItem.objects.filter(pk=self.pk, done_at=None)
        if not still_open.update(done_at=now, done_by=by[:150], result=result):
            return False
        self._trail(NoteKind.DONE, now, by=by, text=text)
        return True

    def undo(self, now: datetime, *, by: str) -> Undo:
        """Take "done" back, for a while after; who had it has it again."""
        done = WorkItem.objects.filter(pk=self.pk, done_at__gt=now - UNDO_WITHIN)
        try:
            with transaction.atomic():
                if not done.exclude(done_by=BY_ITSELF).update(done_at=None, done_by="", result=""):
                    return Undo.TOO_LATE
                self._trail(NoteKind.UNDONE, now, by=by)
        except IntegrityError:
            return Undo.STANDS_AGAIN
        return Undo.UNDONE

    def write_note(self, text: str, now: datetime, *, by: str) -> None:
        """Keep what who comes next should know."""
        self._trail(NoteKind.NOTE, now, by=by, text=text)

    def _trail(self, kind: NoteKind, now: datetime, *, by: str, text: str = "") -> None:
        WorkNote.objects.create(item=self, kind=kind, at=now, by=by[:150], text=text[:1000])


def _due(appointment: Appointment | None, kind: WorkKind, now: datetime) -> datetime:
    within = DUE_WITHIN[kind]
    if appointment is None:
        return now + within
    return due_at(now, within, appointment.clinic.opening_hours(), appointment.starts_at)


class WorkNote(models.Model):
    """One line of an item's trail: a note, or who took, gave, did or reopened it."""

    item = models.ForeignKey(WorkItem, on_delete=models.CASCADE, related_name="notes")
    kind = models.CharField(max_length=8, choices=fields.choices(NoteKind), default=NoteKind.NOTE)
    at = models.DateTimeField()
    by = models.CharField(max_length=150)
    text = models.CharField(max_length=1000, blank=True)

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.kind} by {self.by}"
