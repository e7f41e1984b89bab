"""Moving a visit to another time or length, and taking that back.

Whoever drags a visit saw it some time ago: it is moved only where it still is
what they saw, and they are asked before something is lost by it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core import signing
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from calls.models import CallVisit
from desk import reach, seeing
from desk.appointments import changes
from desk.appointments.plan import sentence
from desk.calendar.feed import tone_of, version_of
from desk.local import instant, told
from desk.scheduling.conflicts import Conflicts, Wanted
from desk.scheduling.remarks import Remark, Weight, fingerprint, warning
from desk.wording import open_statuses
from reminders import planning
from reminders.models import Appointment
from reminders.policy.vocabulary import AppointmentStatus

SALT = "desk.calendar.undo"
#: Later than this, whoever moved it thinks of something else.
UNDO_SECONDS = 15 * 60


class Refused(Exception):
    """It is not moved; the message tells staff why."""


class NotThere(Exception):
    """There is no such visit for this person."""


@dataclass(frozen=True)
class Question:
    """What must be agreed to first; ``agreed`` goes with the second try."""

    words: list[str]
    agreed: str


@dataclass(frozen=True)
class Moved:
    """What was done, what is planned now, and how to take it back."""

    words: str
    undo: str


@dataclass(frozen=True)
class Wish:
    """Where somebody dropped a visit; ``wall`` is naive, of the clinic's clocks."""

    pk: int
    wall: datetime
    minutes: int
    #: The version that was on the screen.
    seen: str
    agreed: str = ""


@transaction.atomic
def move(wish: Wish, *, user: Any, now: datetime) -> Moved | Question:
    """Move a visit and plan it anew.

    Raises:
        Refused: it cannot be, or has changed meanwhile.
        NotThere: this person sees no such visit.
    """
    visit = _locked(wish.pk, wish.seen, user, now)
    start = _start(wish.wall, visit)
    if (start, wish.minutes) == (visit.starts_at, visit.minutes):
        raise Refused(_("It is there already."))
    if not 1 <= wish.minutes <= 1440:
        raise Refused(_("A visit takes from one minute to a day."))
    remarks = [*_against(visit, start, wish.minutes, user, now), *_lost(visit, start, now)]
    errors = [remark.text for remark in remarks if remark.weight is Weight.ERROR]
    if errors:
        raise Refused(" ".join(errors))
    asked = fingerprint(remarks)
    if asked != wish.agreed:
        return Question([remark.text for remark in remarks], asked)
    return _move(visit, start, wish.minutes, user, now)


def _locked(pk: int, seen: str, user: Any, now: datetime) -> Appointment:
    """The visit, where it still is what was seen and may be moved."""
    if not reach.within(Appointment.objects.filter(pk=pk), user).exists():
        raise NotThere
    visit = planning.lock(pk)
    if version_of(visit) != seen:
        words = _("%(patient)s has changed meanwhile: %(when)s, %(answer)s. Please look again.")
        when = told(visit.starts_at, visit.clinic.zone, now)
        answer = str(tone_of(visit).words).lower()
        raise Refused(
            words % {"patient": seeing.name(visit.patient), "when": when, "answer": answer}
        )
    if visit.status not in open_statuses():
        raise Refused(_("This visit is over or cancelled: make a new one."))
    return visit


def _start(wall: datetime, visit: Appointment) -> datetime:
    old = visit.starts_at.astimezone(visit.clinic.zone).replace(tzinfo=None, fold=0)
    if wall == old.replace(second=0, microsecond=0):
        return visit.starts_at
    try:
        return instant(wall, visit.clinic.zone)
    except ValidationError as refusal:
        raise Refused(" ".join(refusal.messages)) from None
    except OverflowError:
        raise Refused(_("There is no such day.")) from None


