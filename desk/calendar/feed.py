"""The visits of some days, of one clinic or of several, as the calendar draws them.

The calendar is told naive times, those of each clinic's own wall, and takes them
for UTC: no browser's own zone, and no clock change of it, can shift a visit.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from desk import reach, seeing
from desk.base import admin_url
from desk.local import midnight, zone_name
from desk.wording import open_statuses
from reminders.models import Appointment, Clinic, Practitioner
from reminders.policy.vocabulary import Answer, AppointmentStatus

MOST_DAYS = 42
MOST_ROWS = 1500


class Tone(NamedTuple):
    """How a visit looks: never by its colour alone."""

    key: str
    sign: str
    words: Any


#: In the order of the legend.
TONES = (
    Tone("open", "…", gettext_lazy("Not answered yet")),
    Tone("confirmed", "✓", gettext_lazy("Confirmed")),
    Tone("other-time", "↻", gettext_lazy("Wants another time")),
    Tone("cancelled", "✕", gettext_lazy("Cancelled")),
    Tone("attended", "●", gettext_lazy("Attended")),
    Tone("no-show", "○", gettext_lazy("No show")),
)
_OF_STATUS = {
    AppointmentStatus.CANCELLED: "cancelled",
    AppointmentStatus.ATTENDED: "attended",
    AppointmentStatus.NO_SHOW: "no-show",
    AppointmentStatus.CONFIRMED: "confirmed",
}
_OF_ANSWER = {
    Answer.CONFIRMED: "confirmed",
    Answer.CANCELLED: "cancelled",
    Answer.RESCHEDULE_REQUESTED: "other-time",
}


def tone_of(visit: Appointment) -> Tone:
    """What became of the visit, else what the patient said."""
    by_answer = _OF_ANSWER.get(Answer(visit.answer), "open")
    key = _OF_STATUS.get(AppointmentStatus(visit.status), by_answer)
    return next(tone for tone in TONES if tone.key == key)


def version_of(visit: Appointment) -> str:
    """Another one for each change that whoever moves the visit should know of."""
    seen = (
        visit.starts_at.isoformat(),
        visit.minutes,
        visit.status,
        visit.answer,
        visit.clinic_id,
        visit.practitioner_id,
        visit.patient_id,
    )
    return sha256(repr(seen).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Window:
    """Days [first, after) of some clinics, perhaps of some practitioners alone."""

    clinics: Sequence[Clinic]
    #: None of them: everybody's.
    people: Sequence[Practitioner]
    first: date
    after: date

    @property
    def is_too_long(self) -> bool:
        """More than anybody looks at, or turned round."""
        return not timedelta(0) < self.after - self.first <= timedelta(days=MOST_DAYS)

    @property
    def zones(self) -> list[ZoneInfo]:
        """Those of its clinics; few, however many clinics there are."""
        return list(dict.fromkeys(clinic.zone for clinic in self.clinics))

    def visits(self, user: Any) -> QuerySet[Appointment]:
        """Those that this person may see, the first first."""
        days = Q()
        for zone in self.zones:
            days |= Q(
                clinic__in=[clinic.pk for clinic in self.clinics if clinic.zone == zone],
                starts_at__gte=midnight(self.first, zone),
                starts_at__lt=midnight(self.after, zone),
            )
        rows = Appointment.objects.filter(days)
        if self.people:
            rows = rows.filter(practitioner__in=[person.pk for person in self.people])
        rows = reach.within(rows, user).select_related("patient", "practitioner")
        return rows.order_by("starts_at", "pk")

    def closures(self) -> Iterator[date]:
        """The days among them on which all are closed."""
        closures = (clinic.opening_hours().closures for clinic in self.clinics)
        closed = set.intersection(*map(set, closures))
        days = (self.first + timedelta(days=n) for n in range((self.after - self.first).days))
        return (day for day in days if day in closed)


@dataclass(frozen=True)
class Event:
    """One visit, as it is drawn or stands in a list."""

    visit: Appointment
    name: str
    clinic: Clinic
    may_move: bool
    #: Beside visits of other clinics, perhaps of other zones.
    names_clinic: bool = False
    names_zone: bool = False

    @property
    def zone(self) -> ZoneInfo:
        """Of the clinic's wall."""
        return self.clinic.zone

    @property
    def wall(self) -> datetime:
        """When it starts on the clinic's wall; naive."""
        return self.visit.starts_at.astimezone(self.zone).replace(tzinfo=None, fold=0)

    @property
    def time(self) -> str:
        """``10:00``; ``01:30 EST`` in an hour that comes twice, or beside another zone."""
        shown = f"{self.wall:%H:%M}"
        offsets = {self.wall.replace(tzinfo=self.zone, fold=fold).utcoffset() for fold in (0, 1)}
        is_plain = len(offsets) == 1 and not self.names_zone
        return shown if is_plain else f"{shown} {self.zone_letters}"

    @property
    def zone_letters(self) -> str:
        """``EST``."""
        return zone_name(self.visit.starts_at, self.zone)

    @property
    def who(self) -> str:
        """With whom; where visits of several clinics are shown, at which."""
        person = self.visit.practitioner
        names = (person.name if person else "", self.clinic.name if self.names_clinic else "")
        return ", ".join(filter(None, names))

    @property
    def tone(self) -> Tone:
        """How it looks."""
        return tone_of(self.visit)

    @property
    def link(self) -> str:
        """Its page."""
        return admin_url(self.visit)

    def as_json(self) -> dict[str, Any]:
        """As the calendar component wants it."""
        tone = self.tone
        return {
            "id": str(self.visit.pk),
            "title": self.name,
            "start": self.wall.isoformat(),
            # Its length, whatever the clocks do meanwhile.
            "end": (self.wall + timedelta(minutes=self.visit.minutes)).isoformat(),
            "url": self.link,
            "editable": self.may_move,
            "classNames": [f"desk-visit-{tone.key}"],
            "extendedProps": {
                "time": self.time,
                "who": self.who,
                "sign": tone.sign,
                "answer": str(tone.words),
                "seen": version_of(self.visit),
            },
        }


