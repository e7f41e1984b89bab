"""Listening: from a stream of sound, what began, what is being said, and what was said.

The real service segments by its model; here a sound is followed byte by byte through the ledger,
so that phrases come while the sound is still coming.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from simulator.speech.ledger import MS, Entry, Ledger, Segment, probe_size
from simulator.speech.sound import Format


@dataclass(frozen=True)
class Began:
    """Something is to be heard, from this tick of the stream on."""

    offset: int


@dataclass(frozen=True)
class Partly:
    """Half of a segment was heard."""

    segment: Segment


@dataclass(frozen=True)
class Heard:
    """A segment was heard to its end; its offset is that in the stream."""

    segment: Segment


@dataclass(frozen=True)
class Unknown:
    """Something was heard that nobody knows."""

    offset: int
    duration: int


@dataclass(frozen=True)
class Quiet:
    """For as long as the limit of initial silence nothing was heard."""

    offset: int
    duration: int


Finding = Began | Partly | Heard | Unknown | Quiet


class Again:
    """Nothing to tell, but there is more to be looked at."""


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long quiet may last, before anything is said and within a phrase; in ticks."""

    initial: int
    within: int
    #: The longest that a strange sound may go on.
    longest: int


@dataclass
class Sound:
    """Something that is to be heard, and how far it was followed; in bytes of the stream."""

    start: int
    #: What it may be; None before it was looked up.
    maybe: list[Entry] | None = None
    #: How much of it was compared with what it may be.
    compared: int = 0
    #: Where the segments end that were told.
    told: list[int] = field(default_factory=list)
    #: The segment that was told in half.
    halved: int = -1
    end: int | None = None

    def again_from(self, size: int) -> None:
        """It comes once more from there on: what ends later was not understood to be told."""
        self.told = [end for end in self.told if end <= size]
        self.compared, self.halved, self.end = 0, -1, None


