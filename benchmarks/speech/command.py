"""``python -m benchmarks speech``: transcribing by a prefork worker, and the calls beside it."""

import argparse
import json
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.drill import servers
from benchmarks.processes import Installation, installation
from benchmarks.speech import probing
from benchmarks.speech.processes import Holding, holding

#: Seconds for one transcription: a silent service is left alone after them.
LIMIT = 3
WORKERS = 4
#: The dialling queue is measured for so long without any transcription.
ALONE = 20.0
#: What the SDK left behind in a silent connection ends by itself within so long.
QUIET = 45.0
#: Memory and the rest at the end, of those after the first tenth: more is growth.
GROWTH = 1.25
SLACK = Holding(0, 25.0, 8, 8)
_COUNT = "SELECT count(*), count(finished_at) FROM calls_transcript"


@dataclass
class Findings:
    """What a run has shown."""

    seconds: float = 0.0
    held: dict[str, Holding] = field(default_factory=dict)
    alone: list[tuple[float, float]] = field(default_factory=list)
    beside: list[tuple[float, float]] = field(default_factory=list)
    jobs: list[tuple[str, str, int, float, int]] = field(default_factory=list)
    reviews: int = 0
    outcomes: list[str] = field(default_factory=list)

    @property
    def ends(self) -> Counter[str]:
        """How many jobs ended in each way, by name."""
        return Counter(code or status for status, code, *_ in self.jobs)


def main(words: list[str]) -> int:
    """Run it; 1 where something is wrong, and then the logs are kept."""
    given = _parser().parse_args(words)
    folder = Path(tempfile.mkdtemp(prefix="ringwell-speech-"))
    folder.chmod(0o755)  # as root PostgreSQL runs as a user of its own
    findings = measure(given, folder)
    print("\n".join(table(findings)))
    wrong = failures(findings, given.jobs)
    if given.json:
        data = asdict(findings) | {"ends": findings.ends, "wrong": wrong}
        Path(given.json).write_text(json.dumps(data, indent=1), encoding="utf-8")
    if wrong:
        print(f"\nFAILED: {', '.join(wrong)}. Logs: {folder}")
        return 1
    shutil.rmtree(folder, ignore_errors=True)
    print("\nEvery job came to an end with a name.")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks speech",
        description="Transcribe while the service is silent, slow or refuses, beside the calls.",
    )
    add = parser.add_argument
    add("--jobs", type=int, default=1000, help="recordings to transcribe (1000)")
    add("--seed", type=int, default=1, help="chooses the sounds and what is said")
    add("--alone", type=float, default=ALONE, help="seconds of the calls' queue alone (20)")
    add("--quiet", type=float, default=QUIET, help="seconds to let go at the end (45)")
    add("--limit", type=float, help="seconds after which a run has failed")
    add("--json", help="file for the findings")
    return parser


def measure(given: argparse.Namespace, folder: Path) -> Findings:
    """One run, in processes of its own on servers of its own."""
    with ExitStack() as stack:
        started = [servers.postgresql(folder), *servers.brokers(folder)]
        for server in started:
            stack.callback(server.stop)
            server.start()
        database, broker = started[0], started[-1]
        probes = folder / "probes.txt"
        env = {
            "TRANSCRIPTION_LIMIT_SECONDS": str(LIMIT),
            "TRANSCRIPTION_TRIES": "1",
            probing.FILE: str(probes),
        }
        ringwell = stack.enter_context(
            installation(folder, database=database.url, broker=broker.url, env=env)
        )
        ringwell.start_simulator()
        ringwell.manage("migrate", "--verbosity", "0")
        celery = ("-m", "celery", "-A", "config", "worker")
        calls = ("-P", "threads", "-c", "4", "-n", "calls@%h", "-I", "benchmarks.speech.probe")
        ringwell.start("calls", *celery, *calls)
        pool = ("-P", "prefork", "-c", str(WORKERS), "-Q", "speech", "-n", "speech@%h")
        ringwell.start("speech", *celery, *pool)
        print(
            f"speech: {given.jobs} jobs of at most {LIMIT} s, seed {given.seed}; {database.name},"
            f" {broker.name}; prefork worker with {WORKERS} children beside one for calls",
            flush=True,
        )
        return _run(ringwell, given, probes)


