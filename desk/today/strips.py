"""What is wrong just now, and the way to mend it. Rare, and then it must be seen."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from calls.models import CallAttempt, Line
from config import clock
from desk import reach
from desk.base import admin_url
from desk.imports.forms import KINDS
from desk.local import told, zone_name
from desk.prompts.unapproved import gaps
from desk.webhooks.trouble import trouble
from reminders.models import ImportJob, Installation, WebhookEndpoint
from reminders.models.importing import ImportKind, ImportState
from reminders.models.installation import STOP

#: The beat looks every five seconds; silent for this long, nobody dials.
SILENT = timedelta(minutes=1)
A_DAY = timedelta(days=1)
MOST_CLINICS = 5
#: A file that failed is told of for so long: over any holiday.
FAILED_FOR = timedelta(days=7)


@dataclass(frozen=True)
class Strip:
    """What is wrong, what helps, and where; ``link`` is empty where no page helps."""

    text: str
    mend: str = ""
    link: str = ""
    label: str = ""


def strips(user: Any, now: datetime, zone: ZoneInfo) -> list[Strip]:
    """What stands in the way of calls, the worst first; ``zone`` tells the times."""
    row = Installation.get()
    return [
        *_key(row),
        *(_paused(row, user, now, zone) if row.paused_at else _beat(row, now)),
        *_lines(),
        *_cap(now),
        *_clinics(user),
        *(_webhooks() if _may_mend_webhooks(user) else ()),
        *(_texts(user, now) if user.has_perm("reminders.view_clinic") else ()),
        *(_imports(user, now, zone) if user.has_perm("reminders.view_importjob") else ()),
    ]


def _key(row: Installation) -> Iterator[Strip]:
    if row.has_another_key:
        yield Strip(
            _("Nobody is called: PHONE_HASH_KEY is not the key that the opt-outs are kept under."),
            _(
                "Whoever runs Ringwell sets the former key again; with another one, opt-outs "
                "would not be found."
            ),
        )


def _paused(row: Installation, user: Any, now: datetime, zone: ZoneInfo) -> Iterator[Strip]:
    assert row.paused_at is not None
    since = f"{told(row.paused_at, zone, now)} {zone_name(row.paused_at, zone)}"
    by = _(" by %(who)s") % {"who": row.paused_by} if row.paused_by else ""
    why = f": {row.paused_why}" if row.paused_why else ""
    may = user.has_perm(STOP)
    if row.slept:
        mend = _(
            "If this is a restored backup, first compare the calls since then with the "
            "telephone bill or Azure's log: who was called since would be called again."
        )
    else:
        mend = _("Calls under way are let finish; nobody else is called.")
    if not may:
        mend += " " + _("Somebody who may stop and resume calls can resume them.")
    yield Strip(
        _("All calls are stopped since %(since)s%(by)s%(why)s.")
        % {"since": since, "by": by, "why": why.rstrip(".")},
        mend,
        reverse("admin:resume_calls") if may else "",
        _("Resume calls"),
    )


def _beat(row: Installation, now: datetime) -> Iterator[Strip]:
    if row.last_look_at is None or row.last_look_at < now - SILENT:
        yield Strip(
            _("Nobody is looking for due calls: is the worker running?"),
            _(
                "Whoever runs Ringwell starts worker and beat again. What fell due meanwhile "
                "is called then."
            ),
        )


def _calls_of_today() -> str:
    return f"{admin_url('calls_callattempt', 'changelist')}?when=today"


def _lines() -> Iterator[Strip]:
    """The breaker of each caller id, and Azure's wish for a rest."""
    system = clock.system_now()
    for line in Line.objects.filter(Q(broken_at__isnull=False) | Q(rest_until__gt=system)):
        if line.broken_at is not None:
            yield Strip(
                _(
                    "Azure fails calls from %(caller)s: dialling rests, and one call at a time "
                    "tries whether it works again."
                )
                % {"caller": line.caller_id},
                _(
                    "It goes on by itself as soon as a call succeeds. If it lasts: "
                    "manage.py check_azure tells what Azure says."
                ),
                f"{_calls_of_today()}&outcome=failed_provider",
                _("The failed calls"),
            )
        else:
            yield Strip(
                _("Azure asked %(caller)s to slow down; it goes on by itself within moments.")
                % {"caller": line.caller_id}
            )


