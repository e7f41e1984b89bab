"""``python -m benchmarks callbacks``: Ringwell and a floor by turns, in one run."""

import argparse
import json
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.callbacks.load import percentile, picked_up, reactions, send
from benchmarks.drill.servers import Server, postgresql
from benchmarks.processes import Installation, free_port, installation, wait_for
from simulator.testing import Simulator, running

APPLICATIONS = {
    "Ringwell": "config.wsgi:application",
    "floor": "benchmarks.floors.callbacks:application",
}
#: Rounds that differ by more than this share say more of the machine than of Ringwell.
NOISY = 0.15


@dataclass(frozen=True)
class Goal:
    """A ratio, how it is made, and what it must be."""

    name: str
    least: bool
    must: float

    def is_met(self, ratio: float) -> bool:
        """Whether that is good enough."""
        return ratio >= self.must if self.least else ratio <= self.must


THROUGHPUT = Goal("deliveries a second, of the floor's", least=True, must=0.55)
REACTION = Goal("reaction one by one (p50), of the floor's", least=False, must=1.8)
TAIL = Goal("reaction p99, of its own p50", least=False, must=8.0)
FIRST = Goal("first reaction after the start, of its p50", least=False, must=10.0)
REPEAT = Goal("cost of a delivery repeated, of the first", least=False, must=0.7)


@dataclass
class Side:
    """One server and what was measured of it, a value for each round."""

    port: int
    sink: str
    first: float = 0.0
    p50: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)
    rate: list[float] = field(default_factory=list)
    repeat: list[float] = field(default_factory=list)


Calls = Sequence[Sequence[str]]


def main(words: list[str]) -> int:
    """Measure, and tell; 1 where a goal is missed."""
    given = _parser().parse_args(words)
    sides = measure(given.rounds, given.calls, given.lines)
    ratios = compare(sides["Ringwell"], sides["floor"])
    print("\n".join(table(sides, ratios, given.lines)))
    return 0 if all(goal.is_met(statistics.median(told)) for goal, told in ratios.items()) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks callbacks",
        description="From “picked up” to the next question: Ringwell beside a floor.",
    )
    add = parser.add_argument
    add("--rounds", type=int, default=5, help="each side by turns so many times (5)")
    add("--calls", type=int, default=300, help="calls of a round, one by one and at once (300)")
    add("--lines", type=int, default=16, help="connections at once under load (16)")
    return parser


def measure(rounds: int, calls: int, lines: int) -> dict[str, Side]:
    """Both sides hear of the same calls; each has rows of its own for them."""
    with _stage(1 + 2 * rounds * calls) as (simulator, sides, known):
        for side in sides.values():
            (side.first,) = reactions(
                send(side.port, picked_up(known[:1]), 1, simulator), side.sink
            )
        for number in range(rounds):
            start = 1 + 2 * number * calls
            alone, together = known[start : start + calls], known[start + calls : start + 2 * calls]
            turns = list(sides.values())
            for side in turns if number % 2 == 0 else turns[::-1]:
                _round(side, alone, together, lines, simulator)
    return sides


def _round(side: Side, alone: Calls, together: Calls, lines: int, simulator: Simulator) -> None:
    told = reactions(send(side.port, picked_up(alone), 1, simulator), side.sink)
    side.p50.append(statistics.median(told))
    side.p99.append(percentile(told, 99))
    deliveries = picked_up(together)
    loaded = send(side.port, deliveries, lines, simulator)
    again = send(side.port, deliveries, lines, simulator)
    # Still one question each: a repeat asks nobody anything.
    reactions(loaded, side.sink)
    reactions(again, side.sink, repeated=True)
    side.rate.append(len(together) / loaded.seconds)
    side.repeat.append(again.seconds / loaded.seconds)


