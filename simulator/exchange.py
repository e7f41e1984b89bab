"""All calls of one simulator, and the rules that span them: ownership, limits, repeatability."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from typing import Any

from simulator.calls import Call
from simulator.delivery import Postman
from simulator.errors import call_not_found, invalid
from simulator.event_faults import Handling, handling_of
from simulator.faults import Faults
from simulator.line import Line
from simulator.options import Clock, Options
from simulator.outbox import Outbox
from simulator.patient import DIGITS, Draw, Patient
from simulator.persona import Persona, Ring
from simulator.personas import BY_NAME, HUMAN, persona_for
from simulator.phones import Phone, Phones
from simulator.population import Population
from simulator.recordings import Recordings
from simulator.signing import KeyRing
from simulator.speech.voice import choose_voice
from simulator.tasks import Tasks
from simulator.wire import read_create_call, read_transfer


@dataclass(frozen=True)
class Repeatable:
    """What was asked under a Repeatability-Request-ID, and the line it opened."""

    digest: bytes
    line: Line


class Exchange:
    """The state of a simulator; everything in it runs on one event loop."""

    def __init__(self, options: Options, keys: KeyRing) -> None:
        self.options = options
        self.keys = keys
        self.clock = Clock(options)
        self.faults = Faults(options.seed)
        self.postman = Postman(options, keys)
        self.recordings = Recordings()
        self.phones = Phones(choose_voice(options.voice_engine))
        #: Time for people: nobody lives faster than that.
        self._unhurried = Clock(replace(options, speed=1.0))
        self.tasks = Tasks()
        self._lines: dict[str, Line] = {}
        #: Open calls of each caller id, now and at most since the last reset.
        self._open: Counter[str] = Counter()
        self.peak: Counter[str] = Counter()
        self._repeatable: dict[str, Repeatable] = {}
        self._overrides: dict[str, Persona] = {}
        self._begin()

    def __len__(self) -> int:
        """How many rings there were since the last reset."""
        return len(self._lines)

    @property
    def calls(self) -> Iterator[Call]:
        """Every ring since the last reset, oldest first."""
        return (line.call for line in self._lines.values())

    @property
    def recent(self) -> Iterator[Call]:
        """The same, newest first."""
        return (line.call for line in reversed(self._lines.values()))

    def create(
        self,
        body: Mapping[str, Any],
        *,
        api_version: str,
        repeatability_id: str | None,
        at_once: bool = False,
    ) -> Call:
        """Open a line, or answer with the one that the same repeatability id opened before."""
        digest = _digest(body)
        known = self._repeatable.get(repeatability_id or "")
        if known is not None:
            if known.digest != digest:
                raise invalid("The Repeatability-Request-ID was used with another request.")
            known.line.call.requests += 1
            return known.line.call
        line = self._open_line(body, api_version, repeatability_id)
        if repeatability_id is not None:
            self._repeatable[repeatability_id] = Repeatable(digest, line)
        line.start(at_once=at_once)
        return line.call

    def transfer(
        self, line: Line, body: Mapping[str, Any], *, repeatability_id: str | None
    ) -> str | None:
        """Hand an open call on; the operation context to answer with."""
        order = read_transfer(body)
        self._require_owned(order.caller_id)
        line.transfer(order, self.persona_of(order.number).ring, repeatability_id)
        return order.operation_context

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

    def populate(self, population: Population) -> None:
        """Let its patients answer their numbers from now on."""
        for patient in population:
            self.set_persona(patient.number, BY_NAME[patient.persona])

    def is_idle(self) -> bool:
        """No call open and no event on its way."""
        return not self._open.total() and self.tasks.is_empty

    async def reset(self) -> None:
        """Drop every call without a word to anybody, and forget all that happened."""
        # Forgotten first: a call that is created while the tasks end belongs to the time after.
        self._lines.clear()
        self.phones.drop_calls()
        self._open.clear()
        self.peak.clear()
        self._repeatable.clear()
        self._overrides.clear()
        self.faults.clear()
        self._begin()
        await self.tasks.cancel_all()

    async def close(self) -> None:
        await self.tasks.cancel_all()
        await self.postman.close()
        await self.recordings.close()

    def _begin(self) -> None:
        """Be as the options say, after a start and after a reset."""
        #: What patients type who are asked for their digits and know them.
        self.digits = DIGITS
        self.postman.redelivery.on = self.options.redelivery
        self.postman.redelivery.seconds = self.options.redelivery_for
        if self.options.population is not None:
            self.populate(self.options.population)

    def _open_line(
        self, body: Mapping[str, Any], api_version: str, repeatability_id: str | None
    ) -> Line:
        order = read_create_call(body)
        self._require_owned(order.caller_id)
        draw = Draw(self.options.seed, order.number)
        phone, persona = self._who_answers(order.number)
        call = Call(
            order=order,
            api_version=api_version,
            resource_id=self.options.resource_id,
            patient=Patient(persona, draw, digits=self.digits),
            clock=self.clock if phone is None else self._unhurried,
            phone=phone,
            outbox=self._outbox(order.number),
            repeatability_id=repeatability_id,
            over_limit=self._open[order.caller_id] >= self.options.max_concurrent,
            on_end=self._ended,
            requests=1,
        )
        self._open[order.caller_id] += 1
        self.peak[order.caller_id] = max(self.peak[order.caller_id], self._open[order.caller_id])
        self._lines[call.id] = Line(call, self.tasks, self.recordings)
        return self._lines[call.id]

    def _who_answers(self, number: str) -> tuple[Phone | None, Persona]:
        """The person who claimed the number, or a persona; people talk to one caller at a time."""
        phone = self.phones.at(number)
        if phone is None:
            return None, self.persona_of(number)
        if phone.state != "idle":
            return None, replace(HUMAN, ring=Ring.BUSY)
        phone.take()
        return phone, HUMAN

    def _require_owned(self, caller_id: str) -> None:
        if caller_id not in self.options.caller_ids:
            raise invalid("The field SourceCallerIdNumber is not a number of this resource.")

    def _outbox(self, number: str) -> Outbox:
        def handling(name: str) -> Handling:
            return handling_of(self.faults, name, number)

        return Outbox(self.postman, self.tasks, self.clock, handling)

    def _ended(self, call: Call) -> None:
        if call.id in self._lines:  # else it was dropped by a reset while it ended
            self._open[call.order.caller_id] -= 1


def _digest(body: Mapping[str, Any]) -> bytes:
    """What tells one request from another, in a few bytes for as long as the process lives."""
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).digest()


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
