"""What really rang and was said, held row by row against what Ringwell believes. Pure.

The simulator's ledger knows every ring and every word; Ringwell's rows know
what it made of them. Whatever differs is named, not only counted.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from benchmarks.people import Forbidden, Person

Row = dict[str, Any]

#: What an act of the patient has to become.
OUTCOME_OF_ACT = {
    "confirmed": "confirmed",
    "cancelled": "cancelled",
    "stop": "opted_out",
    "wrong_person": "wrong_number",
}
#: What a ring that nobody answered has to become; a watchdog's hang-up is no answer.
OUTCOME_OF_ENDING = {
    "busy": "busy",
    "no_answer": "no_answer",
    "declined": "declined",
    "bad_number": "invalid_number",
    "cancelled_ringing": "no_answer",
    "over_line_limit": "declined",
}
WITHOUT_ACT = {"not_understood", "no_response", "hung_up", "failed_provider"}
CLINIC_ZONE = "America/New_York"
FENCE = range(8, 21)
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

    def visit_of(self, attempt: Row) -> Row:
        return self.visits[str(attempt["visit"])]

    def act(self, attempt_id: str) -> str:
        """What the patient said on an attempt; of two rings, the last."""
        rings = self.rings_of.get(attempt_id, [])
        return str(rings[-1]["final_act"]) if rings else "none"


def attempt_of(ring: Row) -> str:
    """…/calls/ATTEMPT/SECRET"""
    return str(ring["callback_uri"]).rsplit("/", 2)[1]


def compare(simulator: Row, ringwell: Row, people: Iterable[Person], *, lines: int) -> Findings:
    """Compare row by row."""
    both = Ledgers(simulator, ringwell, people)
    lost = list(_lost(both))
    return Findings(
        counts={
            "calls": len(both.attempts),
            "rings": len(both.rings),
            "answers given": sum(ring["final_act"] in OUTCOME_OF_ACT for ring in both.rings),
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
            "answers invented": list(_invented(both)),
            "outcomes that differ": list(_different(both)),
            "calls outside hours": list(_outside_hours(both)),
            "calls after opt-out": list(_after_opt_out(both)),
            "calls without legal basis": list(_forbidden(both, Forbidden.NO_BASIS)),
            "attempts without an end": _open(both),
            "failures not on the work list": list(_unnamed_failures(both)),
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
    """Caps count what rang: every ring needs a contact that says more than "refused"."""
    for attempt in both.rings_of:
        row = both.attempts.get(attempt)
        if row and row["contact"] in ("", "refused"):
            yield f"attempt {attempt}: contact {row['contact'] or 'missing'}"


def _lost(both: Ledgers) -> Iterator[tuple[str, bool]]:
    """Each answer that was given and is not in our rows; and whether staff or plan know."""
    for attempt_id, attempt in both.attempts.items():
        act = both.act(attempt_id)
        visit = both.visit_of(attempt)
        if act in OUTCOME_OF_ACT and not _is_known(act, attempt, visit):
            named = bool(visit["work"]) or visit["next_call_at"] is not None
            said = f"said {act}, stored {attempt['outcome'] or attempt['status']}"
            yield f"attempt {attempt_id}: {said}, {_plan(visit)}", named


def _is_known(act: str, attempt: Row, visit: Row) -> bool:
    effect: dict[str, bool] = {
        "confirmed": visit["answer"] == "confirmed",
        "cancelled": visit["answer"] == "cancelled",
        "stop": visit["opted_out"],
        "wrong_person": visit["wrong_number"],
    }
    return attempt["outcome"] == OUTCOME_OF_ACT[act] and effect[act]


def _plan(visit: Row) -> str:
    work = f", work list {'+'.join(visit['work'])}" if visit["work"] else ""
    return f"next call {visit['next_call_at'] or 'never'} ({visit['reason']}){work}"


def _invented(both: Ledgers) -> Iterator[str]:
    """Whatever our rows say a patient did, and the patient did not."""
    for attempt_id, attempt in both.attempts.items():
        act = OUTCOME_OF_ACT.get(both.act(attempt_id))
        if attempt["outcome"] in OUTCOME_OF_ACT.values() and attempt["outcome"] != act:
            yield f"attempt {attempt_id}: said {act or 'nothing'}, stored {attempt['outcome']}"
    said: dict[str, set[str]] = defaultdict(set)
    for ring in both.rings:
        said[ring["dialled"]].add(ring["final_act"])
    for visit in both.visits.values():
        yield from _invented_for(visit, both, said[visit["number"]])


def _invented_for(visit: Row, both: Ledgers, said: set[str]) -> Iterator[str]:
    number = visit["number"]
    for event in visit["answered"]:
        if both.act(event["attempt"]) != event["answer"]:
            yield f"{number}: {event['answer']} in attempt {event['attempt']}"
    if visit["answer"] and visit["answer"] not in said:
        yield f"{number}: answer {visit['answer']}"
    seeded = both.people[number].forbidden == Forbidden.OPTED_OUT
    if visit["opted_out"] and not seeded and "stop" not in said:
        yield f"{number}: opted out"
    if visit["wrong_number"] and "wrong_person" not in said:
        yield f"{number}: quarantined"


def _different(both: Ledgers) -> Iterator[str]:
    """Full equality: the outcome of each ring is the one that its story must have."""
    for attempt_id, rings in both.rings_of.items():
        attempt = both.attempts.get(attempt_id)
        expected = outcomes_of(rings[-1])
        if attempt and attempt["outcome"] not in expected:
            ending = f"{rings[-1]['final_act']}, {rings[-1]['ending']}"
            yield f"attempt {attempt_id}: {ending}, stored {attempt['outcome']}"


def outcomes_of(ring: Row) -> set[str]:
    """What may stand in our row for a ring."""
    act = ring["final_act"]
    if act in OUTCOME_OF_ACT:
        return {OUTCOME_OF_ACT[act]}
    if act == "cancel_unfinished":
        return {"needs_review"}
    if ring["connected_at"] is None:
        return {OUTCOME_OF_ENDING.get(ring["ending"], "")}
    return WITHOUT_ACT


def _outside_hours(both: Ledgers) -> Iterator[str]:
    for ring in both.rings:
        started = datetime.fromisoformat(ring["started_at"])
        for zone in (both.people[ring["dialled"]].zone, CLINIC_ZONE):
            shown = started.astimezone(ZoneInfo(zone))
            if shown.hour not in FENCE:
                yield f"{ring['dialled']}: {shown:%H:%M} in {zone}"


def _after_opt_out(both: Ledgers) -> Iterator[str]:
    yield from _forbidden(both, Forbidden.OPTED_OUT)
    stopped: dict[str, str] = {}
    for ring in sorted(both.rings, key=lambda ring: str(ring["started_at"])):
        if ring["dialled"] in stopped:
            yield f"{ring['dialled']}: rang after {stopped[ring['dialled']]}"
        told = [a for a in ring["said"] if a["label"] == "Stop" and a["event"] == "delivered"]
        if told:
            stopped[ring["dialled"]] = told[0]["at"]


def _forbidden(both: Ledgers, why: Forbidden) -> Iterator[str]:
    for ring in both.rings:
        if both.people[ring["dialled"]].forbidden == why:
            yield f"{ring['dialled']}: rang at {ring['started_at']}"


def _open(both: Ledgers) -> list[str]:
    attempts = both.attempts.items()
    return [f"attempt {pk}: {row['status']}" for pk, row in attempts if row["status"] != "ended"]


def _unnamed_failures(both: Ledgers) -> Iterator[str]:
    """What could not be known has to stand on the work list."""
    for attempt_id, attempt in both.attempts.items():
        failed = attempt["outcome"] == "failed_provider"
        if failed and "failed_provider" not in both.visit_of(attempt)["work"]:
            yield f"attempt {attempt_id}: {attempt['note'] or 'no note'}"


def _forgotten(both: Ledgers) -> Iterator[str]:
    """Due, never rung, and neither planned nor named."""
    rung = {ring["dialled"] for ring in both.rings}
    for visit in both.visits.values():
        number = visit["number"]
        is_due = not both.people[number].forbidden and number not in rung
        if is_due and visit["next_call_at"] is None and not visit["work"]:
            yield f"{number}: {visit['reason']}"