@dataclass(frozen=True)
class Feed:
    """What there is in a window; ``is_cut`` where there is more than may be shown."""

    events: list[Event]
    closed: list[date]
    is_cut: bool

    def as_json(self) -> dict[str, Any]:
        """With the closed days as a ground behind the visits."""
        return {
            "events": [
                *(event.as_json() for event in self.events),
                *(_closed(day) for day in self.closed),
            ],
            "cut": _cut() if self.is_cut else "",
        }


def _closed(day: date) -> dict[str, Any]:
    start = datetime.combine(day, time.min)
    return {
        "title": _("Closed"),
        "start": start.isoformat(),
        "end": (start + timedelta(days=1)).isoformat(),
        "display": "background",
        "classNames": ["desk-closed"],
    }


def _cut() -> str:
    words = _(
        "Only the first %(most)d visits are shown: choose fewer days, clinics or practitioners."
    )
    return words % {"most": MOST_ROWS}


def feed_of(window: Window, request: HttpRequest) -> Feed:
    """The visits of a window; one query, and who saw them is kept."""
    rows = list(window.visits(request.user)[: MOST_ROWS + 1])
    shown = rows[:MOST_ROWS]
    may_move = request.user.has_perm("reminders.change_appointment")
    clinics = {clinic.pk: clinic for clinic in window.clinics}
    names_clinic, names_zone = len(clinics) > 1, len(window.zones) > 1
    events = [
        Event(
            visit,
            seeing.name(visit.patient, request),
            clinics[visit.clinic_id],
            may_move and visit.status in open_statuses(),
            names_clinic,
            names_zone,
        )
        for visit in shown
    ]
    return Feed(events, list(window.closures()), is_cut=len(rows) > MOST_ROWS)
