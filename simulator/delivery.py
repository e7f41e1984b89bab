"""Callbacks on their way: one POST per event, in order within a call, every try recorded."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import deque
from dataclasses import dataclass
from typing import Any

import aiohttp

from simulator.events import Event
from simulator.options import Clock, Options
from simulator.signing import KeyRing
from simulator.tasks import Tasks

#: Seconds, real ones: the receiver is a real program whatever the speed of the line.
TIMEOUT = aiohttp.ClientTimeout(total=10, sock_connect=2, sock_read=5)
#: Seconds of the line between the tries when redelivery is on.
PAUSES = (1.0, 2.0, 4.0, 8.0, 16.0)
logger = logging.getLogger(__name__)


@dataclass
class Delivery:
    """One event, where it goes, and what became of it."""

    event: Event
    url: str
    #: pending, delivered (answered 2xx) or failed.
    state: str = "pending"
    attempts: int = 0
    #: HTTP status of the last try; None when there was no answer.
    status: int | None = None
    error: str | None = None

    def as_data(self) -> dict[str, Any]:
        return {
            "id": self.event["id"],
            "type": self.event["type"].rsplit(".", 1)[-1],
            "time": self.event["time"],
            "delivery": {
                "state": self.state,
                "attempts": self.attempts,
                "status": self.status,
                "error": self.error,
            },
            "event": self.event,
        }


class Postman:
    """Carries single events to their receiver, each with a token of its own."""

    def __init__(self, options: Options, clock: Clock, keys: KeyRing) -> None:
        self._pauses = PAUSES if options.redelivery else ()
        self._clock = clock
        self._keys = keys
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def deliver(self, delivery: Delivery) -> None:
        """Try once, or with redelivery until it is answered 2xx or the tries are used up."""
        await self._attempt(delivery)
        for pause in self._pauses:
            if _is_done(delivery):
                break
            await self._clock.sleep(pause)
            await self._attempt(delivery)
        delivery.state = "delivered" if _is_done(delivery) else "failed"
        if delivery.state == "failed":
            logger.warning(
                "%s was not taken: %s", delivery.event["type"], delivery.error or delivery.status
            )

    async def _attempt(self, delivery: Delivery) -> None:
        delivery.attempts += 1
        delivery.status = delivery.error = None
        # Made at the first use, because a session belongs to the running loop.
        self._session = self._session or aiohttp.ClientSession(timeout=TIMEOUT)
        headers = {
            "Authorization": f"Bearer {self._keys.token()}",
            "Content-Type": "application/json; charset=utf-8",
        }
        body = json.dumps([delivery.event]).encode()
        try:
            async with self._session.post(
                delivery.url, data=body, headers=headers, allow_redirects=False
            ) as answer:
                await answer.read()
                delivery.status = answer.status
        except (aiohttp.ClientError, OSError, ValueError) as failure:
            delivery.error = f"{type(failure).__name__}: {failure}"


class Outbox:
    """The events of one call: the next goes out when the one before was answered or given up."""

    def __init__(self, postman: Postman, tasks: Tasks) -> None:
        self.deliveries: list[Delivery] = []
        self._postman = postman
        self._tasks = tasks
        self._waiting: deque[Delivery] = deque()
        self._emptying: asyncio.Task[None] | None = None

    @property
    def is_empty(self) -> bool:
        return self._emptying is None or self._emptying.done()

    def put(self, event: Event, url: str) -> None:
        delivery = Delivery(event, url)
        self.deliveries.append(delivery)
        self._waiting.append(delivery)
        if self.is_empty:
            self._emptying = self._tasks.start(self._empty())

    async def _empty(self) -> None:
        while self._waiting:
            await self._postman.deliver(self._waiting.popleft())


def _is_done(delivery: Delivery) -> bool:
    return delivery.status is not None and 200 <= delivery.status < 300
