"""A simulator in a thread of its own, for tests.

with running(speed=200) as simulator:
    ...
    assert simulator.wait_idle(10)
"""

from __future__ import annotations

import asyncio
import base64
import secrets
import threading
import time
import uuid
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Literal, TypeVar

from simulator import control
from simulator.exchange import Exchange
from simulator.faults import read_fault
from simulator.ledger import ledger
from simulator.options import Options
from simulator.personas import BY_NAME
from simulator.population import Population
from simulator.serving import Server
from simulator.signing import OPENID_PATH
from simulator.speech import control as speech_control
from simulator.speech.entries import read_entry
from simulator.speech.faults import read_fault as read_speech_fault
from simulator.speech.standin import SPEECH, Speech
from simulator.speech.voice import TONE

T = TypeVar("T")
CALLER_ID = "+15555550100"
#: Seconds that a call into the simulator's thread may take before a test gives up on it.
PATIENCE = 10.0


class Simulator:
    """A running simulator, seen from another thread."""

    def __init__(self, server: Server, loop: asyncio.AbstractEventLoop) -> None:
        self._server = server
        self._loop = loop
        options = server.exchange.options
        self.url = server.url
        self.issuer = server.url
        self.connection_string = f"endpoint={server.url};accesskey={options.key}"
        self.openid_configuration = server.url + OPENID_PATH
        self.resource_id = options.resource_id
        self.caller_ids = options.caller_ids
        self.caller_id = options.caller_ids[0]
        #: For SpeechConfig(endpoint=…, subscription=speech_key); the same as host= is a container.
        self.speech_endpoint = server.url
        self.speech_host = server.url
        self.speech_key = options.key
        self.speech_voices_endpoint = server.url + "/tts/cognitiveservices/voices/list"

    def reset(self) -> None:
        """Drop all calls silently; forget the ledger, the personas set and the repeatability."""
        self._run(self._exchange.reset())
        self.speech_reset()

    def set_persona(self, number: str, name: str | None) -> None:
        """Let a persona answer one E.164 number; None goes back to the table."""
        persona = None if name is None else BY_NAME[name]

        async def change() -> None:
            self._exchange.set_persona(number, persona)

        self._run(change())

    def set_digits(self, digits: str) -> None:
        """What patients type in later calls who know the digits they are asked for."""

        async def change() -> None:
            self._exchange.digits = digits

        self._run(change())

    def fault(self, kind: str, operation: str = "*", **parameters: Any) -> int:
        """Let something go wrong from now on, as POST /control/faults does; the fault's id.

        ``simulator.fault("status", "create", status=429, retry_after=1, times=2)``
        """
        fault = read_fault({"kind": kind, "operation": operation, **parameters})

        async def add() -> int:
            return self._exchange.faults.add(fault).id

        return self._run(add())

    def faults(self) -> list[dict[str, Any]]:
        """The faults set, each with how often it has happened (``hits``)."""

        async def look() -> list[dict[str, Any]]:
            return [fault.as_data() for fault in self._exchange.faults]

        return self._run(look())

    def clear_faults(self) -> None:
        """Let nothing go wrong any more."""

        async def clear() -> None:
            self._exchange.faults.clear()

        self._run(clear())

    def set_redelivery(self, on: bool, seconds: float | None = None) -> None:
        """Whether callbacks not taken are sent again, and for how many real seconds."""

        async def change() -> None:
            redelivery = self._exchange.postman.redelivery
            redelivery.on = on
            redelivery.seconds = redelivery.seconds if seconds is None else seconds

        self._run(change())

    def populate(self, population: Population) -> None:
        """Let the patients of a population answer their numbers."""

        async def change() -> None:
            self._exchange.populate(population)

        self._run(change())

    def ledger(self) -> dict[str, Any]:
        """Rings, what patients said and lines open at once, as GET /control/ledger gives it."""

        async def look() -> dict[str, Any]:
            return ledger(self._exchange)

        return self._run(look())

    def calls(self) -> list[dict[str, Any]]:
        """The ledger as GET /control/calls gives it, oldest first."""

        async def look() -> list[dict[str, Any]]:
            return [control.summary(call) for call in self._exchange.calls]

        return self._run(look())

    def call(self, call_connection_id: str) -> dict[str, Any]:
        """One ring with transcript and events, as GET /control/calls/{id} gives it."""

        async def look() -> dict[str, Any]:
            call = self._exchange.call(call_connection_id)
            if call is None:
                raise KeyError(call_connection_id)
            return control.detail(call)

        return self._run(look())

    def wait_idle(self, timeout: float) -> bool:
        """Whether, within ``timeout`` real seconds, no call is open and no event on its way."""

        async def look() -> bool:
            return self._exchange.is_idle()

        deadline = time.monotonic() + timeout
        while not self._run(look()):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.01)
        return True

    def sign(
        self,
        claims_override: Mapping[str, Any] | None = None,
        key: Literal["current", "foreign"] = "current",
    ) -> str:
        """A callback token; a claim overridden with None is left out."""
        return self._exchange.keys.token(claims_override, key=key)

    def rotate_keys(self, *, keep_old: bool = True) -> None:
        """Sign with a new key from now on."""
        self._exchange.keys.rotate(keep_old=keep_old)

    def speech_ledger(self, *, segments: Sequence[Mapping[str, Any]], **sound: Any) -> str:
        """Let a sound be understood, as POST /control/speech/ledger does; its hash.

        ``simulator.speech_ledger(wav=data, segments=[{"text": "Yes.", "language": "en-US"}])``;
        ``sha256=`` in place of ``wav=``, of the sound without the header, where that is all there
        is.
        """
        if isinstance(sound.get("wav"), bytes):
            sound["wav"] = base64.b64encode(sound["wav"]).decode()
        entry = read_entry({"segments": list(segments), **sound})

        async def add() -> None:
            self._speech.ledger.add(entry)

        self._run(add())
        return entry.sha256

    def speech_known(self) -> list[dict[str, Any]]:
        """The sounds known, as GET /control/speech/ledger gives them."""

        async def look() -> list[dict[str, Any]]:
            return [entry.as_data() for entry in self._speech.ledger]

        return self._run(look())

    def speech_fault(self, kind: str, operation: str = "*", **parameters: Any) -> int:
        """Let speech go wrong from now on, as POST /control/speech/faults does; the fault's id.

        ``simulator.speech_fault("status", "recognize", status=429, times=2)``
        """
        fault = read_speech_fault({"kind": kind, "operation": operation, **parameters})

        async def add() -> int:
            return self._speech.faults.add(fault).id

        return self._run(add())

    def speech_faults(self) -> list[dict[str, Any]]:
        """The faults of speech set, each with how often it has happened (``hits``)."""

        async def look() -> list[dict[str, Any]]:
            return [fault.as_data() for fault in self._speech.faults]

        return self._run(look())

    def clear_speech_faults(self) -> None:
        """Let nothing go wrong with speech any more."""

        async def clear() -> None:
            self._speech.faults.clear()

        self._run(clear())

    def speech_seen(self, operation: str | None = None) -> list[dict[str, Any]]:
        """What was asked (``recognize synthesize voices token``), as GET /control/speech has it."""

        async def look() -> list[dict[str, Any]]:
            found: list[dict[str, Any]] = speech_control.summary(self._speech)["connections"]
            return [one for one in found if operation in (None, one["operation"])]

        return self._run(look())

    def speech_token(self) -> str:
        """A token, as POST /sts/v1.0/issueToken gives it."""

        async def issue() -> str:
            return self._speech.access.issue()

        return self._run(issue())

    def expire_speech_tokens(self) -> None:
        """Let every token be ten minutes old."""

        async def expire() -> None:
            self._speech.access.expire_tokens()

        self._run(expire())

    def speech_reset(self) -> None:
        """Forget what speech heard, said and was asked; its faults too."""

        async def reset() -> None:
            self._speech.reset()

        self._run(reset())

    @property
    def _speech(self) -> Speech:
        app = self._server.runner.app
        assert app is not None
        return app[SPEECH]

    @property
    def _exchange(self) -> Exchange:
        return self._server.exchange

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return _run(self._loop, work)


