"""The command line of ./dev."""

from __future__ import annotations

import argparse
import subprocess

from devtools.children import interrupt_on_signals
from devtools.console import Failure, complain, say
from devtools.demo import run_demo, run_manage
from devtools.demo_state import made_demo
from devtools.environment import ROOT, VENV, lock, only_one, setup
from devtools.testing import IMPORTS, LINT, run_phases, suite


def main(argv: list[str]) -> int:
    interrupt_on_signals()
    options, rest = parser().parse_known_args(argv)
    try:
        return int(options.carry_out(options, rest) or 0)
    except Failure as failure:
        complain(str(failure))
        return failure.code
    except PermissionError as error:
        complain(f"{error.filename}: {error.strerror}. Did another user make it?")
        return 1
    except KeyboardInterrupt:
        complain("stopped")
        return 130


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="./dev", description="Ringwell for developers.")
    commands = top.add_subparsers(metavar="COMMAND", required=True)

    command = commands.add_parser("setup", help="make the environment in .venv")
    command.add_argument("--dev", action="store_true", help="with what the tests need")
    command.set_defaults(carry_out=do_setup)

    command = commands.add_parser("run", help="start the demo: Ringwell and its simulator")
    command.add_argument("--port", type=port, default=8000, help="where Ringwell answers (8000)")
    command.add_argument(
        "--speed", type=speed, default=3, help="how many times as fast as life calls go (3)"
    )
    command.add_argument("--fresh", action="store_true", help="throw the old demo away first")
    command.set_defaults(carry_out=do_run)

    commands.add_parser("manage", help="manage.py beside the demo", add_help=False).set_defaults(
        carry_out=do_manage
    )

    command = commands.add_parser("test", help="linters and tests; further words go to pytest")
    command.add_argument("--all", action="store_true", help="also on real servers and in a browser")
    command.set_defaults(carry_out=do_test)

    commands.add_parser("lint", help="ruff, mypy and the import contracts only").set_defaults(
        carry_out=do_lint
    )

    commands.add_parser(
        "messages", help="gather what staff read, for translation, and compile the catalogues"
    ).set_defaults(carry_out=do_messages)

    commands.add_parser("lock", help="renew the lock files; further words go to uv").set_defaults(
        carry_out=do_lock
    )
    return top


def port(word: str) -> int:
    number = int(word)
    if not 1 <= number <= 65535:
        raise ValueError
    return number


def speed(word: str) -> float:
    number = float(word)
    if not 0 < number < float("inf"):
        raise ValueError
    return number


def do_setup(options: argparse.Namespace, rest: list[str]) -> None:
    refuse(rest)
    setup(dev=options.dev)


def do_run(options: argparse.Namespace, rest: list[str]) -> None:
    refuse(rest)
    run_demo(port=options.port, speed=options.speed, fresh=options.fresh)
    say("Stopped; ./dev run goes on from here")


def do_manage(options: argparse.Namespace, rest: list[str]) -> int:
    demo = made_demo()
    setup(dev=False)
    return run_manage(demo, rest)


def do_test(options: argparse.Namespace, rest: list[str]) -> None:
    setup(dev=True)
    with only_one(ROOT / ".dev-test.lock", "Another ./dev test uses the databases; waiting for it"):
        run_phases(suite(rest, everything=options.all))


def do_lint(options: argparse.Namespace, rest: list[str]) -> None:
    refuse(rest)
    setup(dev=True)
    run_phases([*LINT, IMPORTS])


def do_messages(options: argparse.Namespace, rest: list[str]) -> int:
    refuse(rest)
    setup(dev=False)
    return subprocess.call([VENV / "bin" / "python", "-m", "devtools.messages"], cwd=ROOT)


def do_lock(options: argparse.Namespace, rest: list[str]) -> None:
    setup(dev=False)
    lock(rest)


def refuse(rest: list[str]) -> None:
    if rest:
        raise Failure(f"{' '.join(rest)}: not understood; see ./dev --help", code=2)
