"""Clocks on the wall: which instant they mean."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError


def instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """The instant at which clocks in the zone show ``wall`` (naive), in UTC.

    Raises:
        ValidationError: clocks show it never, or twice, that day.
    """
    earlier, later = (wall.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if earlier.utcoffset() == later.utcoffset():
        return earlier.astimezone(UTC)
    back = earlier.astimezone(UTC).astimezone(zone).replace(tzinfo=None)
    if back != wall:
        raise ValidationError(
            f"{wall:%H:%M} does not exist on this day in {zone.key}: "
            "the clocks go forward over it. Choose another time."
        )
    raise ValidationError(
        f"{wall:%H:%M} comes twice on this day in {zone.key}: "
        "the clocks go back. Choose a time before or after that hour."
    )
