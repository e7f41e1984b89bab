"""``python -m benchmarks imports``: see docs/why/performance.md."""

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

NAME = "ringwell_benchmark_imports"
ROOT = Path(__file__).resolve().parents[2]
#: Of the floor's rows a second, at the least: performance goals of PostgreSQL and SQLite.
LEAST = {"postgresql": 0.10, "sqlite": 0.15}


def main(words: list[str]) -> int:
    """Import a file twice and write its rows by the shortest way; 1 where it is too slow."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks imports", description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000, help="lines of the file (100000)")
    parser.add_argument(
        "--database",
        default="",
        help="a PostgreSQL server whose user may create databases; empty: SQLite in a new file",
    )
    given = parser.parse_args(words)
    with tempfile.TemporaryDirectory(prefix="ringwell-imports-") as folder:
        if not given.database:
            return _run(f"sqlite:///{folder}/db.sqlite3", given.rows, Path(folder))
        _again(given.database, make=True)
        try:
            address = urlunsplit(urlsplit(given.database)._replace(path=f"/{NAME}"))
            return _run(address, given.rows, Path(folder))
        finally:
            _again(given.database, make=False)


def _again(server: str, *, make: bool) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(NAME)))
        if make:
            create = SQL("CREATE DATABASE {} ENCODING 'UTF8' TEMPLATE template0")
            connection.execute(create.format(Identifier(NAME)))


def _run(database: str, rows: int, folder: Path) -> int:
    env = os.environ | {
        "DATABASE_URL": database,
        "DEBUG": "0",
        "SECRET_KEY": "only-for-this-benchmark",
        "PHONE_HASH_KEY": "only-for-this-benchmark",
        "CLOCK_OFFSET_SECONDS": "0",
        "PUBLIC_URL": "http://127.0.0.1:8000",
        "CELERY_BROKER_URL": "memory://",
    }
    manage = [sys.executable, str(ROOT / "manage.py")]
    migrate = [*manage, "migrate", "--skip-checks", "--verbosity", "0"]
    subprocess.run(migrate, cwd=ROOT, env=env, check=True)
    path = folder / "figures.json"
    code = f"from benchmarks.imports.inside import run; run({str(path)!r}, {rows})"
    shell = [*manage, "shell", "--no-imports", "--verbosity", "0", "-c", code]
    subprocess.run(shell, cwd=ROOT, env=env, check=True)
    figures: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return _tell(figures, rows)


def _tell(figures: dict[str, Any], rows: int) -> int:
    vendor, floor = figures["vendor"], figures["floor"]
    print(f"{rows:,} lines on {vendor}, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    for name, taken in figures["steps"].items():
        print(
            f"  {name:<34}{taken['seconds']:>8.1f} s{taken['cpu']:>8.1f} s CPU of ours"
            f"{rows / taken['seconds']:>10,.0f} rows/s"
        )
    new = sum(figures["steps"][name]["seconds"] for name in ("new: compared", "new: applied"))
    ratio = floor["seconds"] / new
    least = LEAST[vendor]
    print(f"  {'floor: ' + floor['way']:<34}{floor['seconds']:>8.1f} s")
    print(f"A new file comes in at {ratio:.3f} of the floor; at least {least:.2f} is the goal.")
    return 0 if ratio >= least else 1
