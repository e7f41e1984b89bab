"""The command line of ./dev."""

from __future__ import annotations

import argparse

from devtools.console import Failure, complain
from devtools.environment import setup
from devtools.testing import IMPORTS, LINT, run_phases, suite


def main(argv: list[str]) -> int:
    options, rest = parser().parse_known_args(argv)
    try:
        return int(options.carry_out(options, rest) or 0)
    except Failure as failure:
        complain(str(failure))
        return failure.code
    except KeyboardInterrupt:
        complain("stopped")
        return 130


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="./dev", description="Ringwell for developers.")
    commands = top.add_subparsers(metavar="COMMAND", required=True)

    command = commands.add_parser("setup", help="make the environment in .venv")
    command.add_argument("--dev", action="store_true", help="with what the tests need")
    command.set_defaults(carry_out=do_setup)

    command = commands.add_parser("test", help="linters and tests; further words go to pytest")
    command.add_argument("--all", action="store_true", help="also on PostgreSQL and in a browser")
    command.set_defaults(carry_out=do_test)

    command = commands.add_parser("lint", help="ruff, mypy and the import contracts only")
    command.set_defaults(carry_out=do_lint)
    return top


def do_setup(options: argparse.Namespace, rest: list[str]) -> None:
    refuse(rest)
    setup(dev=options.dev)


def do_test(options: argparse.Namespace, rest: list[str]) -> None:
    setup(dev=True)
    run_phases(suite(rest, everything=options.all))


def do_lint(options: argparse.Namespace, rest: list[str]) -> None:
    refuse(rest)
    setup(dev=True)
    run_phases([*LINT, IMPORTS])


def refuse(rest: list[str]) -> None:
    if rest:
        raise Failure(f"{' '.join(rest)}: not understood; see ./dev --help", code=2)
