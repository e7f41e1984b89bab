"""Processes that ./dev starts, watches and stops. None of them outlives it."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from devtools.console import Failure, say

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
# No proxy stands between this machine and itself.
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class Child:
    name: str
    process: subprocess.Popen[bytes]
    log: Path


def start(name: str, command: list[str], env: dict[str, str], log: Path) -> Child:
    """Start a process in a session of its own, so that Ctrl-C reaches ./dev alone."""
    with log.open("wb") as file:
        process = subprocess.Popen(
            command,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=end_with(os.getpid()),
        )
    return Child(name, process, log)


def end_with(parent: int) -> Callable[[], None]:
    """Have Linux end the new process when ./dev itself is killed without a chance to do it."""

    def ask() -> None:
        if LIBC:
            LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != parent:
                os._exit(1)

    return ask


def wait_until(url: str, children: list[Child], seconds: float) -> None:
    """Return when `url` answers well; fail when a child ends or time is up."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        complain_of_the_dead(children)
        with contextlib.suppress(OSError):  # also what the server refuses with a status
            DIRECT.open(url, timeout=2).close()
            return
        time.sleep(0.1)
    raise Failure(f"{url} did not answer within {seconds:.0f} s.{last_lines(children[-1])}")


def watch(children: list[Child]) -> None:
    """Wait until a child ends, which none of them should."""
    while True:
        complain_of_the_dead(children)
        time.sleep(0.5)


def complain_of_the_dead(children: list[Child]) -> None:
    for child in children:
        code = child.process.poll()
        if code is not None:
            how = f"with exit status {code}" if code >= 0 else f"by signal {-code}"
            raise Failure(
                f"{child.name[0].upper()}{child.name[1:]} ended {how}.{last_lines(child)}"
            )


def last_lines(child: Child) -> str:
    lines = child.log.read_text(errors="replace").splitlines()[-20:]
    return "".join(f"\n    {line}" for line in [f"The end of {child.log}:", *lines])


def stop(children: list[Child], seconds: float = 15) -> None:
    """Stop them in order, politely, then by force."""
    for child in children:
        if child.process.poll() is None:
            say(f"Stopping {child.name}")
            child.process.terminate()
        try:
            child.process.wait(seconds)
        except subprocess.TimeoutExpired:
            say(f"Killing {child.name}, which did not stop within {seconds:.0f} s")
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.process.pid, signal.SIGKILL)
        child.process.wait()


def interrupt_on_signals() -> None:
    """Make a polite end, a closed terminal and Ctrl-C the same thing: KeyboardInterrupt."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup
            signal.signal(number, signal.default_int_handler)


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """Let a second Ctrl-C not disturb the stopping that the first one began."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(number, signal.SIG_IGN) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
