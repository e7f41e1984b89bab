"""What really rang and was said, held row by row against what Ringwell believes. Pure.

The simulator's ledger knows every ring and every word; Ringwell's rows know
what it made of them. Whatever differs is named, not only counted.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from benchmarks.drill import told
from benchmarks.drill.told import ANSWERED, OF_THE_CALL, Told
from benchmarks.people import Forbidden, Person

Row = dict[str, Any]

CLINIC_ZONE = "America/New_York"
FENCE = range(8, 21)
#: Steps that speak of a visit.
OF_A_VISIT = {"menu", "read_back", "reason", "preference", "needs"}
#: No rule lets one number ring twice within this time.
SHORTEST_SPACING = timedelta(minutes=15)


@dataclass
class Findings:
    """What was counted, and the rows that are not as they should be."""

    counts: dict[str, int] = field(default_factory=dict)
    wrong: dict[str, list[str]] = field(default_factory=dict)


class Ledgers:
    """Both ledgers, joined by the attempt's id in the callback address."""

    def __init__(self, simulator: Row, ringwell: Row, people: Iterable[Person]) -> None:
        self.rings: list[Row] = simulator["rings"]
        self.peak: dict[str, int] = simulator["peak"]
        self.attempts: dict[str, Row] = ringwell["attempts"]
        self.visits: dict[str, Row] = {str(pk): row for pk, row in ringwell["visits"].items()}
        self.people = {person.number: person for person in people}
        self.rings_of: dict[str, list[Row]] = defaultdict(list)
        for ring in self.rings:
            self.rings_of[attempt_of(ring)].append(ring)

    def ring(self, attempt_id: str) -> Row | None:
        """What an attempt led to; of two rings, the last."""
        rings = self.rings_of.get(attempt_id, [])
        return rings[-1] if rings else None

    def visits_of(self, attempt: Row) -> list[Row]:
        return [self.visits[str(row["visit"])] for row in attempt["visits"]]

    def stories(self) -> Iterator["Story"]:
        """Every visit of every attempt, from both sides."""
        for attempt_id, attempt in self.attempts.items():
            ring = self.ring(attempt_id)
            found = told.told(ring, len(attempt["visits"])) if ring else []
            for place, row in enumerate(attempt["visits"]):
                visit = self.visits[str(row["visit"])]
                yield Story(
                    attempt_id=attempt_id,
                    attempt=attempt,
                    place=place,
                    visit_id=str(row["visit"]),
                    visit=visit,
                    outcome=row["outcome"],
                    person=self.people[visit["number"]],
                    ring=ring,
                    told=found[place] if found else Told(),
                )


@dataclass(frozen=True)
class Story:
    """One visit of one attempt: what was told of it, and what our rows say."""

    attempt_id: str
    attempt: Row
    #: Which of the visits of the call.
    place: int
    visit_id: str
    visit: Row
    outcome: str
    person: Person
    ring: Row | None
    told: Told

    def __str__(self) -> str:
        which = f", visit {self.place + 1}" if len(self.attempt["visits"]) > 1 else ""
        return f"attempt {self.attempt_id}{which}"

    @property
    def outcomes(self) -> set[str]:
        """What our row may say; nothing where nothing rang."""
        return told.outcomes(self.ring, self.person, self.told.act) if self.ring else set()

    @property
    def wishes(self) -> set[str]:
        """What our row may say without inventing anything."""
        return told.wished(self.ring, self.person, self.told) if self.ring else set()


def attempt_of(ring: Row) -> str:
    """…/calls/ATTEMPT/SECRET"""
    return str(ring["callback_uri"]).rsplit("/", 2)[1]


