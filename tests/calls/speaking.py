"""The stand-in for Azure Speech as a test sees it, and sounds to let it hear."""

import random
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from calls.gateway.speech import Connection, Law, Shape
from simulator.testing import Simulator, running

USUAL = Shape()
_TAGS = {Law.PCM: 1, Law.A_LAW: 6, Law.MU_LAW: 7}


class StandIn:
    """Azure Speech on loopback, and what it is to know or to do wrong."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self.url, self.key = simulator.speech_endpoint, simulator.speech_key
        self.connection_string = simulator.connection_string

    def connection(self, **columns: Any) -> Connection:
        return Connection(**({"endpoint": self.url, "key": self.key} | columns))

    def knows(self, sound: bytes, *said: dict[str, Any], shape: Shape = USUAL) -> None:
        """What is said in a sound: ``text`` and, unless it is all of it in English, more."""
        whole = len(sound) * 1000 // shape.bytes_a_second
        usual = {"text": "", "language": "en-US", "offset_ms": 0, "duration_ms": whole}
        segments = [usual | one for one in said]
        self._simulator.speech_ledger(wav=wav(sound, shape), segments=segments)

    def goes_wrong(self, kind: str, operation: str = "recognize", **how: Any) -> None:
        self._simulator.speech_fault(kind, operation, **how)

    def new_token(self) -> str:
        """The only one that is good from now on."""
        self._simulator.expire_speech_tokens()
        return self._simulator.speech_token()

    def asked(self, operation: str = "recognize") -> list[dict[str, Any]]:
        """The connections, each with its turns."""
        return self._simulator.speech_seen(operation)

    @property
    def wanted(self) -> dict[str, Any]:
        """What the last turn wanted."""
        turn: dict[str, Any] = self.asked()[-1]["turns"][-1]
        return turn["context"] | turn["wanted"]

    def reset(self) -> None:
        self._simulator.speech_reset()


@contextmanager
def standing_in() -> Iterator[StandIn]:
    """On a free port, until the block is left."""
    with running() as simulator:
        yield StandIn(simulator)


def noise(seconds: float = 1.0, shape: Shape = USUAL, seed: int = 1) -> bytes:
    """A sound unlike any other, and nowhere quiet, in whatever way it is written."""
    loud = bytes(range(0x10, 0x40))
    size = round(seconds * shape.rate) * shape.channels * shape.bits // 8
    return bytes(random.Random(seed).choices(loud, k=size))


def wav(sound: bytes, shape: Shape = USUAL) -> bytes:
    """A WAV file of it."""
    block = shape.channels * shape.bits // 8
    head = struct.pack(
        "<HHIIHH",
        _TAGS[shape.law],
        shape.channels,
        shape.rate,
        shape.bytes_a_second,
        block,
        shape.bits,
    )
    chunks = b"fmt " + struct.pack("<I", len(head)) + head
    chunks += b"data" + struct.pack("<I", len(sound)) + sound
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


def milliseconds(offset: int, duration: int) -> dict[str, int]:
    """Where in a sound something is said."""
    return {"offset_ms": offset, "duration_ms": duration}