@contextmanager
def _stage(
    calls: int,
) -> Iterator[tuple[Simulator, dict[str, Side], list[list[str]]]]:
    """A database, a key server, and for each side a server and somewhere to send questions to."""
    with tempfile.TemporaryDirectory(prefix="ringwell-callbacks-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # for the database's own user
        with (
            _started(postgresql(folder)) as database,
            running() as simulator,
            installation(folder, database=database.url, env=_keys_of(simulator)) as ringwell,
        ):
            known = _calls(ringwell, folder / "calls.json", calls)
            yield (
                simulator,
                {name: _side(ringwell, name) for name in APPLICATIONS},
                known,
            )


@contextmanager
def _started(server: Server) -> Iterator[Server]:
    server.start()
    try:
        yield server
    finally:
        server.stop()


def _keys_of(simulator: Simulator) -> dict[str, str]:
    return {
        "ACS_RESOURCE_ID": simulator.resource_id,
        "ACS_CALLBACK_ISSUER": simulator.issuer,
        "ACS_CALLBACK_OPENID_CONFIGURATION": simulator.openid_configuration,
    }


def _calls(ringwell: Installation, path: Path, many: int) -> list[list[str]]:
    ringwell.manage("migrate", "--verbosity", "0")
    code = f"from benchmarks.callbacks.rows import make; make({str(path)!r}, {many})"
    ringwell.manage("shell", "--verbosity", "0", "--command", code)
    known: list[list[str]] = json.loads(path.read_text())
    return known


def _side(ringwell: Installation, name: str) -> Side:
    sink = free_port()
    ringwell.start(f"sink of {name}", "-m", "benchmarks.callbacks.sink", str(sink))
    ringwell.env["ACS_CONNECTION_STRING"] = (
        f"endpoint=http://127.0.0.1:{sink};accesskey={ringwell.key}"
    )
    side = Side(free_port(), f"http://127.0.0.1:{sink}")
    ringwell.start(
        name,
        *("-m", "granian", "--interface", "wsgi", "--no-ws", APPLICATIONS[name]),
        *("--host", "127.0.0.1", "--port", str(side.port)),
        *("--workers", "2", "--blocking-threads", "4"),
    )
    wait_for(name, lambda: ringwell.answers(f"http://127.0.0.1:{side.port}/healthz"))
    return side


def compare(ours: Side, floor: Side) -> dict[Goal, list[float]]:
    """Each goal's ratio, round by round."""
    return {
        THROUGHPUT: [a / b for a, b in zip(ours.rate, floor.rate, strict=True)],
        REACTION: [a / b for a, b in zip(ours.p50, floor.p50, strict=True)],
        TAIL: [a / b for a, b in zip(ours.p99, ours.p50, strict=True)],
        FIRST: [ours.first / statistics.median(ours.p50)],
        REPEAT: list(ours.repeat),
    }


def table(sides: dict[str, Side], ratios: dict[Goal, list[float]], lines: int) -> list[str]:
    """What a person reads."""
    told = [
        f"{'':<10}{'first ms':>10}{'p50 ms':>10}{'p99 ms':>10}{f'a second, {lines} at once':>24}"
    ]
    for name, side in sides.items():
        figures = (side.p50, side.p99, side.rate)
        p50, p99, rate = (statistics.median(values) for values in figures)
        told.append(f"{name:<10}{side.first:>10.1f}{p50:>10.2f}{p99:>10.2f}{rate:>24.0f}")
    told.append("")
    for goal, rounds in ratios.items():
        middle = statistics.median(rounds)
        spread = (max(rounds) - min(rounds)) / middle
        verdict = "met" if goal.is_met(middle) else "MISSED"
        sign = "at least" if goal.least else "at most"
        noise = "  (noisy)" if spread > NOISY else ""
        told.append(
            f"{goal.name:<44}{middle:6.2f} [{min(rounds):.2f}–{max(rounds):.2f}]"
            f"  {sign} {goal.must:g}: {verdict}{noise}"
        )
    return told
