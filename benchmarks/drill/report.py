"""The drill's table: what must be nothing, and what is only told."""

import sys
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from benchmarks.drill.compare import Findings
from benchmarks.drill.run import Run

#: Told, but wrong only where each event is delivered until it is taken.
WITH_REDELIVERY = ("answers lost", "outcomes that differ")
#: Told of every kind of wrong row; the rest is in the JSON.
SHOWN = 5


def failures(findings: Findings, run: Run, *, redelivery: bool) -> list[str]:
    """The names of what must be nothing and is not."""
    told = () if redelivery else WITH_REDELIVERY
    found = [name for name, rows in findings.wrong.items() if rows and name not in told]
    found += [] if run.is_over else ["not over in time"]
    return found + ([] if run.is_looking else ["nobody looks any more"])


def table(findings: Findings, run: Run, *, redelivery: bool) -> Iterator[str]:
    """Lines to print."""
    told = () if redelivery else WITH_REDELIVERY
    for name, count in findings.counts.items():
        yield f"  {name:36} {count:7}"
    yield f"  {'seconds':36} {run.seconds:7.0f}"
    yield f"  {'looks of the sweeper ahead of time':36} {run.leaps:7}"
    yield ""
    for name, rows in findings.wrong.items():
        verdict = "" if name in told else "WRONG" if rows else "ok"
        yield f"  {name:36} {len(rows):7}  {verdict}".rstrip()
    yield f"  {'over in time, and beat is heard of':36} {run.is_over and run.is_looking!s:>7}"
    yield ""
    yield f"  {'killed':36} {'down':>7} {'next call':>10} {'next event':>11}  (s after the kill)"
    for each in run.recoveries:
        yield (
            f"  {each.name:36} {each.down:7.1f} {_seconds(each.next_call):>10}"
            f" {_seconds(each.next_event):>11}"
        )
    for strike in run.strikes:
        yield f"  {strike.name:36} not reached"
    for name, rows in findings.wrong.items():
        if rows:
            yield f"\n  {name}:"
            yield from (f"    {row}" for row in rows[:SHOWN])
            if len(rows) > SHOWN:
                yield f"    and {len(rows) - SHOWN} more"


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def as_data(findings: Findings, run: Run, setting: dict[str, Any]) -> dict[str, Any]:
    """The same, whole, for a machine."""
    return {
        "setting": setting,
        "python": sys.version.split()[0],
        **asdict(findings),
        "seconds": round(run.seconds, 1),
        "is_over": run.is_over,
        "is_looking": run.is_looking,
        "leaps": run.leaps,
        "recoveries": [asdict(recovery) for recovery in run.recoveries],
    }
