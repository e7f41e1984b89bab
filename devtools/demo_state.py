"""What the demo is made with: once, in var/demo.env, and used again ever after."""

from __future__ import annotations

import base64
import os
import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote
from zoneinfo import ZoneInfo

from devtools.console import Failure
from devtools.environment import PYTHON, ROOT, VENV
from devtools.ports import HOST, free_port, why_not_free

VAR = ROOT / "var"
STATE = VAR / "demo.env"
DATABASE = VAR / "demo.sqlite3"
CALLER_ID = "+15555550100"


@dataclass(frozen=True)
class Demo:
    """Where the demo answers and what it was given when it was made."""

    port: int
    simulator_port: int
    state: dict[str, str]

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def simulator_url(self) -> str:
        return f"http://{HOST}:{self.simulator_port}"

    def environment(self) -> dict[str, str]:
        """What Ringwell is started with; it wins over a .env in the project's folder."""
        proxies = [os.environ.get("NO_PROXY"), HOST, "localhost"]
        return os.environ | {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "NO_PROXY": ",".join(filter(None, proxies)),
            "DEBUG": "0",
            "ALLOWED_HOSTS": f"{HOST},localhost",
            "DATABASE_URL": f"sqlite:///{quote(str(DATABASE))}",
            "CELERY_BROKER_URL": "memory://",
            "PUBLIC_URL": self.url,
            "ACS_CONNECTION_STRING": f"endpoint={self.simulator_url};accesskey={self.key}",
            "ACS_CALLER_ID": CALLER_ID,
            "ACS_COGNITIVE_SERVICES_ENDPOINT": "https://speech.example.invalid/",
            "ACS_API_VERSION": "",
            "ACS_CALLBACK_ISSUER": self.simulator_url,
            "ACS_CALLBACK_OPENID_CONFIGURATION": (
                f"{self.simulator_url}/calling/.well-known/acsopenidconfiguration"
            ),
            "ACS_MAX_CONCURRENT_CALLS": "2",
            # The patients of the demo are three times as fast as people.
            "KEY_ECHO_SECONDS": "0.3",
            # One step to look around; people of flesh and blood have two.
            "REQUIRE_TWO_FACTOR": "0",
            **{name: self.state[name] for name in SETTINGS_MADE_ONCE},
        }

    @property
    def key(self) -> str:
        return self.state["SIMULATOR_KEY"]

    def simulator_command(self, speed: float) -> list[str]:
        options = {
            "--port": self.simulator_port,
            "--key": self.key,
            "--caller-id": CALLER_ID,
            "--resource-id": self.state["ACS_RESOURCE_ID"],
            "--speed": f"{speed:g}",
            "--clock-offset": self.state["CLOCK_OFFSET_SECONDS"],
        }
        words = [str(word) for pair in options.items() for word in pair]
        return [str(PYTHON), "-m", "simulator", *words]


def throw_away() -> None:
    for path in VAR.glob("demo.*"):
        if path.name != "demo.lock":
            path.unlink()


def make_demo(port: int) -> Demo:
    """The demo as it was made before, with what is missing made now."""
    state = read_state()
    for name, make in MADE_ONCE.items():
        state[name] = state.get(name) or make()
    simulator_port = int(state.get("SIMULATOR_PORT") or port + 1)
    if simulator_port == port or why_not_free(simulator_port):
        simulator_port = free_port(port + 1)
    write_state({**state, "PORT": str(port), "SIMULATOR_PORT": str(simulator_port)})
    return Demo(port, simulator_port, state)


def made_demo() -> Demo:
    """The demo that ./dev run has made, running or not."""
    state = read_state()
    if not state:
        raise Failure("there is no demo yet; ./dev run makes it.")
    return Demo(int(state["PORT"]), int(state["SIMULATOR_PORT"]), state)


def read_state() -> dict[str, str]:
    if not STATE.exists():
        return {}
    pairs = (line.partition("=") for line in STATE.read_text().splitlines())
    return {name: value for name, separator, value in pairs if separator}


def write_state(state: dict[str, str]) -> None:
    draft = VAR / "demo.env.draft"
    draft.touch(mode=0o600)
    draft.write_text("".join(f"{name}={value}\n" for name, value in state.items()))
    draft.replace(STATE)


def seconds_to_tuesday_afternoon(now: datetime) -> int:
    """From `now` (aware) to the next Tuesday 14:00 at the demo clinic, in New York."""
    local = now.astimezone(new_york())
    days = (1 - local.weekday()) % 7
    target = local.replace(hour=14, minute=0, second=0, microsecond=0) + timedelta(days=days)
    if target <= local:
        target += timedelta(days=7)
    return round(target.timestamp() - now.timestamp())


def new_york() -> ZoneInfo:
    """From the packages in .venv: a bare system may have no time zones of its own."""
    (path,) = VENV.glob("lib/python3.*/site-packages/tzdata/zoneinfo/America/New_York")
    with path.open("rb") as file:
        return ZoneInfo.from_file(file, "America/New_York")


SETTINGS_MADE_ONCE = ("SECRET_KEY", "PHONE_HASH_KEY", "ACS_RESOURCE_ID", "CLOCK_OFFSET_SECONDS")
MADE_ONCE: dict[str, Callable[[], str]] = {
    "SECRET_KEY": lambda: secrets.token_urlsafe(48),
    "PHONE_HASH_KEY": lambda: secrets.token_urlsafe(32),
    "ACS_RESOURCE_ID": lambda: str(uuid.uuid4()),
    "SIMULATOR_KEY": lambda: base64.b64encode(secrets.token_bytes(32)).decode(),
    "RINGWELL_DEMO_PASSWORD": lambda: secrets.token_urlsafe(9),
    "CLOCK_OFFSET_SECONDS": lambda: str(seconds_to_tuesday_afternoon(datetime.now(UTC))),
}