def _cap(now: datetime) -> Iterator[Strip]:
    started = CallAttempt.objects.filter(started_at__gt=now - A_DAY)
    if started[: settings.MAX_CALLS_PER_DAY].count() < settings.MAX_CALLS_PER_DAY:
        return
    yield Strip(
        _("The cap is reached: %(most)s calls within a day. The rest waits.")
        % {"most": settings.MAX_CALLS_PER_DAY},
        _("Is something calling too much? If not, whoever runs Ringwell raises MAX_CALLS_PER_DAY."),
        _calls_of_today(),
        _("The calls of today"),
    )


def _clinics(user: Any) -> Iterator[Strip]:
    clinics = reach.clinics(user)
    may = user.has_perm("reminders.change_clinic")
    for clinic in clinics.exclude(paused_at=None)[:MOST_CLINICS]:
        link = admin_url(clinic, "resume") if may else ""
        yield Strip(
            _("Paused: %(clinic)s.") % {"clinic": clinic.name},
            _("Its calls wait until somebody resumes them."),
            link,
            _("Resume"),
        )
    if not clinics.exists():
        yield Strip(
            _("There is no clinic yet."),
            _("Begin with one: its hours, its languages, its number."),
            reverse("admin:reminders_clinic_add") if user.has_perm("reminders.add_clinic") else "",
            _("Add a clinic"),
        )
    elif not settings.ACS_CALLER_ID:
        for clinic in clinics.filter(caller_id="")[:MOST_CLINICS]:
            yield Strip(
                _("%(clinic)s has no caller id: nobody is called.") % {"clinic": clinic.name},
                _("Enter one on the clinic's page, or set ACS_CALLER_ID."),
                admin_url(clinic),
                _("The clinic"),
            )


def _may_mend_webhooks(user: Any) -> bool:
    may = user.has_perm("reminders.change_webhookendpoint")
    return bool(may and reach.is_everywhere(user))


def _webhooks() -> Iterator[Strip]:
    """Other systems that miss what they should be told."""
    wrong = Q(gone_at__isnull=False) | Q(failing_since__isnull=False, is_on=True)
    for row in WebhookEndpoint.objects.filter(wrong):
        yield Strip(
            trouble(row),
            _("Ask whoever runs that system. Its messages can be sent again afterwards."),
            admin_url(row),
            _("The webhook"),
        )


def _texts(user: Any, now: datetime) -> Iterator[Strip]:
    found = gaps(now)
    if found and not reach.is_everywhere(user):
        mine = set(reach.clinics(user).values_list("pk", flat=True))
        found = [gap for gap in found if gap.clinic.pk in mine]
    for gap in found:
        yield Strip(gap.text, "", gap.link, _("Read and approve it"))


def _imports(user: Any, now: datetime, zone: ZoneInfo) -> Iterator[Strip]:
    """Files that could not be taken in, until another of that kind is sent for the clinic."""
    newer = ImportJob.objects.filter(
        clinic=OuterRef("clinic"), kind=OuterRef("kind"), pk__gt=OuterRef("pk")
    )
    failed = reach.within(ImportJob.objects.select_related("clinic"), user).filter(
        ~Exists(newer), state=ImportState.FAILED, ended_at__gt=now - FAILED_FOR
    )
    if user.has_perm("reminders.add_importjob"):
        mend = _("Its page tells why. Send the file again: nothing is entered twice.")
    else:
        mend = _("Its page tells why. Somebody who may import files sends it again.")
    for job in failed[:MOST_CLINICS]:
        yield Strip(
            _("An import failed: %(kind)s of %(clinic)s, %(when)s.")
            % {
                "kind": str(KINDS[ImportKind(job.kind)]).lower(),
                "clinic": job.clinic.name,
                "when": told(job.ended_at or job.created_at, zone, now),
            },
            mend,
            reverse("admin:imports_job", args=[job.pk]),
            _("What went wrong"),
        )
