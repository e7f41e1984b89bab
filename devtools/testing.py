"""./dev test: the linters, then the suite on SQLite; with --all also on real servers."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import time
from dataclasses import dataclass

from devtools.backing import BACKING
from devtools.console import Failure, complain, say
from devtools.environment import ROOT, VENV

BIN = VENV / "bin"
BROWSER_TESTS = "tests/browser"
# What holds whichever of the two SDKs is installed.
GATEWAY = "tests/gateway"
# Five hundred calls, twice, each with servers of its own.
DRILLS = "tests/drill"
# What a test marked "servers" finds ready: see backing.py and brokers.py.
SERVERS = ("postgresql", "rabbitmq", "redis")
# Where pytest keeps what failed, and how many of those may be tried once more.
FAILED = ROOT / ".pytest_cache" / "v" / "cache" / "lastfailed"
MOST_UNSTEADY = 3
BYTECODE = ROOT / "var" / "bytecode"


@dataclass(frozen=True)
class Phase:
    """One command of the run, and the names of the servers it talks to."""

    name: str
    command: list[str]
    needs: tuple[str, ...] = ()
    left_out: bool = False


LINT = [
    Phase("ruff check", ["ruff", "check"]),
    Phase("ruff format", ["ruff", "format", "--check"]),
    Phase("mypy", ["mypy"]),
]
IMPORTS = Phase("import contracts", ["lint-imports"])


def suite(arguments: list[str], *, everything: bool) -> list[Phase]:
    """The phases of a run. The import contracts are a test of the suite, too."""
    # Two processes pay on the whole suite; a part of it is over before they have started.
    chosen = arguments or ["-n", "2"]
    here = ["pytest", f"--ignore={BROWSER_TESTS}"]
    # The thorough ones, and pages by the hundred, take minutes: with --all once, on PostgreSQL.
    once = "not (database and (thorough or pages))" if everything else "not thorough"
    pytest = [*here, "-m", f"not servers and {once}", *chosen]
    again = [*here, "-m", "database and not servers", *chosen]
    brokers = [*here, f"--ignore={DRILLS}", "-m", "servers"]
    browser = ["pytest", BROWSER_TESTS, "-n", "2"]
    drills = ["pytest", DRILLS, "-m", "servers", "-n", "2"]
    return [
        *LINT,
        Phase("pytest on SQLite", pytest),
        Phase("pytest on PostgreSQL", again, ("postgresql",), left_out=not everything),
        Phase("pytest with brokers", brokers, SERVERS, left_out=not everything),
        Phase("both drills at once", drills, SERVERS, left_out=not everything),
        Phase("pytest on the GA SDK", ["pytest", GATEWAY], ("GA SDK",), left_out=not everything),
        Phase("pytest in a browser", browser, ("browser",), left_out=not everything),
    ]


def run_phases(phases: list[Phase]) -> None:
    """Run every phase, tell how each went, and fail when one did."""
    results = [(phase.name, *timed(phase)) for phase in phases if not phase.left_out]
    left_out = [phase.name for phase in phases if phase.left_out]
    print()
    for name, succeeded, seconds in results:
        print(f"  {'passed' if succeeded else 'FAILED'}  {seconds:6.1f} s  {name}")
    if left_out:
        print(f"  left out: thorough tests, {', '.join(left_out)} (./dev test --all)")
    failed = [name for name, succeeded, _ in results if not succeeded]
    if failed:
        raise Failure(f"failed: {', '.join(failed)}")


def timed(phase: Phase) -> tuple[bool, float]:
    start = time.monotonic()
    say(phase.name)
    return run_phase(phase), time.monotonic() - start


def run_phase(phase: Phase) -> bool:
    """Have what the phase needs ready, and say so in its environment before it starts."""
    tool, *arguments = phase.command
    try:
        with contextlib.ExitStack() as stack:
            env = test_environment()
            for name in phase.needs:
                env.update(stack.enter_context(BACKING[name]()))
            FAILED.unlink(missing_ok=True)
            code = run(tool, arguments, env)
            return code == 0 or (tool == "pytest" and code == 1 and passes_alone(env))
    except Failure as failure:
        complain(f"{phase.name}: {failure}")
        return False


def run(tool: str, arguments: list[str], env: dict[str, str]) -> int:
    return subprocess.run([str(BIN / tool), *arguments], cwd=ROOT, env=env).returncode


def passes_alone(env: dict[str, str]) -> bool:
    """Whether the few tests that failed pass when nothing else runs beside them. Most of ours are
    made of processes, sockets and threads: a busy machine may keep one waiting too long. They are
    named, so that they can be mended."""
    failed = sorted(json.loads(FAILED.read_text())) if FAILED.exists() else []
    if not 0 < len(failed) <= MOST_UNSTEADY:
        return False
    say(f"Once more, alone: {', '.join(failed)}")
    if run("pytest", failed, env):
        return False
    complain(f"unsteady, failed beside others and passed alone: {', '.join(failed)}")
    return True


def test_environment() -> dict[str, str]:
    """SQLite, and nothing of an Azure account that the shell may know."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ACS_")}
    if kept.pop("PYTHONDONTWRITEBYTECODE", ""):
        # The tests start Ringwell some hundred times: who wants no compiled files beside the
        # sources has them elsewhere, else each start compiles Django anew (3.5 s instead of 1.5).
        kept.setdefault("PYTHONPYCACHEPREFIX", str(BYTECODE))
    kept["PATH"] = f"{BIN}{os.pathsep}{kept.get('PATH', '')}"
    database = ROOT / "var" / "tests.sqlite3"
    return kept | {"DATABASE_URL": f"sqlite:///{database}", "REQUIRE_DB_VENDOR": "sqlite"}