def compare(simulator: Row, ringwell: Row, people: Iterable[Person], *, lines: int) -> Findings:
    """Compare row by row."""
    both = Ledgers(simulator, ringwell, people)
    stories = list(both.stories())
    lost = [found for story in stories for found in _lost(story)]
    return Findings(
        counts={
            "calls": len(both.attempts),
            "rings": len(both.rings),
            "visits spoken of": len(stories),
            "answers given": sum(story.told.is_anything for story in stories),
            "answers lost": len(lost),
            "answers lost and named": sum(named for _, named in lost),
            "calls not known how they ended": _count(both, "failed_provider"),
            "visits on the work list": sum(bool(visit["work"]) for visit in both.visits.values()),
        },
        wrong={
            "rings twice": list(_twice(both)),
            "rings too close together": list(_too_close(both)),
            "rings that no row knows": [a for a in both.rings_of if a not in both.attempts],
            "rings that no cap counts": list(_uncounted(both)),
            "lines over the cap": [f"{n}: {p}" for n, p in both.peak.items() if p > lines],
            "answers lost": [what for what, _ in lost],
            "answers lost, not named": [what for what, is_named in lost if not is_named],
            "answers invented": list(_invented(both, stories)),
            "outcomes that differ": list(_different(both, stories)),
            "visits told to strangers": list(_told_to_strangers(both)),
            "calls outside hours": list(_outside_hours(both)),
            "calls after opt-out": list(_after(both, "stop", "opted_out")),
            "calls for the dead": list(_after(both, "deceased", "deceased")),
            "calls without legal basis": list(_forbidden(both, Forbidden.NO_BASIS)),
            "attempts without an end": _open(both),
            "failures not on the work list": list(_unnamed_failures(stories)),
            "visits forgotten": list(_forgotten(both)),
        },
    )


def _count(both: Ledgers, outcome: str) -> int:
    return sum(attempt["outcome"] == outcome for attempt in both.attempts.values())


def _twice(both: Ledgers) -> Iterator[str]:
    for attempt, rings in both.rings_of.items():
        if len(rings) > 1:
            yield f"attempt {attempt}: {len(rings)} rings"
    for pair, rings_of_pair in Counter(ring["repeatability_id"] for ring in both.rings).items():
        if rings_of_pair > 1:
            yield f"repeatability id {pair}: {rings_of_pair} rings"


def _too_close(both: Ledgers) -> Iterator[str]:
    rang: dict[str, list[datetime]] = defaultdict(list)
    for ring in both.rings:
        rang[ring["dialled"]].append(datetime.fromisoformat(ring["started_at"]))
    for number, times in rang.items():
        times.sort()
        for first, second in pairwise(times):
            if second - first < SHORTEST_SPACING:
                yield f"{number}: again after {(second - first).total_seconds():.1f} s"


def _uncounted(both: Ledgers) -> Iterator[str]:
    """Caps count what rang: each visit of a ring needs a contact that says more than "refused"."""
    for attempt in both.rings_of:
        row = both.attempts.get(attempt)
        if row and (
            len(row["contacts"]) != len(row["visits"]) or {"", "refused"} & {*row["contacts"]}
        ):
            yield f"attempt {attempt}: contacts {'+'.join(row['contacts']) or 'missing'}"


def _lost(story: Story) -> Iterator[tuple[str, bool]]:
    """What was told and is not in our rows; and whether staff or plan know."""
    missing = [*_missing(story)]
    if missing:
        visit = story.visit
        is_named = bool(visit["work"]) or visit["next_call_at"] is not None
        stored = story.outcome or story.attempt["status"]
        yield f"{story}: said {', '.join(missing)}; stored {stored}, {_plan(visit)}", is_named


def _missing(story: Story) -> Iterator[str]:
    """What the patient told that left no trace, or half of one."""
    visit, act, answer = story.visit, story.told.act, story.told.answer
    if act in _TRACES and not (story.outcome in story.outcomes and _TRACES[act](visit)):
        yield act
    if answer and visit["answer"] != answer:
        yield f"answer {answer}"
    if story.told.staff and story.outcome != "transferred" and "call_back" not in visit["work"]:
        yield "asked for staff"
    for note in sorted(_notes(story)):
        if note not in visit["told"] or (note == "told_need" and "needs" not in visit["work"]):
            yield note


