"""The pretended speech resource of one simulator: keys, ledger, voice, faults, what was asked."""

from __future__ import annotations

import asyncio
from collections import deque

from aiohttp import WSCloseCode, web

from simulator.options import Options
from simulator.speech.access import Access
from simulator.speech.ear import Ear
from simulator.speech.faults import Faults
from simulator.speech.ledger import Ledger
from simulator.speech.seen import MOST_KEPT, Connection
from simulator.speech.voice import Voice, choose_voice

#: Streams kept for a client that comes back after its connection broke.
MOST_STREAMS = 50
#: Seconds that a client has to say goodbye.
GOODBYE = 0.5


class Speech:
    """What all connections share."""

    def __init__(self, options: Options) -> None:
        self.access = Access((options.key, *options.speech_keys))
        self.ledger = Ledger()
        self.faults = Faults()
        self.voice: Voice = choose_voice(options.voice_engine)
        self.seen: deque[Connection] = deque(maxlen=MOST_KEPT)
        self.closing = asyncio.Event()
        self._sockets: set[web.WebSocketResponse] = set()
        self._ears: dict[str, Ear] = {}

    def keep(self, tag: str, ear: Ear) -> None:
        """Remember the stream of a turn."""
        self._ears[tag] = ear
        while len(self._ears) > MOST_STREAMS:
            del self._ears[next(iter(self._ears))]

    def stream(self, tag: str | None) -> Ear | None:
        """The stream that a turn goes on with."""
        return None if tag is None else self._ears.get(tag)

    def reset(self) -> None:
        """Forget what was heard, said and asked; let nothing go wrong."""
        self.ledger.clear()
        self.faults.clear()
        self.seen.clear()
        self._ears.clear()

    def opened(self, socket: web.WebSocketResponse) -> None:
        self._sockets.add(socket)

    def left(self, socket: web.WebSocketResponse) -> None:
        self._sockets.discard(socket)

    async def close(self) -> None:
        """Say goodbye: the SDK keeps its sockets open, and the server would wait for them."""
        self.closing.set()
        closing = [socket.close(code=WSCloseCode.GOING_AWAY) for socket in self._sockets]
        await asyncio.gather(*closing, return_exceptions=True)


SPEECH = web.AppKey("speech", Speech)
