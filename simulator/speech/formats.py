"""The output formats of synthesis that the stand-in can make: PCM, mu-law and A-law."""

from __future__ import annotations

import array
import functools
import re
import sys
from collections.abc import Callable

from simulator.speech.sound import A_LAW, MU_LAW, PCM, Format

DEFAULT = "raw-16khz-16bit-mono-pcm"
_NAME = re.compile(
    r"(?:raw|riff)-(8|16|24|48)khz-(16bit-mono-pcm|8bit-mono-mulaw|8bit-mono-alaw)"
    r"|(?:raw|riff)-(22050|44100)hz-16bit-mono-pcm"
)
_TAGS = {"16bit-mono-pcm": PCM, "8bit-mono-mulaw": MU_LAW, "8bit-mono-alaw": A_LAW}
_LAW_RATE = 8000


class Unsupported(Exception):
    """A format that the stand-in, or the service itself, does not make (1007)."""


def read_format(name: str) -> Format:
    """The format of that name; compressed ones are not made here."""
    found = _NAME.fullmatch(name)
    if found is None:
        raise Unsupported(f"Unsupported output format {name}.")
    if found[3]:
        return Format(rate=int(found[3]))
    tag, rate = _TAGS[found[2]], int(found[1]) * 1000
    if tag != PCM and rate != _LAW_RATE:
        raise Unsupported(f"Unsupported output format {name}.")
    return Format(tag=tag, rate=rate, bits=16 if tag == PCM else 8)


def encoded(samples: array.array[int], form: Format) -> bytes:
    """Samples of 16 bits in a format."""
    if form.tag == PCM:
        if sys.byteorder == "big":
            samples = samples[:]
            samples.byteswap()
        return samples.tobytes()
    code: Callable[[int], int] = mu_law if form.tag == MU_LAW else a_law
    return bytes(map(code, samples))


@functools.lru_cache(maxsize=65_536)
def mu_law(sample: int) -> int:
    """A sample of 16 bits by G.711's mu-law."""
    sign = 0x80 if sample < 0 else 0
    size = min(abs(sample), 32_635) + 132
    exponent = size.bit_length() - 8
    return ~(sign | exponent << 4 | (size >> (exponent + 3)) & 0x0F) & 0xFF


@functools.lru_cache(maxsize=65_536)
def a_law(sample: int) -> int:
    """A sample of 16 bits by G.711's A-law."""
    sign = 0x80 if sample >= 0 else 0
    size = min(sample if sample >= 0 else ~sample, 32_767) >> 3
    exponent = max(0, size.bit_length() - 5)
    mantissa = size >> max(1, exponent) & 0x0F
    return (sign | exponent << 4 | mantissa) ^ 0x55