#: An act -> whether our rows about the visit show it, beside the outcome.
_TRACES: dict[str, Callable[[Row], bool]] = {
    "confirmed": lambda visit: True,
    "cancelled": lambda visit: True,
    "rescheduled": lambda visit: "other_time" in visit["work"],
    "staff": lambda visit: True,
    "stop": lambda visit: bool(visit["opted_out"]),
    "wrong_person": lambda visit: bool(visit["wrong_number"]),
    "deceased": lambda visit: bool(visit["deceased"]) and "deceased" in visit["work"],
}


def _notes(story: Story) -> set[str]:
    """Told beside an answer; of a call about several visits it is not known which it is about."""
    alone = story.ring is not None and len(story.attempt["visits"]) == 1
    return told.notes(story.ring) if alone and story.ring else set()


def _plan(visit: Row) -> str:
    work = f", work list {'+'.join(visit['work'])}" if visit["work"] else ""
    return f"next call {visit['next_call_at'] or 'never'} ({visit['reason']}){work}"


def _invented(both: Ledgers, stories: list[Story]) -> Iterator[str]:
    """Whatever our rows say a patient did, and the patient did not."""
    for story in stories:
        if story.outcome in ANSWERED and story.outcome not in story.wishes:
            yield f"{story}: said {story.told.act}, stored {story.outcome}"
    yield from _calls_invented(both, stories)
    said: dict[str, set[str]] = defaultdict(set)
    for ring in both.rings:
        said[ring["dialled"]] |= {*ring["acts"], *told.notes(ring)}
    of_visit: dict[str, list[Story]] = defaultdict(list)
    for story in stories:
        of_visit[story.visit_id].append(story)
    for visit_id, visit in both.visits.items():
        yield from _invented_for(f"{visit['number']}, visit {visit_id}", visit, of_visit[visit_id])
        yield from _flags_invented(visit, said[visit["number"]], both.people[visit["number"]])


def _calls_invented(both: Ledgers, stories: list[Story]) -> Iterator[str]:
    """The outcome of a call is that of one of its visits."""
    possible: dict[str, set[str]] = defaultdict(set)
    for story in stories:
        possible[story.attempt_id] |= story.wishes
    for attempt_id, attempt in both.attempts.items():
        if attempt["outcome"] in ANSWERED and attempt["outcome"] not in possible[attempt_id]:
            yield f"attempt {attempt_id}: stored {attempt['outcome']}"


def _invented_for(name: str, visit: Row, stories: list[Story]) -> Iterator[str]:
    answers = {story.attempt_id: story.told.answer for story in stories}
    for event in visit["answered"]:
        if answers.get(event["attempt"], "") != event["answer"]:
            yield f"{name}: {event['answer']} in attempt {event['attempt']}"
    if visit["answer"] and visit["answer"] not in answers.values():
        yield f"{name}: answer {visit['answer']}"


def _flags_invented(visit: Row, said: set[str], person: Person) -> Iterator[str]:
    is_seeded = person.forbidden == Forbidden.OPTED_OUT
    if visit["opted_out"] and not is_seeded and "stop" not in said:
        yield f"{visit['number']}: opted out"
    if visit["wrong_number"] and "wrong_person" not in said:
        yield f"{visit['number']}: quarantined"
    if visit["deceased"] and "deceased" not in said:
        yield f"{visit['number']}: deceased"
    for note in visit["told"]:
        if note not in said:
            yield f"{visit['number']}: {note}"


