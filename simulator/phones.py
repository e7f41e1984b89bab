"""Telephones that a person answers at the page /phone, instead of a persona."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Iterator
from typing import Any

from simulator.acts import Done
from simulator.persona import Ring
from simulator.phone_sounds import Sounds
from simulator.speech.voice import ToneVoice, Voice

#: Real seconds after which a telephone is released that nobody has touched.
IDLE = 600.0
#: The same where no page has come to listen.
UNHEARD = 10.0
Hear = Callable[[dict[str, Any]], None]


def _deaf(message: dict[str, Any]) -> None:
    """No page listens."""


class Phone:
    """One number that a person answers: what they are told, and what they do."""

    def __init__(self, number: str, voice: Voice | None = None) -> None:
        self.number = number
        self.sounds = Sounds(voice or ToneVoice())
        #: Known to the page that claimed the number, and to no other.
        self.claim = secrets.token_urlsafe(16)
        self.hear: Hear = _deaf
        #: Puts the receiver down; None while nobody is on the line.
        self.hang_up: Callable[[], None] | None = None
        self.touched = time.monotonic()
        self._acts: asyncio.Queue[Done] = asyncio.Queue()
        self._is_taken = False
        self._picked_up: asyncio.Future[Ring] | None = None

    @property
    def state(self) -> str:
        """idle, ringing or talking; one call at a time."""
        if not self._is_taken:
            return "idle"
        return "ringing" if self.hang_up is None else "talking"

    def take(self) -> None:
        """A call is on its way."""
        self._is_taken = True

    @property
    def is_stale(self) -> bool:
        patience = UNHEARD if self.hear is _deaf else IDLE
        return self.state == "idle" and time.monotonic() - self.touched > patience

    def touch(self) -> None:
        self.touched = time.monotonic()

    def tell(self, kind: str, **message: Any) -> None:
        """Let the page know what goes on."""
        self.hear({"type": kind, **message})

    async def ring(self, caller: str, name: str | None, patience: float) -> Ring:
        """Ring until it is answered, declined, or given up."""
        self.touch()
        self._picked_up = asyncio.get_running_loop().create_future()
        self.tell("ring", caller=caller, name=name)
        try:
            async with asyncio.timeout(patience):
                return await self._picked_up
        except TimeoutError:
            return Ring.RINGS_OUT
        finally:
            self._picked_up = None

    def pick_up(self, ring: Ring) -> None:
        """Answer or decline; too late is nothing at all."""
        if self._picked_up is not None and not self._picked_up.done():
            self._picked_up.set_result(ring)

    def connect(self, hang_up: Callable[[], None]) -> None:
        self.hang_up = hang_up
        self.tell("answered")

    def over(self, ending: str) -> None:
        """The call has ended, whoever ended it."""
        self._is_taken = False
        self.hang_up = None
        self.touch()
        self.tell("over", ending=ending)

    def do(self, act: Done) -> None:
        """Something said or pressed; it counts if somebody listens."""
        self._acts.put_nowait(act)

    def forget_acts(self) -> None:
        """What was done while nobody listened is lost."""
        while not self._acts.empty():
            self._acts.get_nowait()

    async def next_act(self, seconds: float) -> Done | None:
        """The next thing done; None when so many seconds passed without one."""
        try:
            async with asyncio.timeout(max(0.0, seconds)):
                return await self._acts.get()
        except TimeoutError:
            return None


class Phones:
    """The numbers that are answered by people."""

    def __init__(self, voice: Voice | None = None) -> None:
        self._voice = voice
        self._phones: dict[str, Phone] = {}

    def __iter__(self) -> Iterator[Phone]:
        return iter(list(self._phones.values()))

    def claim(self, number: str) -> Phone | None:
        """Take a number; None when it is somebody else's."""
        if self.at(number) is not None:
            return None
        return self._phones.setdefault(number, Phone(number, self._voice))

    def at(self, number: str) -> Phone | None:
        """Who answers a number, if it is a person; one who has long been away is not."""
        phone = self._phones.get(number)
        if phone is not None and phone.is_stale:
            self.release(phone)
            return None
        return phone

    def release(self, phone: Phone) -> None:
        """Nobody is there any more: whoever talks to it hears the receiver put down."""
        if self._phones.get(phone.number) is phone:
            del self._phones[phone.number]
        phone.tell("released")
        phone.hear = _deaf
        if phone.hang_up is not None:
            phone.hang_up()

    def drop_calls(self) -> None:
        """End every call without a word; the numbers stay claimed."""
        for phone in self:
            if phone.state != "idle":
                phone.over("reset")
