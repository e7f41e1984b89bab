"""``python -m benchmarks admin``: see docs/why/performance.md."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg.sql import SQL, Identifier

#: Milliseconds that 19 of 20 requests may take at most.
LIST, REPORT = 200, 1000
FEW = 1000
ROOT = Path(__file__).resolve().parents[2]


def main(words: list[str]) -> int:
    """Build what is not built, measure, and tell; 1 where a page is too slow."""
    given = _parser().parse_args(words)
    few = _measured(given, FEW)
    many = _measured(given, given.rows)
    print("\n".join(table(few, many, given.rows)))
    if given.json:
        data = json.dumps({"few": few, "many": many}, indent=1)
        Path(given.json).write_text(data, encoding="utf-8")
    if given.drop:
        for rows in (FEW, given.rows):
            _database(given.database, rows, make=False)
    return 1 if _too_slow(many) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks admin",
        description="How long the server takes for each page of the admin, on PostgreSQL.",
    )
    add = parser.add_argument
    add("--rows", type=int, default=1_000_000, help="visits; three calls each (1000000)")
    # 19 of 20 keep the limit, or the page is too slow.
    add("--rounds", type=int, default=20, help="requests for each page (20)")
    add(
        "--database",
        default="postgres://postgres@127.0.0.1:5432/postgres",
        help="a server whose user may create databases; they are called ringwell_benchmark_…"
        " and kept for the next run",
    )
    add("--drop", action="store_true", help="drop them at the end")
    add("--json", help="file for the figures, with the slowest query of each page")
    return parser


def _database(server: str, rows: int, *, make: bool = True) -> str:
    """The address of the database with so many visits."""
    name = f"ringwell_benchmark_{rows}"
    with psycopg.connect(server, autocommit=True) as connection:
        found = "SELECT 1 FROM pg_database WHERE datname = %s"
        exists = connection.execute(found, [name]).fetchone()
        if make and not exists:
            create = SQL("CREATE DATABASE {} ENCODING 'UTF8' TEMPLATE template0")
            connection.execute(create.format(Identifier(name)))
        elif exists and not make:
            connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))
    return urlunsplit(urlsplit(server)._replace(path=f"/{name}"))


def _measured(given: argparse.Namespace, rows: int) -> dict[str, Any]:
    """In a process of its own, as a server would be."""
    env = os.environ | {
        "DATABASE_URL": _database(given.database, rows),
        "DEBUG": "0",
        "SECRET_KEY": "only-for-this-benchmark",
        "PHONE_HASH_KEY": "only-for-this-benchmark",
        "CLOCK_OFFSET_SECONDS": "0",
        "REQUIRE_TWO_FACTOR": "0",
        "PUBLIC_URL": "http://127.0.0.1:8000",
        "CELERY_BROKER_URL": "memory://",
    }
    manage = [sys.executable, str(ROOT / "manage.py")]
    quiet = {"cwd": ROOT, "env": env, "check": True}
    subprocess.run([*manage, "migrate", "--skip-checks", "--verbosity", "0"], **quiet)  # type: ignore[call-overload]
    with tempfile.TemporaryDirectory(prefix="ringwell-admin-") as folder:
        path = Path(folder) / "figures.json"
        code = f"from benchmarks.admin.pages import run; run({str(path)!r}, {rows}, {given.rounds})"
        print(f"{rows:,} visits: building where nothing is built, then measuring", flush=True)
        shell = [*manage, "shell", "--no-imports", "--verbosity", "0", "-c", code]
        subprocess.run(shell, cwd=ROOT, env=env, check=True)
        return dict(json.loads(path.read_text(encoding="utf-8")))


def _limit(name: str) -> int:
    # Data quality is one, too: it counts what is wrong among all rows there are.
    return REPORT if name.startswith(("report", "quality")) else LIST


def _too_slow(figures: dict[str, Any]) -> list[str]:
    return [name for name, page in figures["pages"].items() if page["p95"] > _limit(name)]


def table(few: dict[str, Any], many: dict[str, Any], rows: int) -> list[str]:
    """What a person reads."""
    heads = f"{'page':<44}{'queries':>8}{'CPU ms':>8}{'median ms':>11}{'p95 ms':>9}"
    lines = [f"{heads}{f'with {FEW:,}':>12}{'ratio':>7}"]
    slow = _too_slow(many)
    for name, page in many["pages"].items():
        small = few["pages"][name]
        lines.append(
            f"{name:<44}{page['queries']:>8}{page['cpu']:>8.0f}{page['median']:>11.0f}{page['p95']:>9.0f}"
            f"{small['median']:>12.0f}{page['median'] / small['median']:>7.1f}"
            f"{'  TOO SLOW' if name in slow else ''}"
        )
    built = f"built in {many['built']:.0f} s" if many["built"] else "built before"
    verdict = f"{len(slow)} pages are too slow." if slow else "Every page is fast enough."
    limits = f"lists and pages at most {LIST} ms, reports {REPORT} ms, in 19 of 20 requests"
    load = os.getloadavg()[0]
    busy = f"Load {load:.1f} on {os.cpu_count()} cores: " if load > 1.5 else ""
    if busy:
        verdict += f" {busy}others had a part in these times; look at CPU and queries."
    return [*lines, "", f"{rows:,} visits, three calls each, {built}; {limits}", verdict]