@contextmanager
def running(
    *,
    speed: float = 50.0,
    caller_ids: Sequence[str] = (CALLER_ID,),
    max_concurrent: int = 2,
    seed: str | int = 1,
    clock_offset: float = 0.0,
    redelivery: bool = False,
    redelivery_for: float = 300.0,
    population: Population | None = None,
    speech_keys: Sequence[str] = (),
    voice_engine: str = TONE,
) -> Iterator[Simulator]:
    """Serve on a free port of 127.0.0.1 with a random key until the block is left."""
    options = _options(
        caller_ids=tuple(caller_ids),
        speed=speed,
        clock_offset=clock_offset,
        max_concurrent=max_concurrent,
        redelivery=redelivery,
        redelivery_for=redelivery_for,
        population=population,
        seed=str(seed),
        speech_keys=tuple(speech_keys),
        voice_engine=voice_engine,
    )
    with _loop_in_a_thread() as loop:
        server = _run(loop, Server.start(options))
        try:
            yield Simulator(server, loop)
        finally:
            _run(loop, server.stop())


def _options(**settings: Any) -> Options:
    """Options with a key, a resource and a port that nobody else has."""
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    return Options(key=key, resource_id=str(uuid.uuid4()), port=0, **settings)


@contextmanager
def _loop_in_a_thread() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="simulator", daemon=True)
    thread.start()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(PATIENCE)
        loop.close()


def _run(loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run_coroutine_threadsafe(work, loop).result(PATIENCE)
