"""``python -m benchmarks door``: knock so often, count who got in and what broke."""

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from benchmarks.door.knocks import KINDS
from benchmarks.door.web import SERVERS, Web, web
from benchmarks.door.wire import Line

LINES = 4
OUTSIDERS = [name for name, kind in KINDS.items() if not kind.insider]
INSIDERS = [name for name, kind in KINDS.items() if kind.insider]


@dataclass
class Findings:
    """What became of all knocks."""

    answers: dict[str, Counter[str]] = field(default_factory=dict)
    rows: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    alive: bool = False
    restarted: bool = False
    memory: tuple[int, int] = (0, 0)
    seconds: float = 0

    def count(self, names: Iterable[str], first_digit: str) -> int:
        """Answers of these kinds whose status begins so."""
        return sum(
            number
            for name in names
            for status, number in self.answers.get(name, Counter()).items()
            if status.startswith(first_digit)
        )

    @property
    def accepted(self) -> int:
        """Outsiders who got in, and insiders whose nonsense was taken."""
        strict = [name for name in KINDS if "200" not in KINDS[name].welcome]
        return self.count(strict, "2")

    @property
    def let_in(self) -> int:
        """Insiders with a well-formed array of events."""
        return self.count(KINDS, "2") - self.accepted

    @property
    def away(self) -> int:
        """Answers of 503, which are meant: the keys could not be had."""
        return sum(told["503"] for told in self.answers.values())

    @property
    def crashes(self) -> int:
        """Other answers of 5xx, or exceptions in the log, which should be as many."""
        return max(self.count(KINDS, "5") - self.away, len(self.faults))

    @property
    def sound(self) -> bool:
        """Whether the door held."""
        broken = self.accepted or self.crashes or self.rows or self.restarted
        return self.alive and not broken and not self.count(KINDS, "silent")


def main(words: list[str]) -> int:
    """Knock, and tell; 1 when anybody got in or anything broke."""
    given = _parser().parse_args(words)
    with tempfile.TemporaryDirectory(prefix="ringwell-door-") as folder:
        findings = knock(Path(folder), given.requests, given.seed, given.server, given.database)
    print("\n".join(table(findings)))
    return 0 if findings.sound else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks door",
        description="Knock at the callback address with bad requests; nobody may get in.",
    )
    add = parser.add_argument
    add("--requests", type=int, default=10_000, help="how many knocks (10000)")
    add("--seed", type=int, default=1, help="chooses every knock")
    add("--server", choices=SERVERS, default="granian", help="what serves the web")
    add("--database", default="", help="a database URL; it is emptied (a new SQLite file)")
    return parser


def knock(folder: Path, requests: int, seed: int, server: str, database: str = "") -> Findings:
    """Outsiders first, so that not one row may change; then those who have token and secret."""
    findings = Findings()
    within = sum(KINDS[name].weight for name in INSIDERS)
    insiders = round(requests * within / (within + sum(KINDS[n].weight for n in OUTSIDERS)))
    with web(folder, server, database) as door:
        start = time.monotonic()
        before = door.rows()
        tenth = (requests - insiders) // 10
        processes = door.processes()
        _send(door, findings, range(tenth), seed, OUTSIDERS)
        warm = sum(door.processes().values())
        _send(door, findings, range(tenth, requests - insiders), seed, OUTSIDERS)
        findings.rows = _changed(before, door.rows())
        _send(door, findings, range(requests - insiders, requests), seed, INSIDERS)
        calls = {pk for pk, _ in door.house.outsiders}
        findings.rows += [name for name in _changed(before, door.rows()) if name in calls]
        findings.seconds = time.monotonic() - start
        findings.memory = (warm, sum(door.processes().values()))
        findings.restarted = set(processes) != set(door.processes())
        findings.alive, findings.faults = door.is_alive(), door.faults()
    return findings


def _changed(before: dict[str, str], after: dict[str, str]) -> list[str]:
    return sorted(name for name in before | after if before.get(name) != after.get(name))


def _send(door: Web, findings: Findings, numbers: range, seed: int, names: list[str]) -> None:
    """Knock with these numbers over a few connections at once."""
    weights = [KINDS[name].weight for name in names]

    def one_line(offset: int) -> list[tuple[str, str]]:
        line, told = Line(door.house.port), []
        for number in numbers[offset::LINES]:
            random = Random(f"{seed}:{number}")
            (name,) = random.choices(names, weights)
            told.append((name, line.ask(KINDS[name].make(door.house, random))))
        line.close()
        return told

    with ThreadPoolExecutor(LINES) as pool:
        for told in pool.map(one_line, range(LINES)):
            for name, status in told:
                findings.answers.setdefault(name, Counter())[status] += 1


def table(findings: Findings) -> list[str]:
    """What a person reads."""
    lines = [f"{'kind':<34}{'sent':>8}  answers"]
    for name in KINDS:
        told = findings.answers.get(name, Counter())
        answers = ", ".join(f"{status} x {told[status]:,}" for status in sorted(told))
        lines.append(f"{name:<34}{told.total():>8,}  {answers}")
    sent = sum(told.total() for told in findings.answers.values())
    warm, last = (size / 1024 for size in findings.memory)
    verdict = "The door held." if findings.sound else "FAILED."
    return [
        *lines,
        "",
        f"{sent:,} knocks in {findings.seconds:.0f} s",
        f"accepted                       {findings.accepted}",
        f"crashes                        {findings.crashes}",
        f"rows written by outsiders      {len(findings.rows)} {', '.join(findings.rows)}",
        f"answered 503, no keys          {findings.away}",
        f"well-formed, with secret       {findings.let_in} (taken in, as they must be)",
        f"the process                    {'lives' if findings.alive else 'is dead'}"
        f"{', but not the one we started' if findings.restarted else ''}",
        f"memory                         {warm:.0f} MB after a tenth, {last:.0f} MB at the end",
        *findings.faults[:3],
        verdict,
    ]
