"""Times on the clinic's wall: told, entered, and where a day begins."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from desk import reach, viewer
from reminders.models import Clinic
from reminders.wall import instant

__all__ = [
    "clinic_zones",
    "instant",
    "midnight",
    "on_days",
    "same_wall",
    "told",
    "told_exactly",
    "with_zone",
    "zone_name",
    "zone_of_staff",
    "zone_of_viewer",
]


def told(at: datetime | None, zone: ZoneInfo, now: datetime) -> str:
    """``Tue 24 Nov 10:00``, with the year where it is not this one."""
    if at is None:
        return "–"
    local = at.astimezone(zone)
    this_year = local.year == now.astimezone(zone).year
    # A pattern of Django's, which the catalogue may order otherwise.
    return date_format(local, _("D j M H:i") if this_year else _("D j M Y H:i"))


def told_exactly(at: datetime | None, zone: ZoneInfo, now: datetime) -> str:
    """As :func:`told`, with the seconds: what happened in a call takes seconds."""
    return "–" if at is None else f"{told(at, zone, now)}:{at:%S}"


def zone_name(at: datetime, zone: ZoneInfo) -> str:
    """``EST``; ``UTC+03`` where the zone has no letters of its own."""
    name = at.astimezone(zone).tzname() or zone.key
    return f"UTC{name}" if name[0] in "+-" else name


def same_wall(at: datetime, one: ZoneInfo, other: ZoneInfo) -> bool:
    """True when clocks in both zones show the same time at this instant."""
    return at.astimezone(one).utcoffset() == at.astimezone(other).utcoffset()


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Where a day begins in a zone."""
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)


def clinic_zones() -> list[ZoneInfo]:
    """Every zone that a clinic is in; few, however many clinics there are."""
    names = Clinic.objects.order_by().values_list("time_zone", flat=True).distinct()
    return [ZoneInfo(name) for name in names]


def house_zone(zones: list[ZoneInfo]) -> ZoneInfo:
    """In which to tell what concerns no clinic: theirs where all share one, else UTC."""
    return zones[0] if len(zones) == 1 else ZoneInfo("UTC")


def zone_of_staff(user: Any) -> ZoneInfo:
    """In which to tell somebody what concerns no clinic: that of their clinics where all
    share one, else UTC; asked once for each request."""
    known: ZoneInfo | None = getattr(user, "_zone", None)
    if known is None:
        names = reach.clinics(user).order_by().values_list("time_zone", flat=True).distinct()
        known = user._zone = house_zone([ZoneInfo(name) for name in names])
    return known


def zone_of_viewer() -> ZoneInfo:
    """The same for whoever is looking, where only the row is known."""
    request = viewer.request()
    return zone_of_staff(request.user) if request else house_zone(clinic_zones())


def with_zone(words: str, at: datetime | None, zone: ZoneInfo) -> str:
    """``Tue 24 Nov 10:00 EST``: a time that stands beside no clinic names its zone."""
    return words if at is None else f"{words} {zone_name(at, zone)}"


def on_days(
    column: str, first: int | None, after: int | None, now: datetime, zones: Iterable[ZoneInfo]
) -> Q:
    """Rows whose ``column`` lies in the clinic's own days [today+first, today+after).

    ``None`` leaves that side open. The rows have a ``clinic``.
    """
    chosen, starts, ends = Q(pk__in=[]), list[datetime](), list[datetime]()
    for zone in zones:
        today = now.astimezone(zone).date()
        in_zone = Q(clinic__time_zone=zone.key)
        if first is not None:
            starts.append(midnight(today + timedelta(days=first), zone))
            in_zone &= Q(**{f"{column}__gte": starts[-1]})
        if after is not None:
            ends.append(midnight(today + timedelta(days=after), zone))
            in_zone &= Q(**{f"{column}__lt": ends[-1]})
        chosen |= in_zone
    # What holds in every zone lets an index begin, or end, there.
    if starts:
        chosen &= Q(**{f"{column}__gte": min(starts)})
    if ends:
        chosen &= Q(**{f"{column}__lt": max(ends)})
    return chosen
