"""Two web processes, two workers and two beats on one database: still one ring an attempt."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from benchmarks.drill.compare import Findings, compare
from benchmarks.people import how_many, people
from benchmarks.processes import Installation, installation, wait_for
from tests.acceptance.servers import address

pytestmark = pytest.mark.servers

CALLER_IDS = ("+15555550100", "+15555550101")
LINES = 4
SEED = 11


def call_everybody(ringwell: Installation, calls: int) -> tuple[dict[str, Any], Findings]:
    """Start everything twice, wait until all calls are over; both ledgers compared."""
    ringwell.start_simulator(speed=40)
    wanted = {"seed": SEED, "size": how_many(calls)}
    everybody = people(ringwell.control("population", wanted), calls, CALLER_IDS)
    path = ringwell.folder / "people.json"
    path.write_text(json.dumps([person.as_data() for person in everybody]))
    ringwell.manage("migrate", "--verbosity", "0")
    rows(ringwell, "seed", path)
    ringwell.start_web()
    ringwell.wait_for_web()
    for name in ("1", "2"):
        ringwell.start_worker(f"worker-{name}")
        ringwell.start_beat(f"beat-{name}")

    def over() -> dict[str, Any] | None:
        ledger: dict[str, Any] = ringwell.control("ledger")
        ended = len(ledger["rings"]) >= calls and not ledger["open"]
        return ledger if ended else None

    ledger = wait_for("the end of all calls", over, 240)
    path = ringwell.folder / "rows.json"

    def believed() -> dict[str, Any] | None:
        rows(ringwell, "dump", path)
        found: dict[str, Any] = json.loads(path.read_text())
        statuses = {attempt["status"] for attempt in found["attempts"].values()}
        return found if statuses == {"ended"} else None

    return ledger, compare(ledger, wait_for("all ends", believed, 60), everybody, lines=LINES)


def rows(ringwell: Installation, what: str, path: Path) -> None:
    code = f"from benchmarks import rows; rows.{what}({str(path)!r})"
    ringwell.manage("shell", "--no-imports", "-c", code)


@pytest.mark.parametrize(("broker", "calls"), [("RABBITMQ", 40), ("REDIS", 10)])
def test_each_number_rings_once_and_says_the_same_in_both_ledgers(
    tmp_path: Path, database: str, broker: str, calls: int
) -> None:
    with installation(
        tmp_path,
        database=database,
        broker=address(f"RINGWELL_TEST_{broker}_URL"),
        caller_ids=CALLER_IDS,
        lines=LINES,
    ) as ringwell:
        ledger, findings = call_everybody(ringwell, calls)
        for name in ("1", "2"):
            assert ringwell.end(f"worker-{name}") == 0
            assert ringwell.end(f"beat-{name}") == 0

    assert {name: wrong for name, wrong in findings.wrong.items() if wrong} == {}
    assert findings.counts["calls"] == findings.counts["rings"] == calls
    assert set(Counter(ring["dialled"] for ring in ledger["rings"]).values()) == {1}
    assert max(ledger["peak"].values()) <= LINES
    # Of a small population, many may be busy, silent or machines.
    assert findings.counts["answers given"] > calls / 4
