"""Who is to be called and by whom: the simulator's population, and some who must not be."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

#: Of this many patients one must not be called; but at least one of each kind.
ONE_IN = 20
#: Half of the visits are near enough for the last touch, half have one more to come.
HOURS_AHEAD = (21, 51)
#: Language of a persona -> of the patient; who speaks English has the clinic's default.
LOCALES = {"es": "es-US", "fr": "fr-FR", "de": "de-DE", "pt": "pt-BR", "ar": "ar-SA"}
#: Day and month that the identity personas type; the year is never asked for.
BORN = "1961-07-04"
DIGITS = "0407"
#: In no area code of the population: somebody takes the first, nobody the second.
STAFF, NOBODY = "+14155550199", "+14155550131"


class Forbidden(StrEnum):
    """Why somebody may not be called."""

    ASLEEP = "asleep"
    OPTED_OUT = "opted_out"
    NO_BASIS = "no_basis"


@dataclass(frozen=True)
class Place:
    """A clinic: in which languages it calls, and what it has switched on."""

    languages: tuple[str, ...]
    #: Columns of its call profile; the others have their defaults.
    profile: Mapping[str, Any] = field(default_factory=dict)


PLACES = {
    "plain": Place(("en-US", "es-US")),
    "everything": Place(
        ("en-US", "es-US"),
        {
            "listen_first": True,
            "voicemail": True,
            "ask_reason": True,
            "ask_needs": True,
            "transfer_number": STAFF,
        },
    ),
    "north": Place(
        ("en-US", "es-US", "fr-FR", "de-DE"),
        {"ask_reason": True, "ask_needs": True, "transfer_number": NOBODY},
    ),
    "south": Place(("en-US", "es-US", "pt-BR", "ar-SA"), {"voicemail": True}),
}


@dataclass(frozen=True)
class Person:
    """A patient."""

    number: str
    language: str
    zone: str
    hours_ahead: int
    caller_id: str
    #: Empty: may be called, and is due.
    forbidden: str
    persona: str = "confirm_by_voice"
    #: A key of :data:`PLACES`.
    clinic: str = "plain"

    @property
    def is_asked_for_digits(self) -> bool:
        """Before anything is said of the visit."""
        return "identity" in self.persona

    @property
    def visits(self) -> int:
        """On one day, so that one call speaks of all."""
        return 2 if self.persona == "household" else 1

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
    language = LOCALES.get(patient["language"][:2], "")
    understood = [name for name, place in PLACES.items() if language in ("", *place.languages)]
    clinic = understood[n // 2 % len(understood)]
    return Person(
        number=patient["number"],
        language=language,
        zone="Asia/Tokyo" if forbidden == Forbidden.ASLEEP else patient["zone"],
        hours_ahead=HOURS_AHEAD[n % 2],
        caller_id=caller_id_of(clinic, caller_ids),
        forbidden=forbidden,
        persona=patient["persona"],
        clinic=clinic,
    )


def caller_id_of(clinic: str, caller_ids: tuple[str, ...]) -> str:
    """Each clinic calls from one number; where there are too few, clinics share one."""
    return caller_ids[[*PLACES].index(clinic) % len(caller_ids)]
