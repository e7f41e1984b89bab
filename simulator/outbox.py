"""The events of one call: the order in which they go out, and what faults make of it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from simulator.delivery import Delivery, Parcel, Postman
from simulator.event_faults import Handling
from simulator.events import Event
from simulator.options import Clock
from simulator.tasks import Tasks

#: Deliveries of a call that are remembered, the latest.
KEPT = 300
#: Seconds of the line after which an event is let go though nothing followed it.
LONGEST_HOLD = 10.0


@dataclass(eq=False)
class Held:
    """A parcel that waits for events of its call: to overtake it, or to join it."""

    parcel: Parcel
    missing: int
    joins: bool
    #: Lets it go in the end.
    timer: asyncio.Task[None] | None = None


class Outbox:
    """Each event is tried when the one before has been; one not taken is tried on by itself."""

    def __init__(
        self,
        postman: Postman,
        tasks: Tasks,
        clock: Clock,
        handling_of: Callable[[str], Handling],
    ) -> None:
        self.deliveries: deque[Delivery] = deque(maxlen=KEPT)
        self._postman = postman
        self._tasks = tasks
        self._clock = clock
        self._handling_of = handling_of
        self._waiting: deque[Parcel] = deque()
        self._held: list[Held] = []
        self._emptying: asyncio.Task[None] | None = None

    def put(self, event: Event, url: str) -> Delivery:
        """Send an event; what becomes of it can be seen on the delivery."""
        delivery = Delivery(event, url)
        self.deliveries.append(delivery)
        parcel = Parcel(delivery, self._handling_of(delivery.kind))
        if parcel.handling.dropped:
            delivery.state = "dropped"
        elif parcel.handling.delay:
            self._tasks.start(self._send_later(parcel))
        elif not self._joins(delivery):
            self._place(parcel)
        return delivery

    def _joins(self, delivery: Delivery) -> bool:
        """Whether a held parcel takes the event along."""
        for held in self._held:
            if held.joins and held.parcel.url == delivery.url:
                held.parcel.deliveries.append(delivery)
                self._count(held)
                return True
        return False

    def _place(self, parcel: Parcel) -> None:
        handling = parcel.handling
        if missing := handling.joined_by or handling.overtaken_by:
            held = Held(parcel, missing, joins=bool(handling.joined_by))
            self._held.append(held)
            held.timer = self._tasks.start(self._let_go_in_time(held))
            return
        self._queue(parcel)
        for held in [held for held in self._held if not held.joins]:
            self._count(held)

    def _count(self, held: Held) -> None:
        held.missing -= 1
        if held.missing <= 0:
            self._let_go(held)

    def _let_go(self, held: Held) -> None:
        if held in self._held:
            self._held.remove(held)
            if held.timer is not None:
                held.timer.cancel()
            self._queue(held.parcel)

    async def _let_go_in_time(self, held: Held) -> None:
        await self._clock.sleep(LONGEST_HOLD)
        self._let_go(held)

    def _queue(self, parcel: Parcel) -> None:
        self._waiting.append(parcel)
        if self._emptying is None or self._emptying.done():
            self._emptying = self._tasks.start(self._empty())

    async def _empty(self) -> None:
        while self._waiting:
            await self._send(self._waiting.popleft())

    async def _send_later(self, parcel: Parcel) -> None:
        await self._clock.sleep(parcel.handling.delay)
        await self._send(parcel)

    async def _send(self, parcel: Parcel) -> None:
        """Try once, with its copies; further tries do not keep the next event waiting."""
        handling = parcel.handling
        for n in range(handling.copies):
            self._tasks.start(self._send_copy(parcel, handling.apart * (n + 1)))
        if await self._postman.carry(parcel):
            return
        if self._postman.redelivery.on:
            self._tasks.start(self._postman.carry_again(parcel))
        else:
            parcel.give_up()

    async def _send_copy(self, parcel: Parcel, after: float) -> None:
        await self._clock.sleep(after)
        await self._postman.carry(parcel)
