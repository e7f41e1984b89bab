"""In every worker: write that it is alive, and look for incidents.

A thread and no task: when beat or the broker is gone, nobody sends tasks, and
that is just what must be noticed.
"""

import threading
from typing import Any

import structlog
from celery import bootsteps
from django.db import connections

from calls import alerting
from calls.models import Pulse
from config import clock

log = structlog.get_logger(__name__)

#: Seconds from look to look.
EVERY = 30.0


class Watchman(bootsteps.StartStopStep):
    """A step of every worker's start; see ``config.celery``."""

    def __init__(self, worker: Any, **kwargs: Any) -> None:
        super().__init__(worker, **kwargs)
        self._over = threading.Event()

    def start(self, worker: Any) -> None:
        """Begin with the first pulse at once."""
        queues = sorted(worker.app.amqp.queues.consume_from)
        threading.Thread(
            target=_watch, args=(queues, self._over), name="watchman", daemon=True
        ).start()

    def stop(self, worker: Any) -> None:
        """No more looks."""
        self._over.set()


def _watch(queues: list[str], over: threading.Event) -> None:
    while True:
        look_once(queues)
        # The next look makes its own: in between, the database may have been restarted.
        connections.close_all()
        if over.wait(EVERY):
            return


def look_once(queues: list[str]) -> None:
    """One pulse and one look; a database that is away must not end the watch."""
    try:
        now = clock.now()
        Pulse.beat(queues, now)
        alerting.look(now)
    except Exception as error:
        log.error("not looked", action="watchman", fault=type(error).__name__)
