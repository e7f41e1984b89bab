"""A population of invented patients: for one seed always the same numbers and personas.

``python -m simulator.population --size 500 --seed 7 --json``
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from random import Random
from typing import Any

from simulator.personas import BY_NAME

#: Area codes that lie in one zone as a whole, so that its hours are the number's hours.
EASTERN = (
    "201 202 203 207 212 215 216 220 223 227 229 231 234 239 240 248 252 260 267 269 272 276 283"
    " 301 302 304 305 313 315 317 321 324 326 329 330 332 336 339 347 351 352 363 380 386 401 404"
    " 407 410 412 413 419 434 440 443 445 463 470 472 475 478 484 502 508 513 516 517 518 540 551"
    " 561 567 570 571 582 585 586 603 607 609 610 614 616 617 631 640 645 646 656 667 678 680 681"
    " 686 703 704 706 716 717 718 724 727 728 732 734 740 743 754 757 762 765 770 771 772 774 781"
    " 786 802 803 804 810 813 814 821 826 828 835 838 839 843 845 848 854 856 857 859 860 862 863"
    " 864 865 878 904 908 910 912 914 917 919 929 934 937 941 943 947 948 954 959 973 978 980 984"
    " 989"
)
CENTRAL = (
    "205 210 214 217 218 224 225 228 235 251 254 256 262 274 281 309 312 314 316 318 319 320 325"
    " 327 331 334 337 346 353 361 402 405 409 414 417 430 447 464 469 479 501 504 507 512 515 531"
    " 534 539 557 563 572 573 580 601 608 612 615 618 629 630 636 641 651 659 660 662 682 708 712"
    " 713 715 726 730 731 737 763 769 773 779 806 815 816 817 830 832 847 870 872 901 903 913 918"
    " 920 936 938 940 945 952 956 972 975 979 985"
)
ZONES = (("America/New_York", EASTERN.split()), ("America/Chicago", CENTRAL.split()))
#: Lines of one area code that are reserved for fiction: 555-0100 to 555-0199.
LINES = range(100, 200)
#: Ofcom's mobile numbers for drama, used when there are no others left.
DRAMA = range(1000)

#: Of 100 patients; what each kind is made of, in parts.
DEFAULT_PROPORTIONS: Mapping[str, float] = {
    "confirm": 20,
    "by_key": 8,
    "cancel": 9,
    "spanish": 9,
    "silence": 7,
    "no_answer": 7,
    "busy": 5,
    "hang_up": 4,
    "mumble": 3,
    "stop": 3,
    "reschedule": 3,
    "needs": 3,
    "machine": 3,
    "wrong_person": 2,
    "staff": 2,
    "reason": 2,
    "identity": 2,
    "abroad": 2,
    "decline": 1,
    "bad_number": 1,
    "cancel_hang_up": 1,
    "ai_failure": 1,
    "household": 1,
    "passed_away": 1,
}
KINDS: Mapping[str, Mapping[str, int]] = {
    "confirm": {
        "confirm_by_voice": 6,
        "hello_over_opening": 2,
        "repeat_then_confirm": 1,
        "slow_answer": 1,
    },
    "by_key": {"confirm_by_key": 4, "cancel_by_key": 1},
    "cancel": {"cancel_with_read_back": 4, "cancel_changes_mind": 1},
    "spanish": {"spanish": 4, "spanish_cancel": 1},
    "no_answer": {"ring_out": 1},
    "hang_up": {"hang_up_mid_prompt": 1},
    "stop": {
        "stop": 3,
        "stop_by_key": 2,
        "spanish_stop": 1,
        "cancel_calls": 1,
        "stop_at_reason": 1,
        "stop_at_identity": 1,
    },
    "reschedule": {"reschedule_by_voice": 2, "reschedule_by_key": 1},
    "needs": {"needs_wheelchair": 1, "needs_interpreter": 1, "running_late": 1},
    "machine": {"voicemail": 2, "call_screener": 1},
    "staff": {"staff": 1, "staff_by_key": 1, "staff_then_confirm": 1},
    "reason": {"cancel_with_reason": 1},
    "identity": {"identity_right": 2, "identity_second_try": 1, "identity_wrong_three_times": 1},
    "abroad": {"french": 1, "german": 1, "portuguese": 1, "arabic": 1},
    "cancel_hang_up": {"cancel_hangs_up_at_read_back": 1},
}


@dataclass(frozen=True)
class Fictional:
    """One patient: a number nobody has, who answers it, and in what language and zone."""

    number: str
    persona: str
    kind: str
    language: str
    zone: str


class Population:
    """``size`` patients; proportions are weights of kinds or of personas, met exactly."""

    def __init__(
        self, seed: int | str, size: int, proportions: Mapping[str, float] | None = None
    ) -> None:
        self.seed = seed
        self.size = size
        self.proportions = DEFAULT_PROPORTIONS if proportions is None else proportions
        _check(size, self.proportions)
        self._patients = tuple(self._make(Random(f"population|{seed}")))

    def __iter__(self) -> Iterator[Fictional]:
        return iter(self._patients)

    def __len__(self) -> int:
        return self.size

    def as_data(self) -> list[dict[str, Any]]:
        return [asdict(patient) for patient in self]

    def _make(self, random: Random) -> Iterator[Fictional]:
        kinds = [kind for kind, n in _shares(self.proportions, self.size) for _ in range(n)]
        random.shuffle(kinds)
        for (number, zone), kind in zip(_numbers(random, self.size), kinds, strict=True):
            parts = KINDS.get(kind, {kind: 1})
            [name] = random.choices(list(parts), list(parts.values()))
            yield Fictional(number, name, kind, BY_NAME[name].language, zone)


def read_population(text: str) -> Population:
    """``seed:size`` or ``seed:size:{"confirm": 50, …}``; ValueError where it is neither."""
    seed, _, rest = text.partition(":")
    size, _, proportions = rest.partition(":")
    if not seed or not size.isdecimal():
        raise ValueError(f"a population is seed:size[:proportions as JSON], not {text!r}")
    return Population(seed, int(size), json.loads(proportions) if proportions else None)


def _check(size: Any, proportions: Any) -> None:
    """Both may come from a request or a command line, so nothing is taken for granted."""
    most = len(LINES) * sum(len(areas) for _, areas in ZONES) + len(DRAMA)
    if isinstance(size, bool) or not isinstance(size, int) or not 1 <= size <= most:
        raise ValueError(f"a population has 1 to {most} patients")
    if not isinstance(proportions, Mapping):
        raise ValueError("the proportions are an object: kind or persona to weight")
    for name, weight in proportions.items():
        if name not in KINDS and name not in BY_NAME:
            raise ValueError(f"there is no kind of patient {name!r}")
        if isinstance(weight, bool) or not isinstance(weight, int | float) or weight < 0:
            raise ValueError(f"the weight of {name} is not a number from 0")
    if not 0 < sum(proportions.values()) < float("inf"):
        raise ValueError("the proportions come to nothing")


def _shares(proportions: Mapping[str, float], size: int) -> list[tuple[str, int]]:
    """Whole patients for each kind; what is left over goes to the largest remainders."""
    total = sum(proportions.values())
    exact = {kind: size * weight / total for kind, weight in proportions.items()}
    whole = {kind: int(share) for kind, share in exact.items()}
    by_remainder = sorted(exact, key=lambda kind: whole[kind] - exact[kind])
    for kind in by_remainder[: size - sum(whole.values())]:
        whole[kind] += 1
    return list(whole.items())


def _numbers(random: Random, size: int) -> list[tuple[str, str]]:
    """Distinct numbers with their zones."""
    american = [
        (f"+1{area}5550{line}", zone) for zone, areas in ZONES for area in areas for line in LINES
    ]
    british = [(f"+447700900{line:03}", "Europe/London") for line in DRAMA]
    found = random.sample(american, min(size, len(american)))
    return found + british[: size - len(found)]


def main() -> None:
    """Print a population: a table of counts, or all of it as JSON."""
    parser = argparse.ArgumentParser(
        prog="python -m simulator.population",
        description="Invent patients with numbers nobody has.",
    )
    parser.add_argument("--size", type=int, default=500)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--proportions", type=json.loads, help="JSON: kind or persona to weight")
    parser.add_argument("--json", action="store_true", help="every patient, as a JSON array")
    given = parser.parse_args()
    try:
        population = Population(given.seed, given.size, given.proportions)
    except ValueError as mistake:
        parser.error(str(mistake))
    if given.json:
        json.dump(population.as_data(), sys.stdout, indent=0)
        print()
        return
    for (kind, persona), count in sorted(Counter((p.kind, p.persona) for p in population).items()):
        print(f"{count:6} {kind:15} {persona}")


if __name__ == "__main__":
    main()
