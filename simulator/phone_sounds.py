"""What a prompt sounds like at the telephone page: words spoken by the stand-in's voice, and
recordings as they are."""

from __future__ import annotations

import asyncio
import io
import logging
import subprocess
import wave
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace

from simulator.prompts import Prompt
from simulator.speech import formats, ssml
from simulator.speech.speaking import spoken
from simulator.speech.ssml import BadSsml, Piece, Words
from simulator.speech.voice import Voice
from simulator.speech.voices import BY_NAME, default_of

logger = logging.getLogger(__name__)

#: Sounds that one telephone keeps for its page, the latest.
KEPT = 16
FORM = formats.read_format(formats.DEFAULT)
#: What the words are taken to be in where a prompt does not say.
USUAL = "en-US"


class Sounds:
    """The sounds of one telephone, each under a number of its own."""

    def __init__(self, voice: Voice) -> None:
        self.voice = voice
        self._kept: OrderedDict[int, bytes] = OrderedDict()
        self._count = 0

    async def of(self, prompts: Sequence[Prompt]) -> tuple[Prompt, ...]:
        """The prompts with their sounds, each as long as it sounds; one that cannot be spoken
        stays silent and lasts as long as its words."""
        return tuple([await self._sounding(prompt) for prompt in prompts])

    def keep(self, sound: bytes) -> int:
        """A number for a sound, until so many others have come."""
        self._count += 1
        self._kept[self._count] = sound
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return self._count

    def get(self, number: int) -> bytes | None:
        return self._kept.get(number)

    async def _sounding(self, prompt: Prompt) -> Prompt:
        if not prompt.is_synthetic or not prompt.text.strip():
            return prompt
        try:
            pieces = _pieces(prompt)
            said = await asyncio.to_thread(spoken, pieces, FORM, self.voice)
        except (BadSsml, OSError, ValueError, EOFError, subprocess.SubprocessError) as failure:
            logger.warning("A prompt has no sound: %s", failure)
            return prompt
        sound = _wav(formats.encoded(said.samples, FORM))
        return replace(prompt, sound=sound, seconds=len(said.samples) / FORM.rate)


def _pieces(prompt: Prompt) -> list[Piece]:
    if prompt.markup is not None:
        return ssml.read_ssml(prompt.markup)
    language = prompt.locale or USUAL
    named = BY_NAME.get((prompt.voice or "").lower())
    speaker = named or default_of(language)
    return [Words(prompt.text, speaker, prompt.locale or speaker.locale)]


def _wav(samples: bytes) -> bytes:
    made = io.BytesIO()
    with wave.open(made, "wb") as sound:
        sound.setnchannels(FORM.channels)
        sound.setsampwidth(FORM.bits // 8)
        sound.setframerate(FORM.rate)
        sound.writeframes(samples)
    return made.getvalue()