def _different(both: Ledgers, stories: list[Story]) -> Iterator[str]:
    """Full equality: each outcome is one that the ring's story must have."""
    for story in stories:
        ring = story.ring
        if ring and story.outcome not in story.outcomes:
            yield f"{story}: {_ended(ring)}, stored {story.outcome or 'nothing'}"
        elif ring and told.gave_wrong_digits(ring) and not _is_for_review(story):
            yield f"{story}: wrong digits, work list {'+'.join(story.visit['work']) or 'empty'}"
    for attempt_id in both.rings_of:
        attempt = both.attempts.get(attempt_id)
        ring = both.ring(attempt_id)
        if ring and attempt and attempt["outcome"] not in _of_the_call(both, attempt, ring):
            yield f"attempt {attempt_id}: {_ended(ring)}, stored {attempt['outcome']} of the call"


def _is_for_review(story: Story) -> bool:
    act = story.told.act
    return act in OF_THE_CALL or "identity" in story.visit["work"]


def _of_the_call(both: Ledgers, attempt: Row, ring: Row) -> set[str]:
    """A call comes to what was told last, of whichever visit."""
    acts = [act for act in ring["acts"] if act != "none"]
    person = both.people[ring["dialled"]]
    return told.outcomes(ring, person, acts[-1] if acts else "none")


def _ended(ring: Row) -> str:
    return f"{'+'.join(ring['acts']) or 'nothing'}, {ring['ending']}, {ring['persona']}"


def _told_to_strangers(both: Ledgers) -> Iterator[str]:
    """A visit is spoken of when the right person is there, and to nobody else (R9)."""
    for attempt_id, attempt in both.attempts.items():
        ring = both.ring(attempt_id)
        asked = OF_A_VISIT & {*attempt["asked"]}
        if asked and not (ring and told.is_right_person(ring, both.people[ring["dialled"]])):
            yield f"attempt {attempt_id}: {', '.join(sorted(asked))}"


def _outside_hours(both: Ledgers) -> Iterator[str]:
    for ring in both.rings:
        started = datetime.fromisoformat(ring["started_at"])
        for zone in (both.people[ring["dialled"]].zone, CLINIC_ZONE):
            shown = started.astimezone(ZoneInfo(zone))
            if shown.hour not in FENCE:
                yield f"{ring['dialled']}: {shown:%H:%M} in {zone}"


def _after(both: Ledgers, act: str, column: str) -> Iterator[str]:
    """Rings after it was told that there should be none, and those that are planned."""
    if act == "stop":
        yield from _forbidden(both, Forbidden.OPTED_OUT)
    ended: dict[str, str] = {}
    for ring in sorted(both.rings, key=lambda ring: str(ring["started_at"])):
        if ring["dialled"] in ended:
            yield f"{ring['dialled']}: rang after {ended[ring['dialled']]}"
        if told.is_surely_known(ring, act.capitalize()):
            ended[ring["dialled"]] = ring["started_at"]
    for visit in both.visits.values():
        if visit[column] and visit["next_call_at"] is not None:
            yield f"{visit['number']}: planned at {visit['next_call_at']}"


def _forbidden(both: Ledgers, why: Forbidden) -> Iterator[str]:
    for ring in both.rings:
        if both.people[ring["dialled"]].forbidden == why:
            yield f"{ring['dialled']}: rang at {ring['started_at']}"


def _open(both: Ledgers) -> list[str]:
    attempts = both.attempts.items()
    return [f"attempt {pk}: {row['status']}" for pk, row in attempts if row["status"] != "ended"]


def _unnamed_failures(stories: Iterable[Story]) -> Iterator[str]:
    """What could not be known has to stand on the work list."""
    for story in stories:
        failed = "failed_provider" in (story.outcome, story.attempt["outcome"])
        if failed and "failed_provider" not in story.visit["work"]:
            yield f"{story}: {story.attempt['note'] or 'no note'}"


def _forgotten(both: Ledgers) -> Iterator[str]:
    """Due, not answered, and neither planned nor named."""
    for visit in both.visits.values():
        is_due = not both.people[visit["number"]].forbidden and not visit["answer"]
        if is_due and visit["next_call_at"] is None and not visit["work"]:
            yield f"{visit['number']}: {visit['reason']}"
