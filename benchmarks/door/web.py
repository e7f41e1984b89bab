"""The web to knock at: Ringwell's own, in processes of its own, with nothing else running."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.door.contents import contents
from benchmarks.door.knocks import House
from benchmarks.door.tokens import Tokens
from benchmarks.processes import Installation, installation, wait_for
from simulator.testing import running

SERVERS = {
    "granian": ("granian", "--interface", "wsgi", "--no-ws", "--host", "127.0.0.1", "--port"),
    "waitress": ("waitress", "--host", "127.0.0.1", "--threads", "8", "--port"),
}


class Web:
    """A web server, the calls it knows, and what became of both."""

    def __init__(self, ringwell: Installation, house: House) -> None:
        self.ringwell, self.house = ringwell, house
        self._group = ringwell.children["web"].pid

    def rows(self) -> dict[str, str]:
        """What the database holds, by hashes."""
        calls = [pk for pk, _ in self.house.outsiders]
        return contents(self.ringwell.env["DATABASE_URL"], calls)

    def is_alive(self) -> bool:
        """Whether the process we started still runs and answers."""
        running = self.ringwell.children["web"].poll() is None
        return running and self.ringwell.answers(f"{self.ringwell.url}/healthz")

    def processes(self) -> dict[int, int]:
        """Each of its processes, and the memory it holds in KB."""
        listing = subprocess.check_output(["ps", "-A", "-o", "pid=,pgid=,rss="], text=True)
        rows = [[int(word) for word in line.split()] for line in listing.splitlines()]
        return {pid: size for pid, group, size in rows if group == self._group}

    def faults(self) -> list[str]:
        """Lines of its log that tell of an exception nobody caught."""
        log = (self.ringwell.folder / "web.log").read_text(errors="replace")
        signs = ("Traceback", "panicked", "Internal Server Error")
        return [line[:300] for line in log.splitlines() if any(sign in line for sign in signs)]


@contextmanager
def web(folder: Path, server: str, database: str) -> Iterator[Web]:
    """A web on an empty database, with calls that ring, and a key set that answers."""
    with running() as simulator:
        settings = {
            "ACS_CONNECTION_STRING": simulator.connection_string,
            "ACS_RESOURCE_ID": simulator.resource_id,
            "ACS_CALLBACK_ISSUER": simulator.issuer,
            "ACS_CALLBACK_OPENID_CONFIGURATION": simulator.openid_configuration,
        }
        with installation(folder, database=database, env=settings) as ringwell:
            code = "from benchmarks.door.rows import make; print(make())"
            said = ringwell.manage("shell", "--verbosity", "0", "--command", code)
            made = json.loads(said.splitlines()[-1])
            port = str(ringwell.port)
            ringwell.start("web", "-m", *SERVERS[server], port, "config.wsgi:application")
            wait_for("the web", lambda: ringwell.answers(f"{ringwell.url}/healthz"))
            calls = {name: [(pk, secret) for pk, secret in pairs] for name, pairs in made.items()}
            tokens = Tokens(simulator)
            house = House(tokens, calls["outsiders"], calls["insiders"], ringwell.port)
            yield Web(ringwell, house)
