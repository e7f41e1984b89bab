"""The far end that calls back: events made and signed beforehand, sent over kept connections."""

import json
import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPConnection
from urllib.request import urlopen

from simulator import events
from simulator.testing import Simulator


@dataclass(frozen=True)
class Delivery:
    """One request, and whose call it is about."""

    path: str
    connection: str
    body: bytes


@dataclass
class Sent:
    """What became of a series of deliveries; times in nanoseconds of CLOCK_MONOTONIC."""

    seconds: float = 0.0
    statuses: list[int] = field(default_factory=list)
    at: dict[str, int] = field(default_factory=dict)
    answered: dict[str, int] = field(default_factory=dict)


def picked_up(calls: Sequence[Sequence[str]]) -> list[Delivery]:
    """That each of these calls was picked up."""
    return [
        Delivery(
            f"/callbacks/calls/{pk}/{secret}",
            connection,
            json.dumps(
                [events.call_connected(events.CallRef(connection), datetime.now(UTC))]
            ).encode(),
        )
        for pk, secret, connection in calls
    ]


def send(port: int, deliveries: Sequence[Delivery], lines: int, simulator: Simulator) -> Sent:
    """Over so many connections at once, each waiting for its answer before the next."""
    sent, token = Sent(), f"Bearer {simulator.sign()}"

    def one_line(mine: Sequence[Delivery]) -> None:
        connection = HTTPConnection("127.0.0.1", port, timeout=30)
        headers = {"Authorization": token, "Content-Type": "application/json"}
        for one in mine:
            sent.at[one.connection] = time.monotonic_ns()
            connection.request("POST", one.path, one.body, headers)
            answer = connection.getresponse()
            answer.read()
            sent.answered[one.connection] = time.monotonic_ns()
            sent.statuses.append(answer.status)
        connection.close()

    start = time.monotonic()
    with ThreadPoolExecutor(lines) as pool:
        list(pool.map(one_line, (deliveries[n::lines] for n in range(lines))))
    sent.seconds = time.monotonic() - start
    return sent


def reactions(sent: Sent, sink: str, *, repeated: bool = False) -> list[float]:
    """Milliseconds from each delivery to the question it led to, which must be one."""
    with urlopen(f"{sink}/seen", timeout=30) as answer:
        seen = json.loads(answer.read())
    wrong = {name: len(seen.get(name, ())) for name in sent.at if len(seen.get(name, ())) != 1}
    if wrong or set(sent.statuses) != {200}:
        raise SystemExit(f"not one question each: {wrong}, statuses {set(sent.statuses)}")
    if repeated:
        return []
    return [(seen[name][0] - at) / 1e6 for name, at in sent.at.items()]


def percentile(values: Sequence[float], share: int) -> float:
    """The value that so many in a hundred stay below."""
    return statistics.quantiles(values, n=100, method="inclusive")[share - 1]
