"""One mail when an incident begins, one when it is over: what is wrong, and what mends it.

The mails name no patient and no patient's number; a caller id is the clinic's own.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from smtplib import SMTPException

import structlog
from django.conf import settings
from django.core.mail import EmailMessage

from calls import incidents
from calls.models import Incident
from calls.models.incident import IncidentKind, Mail

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class _Words:
    """What a mail says; ``{subject}`` is the incident's."""

    title: str
    what: str
    mend: str


_WORDS = {
    IncidentKind.NOT_PLACED: _Words(
        "Calls are due and nobody is called",
        "Calls from {subject} are due, and for thirty minutes inside the clinic's hours none "
        "was placed.",
        "The page Today (/admin/) says what stands in the way. The command\n"
        "    manage.py check_azure\n"
        "asks Azure, and names each setting that is wrong.",
    ),
    IncidentKind.BREAKER: _Words(
        "Azure fails the calls",
        "Azure fails calls from {subject} too often. They rest; one call at a time tries "
        "whether it works again.",
        "It goes on by itself as soon as a call succeeds. The command\n"
        "    manage.py check_azure\n"
        "tells what Azure says; Azure's own status page may tell more.",
    ),
    IncidentKind.SILENT: _Words(
        "A worker is silent",
        "No worker for {subject} has been heard of. What it does waits: nothing is lost.",
        "See whether it runs, and start it:\n"
        "    systemctl status 'ringwell-*'\n"
        "    systemctl restart ringwell.target",
    ),
    IncidentKind.ASLEEP: _Words(
        "All calls are paused: is this a restored backup?",
        "Nobody had looked for due calls for more than six hours, so Ringwell has paused itself.",
        "If this is a restored backup, first enter what was said since it was made "
        "(docs/howto/backup.md). Then resume on the page Today (/admin/), or type\n"
        "    manage.py resume",
    ),
}
_BEAT = _Words(
    "Nobody looks for due calls",
    "The worker for calls is alive, and nobody has told it to look for due calls: beat stands "
    "still, the broker cannot be reached, or a setting forbids every look.",
    "See whether both run, and what they say:\n"
    "    systemctl status ringwell-beat rabbitmq-server\n"
    "    journalctl -u ringwell-beat -u ringwell-calls -n 50 -o cat\n"
    "    manage.py check_azure",
)


def look(now: datetime) -> None:
    """Look for incidents and send the mails that nobody has sent yet."""
    incidents.look(now)
    if settings.ALERT_EMAILS:
        for incident, mail in list(_untold(now)):
            if incident.claim(mail, now):
                _send(incident, mail, now)


def _untold(now: datetime) -> Iterator[tuple[Incident, Mail]]:
    for incident in incidents.certain().filter(told_at=None):
        yield incident, Mail.BEGUN
    # What ended before anybody tried to tell of it is told to nobody.
    over = Incident.objects.filter(closed_at__isnull=False, told_over_at=None, tries__gt=0)
    for incident in over:
        yield incident, Mail.OVER


def _send(incident: Incident, mail: Mail, now: datetime) -> None:
    """A server that takes no mail is asked again after the claim's lease."""
    words = _words(incident)
    over = mail is Mail.OVER
    try:
        EmailMessage(
            subject=f"[Ringwell] {'Over: ' if over else ''}{words.title}",
            body=_over(incident, words) if over else _begun(incident, words),
            to=settings.ALERT_EMAILS,
            # No out-of-office notes in return.
            headers={"Auto-Submitted": "auto-generated"},
        ).send()
    except (OSError, SMTPException) as error:
        log.error("mail not sent", action="alert", kind=incident.kind, fault=type(error).__name__)
        return
    incident.told(mail, now)
    log.warning("mail sent", action="alert", kind=incident.kind, over=over)


def _words(incident: Incident) -> _Words:
    if incident.kind == IncidentKind.SILENT and incident.subject == incidents.BEAT:
        return _BEAT
    return _WORDS[IncidentKind(incident.kind)]


def _begun(incident: Incident, words: _Words) -> str:
    what = words.what.format(subject=incident.subject or "this installation")
    return (
        f"Seen since {_told(incident.opened_at)}.\n\n{what}\n\nWhat mends it\n\n{words.mend}\n\n"
        "One more mail comes when it is over; none in between."
    )


def _over(incident: Incident, words: _Words) -> str:
    what = words.what.format(subject=incident.subject or "this installation")
    return (
        f"From {_told(incident.opened_at)} to {_told(incident.seen_at)}:\n\n{what}\n\n"
        "It was not seen since. What fell due meanwhile is called as soon as the rules allow."
    )


def _told(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