def _run(ringwell: Installation, given: argparse.Namespace, probes: Path) -> Findings:
    findings = Findings()
    sender = probing.Sender(ringwell.broker)
    sender.start()
    _wait_for_probe(probes)
    alone = time.time()
    time.sleep(given.alone)
    begun = time.time()
    findings.alone = probing.waits(probes, alone, begun)
    code = f"feed({given.jobs}, {given.seed}, {ringwell.simulator_url!r})"
    ringwell.start("feeder", *_shell(code))
    limit = given.limit or 120 + 1.5 * given.jobs
    pid = ringwell.children["speech"].pid
    for done in _progress(ringwell, given.jobs, limit):
        for name, share in (("start", 0.1), ("middle", 0.5)):
            if name not in findings.held and done >= share * given.jobs:
                findings.held[name] = holding(pid)
    ended = time.time()
    findings.seconds = ended - begun
    sender.stop()
    findings.beside = probing.waits(probes, begun, ended)
    time.sleep(given.quiet)
    findings.held["end"] = holding(pid)
    path = ringwell.folder / "results.json"
    ringwell.manage(*_shell(f"dump({str(path)!r})")[1:])
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    findings.jobs = [tuple(job) for job in data["jobs"]]
    findings.reviews, findings.outcomes = data["reviews"], data["outcomes"]
    return findings


def _shell(code: str) -> tuple[str, ...]:
    code = f"from benchmarks.speech.feeding import *; {code}"
    return ("manage.py", "shell", "--no-imports", "-c", code)


def _wait_for_probe(probes: Path) -> None:
    """The worker is up when the first one has come through."""
    deadline = time.monotonic() + 120
    while not probes.exists() and time.monotonic() < deadline:
        time.sleep(0.2)


def _progress(ringwell: Installation, jobs: int, seconds: float) -> Iterator[int]:
    """How many are finished, until all are or the time is over."""
    deadline = time.monotonic() + seconds
    with psycopg.connect(ringwell.database, autocommit=True) as connection:
        while time.monotonic() < deadline:
            made, done = connection.execute(_COUNT).fetchone() or (0, 0)
            yield done
            if made == done == jobs:
                return
            time.sleep(0.5)


def failures(findings: Findings, jobs: int) -> list[str]:
    """The names of what must be otherwise."""
    open_ones = [job for job in findings.jobs if job[0] not in ("done", "failed")]
    first, last = findings.held.get("start"), findings.held["end"]
    wrong = {
        "jobs are missing": len(findings.jobs) != jobs,
        "hangs": bool(open_ones),
        "failures without a name": any(s == "failed" and not code for s, code, *_ in findings.jobs),
        "words are wrong": any(job[0] == "done" and job[4] != 1 for job in findings.jobs),
        "an outcome changed": findings.outcomes != ["confirmed"],
        "more than one review": findings.reviews > 1,
        "nothing was transcribed": not findings.ends["done"],
        "calls waited in vain": not findings.beside,
        "memory grows": first and last.memory > GROWTH * first.memory + SLACK.memory,
        "threads grow": first and last.threads > GROWTH * first.threads + SLACK.threads,
        "descriptors grow": first
        and last.descriptors > GROWTH * first.descriptors + SLACK.descriptors,
    }
    return [name for name, is_so in wrong.items() if is_so]


def table(findings: Findings) -> Iterator[str]:
    """Lines to print."""
    yield f"  {'jobs':36} {len(findings.jobs):7}"
    for name, count in findings.ends.most_common():
        yield f"    {name:34} {count:7}"
    hangs = sum(job[0] not in ("done", "failed") for job in findings.jobs)
    yield f"  {'hangs':36} {hangs:7}"
    longest = max((job[3] for job in findings.jobs), default=0.0)
    yield f"  {'longest job, seconds':36} {longest:7.1f}"
    yield f"  {'items for review, of one visit':36} {findings.reviews:7}"
    yield f"  {'seconds':36} {findings.seconds:7.0f}"
    yield ""
    for name, held in findings.held.items():
        yield f"  speech worker, {name:8} {held}"
    yield ""
    yield f"  calls alone   {probing.told(findings.alone)}"
    yield f"  calls beside  {probing.told(findings.beside)}"
