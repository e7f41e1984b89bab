"""Who is to be called: the simulator's own population, and some who must not be."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

#: Of this many patients one must not be called; but at least one of each kind.
ONE_IN = 20
#: Half of the visits are near enough for the last touch, half have one more to come.
HOURS_AHEAD = (21, 51)


class Forbidden(StrEnum):
    """Why somebody may not be called."""

    ASLEEP = "asleep"
    OPTED_OUT = "opted_out"
    NO_BASIS = "no_basis"


@dataclass(frozen=True)
class Person:
    """A patient with one visit."""

    number: str
    language: str
    zone: str
    hours_ahead: int
    caller_id: str
    #: Empty: may be called, and is due.
    forbidden: str

    def as_data(self) -> dict[str, Any]:
        """Ready for JSON."""
        return asdict(self)


def how_many(calls: int) -> int:
    """How large the population has to be for so many calls."""
    return calls + max(len(Forbidden), calls // ONE_IN)


def people(
    population: list[dict[str, str]], calls: int, caller_ids: tuple[str, ...]
) -> list[Person]:
    """``calls`` patients to call, and the rest of the population not to."""
    return [
        _person(patient, n, caller_ids, [*Forbidden][n % len(Forbidden)] if n >= calls else "")
        for n, patient in enumerate(population)
    ]


def _person(patient: dict[str, str], n: int, caller_ids: tuple[str, ...], forbidden: str) -> Person:
    return Person(
        number=patient["number"],
        language={"es": "es-US"}.get(patient["language"][:2], ""),
        zone="Asia/Tokyo" if forbidden == Forbidden.ASLEEP else patient["zone"],
        hours_ahead=HOURS_AHEAD[n % 2],
        caller_id=caller_ids[n // 2 % len(caller_ids)],
        forbidden=forbidden,
    )
