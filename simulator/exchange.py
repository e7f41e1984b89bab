"""All calls of one simulator, and the rules that span them: ownership, limits, repeatability."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

from simulator.calls import Call
from simulator.delivery import Outbox, Postman
from simulator.errors import call_not_found, invalid
from simulator.faults import Faults
from simulator.line import Line
from simulator.options import Clock, Options
from simulator.personas import Draw, Patient, Persona, persona_for
from simulator.signing import KeyRing
from simulator.tasks import Tasks
from simulator.wire import read_create_call


@dataclass(frozen=True)
class Repeatable:
    """What was asked under a Repeatability-Request-ID, and the line it opened."""

    body: Mapping[str, Any]
    line: Line


class Exchange:
    """The state of a simulator; everything in it runs on one event loop."""

    def __init__(self, options: Options, keys: KeyRing) -> None:
        self.options = options
        self.keys = keys
        self.clock = Clock(options)
        self.faults = Faults(options.seed)
        self.postman = Postman(options, self.clock, keys)
        self.tasks = Tasks()
        self._lines: dict[str, Line] = {}
        #: Calls that are open or still have events to deliver; the ledger may be far longer.
        self._unsettled: list[Call] = []
        self._repeatable: dict[str, Repeatable] = {}
        self._overrides: dict[str, Persona] = {}

    @property
    def calls(self) -> list[Call]:
        """Every ring since the last reset, oldest first."""
        return [line.call for line in self._lines.values()]

    def create(
        self, body: Mapping[str, Any], *, api_version: str, repeatability_id: str | None
    ) -> Call:
        """Open a line, or answer with the one that the same repeatability id opened before."""
        known = self._repeatable.get(repeatability_id or "")
        if known is not None:
            if known.body != body:
                raise invalid("The Repeatability-Request-ID was used with another request.")
            return known.line.call
        line = self._open(body, api_version, repeatability_id)
        if repeatability_id is not None:
            self._repeatable[repeatability_id] = Repeatable(body, line)
        line.start()
        return line.call

    def line(self, call_connection_id: str) -> Line:
        """The line of an open call; unknown and ended ones are 404."""
        line = self._lines.get(call_connection_id)
        if line is None or not line.call.is_open:
            raise call_not_found(call_connection_id)
        return line

    def call(self, call_connection_id: str) -> Call | None:
        """A call of the ledger, open or over."""
        line = self._lines.get(call_connection_id)
        return None if line is None else line.call

    def persona_of(self, number: str) -> Persona:
        return self._overrides.get(number) or persona_for(number)

    def set_persona(self, number: str, persona: Persona | None) -> None:
        """Let a persona answer one number from now on; None goes back to the table."""
        if persona is None:
            self._overrides.pop(number, None)
        else:
            self._overrides[number] = persona

    def is_idle(self) -> bool:
        """No call open and no event on its way."""
        return not self._look_again()

    async def reset(self) -> None:
        """Drop every call without a word to anybody, and forget all that happened."""
        # Forgotten first: a call that is created while the tasks end belongs to the time after.
        self._lines.clear()
        self._unsettled.clear()
        self._repeatable.clear()
        self._overrides.clear()
        self.faults.clear()
        await self.tasks.cancel_all()

    async def close(self) -> None:
        await self.tasks.cancel_all()
        await self.postman.close()

    def _open(
        self, body: Mapping[str, Any], api_version: str, repeatability_id: str | None
    ) -> Line:
        order = read_create_call(body)
        if order.caller_id not in self.options.caller_ids:
            raise invalid("The field SourceCallerIdNumber is not a number of this resource.")
        same_caller = [c for c in self._look_again() if c.order.caller_id == order.caller_id]
        draw = Draw(self.options.seed, order.number)
        call = Call(
            order=order,
            api_version=api_version,
            resource_id=self.options.resource_id,
            patient=Patient(self.persona_of(order.number), draw),
            clock=self.clock,
            outbox=Outbox(self.postman, self.tasks),
            repeatability_id=repeatability_id,
            over_limit=sum(c.is_open for c in same_caller) >= self.options.max_concurrent,
        )
        self._unsettled.append(call)
        self._lines[call.id] = Line(call, self.tasks)
        return self._lines[call.id]

    def _look_again(self) -> list[Call]:
        self._unsettled = [call for call in self._unsettled if not call.is_settled]
        return self._unsettled


def read_repeatability_id(headers: Mapping[str, str]) -> str | None:
    """The Repeatability-Request-ID if there is one; half a pair or a wrong form is refused."""
    request_id = headers.get("Repeatability-Request-ID")
    first_sent = headers.get("Repeatability-First-Sent")
    if request_id is None and first_sent is None:
        return None
    try:
        version = uuid.UUID(request_id or "").version
    except ValueError:
        version = None
    if version != 4:
        raise invalid("The header Repeatability-Request-ID must be a version 4 UUID.")
    try:
        parsedate_to_datetime(first_sent or "")
    except ValueError:
        raise invalid("The header Repeatability-First-Sent must be an HTTP date.") from None
    return request_id
