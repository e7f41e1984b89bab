"""``python -m benchmarks dispatch``: placing what is due beside the bare SDK, on PostgreSQL."""

import argparse
import json
import statistics
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.drill.servers import postgresql
from benchmarks.processes import free_port, installation

#: Calls placed, of what the SDK alone can place: at least.
PLACED = 0.70
#: A look with many scheduled, of one with a thousand: at most.
IDLE = 1.5


def main(words: list[str]) -> int:
    """Measure, and tell; 1 where a goal is missed."""
    given = _parser().parse_args(words)
    figures = measure(given.rounds, given.calls, given.scheduled)
    lines, met = table(figures)
    print("\n".join(lines))
    return 0 if met else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks dispatch",
        description="How many a second are rung beside the bare SDK, and what an idle look costs.",
    )
    add = parser.add_argument
    add("--rounds", type=int, default=5, help="both sides by turns so many times (5)")
    add("--calls", type=int, default=200, help="calls due in a round (200)")
    add("--scheduled", type=int, default=100_000, help="visits of the large idle look (100000)")
    return parser


def measure(rounds: int, calls: int, scheduled: int) -> dict[str, Any]:
    """The figures of one run."""
    with tempfile.TemporaryDirectory(prefix="ringwell-dispatch-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # for the database's own user
        database = postgresql(folder)
        database.start()
        try:
            with installation(folder, database=database.url, lines=rounds * calls + 8) as ringwell:
                sink = free_port()
                ringwell.start("sink", "-m", "benchmarks.callbacks.sink", str(sink))
                address = f"endpoint=http://127.0.0.1:{sink};accesskey={ringwell.key}"
                ringwell.env["ACS_CONNECTION_STRING"] = address
                ringwell.manage("migrate", "--verbosity", "0")
                path = folder / "figures.json"
                code = f"run({str(path)!r}, {rounds}, {calls}, {scheduled})"
                code = f"from benchmarks.dispatch.inside import run; {code}"
                ringwell.manage("shell", "--verbosity", "0", "--command", code)
                return dict(json.loads(path.read_text()))
        finally:
            database.stop()


def table(figures: dict[str, Any]) -> tuple[list[str], bool]:
    """What a person reads, and whether the goals are met."""
    ratios = [a / b for a, b in zip(figures["ours"], figures["floor"], strict=True)]
    placed, idle = statistics.median(ratios), figures["many"] / figures["few"]
    ours, floor = statistics.median(figures["ours"]), statistics.median(figures["floor"])
    lines = [
        f"placed a second    {ours:8.0f}   every rule, lock and row of a call",
        f"bare SDK           {floor:8.0f}   the same create calls, and nothing else",
        f"ratio              {placed:8.2f}   [{min(ratios):.2f}–{max(ratios):.2f}]"
        f"  at least {PLACED:g}: {_verdict(placed >= PLACED)}",
        "",
        f"idle look          {figures['few']:8.1f} ms with 1,000 scheduled",
        f"                   {figures['many']:8.1f} ms with {figures['scheduled']:,} more",
        f"ratio              {idle:8.2f}   at most {IDLE:g}: {_verdict(idle <= IDLE)}",
    ]
    return lines, placed >= PLACED and idle <= IDLE


def _verdict(met: bool) -> str:
    return "met" if met else "MISSED"
