"""Recognition over a websocket: turns of sound in, phrases out.

The rules of continuous recognition, measured: phrases may come at any time; after the end of the
sound come the rest, a phrase EndOfDictation at that end, and turn.end; what was not acknowledged
is sent again in a new turn, which names the one it continues.
"""

from __future__ import annotations

import uuid
from typing import Any

from aiohttp import WSCloseCode, web

from simulator.speech import phrases
from simulator.speech.ear import Began, Ear, Finding, Heard, Partly, Quiet, Unknown
from simulator.speech.frames import Frame
from simulator.speech.ledger import MS, Segment
from simulator.speech.phrases import Place
from simulator.speech.seen import Turn, sound_data
from simulator.speech.sockets import Closed, Socket, admitted, conversing
from simulator.speech.sound import BadSound, Format, read_header
from simulator.speech.standin import Speech
from simulator.speech.wanted import Unwanted, Wanted, read_wanted

#: A left-over turn with less sound than this is answered with its end alone.
LEFT_OVER = 100 * MS
#: The most sound that one connection may send.
MOST_SOUND = 256 * 1024 * 1024


async def recognize(request: web.Request) -> web.StreamResponse:
    """The websocket of a recogniser."""
    from_container = request.path.startswith("/speech/")
    seen = admitted(request, "recognize", key_required=not from_container)
    if isinstance(seen, web.Response):
        return seen
    socket = Socket(request, seen)
    async with conversing(socket):
        await _converse(socket)
    return socket.web


async def _converse(socket: Socket) -> None:
    recognition: Recognition | None = None
    async for frame in socket.frames():
        match frame.path:
            case "speech.context":
                socket.fail_if_told()
                recognition = Recognition(socket, frame, recognition)
                await recognition.begin()
            case "audio" if recognition is not None and recognition.owns(frame):
                await recognition.take(frame.body)