class Ear:
    """One stream of sound, over all the turns that it is told in."""

    def __init__(self, form: Format, ledger: Ledger) -> None:
        self.form = form
        self.sound = bytearray()
        #: The language decided at the start, where one was to be.
        self.decided: str | None = None
        self._ledger = ledger
        self._now: Sound | None = None
        self._past: list[Sound] = []
        #: Bytes that were made sense of, and those after them in which there is only quiet.
        self._done = 0
        self._quiet = 0
        #: Segments told of a stream that is known as a whole.
        self._told_whole = 0
        #: Bytes after which the client last said that this was all.
        self._ended_at = -1
        self._heard_anything = False

    @property
    def ticks(self) -> int:
        return self.form.ticks(len(self.sound))

    def resume(self, ticks: int, more: bytes) -> None:
        """The stream goes on about there, with this; what was told is not told again.

        Measured: the SDK names the tick that was acknowledged, and sends again from the whole
        millisecond before it. The sound itself shows the place, where it was there already.
        """
        expected = min(self.form.size(ticks // MS * MS), len(self.sound))
        frame = self.form.frame
        near = range(-self.form.rate // 500, self.form.rate // 500 + 1)
        for distance in sorted(near, key=abs):
            at = expected + distance * frame
            there = self.sound[at : at + len(more)] if at >= 0 else b""
            if there and more.startswith(there):
                return self._rewind(at)
        return self._rewind(expected)

    def _rewind(self, size: int) -> None:
        del self.sound[size:]
        self._done = min(self._done, size)
        self._quiet = min(self._quiet, size)
        while self._past and (self._past[-1].end or 0) > size:
            self._now = self._past.pop()
        if self._now is not None and self._now.start > size:
            self._now = None
        if self._now is not None:
            self._now.again_from(size + self.form.size(2 * MS))
        if size == 0:
            self._told_whole = 0

    def unfinished(self) -> int | None:
        """From which byte on the sound should come once more, now that the client says it ended.

        Measured: the SDK may say so half a second early, and sends the rest in a turn that goes
        on. What is in the middle of a known sound then is asked for again; but once only, for it
        may really have been cut off there. What is a known sound to its end is complete, though a
        longer one begins alike.
        """
        now = self._now
        if len(self.sound) <= self._ended_at or now is None or self._known_whole():
            return None
        self._ended_at = len(self.sound)
        here = len(self.sound) - now.start
        if any(len(entry.core) <= here for entry in now.maybe or () if entry.core):
            return None
        if not now.maybe and not self._ledger.knows_hashes_alone:
            return None
        lead = min((entry.lead for entry in now.maybe or ()), default=0)
        return max(0, now.start - lead, *now.told)

    def next(self, patience: Patience, *, ended: bool) -> Finding | None:
        """The next thing to be said of what was heard so far; None when there is no more."""
        while isinstance(found := self._look(patience, ended=ended), Again):
            pass
        return found

    def _look(self, patience: Patience, *, ended: bool) -> Finding | Again | None:
        if ended and (entry := self._known_whole()) is not None:
            return self._tell_whole(entry)
        now = self._now
        if now is None:
            return self._await_sound(patience, ended=ended)
        here = len(self.sound) - now.start
        if now.maybe is None:
            if here < probe_size(self.form) and not ended:
                return None
            now.maybe = self._ledger.beginning(self.form, bytes(self.sound[now.start :]))
        maybe = self._narrow(now, now.maybe)
        if not maybe:
            return self._unknown(now, patience, ended=ended)
        whole = [entry for entry in maybe if len(entry.core) <= here]
        if len(maybe) == 1 or len(whole) == len(maybe) or (ended and whole):
            entry = max(whole or maybe, key=lambda one: len(one.core))
            return self._tell(now, entry, ended=ended)
        return self._broke_off() if ended else None

    def _await_sound(self, patience: Patience, *, ended: bool) -> Finding | None:
        at = self.form.first_sound(self.sound[self._quiet :])
        if at is not None:
            self._now = Sound(self._quiet + at)
            self._heard_anything = True
            return Began(self.form.ticks(self._now.start))
        self._quiet = len(self.sound) // self.form.frame * self.form.frame
        lasted = self.form.ticks(self._quiet - self._done)
        if lasted >= patience.initial or (ended and lasted and not self._heard_anything):
            begin, self._done = self._done, self._quiet
            self._heard_anything = self._heard_anything or ended
            return Quiet(self.form.ticks(begin), lasted)
        return None

    def _narrow(self, now: Sound, maybe: list[Entry]) -> list[Entry]:
        """Leave out what the sound turned out not to be."""
        more = bytes(self.sound[now.start + now.compared :])
        begin, end = now.compared, now.compared + len(more)
        now.maybe = [entry for entry in maybe if more.startswith(entry.core[begin:end])]
        now.compared = end
        return now.maybe

    def _tell(self, now: Sound, entry: Entry, *, ended: bool) -> Finding | Again | None:
        """The segments of a sound that is known for certain, as far as it has come."""
        is_whole = len(self.sound) - now.start >= len(entry.core)
        if len(now.told) < len(entry.segments):
            found = self._segment(now, entry, is_whole=is_whole)
            if found is not None:
                return found
        elif is_whole:
            now.maybe = [entry]
            self._finish(now.start + len(entry.core))
            return Again()
        return self._broke_off() if ended else None

    def _segment(self, now: Sound, entry: Entry, *, is_whole: bool) -> Finding | None:
        """The next segment of a sound, once it was heard to its end, or to its middle."""
        begin = self.form.ticks(now.start) - self.form.ticks(entry.lead)
        number = len(now.told)
        segment = entry.segments[number]
        segment = replace(segment, offset=max(0, begin + segment.offset))
        if self.ticks >= segment.end or is_whole:
            segment = self._clipped(segment)
            now.told.append(self.form.size(segment.end))
            return Heard(segment)
        if self.ticks >= segment.offset + segment.duration // 2 and now.halved < number:
            now.halved = number
            return Partly(segment)
        return None

    def _clipped(self, segment: Segment) -> Segment:
        """No segment ends after the sound that has come: the client would skip what follows."""
        return replace(segment, duration=max(0, min(segment.duration, self.ticks - segment.offset)))

    def _unknown(self, now: Sound, patience: Patience, *, ended: bool) -> Unknown | None:
        """A strange sound ends with a pause, at the longest time allowed, or with the stream."""
        if self._ledger.knows_hashes_alone and not ended:
            return None
        end = now.start + self.form.last_sound(self.sound[now.start :])
        lasted = self.form.ticks(end - now.start)
        pause = self.form.ticks(len(self.sound) - end)
        if not ended and pause < patience.within and lasted < patience.longest:
            return None
        self._finish(max(end, now.start + self.form.frame))
        return Unknown(self.form.ticks(now.start), lasted)

    def _broke_off(self) -> Unknown:
        """The stream ended before the sound did."""
        self._finish(len(self.sound))
        return Unknown(self.ticks, 0)

    def _known_whole(self) -> Entry | None:
        """What is known of the whole stream by its hash alone."""
        if not self._ledger.knows_hashes_alone:
            return None
        entry = self._ledger.whole(self.sound)
        return None if entry is None or entry.core else entry

    def _tell_whole(self, entry: Entry) -> Heard | None:
        if self._told_whole >= len(entry.segments):
            self._finish(len(self.sound))
            return None
        self._told_whole += 1
        return Heard(self._clipped(entry.segments[self._told_whole - 1]))

    def _finish(self, size: int) -> None:
        """The present sound ended there."""
        self._done = self._quiet = min(size, len(self.sound))
        if self._now is not None and self._now.maybe:
            self._now.end = self._done
            self._past.append(self._now)
        self._now = None
