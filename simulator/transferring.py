"""A call that is handed on: the other telephone rings, and answers or does not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from simulator import events
from simulator.calls import Call, CallState, Moved, phone_identifier
from simulator.persona import Ring
from simulator.tasks import Tasks
from simulator.wire import Transfer

#: Seconds after which a target that does not answer is given up; Azure itself waits up to 60.
RING_OUT = 45.0
#: What the network says where nobody takes the call.
UNANSWERED = {
    Ring.BUSY: events.BUSY,
    Ring.RINGS_OUT: events.TRANSFER_UNANSWERED,
    Ring.DECLINES: events.TRANSFER_DECLINED,
    Ring.BAD_NUMBER: events.BAD_NUMBER,
}


class Transferring:
    """The transfers of one call: one at a time, each with its event."""

    def __init__(self, call: Call, tasks: Tasks, *, moved: Callable[[], None]) -> None:
        self._call = call
        self._tasks = tasks
        self._moved = moved
        self._known: set[str] = set()
        self._running: asyncio.Task[None] | None = None

    def knows(self, repeatability_id: str | None) -> bool:
        """Whether this was asked for before."""
        return repeatability_id in self._known

    def start(self, order: Transfer, ring: Ring, repeatability_id: str | None) -> None:
        """Ring the target."""
        if repeatability_id is not None:
            self._known.add(repeatability_id)
        call = self._call
        call.state = CallState.TRANSFERRING
        call.write("ringwell", order.operation_context, text=f"[connects to {order.number}]")
        call.moved.append(Moved(order.number, order.operation_context))
        self._running = self._tasks.start(self._ring(order, ring))

    def cancel(self) -> None:
        """Stop the ring; nobody is told, since the call itself is over."""
        if self._running is not None and self._call.moved[-1].outcome == "pending":
            self._call.moved[-1].outcome = "cancelled"
            self._running.cancel()

    async def _ring(self, order: Transfer, ring: Ring) -> None:
        call = self._call
        await call.clock.sleep(RING_OUT if ring is Ring.RINGS_OUT else call.patient.ring_seconds())
        if ring is Ring.ANSWERS:
            self._accept(order)
        else:
            self._fail(order, ring)

    def _accept(self, order: Transfer) -> None:
        call = self._call
        call.moved[-1].outcome = "accepted"
        call.state = CallState.TRANSFER_ACCEPTED
        accepted = events.call_transfer_accepted(
            call.ref,
            call.now(),
            target=phone_identifier(order.number),
            transferee=phone_identifier(call.order.number),
            context=order.operation_context,
        )
        call.emit(accepted, order.callback_uri)
        self._moved()

    def _fail(self, order: Transfer, ring: Ring) -> None:
        call = self._call
        call.moved[-1].outcome = ring.value
        call.state = CallState.CONNECTED
        failed = events.call_transfer_failed(
            call.ref, call.now(), result=UNANSWERED[ring], context=order.operation_context
        )
        call.emit(failed, order.callback_uri)