def _against(
    visit: Appointment, start: datetime, minutes: int, user: Any, now: datetime
) -> list[Remark]:
    wanted = Wanted(
        clinic=visit.clinic,
        patient=visit.patient,
        practitioner=visit.practitioner,
        minutes=minutes,
        moved=visit.pk,
    )
    if start == visit.starts_at <= now:
        return []
    return Conflicts(wanted, [start], user=user, now=now).at(start)


def _lost(visit: Appointment, start: datetime, now: datetime) -> list[Remark]:
    """What another time undoes; another length undoes nothing."""
    if start == visit.starts_at:
        return []
    lost = []
    if visit.status == AppointmentStatus.CONFIRMED:
        when = told(visit.starts_at, visit.clinic.zone, now)
        words = _("%(patient)s has confirmed %(when)s. After the move they are asked again.")
        lost.append(warning(words % {"patient": seeing.name(visit.patient), "when": when}))
    if CallVisit.objects.filter(appointment=visit, is_open=True).exists():
        lost.append(warning(_("A call about this visit is under way.")))
    return lost


def _move(visit: Appointment, start: datetime, minutes: int, user: Any, now: datetime) -> Moved:
    before = {
        "pk": visit.pk,
        "start": visit.starts_at.isoformat(),
        "minutes": visit.minutes,
        "status": visit.status,
        "answer": visit.answer,
    }
    moved = start != visit.starts_at
    _change(visit, start, minutes, user, now)
    saved = planning.lock(visit.pk)
    undo = signing.dumps(before | {"seen": version_of(saved)}, salt=SALT)
    if not moved:
        words = _("%(patient)s: %(minutes)d minutes now. The reminder stays as it is.")
        return Moved(words % {"patient": seeing.name(saved.patient), "minutes": minutes}, undo)
    words = _("%(patient)s is moved to %(when)s, and asked for that time. %(plan)s.")
    told_words = {
        "patient": seeing.name(saved.patient),
        "when": told(start, saved.clinic.zone, now),
        "plan": sentence(saved, now),
    }
    return Moved(words % told_words, undo)


def _change(visit: Appointment, start: datetime, minutes: int, user: Any, now: datetime) -> None:
    touched = [
        name
        for name, value in (("starts_at", start), ("minutes", minutes))
        if getattr(visit, name) != value
    ]
    was_at = visit.starts_at
    visit.starts_at, visit.minutes = start, minutes
    edit = changes.Edit(_actor(user), now, touched, was_at)
    changes.change(visit, edit)


@transaction.atomic
def undo(token: str, *, user: Any, now: datetime) -> str:
    """Put a visit back where it was moved from, with the answer it had.

    Returns what is planned now, in words.

    Raises:
        Refused: too late: it was changed, or called about, since.
        NotThere: this person sees no such visit.
    """
    try:
        was = signing.loads(token, salt=SALT, max_age=UNDO_SECONDS)
    except signing.BadSignature:
        raise Refused(_("This can no longer be undone: move it back by hand.")) from None
    visit = _locked(was["pk"], was["seen"], user, now)
    start = datetime.fromisoformat(was["start"])
    if start != visit.starts_at:
        if start <= now:
            raise Refused(_("The time it was moved from is past."))
        if visit.contacts.filter(visit_starts_at=visit.starts_at).exists():
            raise Refused(_("The patient was called about the new time already: move it by hand."))
    _change(visit, start, was["minutes"], user, now)
    back = Appointment.objects.filter(pk=visit.pk, status=AppointmentStatus.SCHEDULED)
    back.update(status=was["status"], answer=was["answer"])
    visit.note("move_undone", now, actor=_actor(user))
    planning.replan(visit.pk, now, actor=_actor(user))
    saved = planning.lock(visit.pk)
    when = told(saved.starts_at, saved.clinic.zone, now)
    words = _("%(patient)s is back at %(when)s, as before. %(plan)s.")
    told_words = {"patient": seeing.name(saved.patient), "when": when, "plan": sentence(saved, now)}
    return words % told_words


def _actor(user: Any) -> str:
    return f"staff {user.get_username()}"
