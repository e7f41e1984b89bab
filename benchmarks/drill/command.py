"""``python -m benchmarks drill``: see docs/why/never-twice.md."""

import argparse
import json
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from benchmarks import people as who
from benchmarks.drill import faults, servers, strikes
from benchmarks.drill.compare import Findings, compare
from benchmarks.drill.report import as_data, failures, table
from benchmarks.drill.run import Run
from benchmarks.processes import Installation, installation

CALLER_IDS = tuple(f"+1555555010{n}" for n in range(4))
#: Real seconds for which the simulator repeats an event that was not taken.
REDELIVERY_FOR = 120
Server = servers.Server | servers.Given


def main(words: list[str]) -> int:
    """Run the drill; 1 where something is wrong, and then the logs are kept."""
    given = _parser().parse_args(words)
    # Whoever ends the drill ends all that it has started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    folder = Path(tempfile.mkdtemp(prefix="ringwell-drill-"))
    folder.chmod(0o755)  # as root PostgreSQL runs as a user of its own
    findings, run, setting = _drill(given, folder)
    print("\n".join(table(findings, run, redelivery=setting["redelivery"])))
    if given.json:
        data = as_data(findings, run, setting)
        Path(given.json).write_text(json.dumps(data, indent=1), encoding="utf-8")
    wrong = failures(findings, run, redelivery=setting["redelivery"])
    if wrong:
        print(f"\nFAILED: {', '.join(wrong)}. Logs: {folder}")
        return 1
    shutil.rmtree(folder, ignore_errors=True)
    print("\nNever twice, never lost.")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks drill",
        description="Call invented patients while everything dies, then compare two ledgers.",
    )
    add = parser.add_argument
    add("--calls", type=int, required=True, help="patients to call, each once")
    add("--faults", choices=faults.MIXES, default="default", help="what goes wrong on the wire")
    add("--redelivery", choices=("on", "off"), default="on", help="of events that were not taken")
    add("--seed", type=int, default=1, help="chooses patients, faults and kills")
    add("--lines", type=int, help=f"at once from each of {len(CALLER_IDS)} caller ids")
    add("--speed", type=float, default=30, help="divides every wait on the line")
    add("--limit", type=float, help="seconds after which a run has failed")
    add("--json", help="file for the findings, every row named")
    add("--database", help="an empty PostgreSQL database; it is not restarted then")
    add("--broker", help="AMQP or Redis address; it is not restarted then")
    return parser


def _drill(given: argparse.Namespace, folder: Path) -> tuple[Findings, Run, dict[str, Any]]:
    redelivery = given.redelivery == "on"
    lines = given.lines or max(2, min(10, given.calls // 20))
    with (
        _servers(given, folder) as (database, broker),
        installation(
            folder,
            database=database.url,
            broker=broker.url,
            caller_ids=CALLER_IDS,
            lines=lines,
            env={"MAX_CALLS_PER_DAY": str(10 * given.calls)},
        ) as ringwell,
    ):
        people = _prepare(ringwell, given, redelivery=redelivery)
        setting = vars(given) | {
            "redelivery": redelivery,
            "lines": lines,
            "database": database.name,
            "broker": broker.name,
        }
        print(_headline(setting), flush=True)
        hits = strikes.plan(ringwell, database, broker, seed=given.seed, redelivery=redelivery)
        limit = given.limit or 300 + 0.6 * given.calls
        run = Run(ringwell, hits, given.calls, limit, is_lossy=not redelivery)
        _start(ringwell)
        run.go()
        return _compare(ringwell, people, lines), run, setting


def _headline(setting: dict[str, Any]) -> str:
    return (
        f"drill: {setting['calls']} calls, faults {setting['faults']},"
        f" redelivery {'on' if setting['redelivery'] else 'off'}, seed {setting['seed']},"
        f" {len(CALLER_IDS)} x {setting['lines']} lines, speed {setting['speed']:g};"
        f" {setting['database']}, {setting['broker']}, 2 web, 2 workers, 1 beat"
    )


@contextmanager
def _servers(given: argparse.Namespace, folder: Path) -> Iterator[tuple[Server, Server]]:
    """Database and broker: those given, else ones of our own, started."""
    with ExitStack() as stack:

        def own(server: servers.Server) -> servers.Server:
            stack.callback(server.stop)
            server.start()
            return server

        database: Server = servers.Given("PostgreSQL (given)", given.database or "")
        broker: Server = servers.Given("broker (given)", given.broker or "")
        if not given.database:
            database = own(servers.postgresql(folder))
        if not given.broker:
            broker = [own(server) for server in servers.brokers(folder)][-1]
        yield database, broker


def _prepare(
    ringwell: Installation, given: argparse.Namespace, *, redelivery: bool
) -> list[who.Person]:
    """The simulator with its population and faults, and our rows for the same people."""
    ringwell.start_simulator(
        *("--seed", str(given.seed), "--redelivery-for", str(REDELIVERY_FOR)),
        *(["--redelivery"] if redelivery else []),
        speed=given.speed,
    )
    wanted = {"seed": given.seed, "size": who.how_many(given.calls)}
    people = who.people(ringwell.control("population", wanted), given.calls, CALLER_IDS)
    path = ringwell.folder / "people.json"
    path.write_text(json.dumps([person.as_data() for person in people]), encoding="utf-8")
    ringwell.manage("migrate", "--verbosity", "0")
    _in_shell(ringwell, f"seed({str(path)!r})")
    for fault in faults.mix(given.faults, redelivery=redelivery):
        ringwell.control("faults", fault)
    return people


def _in_shell(ringwell: Installation, call: str) -> None:
    ringwell.manage("shell", "--no-imports", "-c", f"from benchmarks.rows import *; {call}")


def _start(ringwell: Installation) -> None:
    """Web first, so that no event of the first call is turned away."""
    ringwell.start_web()
    ringwell.wait_for_web()
    ringwell.start_worker("worker-1")
    ringwell.start_worker("worker-2")
    ringwell.start_beat("beat")


def _compare(ringwell: Installation, people: list[who.Person], lines: int) -> Findings:
    """Stop what calls, then read both ledgers."""
    for name in ("beat", "worker-1", "worker-2"):
        if name in ringwell.children:
            ringwell.end(name)
    path = ringwell.folder / "rows.json"
    ledger = ringwell.control("ledger")
    (ringwell.folder / "ledger.json").write_text(json.dumps(ledger), encoding="utf-8")
    _in_shell(ringwell, f"dump({str(path)!r})")
    return compare(ledger, json.loads(path.read_text(encoding="utf-8")), people, lines=lines)
