"""What stands against a visit at some time: another visit, closed doors, the past."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from desk import reach, seeing
from desk.scheduling.remarks import Remark, error, warning
from desk.wording import open_statuses
from reminders.models import Appointment, Clinic, Patient, Practitioner
from reminders.policy.fence import wall_spans

#: No visit is longer, as the model has it.
LONGEST_VISIT = timedelta(minutes=1440)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A visit that somebody wants to make, or to move."""

    clinic: Clinic
    patient: Patient | None
    practitioner: Practitioner | None
    minutes: int
    #: The row that is moved: it is in nobody's way.
    moved: int | None = None

    @property
    def length(self) -> timedelta:
        """How long it takes."""
        return timedelta(minutes=self.minutes)


class Conflicts:
    """What stands against each of some starts; two queries, however many there are."""

    def __init__(
        self, wanted: Wanted, starts: Sequence[datetime], *, user: Any, now: datetime
    ) -> None:
        self.wanted, self.now = wanted, now
        self.seen = None if reach.is_everywhere(user) else set(reach.clinics(user))
        near = _near(starts, wanted.length).exclude(pk=wanted.moved or 0)
        known = wanted.patient is not None and wanted.patient.pk
        self.of_patient = list(near.filter(patient=wanted.patient)) if known else []
        busy = near.filter(practitioner=wanted.practitioner)
        self.of_practitioner = list(busy) if wanted.practitioner else []

    def at(self, start: datetime) -> list[Remark]:
        """Everything that stands against a visit that starts then."""
        if start <= self.now:
            zone = self.wanted.clinic.zone
            past = _("This time is past in %(zone)s. Choose one that is still to come.")
            return [error(past % {"zone": zone.key})]
        return [*self._patient(start), *self._practitioner(start), *self._doors(start)]

    def _patient(self, start: datetime) -> Iterator[Remark]:
        for other in self._overlapping(self.of_patient, start):
            words = {"patient": seeing.name(other.patient), "when": self._span(other)}
            if self.seen is not None and other.clinic not in self.seen:
                yield warning(_("%(patient)s has a visit elsewhere at this time.") % words)
            elif other.starts_at == start:
                yield error(_("%(patient)s has a visit at this very time already.") % words)
            else:
                yield warning(_("%(patient)s has a visit then already: %(when)s.") % words)

    def _practitioner(self, start: datetime) -> Iterator[Remark]:
        for other in self._overlapping(self.of_practitioner, start):
            words = {"who": str(self.wanted.practitioner), "when": self._span(other)}
            yield warning(_("%(who)s has another visit then: %(when)s.") % words)

    def _overlapping(self, rows: list[Appointment], start: datetime) -> Iterator[Appointment]:
        end = start + self.wanted.length
        for row in rows:
            if row.starts_at < end and start < row.starts_at + timedelta(minutes=row.minutes):
                yield row

    def _span(self, row: Appointment) -> str:
        zone = self.wanted.clinic.zone
        end = row.starts_at + timedelta(minutes=row.minutes)
        return f"{row.starts_at.astimezone(zone):%H:%M}–{end.astimezone(zone):%H:%M}"

    def _doors(self, start: datetime) -> Iterator[Remark]:
        clinic = self.wanted.clinic
        hours, day = clinic.opening_hours(), start.astimezone(clinic.zone).date()
        words = {"clinic": clinic.name, "day": date_format(day, _("l j F"))}
        if day in hours.closures:
            yield warning(_("%(clinic)s is closed on %(day)s.") % words)
            return
        pairs = hours.week.get(day.isoweekday(), ())
        if not pairs:
            yield warning(_("%(clinic)s has no hours on %(day)s.") % words)
            return
        spans = [span for pair in pairs for span in wall_spans(clinic.zone, day, *pair)]
        end = start + self.wanted.length
        if not any(first <= start and end <= last for first, last in spans):
            told = ", ".join(f"{a:%H:%M}–{b:%H:%M}" for a, b in pairs)
            outside = _("Outside the hours of %(clinic)s that day: %(hours)s.")
            yield warning(outside % (words | {"hours": told}))


def _near(starts: Sequence[datetime], length: timedelta) -> QuerySet[Appointment]:
    """Visits still to be made that may overlap one of the starts."""
    windows = Q(pk__in=[])
    for start in starts:
        first, last = _back(start, LONGEST_VISIT), start + length
        windows |= Q(starts_at__gt=first, starts_at__lt=last)
    rows = Appointment.objects.filter(windows, status__in=open_statuses())
    return rows.select_related("patient", "clinic").order_by("starts_at", "pk")


def _back(at: datetime, span: timedelta) -> datetime:
    """Earlier by a span, where the calendar has such a day."""
    return max(at, datetime(2, 1, 1, tzinfo=UTC)) - span
