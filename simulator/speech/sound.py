"""What sound is made of on this wire: a WAV header, then samples in frames of equal size."""

from __future__ import annotations

import struct
from dataclasses import asdict, dataclass
from typing import Any

#: Units of a second in which the protocol counts.
TICKS = 10_000_000
PCM, A_LAW, MU_LAW, EXTENSIBLE = 1, 6, 7, 0xFFFE
_NAMES = {PCM: "pcm", A_LAW: "alaw", MU_LAW: "mulaw"}


class BadSound(ValueError):
    """Not a WAV header, or of a format that the service would not take."""


@dataclass(frozen=True, kw_only=True)
class Format:
    """How samples are written. The usual one is 16 kHz, 16 bit, mono."""

    tag: int = PCM
    channels: int = 1
    rate: int = 16_000
    bits: int = 16

    @property
    def name(self) -> str:
        return _NAMES[self.tag]

    @property
    def frame(self) -> int:
        """Bytes of one moment, over all channels."""
        return self.channels * self.bits // 8

    def ticks(self, size: int) -> int:
        """How long so many bytes last, in units of 100 ns."""
        return size // self.frame * TICKS // self.rate

    def size(self, ticks: int) -> int:
        """How many bytes last so long, to the nearest frame."""
        return (ticks * self.rate + TICKS // 2) // TICKS * self.frame

    def as_data(self) -> dict[str, Any]:
        return asdict(self) | {"tag": self.name}

    def loud(self, sound: bytes | bytearray) -> bytes:
        """One byte for each sample: 1 where there is something to be heard.

        The highest byte of a PCM sample says enough: quiet is below 256 of 32,768.
        """
        width = self.bits // 8
        return bytes(sound[width - 1 :: width]).translate(_LOUD[self._law])

    def first_sound(self, sound: bytes | bytearray) -> int | None:
        """The byte at which something is heard first, at the begin of a frame."""
        at = self.loud(sound).find(1)
        return None if at < 0 else at // self.channels * self.frame

    def last_sound(self, sound: bytes | bytearray) -> int:
        """The byte after the frame in which something is heard last; 0 where nothing is."""
        return (self.loud(sound).rfind(1) + self.channels) // self.channels * self.frame

    @property
    def _law(self) -> str:
        return "pcm8" if self.tag == PCM and self.bits == 8 else self.name


def _quiet(*codes: int) -> bytes:
    return bytes(0 if code in codes else 1 for code in range(256))


_LOUD = {
    "pcm": _quiet(0x00, 0xFF),
    "pcm8": _quiet(0x7F, 0x80, 0x81),
    # Magnitudes up to some 120 of 32,768.
    "mulaw": _quiet(*range(0x70, 0x80), *range(0xF0, 0x100)),
    "alaw": _quiet(*range(0x50, 0x58), *range(0xD0, 0xD8)),
}


def read_header(data: bytes) -> tuple[Format, bytes]:
    """The format in a RIFF header, and the sound that follows; sizes in it may be 0."""
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise BadSound("The sound does not begin with a WAV header.")
    form, at = None, 12
    while at + 8 <= len(data):
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        if name == b"fmt ":
            form = _format(data[at + 8 : at + 8 + size])
        if name == b"data" and form is not None:
            rest = data[at + 8 :]
            return form, rest[:size] if size and size < len(rest) else rest
        at += 8 + size + size % 2
    raise BadSound("The WAV header has no format or no data.")


def _format(chunk: bytes) -> Format:
    try:
        tag, channels, rate, _, _, bits = struct.unpack("<HHIIHH", chunk[:16])
    except struct.error:
        raise BadSound("The WAV header is too short.") from None
    if tag == EXTENSIBLE:
        tag = int.from_bytes(chunk[24:26], "little")
    if tag not in _NAMES or bits not in ((8, 16, 24, 32) if tag == PCM else (8,)):
        raise BadSound(f"Sound of format {tag} with {bits} bits is not taken.")
    if not 1 <= channels <= 8 or not 4_000 <= rate <= 192_000:
        raise BadSound(f"Sound with {channels} channels at {rate} Hz is not taken.")
    return Format(tag=tag, channels=channels, rate=rate, bits=bits)


def wav(form: Format, sound: bytes) -> bytes:
    """A WAV file."""
    head = struct.pack(
        "<HHIIHH",
        form.tag,
        form.channels,
        form.rate,
        form.rate * form.frame,
        form.frame,
        form.bits,
    )
    chunks = b"fmt " + struct.pack("<I", len(head)) + head
    chunks += b"data" + struct.pack("<I", len(sound)) + sound
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks
