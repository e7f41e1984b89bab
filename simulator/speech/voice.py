"""Making sound of words: a tone for every character, or espeak-ng where the machine has it."""

from __future__ import annotations

import array
import functools
import io
import math
import shutil
import subprocess
import sys
import wave
import zlib
from typing import Protocol, TypeAlias

from simulator.speech.ssml import Words

TONE, ESPEAK, AUTO = "tone", "espeak", "auto"
ENGINES = (AUTO, TONE, ESPEAK)
COMMAND = "espeak-ng"
#: Seconds of tone for a character, and the share of it in which the tone swells and fades.
CHARACTER = 0.06
EDGE = 0.1
LOUDNESS = 8000
#: Seconds after which espeak-ng is given up on.
PATIENCE = 10.0
Samples: TypeAlias = "array.array[int]"


class Voice(Protocol):
    """Something that speaks."""

    @property
    def name(self) -> str: ...

    def say(self, words: Words, rate: int) -> Samples:
        """Samples of 16 bits, mono, at that rate."""
        ...


class ToneVoice:
    """60 ms of tone a character, the pitch by voice, language and character: always the same."""

    name = TONE

    def say(self, words: Words, rate: int) -> Samples:
        who = zlib.crc32(f"{words.speaker.short_name} {words.language}".encode())
        samples: Samples = array.array("h")
        for character in words.text:
            samples.extend(_tone(who, character, rate))
        return samples


@functools.lru_cache(maxsize=4096)
def _tone(who: int, character: str, rate: int) -> Samples:
    length = round(CHARACTER * rate)
    if character.isspace():
        return array.array("h", bytes(2 * length))
    base = 110 + who % 1100 / 10
    pitch = base * (1 + zlib.crc32(character.encode()) % 4096 / 4096)
    edge = max(1, round(EDGE * length))
    return array.array(
        "h",
        (
            round(
                LOUDNESS
                * min(1, (at + 1) / edge, (length - at) / edge)
                * math.sin(2 * math.pi * pitch * at / rate)
            )
            for at in range(length)
        ),
    )


class EspeakVoice:
    """The command espeak-ng, which can be understood; the same text gives the same sound."""

    name = ESPEAK

    def __init__(self, command: str) -> None:
        self._command = command

    def say(self, words: Words, rate: int) -> Samples:
        variant = "+f3" if words.speaker.gender == "Female" else "+m3"
        language = words.language.partition("-")[0].lower()
        made = subprocess.run(
            [self._command, "-v", language + variant, "--stdout", "--stdin"],
            input=words.text.encode(),
            capture_output=True,
            timeout=PATIENCE,
            check=True,
        )
        with wave.open(io.BytesIO(made.stdout)) as sound:
            # Written to a pipe, its header holds sizes of 0 or without sense: read what is there.
            found = array.array("h", made.stdout[44 : len(made.stdout) // 2 * 2])
            if sys.byteorder == "big":
                found.byteswap()
            return resampled(found, sound.getframerate(), rate)


def choose_voice(engine: str) -> Voice:
    """The voice that was asked for; ValueError where espeak-ng is not there."""
    found = None if engine == TONE else shutil.which(COMMAND)
    if engine == ESPEAK and found is None:
        raise ValueError(f"There is no {COMMAND} on the PATH.")
    return ToneVoice() if found is None else EspeakVoice(found)


def resampled(samples: Samples, rate: int, wanted: int) -> Samples:
    """The same sound at another rate, on straight lines between the samples."""
    if rate == wanted or not samples:
        return samples
    last, made = len(samples) - 1, array.array("h")
    for at in range(len(samples) * wanted // rate):
        place, rest = divmod(at * rate, wanted)
        here = samples[min(place, last)]
        made.append(here + (samples[min(place + 1, last)] - here) * rest // wanted)
    return made
