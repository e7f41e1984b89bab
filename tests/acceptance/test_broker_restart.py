"""Beat and a broker that dies: without its looks nobody would be rung again."""

from contextlib import ExitStack
from pathlib import Path

import kombu
import pytest

from benchmarks.drill.servers import brokers
from benchmarks.processes import installation

pytestmark = pytest.mark.servers


def next_task(url: str) -> str:
    """The name of the next task that is sent; fails when none comes."""
    with kombu.Connection(url, connect_timeout=5) as connection:
        queue = connection.SimpleQueue("calls")
        message = queue.get(timeout=30)
        message.ack()
        queue.close()
        return str(message.headers["task"])


def test_beat_goes_on_after_the_broker_was_killed_and_started(tmp_path: Path) -> None:
    with ExitStack() as stack:
        servers = brokers(tmp_path)
        for server in servers:
            stack.callback(server.stop)
            server.start()
        broker = servers[-1]
        ringwell = stack.enter_context(installation(tmp_path, broker=broker.url))
        ringwell.start_beat("beat")
        assert next_task(broker.url).startswith("calls.")

        broker.crash()
        broker.start()
        # What was queued before has expired or was lost; this one is new.
        with kombu.Connection(broker.url) as connection:
            connection.SimpleQueue("calls").clear()
        assert next_task(broker.url).startswith("calls.")
        assert ringwell.end("beat") == 0
