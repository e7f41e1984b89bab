"""Synthesis over a websocket: SSML in, sound out; what was said goes into the ledger."""

from __future__ import annotations

import array
import asyncio
import re
import subprocess
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSCloseCode, web

from simulator.speech import formats, ssml
from simulator.speech.formats import Unsupported
from simulator.speech.ledger import Segment, entry_of
from simulator.speech.seen import Turn, sound_data
from simulator.speech.sockets import Closed, Socket, admitted, conversing
from simulator.speech.sound import TICKS, Format
from simulator.speech.ssml import BadSsml, Pause, Words
from simulator.speech.voice import Voice

#: Bytes of sound in a message.
PIECE = 8192
#: A pause at which the recogniser would begin a new phrase, in milliseconds.
SEGMENTING = 500
MOST_SSML = 64 * 1024
#: What the metadataOptions of a request call the kinds of boundaries.
KINDS = {"WordBoundary": "wordBoundaryEnabled", "PunctuationBoundary": "punctuationBoundaryEnabled"}


@dataclass
class Utterance:
    """What came of a document: samples, what is said where, and its words."""

    rate: int
    samples: array.array[int] = field(default_factory=lambda: array.array("h"))
    segments: list[Segment] = field(default_factory=list)
    boundaries: list[dict[str, Any]] = field(default_factory=list)

    @property
    def now(self) -> int:
        return len(self.samples) * TICKS // self.rate


async def synthesize(request: web.Request) -> web.StreamResponse:
    """The websocket of a synthesiser."""
    from_container = request.path.startswith("/cognitiveservices/")
    seen = admitted(request, "synthesize", key_required=not from_container)
    if isinstance(seen, web.Response):
        return seen
    socket = Socket(request, seen)
    async with conversing(socket):
        await _converse(socket)
    return socket.web


async def _converse(socket: Socket) -> None:
    contexts: dict[str, dict[str, Any]] = {}
    async for frame in socket.frames():
        match frame.path:
            case "synthesis.context":
                socket.fail_if_told()
                contexts[frame.request_id] = frame.json()
            case "ssml":
                turn = Turn(frame.request_id, contexts.pop(frame.request_id, {}))
                turn.ssml = frame.body.decode(errors="replace")
                socket.seen.turns.append(turn)
                await _answer(socket, turn, turn.ssml)


async def _answer(socket: Socket, turn: Turn, document: str) -> None:
    options = _audio_options(turn.context)
    try:
        form = formats.read_format(str(options.get("outputFormat", formats.DEFAULT)))
        if len(document.encode()) > MOST_SSML:
            raise BadSsml("The SSML is longer than 64 KiB.")
        pieces = ssml.read_ssml(document)
        said = await asyncio.to_thread(spoken, pieces, form, socket.speech.voice)
    except (Unsupported, BadSsml) as mistake:
        raise Closed(WSCloseCode.INVALID_TEXT, str(mistake)) from None
    except (OSError, ValueError, EOFError, subprocess.SubprocessError) as failure:
        raise Closed(WSCloseCode.INTERNAL_ERROR, f"The voice failed: {failure}") from None
    sound = formats.encoded(said.samples, form)
    socket.speech.ledger.add(entry_of(form, sound, tuple(said.segments), _voices(pieces)))
    turn.sound = sound_data(form.as_data(), sound, said.now)
    await _send(socket, turn, sound, _metadata(said, options), form)


async def _send(
    socket: Socket, turn: Turn, sound: bytes, metadata: list[dict[str, Any]], form: Format
) -> None:
    stream_id = uuid.uuid4().hex
    context = {"context": {"serviceTag": uuid.uuid4().hex}}
    await socket.answer(turn, "turn.start", context)
    inline = {"type": "inline", "streamId": stream_id}
    await socket.answer(turn, "response", context | {"audio": inline})
    if metadata:
        await socket.answer(turn, "audio.metadata", {"Metadata": metadata})
    for at in range(0, len(sound), PIECE):
        socket.drop_if_told(form.ticks(at) * 1000 // TICKS)
        await socket.answer_sound(turn, stream_id, sound[at : at + PIECE])
    await socket.answer(turn, "turn.end", {})


def spoken(pieces: list[ssml.Piece], form: Format, voice: Voice) -> Utterance:
    """Say a document; after a long pause, in another voice or language a new segment begins."""
    said = Utterance(form.rate)
    may_join = False
    for piece in pieces:
        if isinstance(piece, Pause):
            said.samples.extend([0] * (piece.milliseconds * form.rate // 1000))
            may_join = may_join and piece.milliseconds < SEGMENTING
            continue
        begin = said.now
        said.samples.extend(voice.say(piece, form.rate))
        said.boundaries.extend(_boundaries(piece, begin, said.now))
        segment = Segment(
            text=piece.text,
            language=piece.language,
            offset=begin,
            duration=said.now - begin,
            confidence=0.95,
        )
        last = said.segments[-1] if said.segments and may_join else None
        if last is not None and last.language == segment.language:
            said.segments[-1] = _joined(last, segment)
        else:
            said.segments.append(segment)
        may_join = True
    return said


def _joined(first: Segment, second: Segment) -> Segment:
    return Segment(
        text=f"{first.text} {second.text}",
        language=first.language,
        offset=first.offset,
        duration=second.end - first.offset,
        confidence=first.confidence,
    )


def _boundaries(words: Words, begin: int, end: int) -> Iterator[dict[str, Any]]:
    """Every word and punctuation mark, lasting by its share of the characters."""
    lasts = end - begin
    for found in re.finditer(r"[\w'’-]+|[^\w\s]", words.text):
        is_word = found[0][0].isalnum()
        offset = begin + lasts * found.start() // len(words.text)
        yield {
            "Type": "WordBoundary",
            "Data": {
                "Offset": offset,
                "Duration": begin + lasts * found.end() // len(words.text) - offset,
                "text": {
                    "Text": found[0],
                    "Length": len(found[0]),
                    "BoundaryType": "WordBoundary" if is_word else "PunctuationBoundary",
                },
            },
        }


def _metadata(said: Utterance, options: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The boundaries that were asked for."""
    asked = options.get("metadataOptions")
    if not isinstance(asked, dict):
        return []
    wanted = {kind for kind, name in KINDS.items() if str(asked.get(name)).lower() == "true"}
    return [each for each in said.boundaries if each["Data"]["text"]["BoundaryType"] in wanted]


def _audio_options(context: Mapping[str, Any]) -> Mapping[str, Any]:
    synthesis = context.get("synthesis")
    audio = synthesis.get("audio") if isinstance(synthesis, dict) else None
    return audio if isinstance(audio, dict) else {}


def _voices(pieces: list[ssml.Piece]) -> str:
    named = [piece.speaker.short_name for piece in pieces if isinstance(piece, Words)]
    return ", ".join(dict.fromkeys(named))
