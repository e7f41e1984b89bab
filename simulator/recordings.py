"""Recorded prompts: fetched from loopback, measured, and refused where they are no telephone WAV.

Microsoft asks for WAV, mono, 16 kHz, 16 bit, and names 8535 for another format and 8536 for a
file that cannot be had.
"""

from __future__ import annotations

import io
import wave
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlsplit

import aiohttp

from simulator import events
from simulator.events import Result
from simulator.prompts import Prompt
from simulator.wire import is_loopback

#: Seconds, real ones: the clinic's server is a real program whatever the speed of the line.
TIMEOUT = aiohttp.ClientTimeout(total=10, sock_connect=2)
#: Bytes: eight minutes of a recording, more than anybody listens to.
MAX_BYTES = 16_000_000
RATE, BYTES_A_SAMPLE, CHANNELS = 16_000, 2, 1


class Unplayable(Exception):
    """A prompt that cannot be played: which of a list, and why."""

    def __init__(self, result: Result, index: int = 0) -> None:
        super().__init__(result.message)
        self.result = result
        self.index = index


class Recordings:
    """Gets recordings from this machine; those of others are taken on trust, and make no sound."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def timed(self, prompts: Sequence[Prompt]) -> tuple[Prompt, ...]:
        """The prompts with the real length of each recording that could be looked at."""
        found: list[Prompt] = []
        for index, prompt in enumerate(prompts):
            try:
                found.append(await self._timed(prompt))
            except Unplayable as failure:
                raise Unplayable(failure.result, index) from failure
        return tuple(found)

    async def _timed(self, prompt: Prompt) -> Prompt:
        if prompt.uri is None or not _is_here(prompt.uri):
            return prompt
        body = await self._fetch(prompt.uri)
        return replace(prompt, seconds=wav_seconds(body), sound=body)

    async def _fetch(self, uri: str) -> bytes:
        # Made at the first use, because a session belongs to the running loop.
        self._session = self._session or aiohttp.ClientSession(timeout=TIMEOUT)
        try:
            async with self._session.get(uri, allow_redirects=False) as answer:
                if answer.status != 200:
                    raise Unplayable(events.DOWNLOAD_FAILED)
                body = await answer.content.read(MAX_BYTES + 1)
                while len(body) <= MAX_BYTES and (more := await answer.content.read(MAX_BYTES)):
                    body += more
        except (aiohttp.ClientError, OSError, ValueError) as failure:
            raise Unplayable(events.DOWNLOAD_FAILED) from failure
        if len(body) > MAX_BYTES:
            raise Unplayable(events.DOWNLOAD_FAILED)
        return body


def wav_seconds(body: bytes) -> float:
    """How long a telephone WAV lasts; Unplayable where it is none."""
    try:
        with wave.open(io.BytesIO(body)) as recording:
            shape = recording.getframerate(), recording.getsampwidth(), recording.getnchannels()
            frames = len(recording.readframes(recording.getnframes())) // BYTES_A_SAMPLE
    except (wave.Error, EOFError, RuntimeError):
        raise Unplayable(events.BAD_FILE_FORMAT) from None
    if shape != (RATE, BYTES_A_SAMPLE, CHANNELS):
        raise Unplayable(events.BAD_FILE_FORMAT)
    return frames / RATE


def _is_here(uri: str) -> bool:
    try:
        return is_loopback(urlsplit(uri).hostname or "")
    except ValueError:
        return False
