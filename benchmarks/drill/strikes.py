"""What is killed in the middle, in an order that the seed chooses, and how fast all goes on."""

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from benchmarks.drill.servers import Given, Server
from benchmarks.processes import Installation

#: Strikes are spread over this part of the run, by the share of calls that have ended.
FIRST, LAST = 0.1, 0.75
#: Seconds that something stays dead.
SHORTEST, LONGEST = 1.0, 5.0


@dataclass
class Strike:
    """One thing that dies, and how it comes back."""

    name: str
    hit: Callable[[], None]
    mend: Callable[[], None]
    #: Share of the calls that have ended when it happens.
    at: float = 0.0
    seconds: float = 0.0


@dataclass
class Recovery:
    """How long nothing happened after a strike; None: nothing was left to happen."""

    name: str
    hit_at: float
    down: float = 0.0
    next_call: float | None = None
    next_event: float | None = None

    def note(self, *, called: bool, heard: bool) -> None:
        """Stop the clocks that can be stopped."""
        elapsed = time.monotonic() - self.hit_at
        if called and self.next_call is None:
            self.next_call = elapsed
        if heard and self.next_event is None:
            self.next_event = elapsed

    @property
    def is_over(self) -> bool:
        """Calls are placed and events are taken again."""
        return None not in (self.next_call, self.next_event)


def plan(
    ringwell: Installation,
    database: Server | Given,
    broker: Server | Given,
    *,
    seed: int,
    redelivery: bool,
) -> list[Strike]:
    """Every process once, both servers once, and the key server; first one first."""
    random = Random(f"strikes|{seed}")
    strikes = [
        *(_web_process(ringwell, n) for n in range(2)),
        Strike("web, all of it", lambda: ringwell.kill("web"), ringwell.start_web),
        *(_worker(ringwell, name) for name in ("worker-1", "worker-2")),
        Strike("beat", lambda: ringwell.kill("beat"), lambda: ringwell.start_beat("beat")),
        _keys(ringwell, down=redelivery),
        *(
            Strike(server.name, server.crash, server.start)
            for server in (database, broker)
            if isinstance(server, Server)
        ),
    ]
    random.shuffle(strikes)
    _beat_before_broker(strikes, broker.name)
    for n, strike in enumerate(strikes):
        strike.at = FIRST + (LAST - FIRST) * n / (len(strikes) - 1)
        strike.seconds = random.uniform(SHORTEST, LONGEST)
    return strikes


def _beat_before_broker(strikes: list[Strike], broker: str) -> None:
    """A beat that does not come back from the broker's death must not be healed by its own."""
    names = [strike.name for strike in strikes]
    if broker in names and names.index("beat") > names.index(broker):
        a, b = names.index("beat"), names.index(broker)
        strikes[a], strikes[b] = strikes[b], strikes[a]


def _web_process(ringwell: Installation, n: int) -> Strike:
    def hit() -> None:
        processes = children_of(ringwell.children["web"].pid)
        os.kill(processes[n % len(processes)], signal.SIGKILL)

    # Its own supervisor starts another one.
    return Strike(f"web process {n + 1}", hit, lambda: None)


def _worker(ringwell: Installation, name: str) -> Strike:
    return Strike(name, lambda: ringwell.kill(name), lambda: ringwell.start_worker(name))


def _keys(ringwell: Installation, *, down: bool) -> Strike:
    """New keys, the old ones gone; and, where events come again, nowhere to ask for them."""
    faults: list[int] = []

    def hit() -> None:
        if down:
            faults.append(ringwell.control("faults", {"kind": "keys_down"})["id"])
        ringwell.control("keys/rotate", {"keep_old": False})

    def mend() -> None:
        for fault in faults:
            ringwell.control(f"faults/{fault}", method="DELETE")

    return Strike("key server" if down else "keys", hit, mend)


def children_of(pid: int) -> list[int]:
    """Processes that a process has started."""
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
