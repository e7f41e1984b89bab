"""What a simulator is started with, and the clock that follows from it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from simulator.population import Population


@dataclass(frozen=True, kw_only=True)
class Options:
    """The settings of one simulator; none changes while it runs."""

    #: Access key, base64 as in a connection string.
    key: str
    #: Numbers that the pretended resource owns, E.164.
    caller_ids: tuple[str, ...]
    #: The resource's immutable id, audience of the callback tokens.
    resource_id: str
    #: TCP port on 127.0.0.1; 0 takes a free one.
    port: int = 8801
    #: Every wait on a line is divided by this.
    speed: float = 1.0
    #: Seconds added to the times in events and in the ledger, never to tokens or signatures.
    clock_offset: float = 0.0
    #: Calls that may be open at once per caller id, before the further one is turned away.
    max_concurrent: int = 2
    #: Whether a callback that was not answered with 2xx is sent again.
    redelivery: bool = False
    #: Real seconds for which it is tried again.
    redelivery_for: float = 300.0
    #: Who answers from the start, and after every reset.
    population: Population | None = None
    #: Subscription keys of the speech resource, beside the access key.
    speech_keys: tuple[str, ...] = ()
    #: What speaks: auto, tone or espeak.
    voice_engine: str = "auto"
    #: Chooses the delays and wordings of the patients, together with the number.
    seed: str = "1"


class Clock:
    """Time on the line: system time plus the offset, and waits divided by the speed."""

    def __init__(self, options: Options) -> None:
        self._offset = timedelta(seconds=options.clock_offset)
        self._speed = options.speed

    def now(self) -> datetime:
        """The time that events carry, in UTC."""
        return datetime.now(UTC) + self._offset

    async def sleep(self, seconds: float) -> None:
        """Wait for a time of the line, in uncompressed seconds."""
        await asyncio.sleep(seconds / self._speed)