class Recognition:
    """One turn: from its context to its end."""

    def __init__(self, socket: Socket, frame: Frame, before: Recognition | None) -> None:
        self._socket = socket
        self._speech: Speech = socket.speech
        self._tag = uuid.uuid4().hex
        self._wanted = _wanted(socket, frame)
        self._turn = Turn(frame.request_id, frame.json(), self._wanted.as_data())
        socket.seen.turns.append(self._turn)
        #: The format of the turn before on this connection: a header may come but once.
        self._form: Format | None = None if before is None else before._form
        self._ear: Ear | None = None
        self._begin = 0
        self._place = Place(0)
        self._is_over = False

    def owns(self, frame: Frame) -> bool:
        return not self._is_over and frame.request_id == self._turn.request_id

    async def begin(self) -> None:
        await self._answer("turn.start", {"context": {"serviceTag": self._tag}})

    async def take(self, sound: bytes) -> None:
        """A piece of sound; an empty one is its end."""
        ended = not sound
        if sound[:4] == b"RIFF":
            sound = self._read_header(sound)
            if not sound:
                return
        ear = self._open_ear(sound)
        ear.sound += sound
        if len(ear.sound) > MOST_SOUND:
            raise Closed(WSCloseCode.MESSAGE_TOO_BIG, "That is more sound than is taken.")
        if not ended:
            self._socket.drop_if_told(self._heard(ear) // MS)
        if ended and self._is_left_over(ear):
            await self._end(ear)
        await self._tell_all(ear, ended=False)
        if ended and not self._is_over:
            await self._end_of_sound(ear)

    async def _tell_all(self, ear: Ear, *, ended: bool) -> None:
        while not self._is_over:
            found = ear.next(self._wanted.patience, ended=ended)
            if found is None:
                return
            await self._tell(ear, found)

    def _read_header(self, sound: bytes) -> bytes:
        try:
            self._form, rest = read_header(sound)
        except BadSound as mistake:
            raise Closed(WSCloseCode.INVALID_TEXT, str(mistake)) from None
        return rest

    def _open_ear(self, sound: bytes) -> Ear:
        """The stream of this turn: a new one, or the one that it goes on with."""
        if self._ear is None:
            form = self._form or Format()
            kept = self._speech.stream(self._wanted.continues)
            if kept is not None and kept.form == form:
                self._ear = kept
                self._ear.resume(self._wanted.continues_at, sound)
                # The SDK adds the tick that it named to what we say.
                self._place = Place(self._wanted.continues_at)
                if self._wanted.is_one_shot:  # an utterance of its own
                    self._ear.decided = None
            else:
                self._ear = Ear(form, self._speech.ledger)
            self._begin = len(self._ear.sound)
            self._speech.keep(self._tag, self._ear)
        return self._ear

    def _heard(self, ear: Ear) -> int:
        """How much sound came in this turn, in ticks."""
        return ear.form.ticks(len(ear.sound) - self._begin)

    def _is_left_over(self, ear: Ear) -> bool:
        return (
            not self._wanted.is_one_shot
            and self._wanted.continues is not None
            and self._heard(ear) < LEFT_OVER
        )

    async def _tell(self, ear: Ear, found: Finding) -> None:
        place = self._place
        match found:
            case Began(offset):
                await self._answer("speech.startDetected", {"Offset": place.of(offset)})
            case Partly(segment):
                await self._hypothesis(ear, segment, place)
            case Heard(segment):
                await self._answer("speech.endDetected", {"Offset": place.of(segment.end)})
                await self._phrase(ear, self._phrase_of(ear, segment, place))
            case Unknown(offset, duration):
                await self._answer("speech.endDetected", {"Offset": place.of(offset + duration)})
                await self._phrase(ear, phrases.bare_phrase("NoMatch", place.of(offset), duration))
            case Quiet(offset, duration):
                phrase = phrases.bare_phrase("InitialSilenceTimeout", place.of(offset), duration)
                await self._phrase(ear, phrase)

    async def _hypothesis(self, ear: Ear, segment: Segment, place: Place) -> None:
        language = phrases.understood_as(segment, self._wanted, ear.decided)
        if language is not None and segment.status == "Success":
            body = phrases.hypothesis(segment, self._wanted, language, place)
            await self._answer("speech.hypothesis", body)

    def _phrase_of(self, ear: Ear, segment: Segment, place: Place) -> dict[str, Any]:
        language = phrases.understood_as(segment, self._wanted, ear.decided)
        if language is None:
            return phrases.bare_phrase("NoMatch", place.of(segment.offset), segment.duration)
        if self._wanted.identification == "DetectAtAudioStart":
            ear.decided = language
        return phrases.phrase(segment, self._wanted, language, place)

    async def _phrase(self, ear: Ear, body: dict[str, Any]) -> None:
        await self._answer("speech.phrase", body)
        if self._wanted.is_one_shot:
            await self._end(ear)

    async def _end_of_sound(self, ear: Ear) -> None:
        heard = self._place.of(ear.ticks)
        again = None if self._wanted.is_one_shot else ear.unfinished()
        if again is None:
            await self._tell_all(ear, ended=True)
        else:
            heard = self._place.of(ear.form.ticks(again))
        if self._is_over:
            return
        if self._wanted.is_one_shot:
            await self._phrase(ear, phrases.bare_phrase("InitialSilenceTimeout", heard, 0))
        else:
            end = {"RecognitionStatus": "EndOfDictation", "Offset": heard, "Duration": 0}
            await self._answer("speech.phrase", end)
            await self._end(ear)

    async def _end(self, ear: Ear) -> None:
        self._is_over = True
        self._turn.sound = sound_data(ear.form.as_data(), ear.sound, ear.ticks)
        await self._answer("turn.end", {})

    async def _answer(self, path: str, body: dict[str, Any]) -> None:
        await self._socket.answer(self._turn, path, body)


def _wanted(socket: Socket, frame: Frame) -> Wanted:
    request = socket.request
    try:
        return read_wanted(request.match_info.get("mode"), request.query, frame.json())
    except Unwanted as mistake:
        raise Closed(WSCloseCode.INVALID_TEXT, str(mistake)) from None
