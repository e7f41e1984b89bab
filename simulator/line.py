"""The life of one call: it rings, is answered or not, and ends, each with its events."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from simulator import events
from simulator.calls import Call, CallState, Ending
from simulator.errors import (
    call_not_found,
    invalid,
    not_connected,
    speech_not_set_up,
    wrong_state,
)
from simulator.events import Result
from simulator.media import Media
from simulator.persona import Ring
from simulator.recognizing import Recognize
from simulator.recordings import Recordings
from simulator.tasks import Tasks
from simulator.transferring import Transferring
from simulator.wire import Play, Transfer

#: Seconds after which the network gives up a ring that nobody answers.
RING_OUT = 45.0
#: Seconds after which a call over the line limit is turned away; it never rings.
TURNED_AWAY = 0.5
#: What each ring that is not answered ends as, and what the network says about it.
UNANSWERED = {
    Ring.BUSY: (Ending.BUSY, events.BUSY),
    Ring.RINGS_OUT: (Ending.NO_ANSWER, events.NO_ANSWER),
    Ring.DECLINES: (Ending.DECLINED, events.DECLINED),
    Ring.BAD_NUMBER: (Ending.BAD_NUMBER, events.BAD_NUMBER),
}


class Line:
    """One call and what can happen on it."""

    def __init__(self, call: Call, tasks: Tasks, recordings: Recordings) -> None:
        self.call = call
        self._media = Media(call, tasks, recordings, patient_leaves=self.patient_hangs_up)
        self._transferring = Transferring(call, tasks, moved=self._moved)
        self._tasks = tasks
        self._ringing: asyncio.Task[None] | None = None

    def start(self, *, at_once: bool = False) -> None:
        """Let it ring; at once means that nobody waits for what comes of it."""
        self._ringing = self._tasks.start(self._ring(at_once=at_once))

    def perform(self, request: Play | Recognize) -> None:
        """Take a media action, or refuse it as the call's state demands."""
        self._require_connected()
        if not self.call.order.has_ai_resource and request.needs_ai_resource:
            raise speech_not_set_up()
        if isinstance(request, Recognize) and request.target != self.call.order.number:
            raise invalid("The field TargetParticipant names nobody on this call.")
        self._media.submit(request)

    def cancel_media(self) -> None:
        self._require_connected()
        self._media.cancel_all()

    def transfer(self, order: Transfer, ring: Ring, repeatability_id: str | None) -> None:
        """Let somebody else be rung, once for one repeatability id; nothing is heard meanwhile."""
        if self._transferring.knows(repeatability_id) and self.call.is_open:
            return
        self._require_connected()
        if order.transferee not in (None, self.call.order.number):
            raise invalid("The field Transferee names nobody on this call.")
        self._media.cancel_all()
        if self.call.phone is not None:
            self.call.phone.tell("hold", number=order.number)
        self._transferring.start(order, ring, repeatability_id)

    def app_hangs_up(self) -> None:
        """The caller ends the call, ringing or answered."""
        if self.call.is_open and self.call.connected_at is not None:
            self._end(Ending.APP_HUNG_UP, events.APP_HUNG_UP)
        elif self.call.is_open:
            if self._ringing is not None:
                self._ringing.cancel()
            self._end(Ending.CANCELLED_RINGING, events.RING_CANCELLED)
        else:
            raise call_not_found(self.call.id)

    def patient_hangs_up(self) -> None:
        self.call.write("patient", None, text="[hangs up]")
        self._end(Ending.PATIENT_HUNG_UP, events.CALLEE_HUNG_UP)

    def _moved(self) -> None:
        """The patient talks to somebody else from now on."""
        self._end(Ending.TRANSFERRED, events.TRANSFERRED)

    async def _ring(self, *, at_once: bool) -> None:
        call = self.call
        await call.clock.sleep(0 if at_once else self._ring_seconds())
        if call.over_limit:
            self._fail(Ending.OVER_LINE_LIMIT, events.OVER_LINE_LIMIT)
            return
        ring = await self._answered()
        if ring is Ring.ANSWERS:
            self._connect()
        else:
            self._fail(*UNANSWERED[ring])

    def _ring_seconds(self) -> float:
        if self.call.over_limit:
            return TURNED_AWAY
        patient = self.call.patient
        if self.call.phone is not None:
            return 0
        return RING_OUT if patient.persona.ring is Ring.RINGS_OUT else patient.ring_seconds()

    async def _answered(self) -> Ring:
        """What becomes of the ring: a persona's is decided, a person decides now."""
        call = self.call
        if call.phone is None:
            return call.patient.persona.ring
        return await call.phone.ring(call.order.caller_id, call.order.display_name, RING_OUT)

    def _connect(self) -> None:
        call = self.call
        if call.phone is not None:
            call.phone.connect(self.patient_hangs_up)
        call.state = CallState.CONNECTED
        call.connected_at = call.now()
        connected = events.call_connected(call.ref, call.connected_at)
        roster = events.participants_updated(call.ref, call.now(), identifiers=call.identifiers())
        first = call.patient.roster_comes_first()
        for event in (roster, connected) if first else (connected, roster):
            call.emit(event)

    def _fail(self, ending: Ending, result: Result) -> None:
        """The call was never established. A rejected one was seen to say so twice."""
        call = self.call
        call.end(ending)
        now = call.now()
        if ending is Ending.DECLINED:
            call.emit(events.call_disconnected(call.ref, now, result=result))
            now -= timedelta(milliseconds=120)  # stamped earlier, delivered later
        call.emit(events.create_call_failed(call.ref, now, result=result))

    def _end(self, ending: Ending, result: Result) -> None:
        self.call.end(ending)
        self._transferring.cancel()
        self._media.cancel_all()
        self.call.emit(events.call_disconnected(self.call.ref, self.call.now(), result=result))

    def _require_connected(self) -> None:
        if not self.call.is_open:
            raise call_not_found(self.call.id)
        if self.call.connected_at is None:
            raise not_connected()
        if self.call.state is not CallState.CONNECTED:
            raise wrong_state()
