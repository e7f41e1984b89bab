"""Visits as iCalendar. It tells when, and what was answered; never who or why.

An address with a secret leaks sooner or later: calendars are shared, and kept by whoever
runs them. So nothing of the patient is in it, not even initials or the kind of visit.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from django.db.models import Max
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from reminders.models import Appointment, AppointmentEvent, CalendarFeed, Practitioner
from reminders.policy.vocabulary import Answer, AppointmentStatus

BEFORE, AFTER = timedelta(days=30), timedelta(days=365)
#: How often a calendar should ask again; most decide for themselves.
REFRESH = timedelta(minutes=15)
#: SEQUENCE is the seconds from here to the last change: it only rises, and fits into 32 bits.
EPOCH = datetime(2020, 1, 1, tzinfo=UTC)


def visits_of(practitioner: Practitioner, now: datetime) -> list[Appointment]:
    """Those of the last month and the coming year; cancelled ones too, to be struck out."""
    near = Appointment.objects.filter(
        practitioner=practitioner, starts_at__gt=now - BEFORE, starts_at__lt=now + AFTER
    )
    return list(near.order_by("starts_at", "pk"))


def last_changes(visits: Iterable[Appointment], since: datetime) -> dict[int, datetime]:
    """When each visit was changed last, by key; ``since`` where nothing is known of any change.

    By the visits' stories alone: neither erasing a patient nor retention takes a line out of
    one, so this never goes back.
    """
    keys = [visit.pk for visit in visits]
    story = AppointmentEvent.objects.filter(appointment__in=keys).order_by()
    found = dict(story.values_list("appointment").annotate(Max("at")))
    return {key: found.get(key, since) for key in keys}


def written(feed: CalendarFeed, visits: list[Appointment], changed: dict[int, datetime]) -> bytes:
    """The calendar; the same bytes for as long as nothing has changed."""
    practitioner = feed.practitioner
    calendar = Calendar()
    calendar.add("prodid", "-//Ringwell//Visits//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", f"{practitioner.name} · {practitioner.clinic.name}")
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    for visit in visits:
        calendar.add_component(_event(visit, practitioner.clinic.slug, changed[visit.pk]))
    return bytes(calendar.to_ical())


def _event(visit: Appointment, clinic: str, changed: datetime) -> Event:
    """Times in UTC: the same moment in every calendar, whatever zones it knows."""
    status, summary = _told(visit)
    event = Event()
    event.add("uid", f"visit-{visit.pk}@{clinic}.ringwell")
    # Not the moment of asking: what did not change looks unchanged.
    event.add("dtstamp", changed.astimezone(UTC))
    event.add("last-modified", changed.astimezone(UTC))
    event.add("sequence", max(0, int((changed - EPOCH).total_seconds())))
    event.add("dtstart", visit.starts_at.astimezone(UTC))
    event.add("dtend", (visit.starts_at + timedelta(minutes=visit.minutes)).astimezone(UTC))
    event.add("summary", summary)
    event.add("status", status)
    event.add("class", "PRIVATE")
    event.add("transp", "TRANSPARENT" if status == "CANCELLED" else "OPAQUE")
    return event


def _told(visit: Appointment) -> tuple[str, str]:
    """The status of RFC 5545, and the words."""
    match visit.status, visit.answer:
        case AppointmentStatus.CONFIRMED, _answer:
            return "CONFIRMED", _("Visit – confirmed")
        case AppointmentStatus.CANCELLED, _answer:
            return "CANCELLED", _("Visit – cancelled")
        case AppointmentStatus.SCHEDULED, Answer.RESCHEDULE_REQUESTED:
            return "TENTATIVE", _("Visit – wants another time")
        case AppointmentStatus.SCHEDULED, _answer:
            return "TENTATIVE", _("Visit – not confirmed yet")
    return "CONFIRMED", _("Visit – over")
