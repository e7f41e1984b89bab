"""Callbacks on their way: what a POST carries, each try of it, and what became of it."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp

from simulator.event_faults import USUAL, Handling, bad_token
from simulator.events import Event
from simulator.options import Options
from simulator.signing import KeyRing

#: Seconds, real ones: the receiver is a real program whatever the speed of the line.
TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=2, sock_read=5)
#: The shortest pause before a redelivery, in real seconds.
SHORTEST_PAUSE = 0.05
#: The longest pause is this share of the time that redelivery goes on.
LONGEST_SHARE = 20
logger = logging.getLogger(__name__)


class Delivery:
    """One event, where it goes, and what became of it."""

    __slots__ = ("attempts", "body", "error", "id", "kind", "state", "status", "time", "url")

    def __init__(self, event: Event, url: str) -> None:
        self.id: str = event["id"]
        self.kind: str = event["type"].rsplit(".", 1)[-1]
        self.time: str = event["time"]
        # The text is a tenth of what the object takes, and there may be 100,000 of them.
        self.body = json.dumps(event).encode()
        self.url = url
        #: pending, delivered (answered 2xx), failed, or dropped on purpose.
        self.state = "pending"
        self.attempts = 0
        #: HTTP status of the last try; None when there was no answer.
        self.status: int | None = None
        self.error: str | None = None

    def as_data(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "type": self.kind,
            "time": self.time,
            "delivery": {
                "state": self.state,
                "attempts": self.attempts,
                "status": self.status,
                "error": self.error,
            },
            "event": json.loads(self.body),
        }

    def give_up(self) -> None:
        if self.state != "delivered":
            self.state = "failed"
            logger.warning("%s was not taken: %s", self.kind, self.error or self.status)


class Parcel:
    """What one POST carries: an event, or several of one call and one address."""

    def __init__(self, delivery: Delivery, handling: Handling = USUAL) -> None:
        self.deliveries = [delivery]
        self.url = delivery.url
        self.handling = handling
        self.tries = 0

    def body(self) -> bytes:
        return b"[" + b",".join(delivery.body for delivery in self.deliveries) + b"]"

    def give_up(self) -> None:
        for delivery in self.deliveries:
            delivery.give_up()


@dataclass
class Redelivery:
    """Whether a callback that was not taken is sent again, and for how long; both may change."""

    on: bool
    #: Real seconds: as long as the longest outage of the receiver that is to be survived.
    seconds: float

    def pauses(self, speed: float) -> Iterator[float]:
        """Real seconds before each further try: 1 s of the line, then twice as long each time."""
        longest = max(SHORTEST_PAUSE, self.seconds / LONGEST_SHARE)
        left, pause = self.seconds, 1.0 / speed
        while left > 0:
            pause = min(max(pause, SHORTEST_PAUSE), longest)
            yield pause
            left -= pause
            pause *= 2


class Postman:
    """Carries parcels to their receiver, each try with a token."""

    def __init__(self, options: Options, keys: KeyRing) -> None:
        self.redelivery = Redelivery(options.redelivery, options.redelivery_for)
        self._speed = options.speed
        self._keys = keys
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def carry(self, parcel: Parcel) -> bool:
        """Try once; whether it was taken."""
        first, parcel.tries = parcel.tries == 0, parcel.tries + 1
        handling = parcel.handling
        if handling.rotate and first:
            self._keys.rotate(keep_old=handling.keep_old)
        body = parcel.body()
        spoiled = parcel.tries <= handling.corrupt_tries
        if spoiled:
            body = body[: len(body) // 2]
        for delivery in parcel.deliveries:
            delivery.attempts += 1
        status, error = await self._post(parcel.url, body, self._token(parcel))
        # Half a body has told nobody anything, whatever was answered to it.
        taken = status is not None and 200 <= status < 300 and not spoiled
        _record(parcel.deliveries, status, error, taken=taken)
        return taken

    async def carry_again(self, parcel: Parcel) -> None:
        """Try until it is taken, redelivery is over, or it is switched off."""
        for pause in self.redelivery.pauses(self._speed):
            await asyncio.sleep(pause)
            if not self.redelivery.on:
                break
            if await self.carry(parcel):
                return
        parcel.give_up()

    def _token(self, parcel: Parcel) -> str | None:
        wrong = parcel.handling.token
        if wrong is not None and parcel.tries <= parcel.handling.token_tries:
            return bad_token(self._keys, wrong)
        return self._keys.token()

    async def _post(
        self, url: str, body: bytes, token: str | None
    ) -> tuple[int | None, str | None]:
        """The status answered, or what went wrong instead."""
        # Made at the first use, because a session belongs to the running loop.
        self._session = self._session or aiohttp.ClientSession(timeout=TIMEOUT)
        headers = {"Content-Type": "application/json; charset=utf-8"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        try:
            async with self._session.post(
                url, data=body, headers=headers, allow_redirects=False
            ) as answer:
                await answer.read()
                return answer.status, None
        except (aiohttp.ClientError, OSError, ValueError) as failure:
            return None, f"{type(failure).__name__}: {failure}"


def _record(
    deliveries: Sequence[Delivery], status: int | None, error: str | None, *, taken: bool
) -> None:
    for delivery in deliveries:
        if delivery.state == "delivered":  # a copy that came after it changes nothing
            continue
        delivery.status, delivery.error = status, error
        if taken:
            delivery.state = "delivered"
