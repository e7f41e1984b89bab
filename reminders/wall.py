"""Clocks on the wall: which instant they mean."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _


def instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """The instant at which clocks in the zone show ``wall`` (naive), in UTC.

    Raises:
        ValidationError: clocks show it never, or twice, that day.
    """
    earlier, later = (wall.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if earlier.utcoffset() == later.utcoffset():
        return earlier.astimezone(UTC)
    back = earlier.astimezone(UTC).astimezone(zone).replace(tzinfo=None)
    words = {"time": f"{wall:%H:%M}", "zone": zone.key}
    if back != wall:
        raise ValidationError(
            _(
                "%(time)s does not exist on this day in %(zone)s: "
                "the clocks go forward over it. Choose another time."
            )
            % words
        )
    raise ValidationError(
        _(
            "%(time)s comes twice on this day in %(zone)s: "
            "the clocks go back. Choose a time before or after that hour."
        )
        % words
    )
