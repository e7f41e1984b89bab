"""Where sound comes from, and what a WAV file holds: read by us, so that faults are named."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Law(StrEnum):
    """How samples are written."""

    PCM = "pcm"
    A_LAW = "a-law"
    MU_LAW = "mu-law"


_TAGS = {1: Law.PCM, 6: Law.A_LAW, 7: Law.MU_LAW}
_EXTENSIBLE = 0xFFFE
CONVERT = "convert it: ffmpeg -i IN -ac 1 -ar 16000 -c:a pcm_s16le OUT.wav"


@dataclass(frozen=True, kw_only=True)
class Shape:
    """The format of the samples."""

    rate: int = 16000
    bits: int = 16
    channels: int = 1
    law: Law = Law.PCM

    @property
    def bytes_a_second(self) -> int:
        return self.rate * self.channels * self.bits // 8


@dataclass(frozen=True)
class WavFile:
    """A WAV file on this machine; the SDK reads it itself."""

    path: Path


@dataclass(frozen=True)
class Microphone:
    """A device that this machine hears with; none named is the default one. On Linux the name
    is that of an ALSA device, ``hw:1,0`` say."""

    device: str = ""


@dataclass(frozen=True)
class Pushed:
    """Samples as they come, without a header: from a telephone line, or from memory."""

    chunks: Iterable[bytes]
    shape: Shape = Shape()


Source = WavFile | Microphone | Pushed


@dataclass(frozen=True)
class Wav:
    """What stands in a WAV file."""

    shape: Shape
    samples: bytes

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.shape.bytes_a_second

    @property
    def sha256(self) -> str:
        """Of the samples alone: the header says nothing about what was spoken."""
        return hashlib.sha256(self.samples).hexdigest()


def pushed_wav(wav: bytes | Path) -> Pushed:
    """A WAV file, in memory or on disk, as a stream in pieces of 100 ms."""
    read = read_wav_file(wav) if isinstance(wav, Path) else read_wav(wav, "audio")
    piece = max(1, read.shape.bytes_a_second // 10)
    pieces = (read.samples[at : at + piece] for at in range(0, len(read.samples), piece))
    return Pushed(tuple(pieces), read.shape)


def read_wav_file(path: Path) -> Wav:
    """Raises:
    ValueError: naming the file and what is wrong with it.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise ValueError(f"audio: there is no file {path}") from None
    except IsADirectoryError:
        raise ValueError(f"audio: {path} is a folder") from None
    except OSError as error:
        raise ValueError(f"audio: {path} cannot be read ({error.strerror})") from None
    return read_wav(content, f"audio: {path}")


def read_wav(content: bytes, name: str) -> Wav:
    """Raises:
    ValueError: saying what is wrong with it.
    """
    if not content:
        raise ValueError(f"{name} is empty")
    if content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        raise ValueError(f"{name} is no WAV file; {CONVERT}")
    chunks = dict(_chunks(content))
    if len(chunks.get(b"fmt ", b"")) < 16:
        raise ValueError(f"{name} is a WAV file without a format; {CONVERT}")
    if not chunks.get(b"data"):
        raise ValueError(f"{name} holds no sound")
    return Wav(_shape(chunks[b"fmt "], name), chunks[b"data"])


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The parts of the file. A recorder that was cut off leaves a size of 0 or of the whole
    disk: what is there counts."""
    at = 12
    while at + 8 <= len(content):
        name, size = content[at : at + 4], int.from_bytes(content[at + 4 : at + 8], "little")
        at += 8
        yield name, content[at : at + size]
        at += size + size % 2


def _shape(form: bytes, name: str) -> Shape:
    tag, channels = (int.from_bytes(form[at : at + 2], "little") for at in (0, 2))
    rate, bits = int.from_bytes(form[4:8], "little"), int.from_bytes(form[14:16], "little")
    if tag == _EXTENSIBLE and len(form) >= 26:
        tag = int.from_bytes(form[24:26], "little")
    law = _TAGS.get(tag)
    if law is None:
        raise ValueError(f"{name} is compressed (WAV format {tag}); {CONVERT}")
    if bits not in ((8, 16) if law is Law.PCM else (8,)) or not channels or not rate:
        raise ValueError(f"{name} has {bits} bits, {channels} channels, {rate} Hz; {CONVERT}")
    return Shape(rate=rate, bits=bits, channels=channels, law=law)
