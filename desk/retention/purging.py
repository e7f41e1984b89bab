"""What is too old goes: words after 90 days, the facts of calls after six years.

Numbers only remain: outcomes, times, counts. Opt-outs stay for ever, as hashes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from calls import recorded
from calls.models import CallAttempt, CallEvent, LineAction, Recognition, StaffRecording
from calls.models.event import EventState
from reminders.models import (
    AccessLog,
    Appointment,
    AppointmentEvent,
    Export,
    ImportJob,
    ImportRow,
    Perishable,
    WebhookMessage,
    WorkItem,
)
from reminders.models.importing import OVER
from reminders.models.workitem import WorkNote

#: Rows of one transaction: nobody waits for a purge.
AT_ONCE = 500
#: What a patient told in their own words, kept in the story of a visit.
TOLD = ("told_reason", "told_preference", "told_need")
YEAR = timedelta(days=365)

Rows = QuerySet[Any]


@dataclass(frozen=True)
class Rule:
    """One kind of rows that are too old, and what becomes of them."""

    name: str
    rows: Rows
    #: The columns that are emptied; None: the rows go.
    emptied: dict[str, Any] | None


def rules(now: datetime) -> list[Rule]:
    """All that is too old at this moment."""
    words = now - timedelta(days=settings.RETENTION_CONTENT_DAYS)
    facts = now - YEAR * settings.RETENTION_FACTS_YEARS
    looks = now - YEAR * settings.RETENTION_ACCESS_YEARS
    ended = CallAttempt.objects.filter(queued_at__lt=words).exclude(ended_at=None)
    empty = {"phrase": "", "speech": "", "sentiment": "", "tones": []}
    still = Appointment.objects.filter(pk=OuterRef("item__appointment"), starts_at__gte=words)
    return [
        Rule("phrases heard", _with(Recognition.objects.filter(at__lt=words), empty), empty),
        Rule(
            "events as they came",
            _with(
                CallEvent.objects.filter(received_at__lt=words).exclude(state=EventState.STORED),
                {"body": {}, "error": ""},
            ),
            {"body": {}, "error": ""},
        ),
        Rule("scripts of calls", _with(ended, SCRIPT), SCRIPT),
        Rule(
            "what was said on the line",
            _with(LineAction.objects.filter(created_at__lt=words), {"payload": {}, "error": ""}),
            {"payload": {}, "error": ""},
        ),
        Rule(
            "what patients told",
            AppointmentEvent.objects.filter(at__lt=words, kind__in=TOLD).exclude(detail={}),
            {"detail": {}},
        ),
        Rule(
            "words on the work list",
            WorkItem.objects.filter(created_at__lt=words).exclude(detail=""),
            {"detail": ""},
        ),
        Rule(
            "notes on the work list",
            WorkNote.objects.filter(~Exists(still), at__lt=words).exclude(text=""),
            {"text": ""},
        ),
        Rule(
            "lines of imports",
            ImportRow.objects.filter(job__state__in=OVER, job__created_at__lt=words),
            None,
        ),
        Rule("webhook messages", WebhookMessage.objects.filter(created_at__lt=words), None),
        Rule("imports", ImportJob.objects.filter(state__in=OVER, created_at__lt=facts), None),
        Rule("calls", CallAttempt.objects.filter(queued_at__lt=facts), None),
        Rule("visits", Appointment.objects.filter(starts_at__lt=facts), None),
        Rule("edits of visits", _history(Appointment, facts), None),
        Rule("looks at people", AccessLog.objects.filter(at__lt=looks), None),
        Rule("downloads of lists", Export.objects.filter(at__lt=looks), None),
        Rule("log of changes", LogEntry.objects.filter(action_time__lt=looks), None),
        # A session is no appointment: it ends by the system's time.
        Rule("sessions", Session.objects.filter(expire_date__lt=timezone.now()), None),
        *_of_other_apps(now),
    ]


def _of_other_apps(now: datetime) -> list[Rule]:
    """What models say themselves, wherever they are."""
    perishable = [model for model in apps.get_models() if issubclass(model, Perishable)]
    return [
        Rule(str(model._meta.verbose_name_plural), model.too_old(now), None) for model in perishable
    ]


SCRIPT: dict[str, Any] = {"script": {}, "state": {}, "note": ""}


def _with(rows: Rows, empty: dict[str, Any]) -> Rows:
    """Those in which one of these columns is not empty yet."""
    anything = Q()
    for column, value in empty.items():
        anything |= ~Q(**{column: value})
    return rows.filter(anything)


def _history(model: Any, before: datetime) -> Rows:
    rows: Rows = model.history.filter(history_date__lt=before)
    return rows


def purge(
    now: datetime, *, dry_run: bool = False, tell: Callable[[str, int], None] | None = None
) -> dict[str, int]:
    """Empty or delete what is too old; returns how many rows of each kind."""
    done: dict[str, int] = {}
    for rule in rules(now):
        done[rule.name] = rule.rows.count() if dry_run else _apply(rule)
    before = now - timedelta(days=settings.RETENTION_CONTENT_DAYS)
    kept = StaffRecording.objects.filter(erased_at=None, uploaded_at__lt=before)
    done["recordings of staff"] = kept.count() if dry_run else recorded.purge_content(before, now)
    for name, count in done.items():
        if tell is not None:
            tell(name, count)
    return done


def _apply(rule: Rule) -> int:
    done = 0
    while keys := list(rule.rows.order_by("pk").values_list("pk", flat=True)[:AT_ONCE]):
        batch = rule.rows.model._default_manager.filter(pk__in=keys)
        with transaction.atomic():
            batch.delete() if rule.emptied is None else batch.update(**rule.emptied)
        done += len(keys)
    return done
