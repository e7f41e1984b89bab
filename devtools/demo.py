"""./dev run: a demo clinic on this machine, Ringwell and its stand-in for Azure.

Its database and what it was made with stay in var/, so that it goes on where it stopped.
"""

from __future__ import annotations

import contextlib
import fcntl
import subprocess
import time
from collections.abc import Iterator

from devtools.children import Child, start, stop, uninterrupted, wait_until, watch
from devtools.console import Failure, say
from devtools.demo_state import STATE, VAR, Demo, make_demo, throw_away
from devtools.environment import PYTHON, ROOT, setup
from devtools.ports import HOST, require_free

MANAGE = [str(PYTHON), str(ROOT / "manage.py")]
READY_SECONDS = 60


def run_demo(*, port: int, speed: float, fresh: bool) -> None:
    """Start everything, say where it is, and keep it up until Ctrl-C."""
    started = time.monotonic()
    require_free(port)
    with the_only_demo():
        setup(dev=False)
        if fresh or not STATE.exists():
            throw_away()
        demo = make_demo(port)
        with contextlib.suppress(KeyboardInterrupt), stopped_at_the_end() as children:
            bring_up(demo, speed, children)
            show_banner(demo, time.monotonic() - started)
            watch(children)


@contextlib.contextmanager
def the_only_demo() -> Iterator[None]:
    """Two demos would share one database; the lock is freed however this one ends."""
    VAR.mkdir(exist_ok=True)
    VAR.chmod(0o700)
    with (VAR / "demo.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Failure("the demo of this folder is running already; stop it first.") from None
        yield


@contextlib.contextmanager
def stopped_at_the_end() -> Iterator[list[Child]]:
    """Children put into the list are stopped, the last one first, whatever happens."""
    children: list[Child] = []
    try:
        yield children
    finally:
        with uninterrupted():
            stop(children[::-1])


def bring_up(demo: Demo, speed: float, children: list[Child]) -> None:
    env = demo.environment()
    say("Starting the simulator, which stands in for Azure")
    command = demo.simulator_command(speed)
    children.append(start("the simulator", command, env, VAR / "demo.simulator.log"))
    say("Preparing the database")
    manage(demo, ["migrate", "--verbosity", "0", "--skip-checks"])
    say("Preparing the demo clinic")
    password = demo.state["RINGWELL_DEMO_PASSWORD"]
    manage(demo, ["seed_demo", "--skip-checks", "--admin-password-stdin"], typed=password)
    say("Starting Ringwell")
    command = [*MANAGE, "serve", "--host", HOST, "--port", str(demo.port)]
    children.append(start("Ringwell", command, env, VAR / "demo.ringwell.log"))
    wait_until(f"{demo.url}/healthz", children, READY_SECONDS)


def manage(demo: Demo, words: list[str], *, typed: str | None = None) -> None:
    if run_manage(demo, words, typed=typed) != 0:
        raise Failure(f"manage.py {words[0]} failed; its last lines say why.")


def run_manage(demo: Demo, words: list[str], *, typed: str | None = None) -> int:
    """Run a command beside the demo. DEBUG, as the broker in memory is the server's own."""
    env = {**demo.environment(), "DEBUG": "1"}
    command = [*MANAGE, *words]
    return subprocess.run(command, cwd=ROOT, env=env, input=typed, text=True).returncode


def show_banner(demo: Demo, seconds: float) -> None:
    print(
        f"\n  Ringwell is ready after {seconds:.0f} s; its clock starts on a Tuesday afternoon.\n"
        f"\n  Admin: {demo.url}/admin/"
        f"\n  Login: demo / {demo.state['RINGWELL_DEMO_PASSWORD']}"
        f"\n  Telephone line (simulator): {demo.simulator_url}/"
        f"\n  Be the patient: {demo.simulator_url}/phone, as +12125550142; then, in the admin,"
        "\n    Call now on the visit of Robin Vega"
        f"\n  Logs: {VAR.name}/demo.ringwell.log, {VAR.name}/demo.simulator.log"
        "\n\n  Ctrl-C stops it.\n",
        flush=True,
    )
