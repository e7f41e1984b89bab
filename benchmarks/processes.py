"""Ringwell as processes of its own, as an operator runs it, with the stand-in beside it."""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import uuid
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen
from zoneinfo import ZoneInfo

ROOT = Path(__file__).resolve().parents[1]
CALLER_ID = "+15555550100"


def free_port() -> int:
    """A port of loopback that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def offset_to_tuesday_afternoon() -> int:
    """Seconds from now to the next Tuesday 14:00 in New York."""
    now = datetime.now(UTC)
    local = now.astimezone(ZoneInfo("America/New_York"))
    day = local + timedelta(days=(1 - local.weekday()) % 7)
    goal = day.replace(hour=14, minute=0, second=0, microsecond=0)
    if goal <= local:
        goal += timedelta(days=7)
    return int((goal.astimezone(UTC) - now).total_seconds())


def wait_for(what: str, look: Callable[[], Any], seconds: float = 60) -> Any:
    """Look until there is something, or fail."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.2)
    raise AssertionError(f"{what} did not come within {seconds} s")


@dataclass
class Installation:
    """Environment, ports and processes of one Ringwell."""

    folder: Path
    database: str = ""
    broker: str = "memory://"
    caller_ids: tuple[str, ...] = (CALLER_ID,)
    #: Calls at once from each caller id, here and at the simulator.
    lines: int = 2
    env: dict[str, str] = field(default_factory=dict)
    children: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.port, self.simulator_port = free_port(), free_port()
        self.key = b64encode(secrets.token_bytes(32)).decode()
        simulator = f"http://127.0.0.1:{self.simulator_port}"
        self.url, self.simulator_url = f"http://127.0.0.1:{self.port}", simulator
        self.env = os.environ | {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DEBUG": "0",
            "SECRET_KEY": secrets.token_hex(16),
            "PHONE_HASH_KEY": secrets.token_hex(16),
            "DATABASE_URL": self.database or f"sqlite:///{self.folder / 'ringwell.sqlite3'}",
            "CELERY_BROKER_URL": self.broker,
            "PUBLIC_URL": self.url,
            "CLOCK_OFFSET_SECONDS": str(offset_to_tuesday_afternoon()),
            "ACS_CONNECTION_STRING": f"endpoint={simulator};accesskey={self.key}",
            "ACS_CALLER_ID": self.caller_ids[0],
            "ACS_MAX_CONCURRENT_CALLS": str(self.lines),
            # The simulator's patients are many times as fast as people.
            "KEY_ECHO_SECONDS": "0",
            "ACS_COGNITIVE_SERVICES_ENDPOINT": "https://speech.example.invalid/",
            "ACS_RESOURCE_ID": str(uuid.uuid4()),
            "ACS_CALLBACK_ISSUER": simulator,
            "ACS_CALLBACK_OPENID_CONFIGURATION": (
                f"{simulator}/calling/.well-known/acsopenidconfiguration"
            ),
            **self.env,
        }

    def now(self) -> datetime:
        """Ringwell's time."""
        offset = int(self.env["CLOCK_OFFSET_SECONDS"])
        return datetime.now(UTC) + timedelta(seconds=offset)

    def manage(self, *words: str, **environment: str) -> str:
        """Run a command to its end; its output."""
        command = [sys.executable, "manage.py", *words]
        # A command beside the all-in-one process: its broker is not reachable.
        debug = {"DEBUG": "1"} if self.broker.startswith("memory") else {}
        env = self.env | debug | environment
        done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def start(self, name: str, *words: str) -> None:
        """Start a process that stays, in a group of its own."""
        with (self.folder / f"{name}.log").open("ab") as log:
            self.children[name] = subprocess.Popen(
                [sys.executable, *words],
                cwd=ROOT,
                env=self.env,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def start_simulator(self, *options: str, speed: float = 30) -> None:
        """The stand-in for Azure."""
        self.start(
            "simulator",
            *("-m", "simulator", "--port", str(self.simulator_port), "--key", self.key),
            *(word for number in self.caller_ids for word in ("--caller-id", number)),
            *("--resource-id", self.env["ACS_RESOURCE_ID"]),
            *("--speed", str(speed), "--max-concurrent", str(self.lines)),
            *("--clock-offset", self.env["CLOCK_OFFSET_SECONDS"]),
            *options,
        )
        wait_for("the simulator", lambda: self.answers(f"{self.simulator_url}/control/calls"))

    def serve(self) -> None:
        """Web, worker and beat in one process."""
        self.start("serve", "manage.py", "serve", "--port", str(self.port))
        wait_for("the web", lambda: self.answers(f"{self.url}/healthz"))

    def start_web(self) -> None:
        """Two processes behind one port, as in production."""
        self.start(
            "web",
            *("-m", "granian", "--interface", "wsgi", "--no-ws", "config.wsgi:application"),
            *("--host", "127.0.0.1", "--port", str(self.port)),
            *("--workers", "2", "--blocking-threads", "4", "--respawn-failed-workers"),
        )

    def wait_for_web(self) -> None:
        """Until it takes requests."""
        wait_for("the web", lambda: self.answers(f"{self.url}/healthz"))

    def start_worker(self, name: str) -> None:
        """One Celery worker."""
        celery = ("-m", "celery", "-A", "config")
        self.start(name, *celery, "worker", "-P", "threads", "-c", "4", "-n", f"{name}@%h")

    def start_beat(self, name: str) -> None:
        """One Celery beat."""
        self.start(name, "-m", "celery", "-A", "config", "beat")

    @staticmethod
    def answers(url: str) -> bool:
        """Whether a GET is answered 200."""
        try:
            with urlopen(url, timeout=2) as response:
                return bool(response.status == 200)
        except (URLError, OSError):
            return False

    def control(self, path: str, body: Any = None, method: str = "") -> Any:
        """Ask the simulator: GET without a body, POST with one."""
        request = Request(
            f"{self.simulator_url}/control/{path}",
            method=method or ("GET" if body is None else "POST"),
            data=None if body is None else json.dumps(body).encode(),
        )
        with urlopen(request, timeout=60) as response:
            return json.loads(response.read())

    def api(self, token: str, path: str, method: str = "GET", body: Any = None) -> Any:
        """Ask the REST API; a refusal comes back as (status, body)."""
        request = Request(
            f"{self.url}/api/v1/{path}" if not path.startswith("http") else path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )
        try:
            with urlopen(request, timeout=10) as response:
                return json.loads(response.read())
        except HTTPError as error:
            return error.code, json.loads(error.read())

    def kill(self, name: str) -> None:
        """End a process and all that it started, at once and without a word."""
        child = self.children.pop(name)
        os.killpg(child.pid, signal.SIGKILL)
        child.wait(10)

    def end(self, name: str, how: int = signal.SIGTERM) -> int:
        """End one process by its id; its exit code."""
        child = self.children.pop(name)
        child.send_signal(how)
        try:
            return child.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            return child.wait(5)


@contextmanager
def installation(folder: Path, **columns: Any) -> Iterator[Installation]:
    """An installation whose processes all end with the block."""
    made = Installation(folder, **columns)
    try:
        yield made
    finally:
        for child in made.children.values():
            child.terminate()
        for name in list(made.children):
            made.end(name)
