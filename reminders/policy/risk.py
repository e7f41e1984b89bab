"""How likely a patient who has not answered is to stay away: a few points, each with its reason.

No model and no weights that were learnt: what the front desk would count on its
fingers. The points follow what studies of missed visits agree on: who stayed away
before, does so again; the longer a visit was made ahead, the sooner it is
forgotten; who is new has less of a bond; who never picks up has not been reminded.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Self


class Level(StrEnum):
    """The points in a word."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


NO_SHOW_POINTS, MOST_NO_SHOWS = 3, 3
NEW_POINTS = 2
UNHEARD_POINTS, MOST_UNHEARD = 1, 3
#: (days between making the visit and the visit, points), the longest first.
LEAD_POINTS = ((30, 2), (14, 1))
HIGH, MEDIUM = 6, 3


@dataclass(frozen=True, kw_only=True)
class Risk:
    """What is known of the patient and the visit; ``lead_days`` None where nobody knows."""

    #: Earlier visits that the patient stayed away from.
    no_shows: int = 0
    #: No earlier visit was kept or missed.
    is_new: bool = False
    lead_days: int | None = None
    #: Calls to the patient that nobody took.
    unheard: int = 0

    @property
    def points(self) -> int:
        """0 to 16."""
        return sum(self.reasons().values())

    @property
    def level(self) -> Level:
        """High from 6 points, medium from 3."""
        if self.points >= HIGH:
            return Level.HIGH
        return Level.MEDIUM if self.points >= MEDIUM else Level.LOW

    def reasons(self) -> dict[str, int]:
        """Points by what they are for; what gives none is left out."""
        points = {
            "no_shows": NO_SHOW_POINTS * min(self.no_shows, MOST_NO_SHOWS),
            "is_new": NEW_POINTS if self.is_new else 0,
            "lead_days": self._lead(),
            "unheard": UNHEARD_POINTS * min(self.unheard, MOST_UNHEARD),
        }
        return {reason: count for reason, count in points.items() if count}

    def _lead(self) -> int:
        days = self.lead_days or 0
        return next((points for least, points in LEAD_POINTS if days >= least), 0)

    def to_json(self) -> dict[str, Any]:
        """As it is kept with the work item."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:
        """The reverse; what an older version did not keep is not known."""
        return cls(**{name: kept[name] for name in cls.__dataclass_fields__ if name in kept})
