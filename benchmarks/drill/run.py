"""One run of the drill: calls go out, things die and come back, until all is quiet."""

import time
from dataclasses import dataclass, field
from datetime import timedelta

import psycopg

from benchmarks.drill.strikes import Recovery, Strike
from benchmarks.processes import Installation

PAUSE = 0.25
#: The next strike waits this long at most for the one before to be overcome.
PATIENCE = 20.0
#: Nothing has moved for so long: whoever is still on the line waits for an event that is lost.
QUIET = 12.0
#: Then the sweeper looks as if it were so much later, instead of the drill waiting for it.
LATER = (100, 200, 400, 1000)
#: Where events are lost for good, it also looks when so many of those on the line have waited
#: that long while others go on; and just so much later that it takes nobody else's line.
STUCK = 0.5
LATER_FOR_THE_STUCK = 90 - QUIET + 1
#: All calls are over: late events may still come for so long.
SETTLED = 6.0
#: Then beat, which looks every 5 s, has to be heard of within so long.
LOOK_WITHIN = 20.0

_LOOK = """
SELECT (SELECT count(*) FROM reminders_contact),
       (SELECT coalesce(max(id), 0) FROM calls_callevent),
       count(*) FILTER (WHERE status = 'ended'),
       count(*) FILTER (WHERE status <> 'ended'),
       (SELECT count(*) FROM reminders_appointment WHERE next_call_at <= %s),
       (SELECT count(*) FROM calls_callevent
        WHERE state IN ('stored', 'failed') AND tries < 5),
       count(*) FILTER (WHERE status = 'connected' AND heard_at <= %s)
  FROM calls_callattempt
"""


@dataclass(frozen=True)
class Seen:
    """The rows in a few figures."""

    placed: int
    last_event: int
    ended: int
    open: int
    due: int
    not_understood: int
    #: On the line without news; time alone changes it.
    waiting: int = field(compare=False)

    @property
    def is_over(self) -> bool:
        """Nobody is on the line, nobody is to be called, nothing waits to be understood."""
        return not self.open and not self.due and not self.not_understood


@dataclass
class Run:
    """The state of a run."""

    ringwell: Installation
    strikes: list[Strike]
    calls: int
    limit: float
    #: Events are lost for good.
    is_lossy: bool = False
    recoveries: list[Recovery] = field(default_factory=list)
    #: How often the sweeper was told that it is later than it is.
    leaps: int = 0
    seconds: float = 0.0
    is_over: bool = False
    #: Beat is heard of after all that: who would look tomorrow?
    is_looking: bool = False

    def __post_init__(self) -> None:
        self._connection: psycopg.Connection | None = None
        self._mend_at: float | None = None
        self._last: Seen | None = None
        self._moved_at = time.monotonic()
        self._leaps_in_a_row = 0
        self._leapt_at = time.monotonic()

    def go(self) -> None:
        """Look, strike, mend, until it is over or takes too long."""
        started = time.monotonic()
        while not self.is_over and time.monotonic() - started < self.limit:
            time.sleep(PAUSE)
            seen = self._look()
            if seen is not None:
                self._note(seen)
                self._leap(seen)
                self.is_over = seen.is_over and self._is_settled() and self._mend_at is None
            self._strike(seen)
            self.seconds = self._moved_at - started
        self.is_looking = self._beat_lives()

    def _beat_lives(self) -> bool:
        """No call ends any more, so that beat alone can make somebody look."""
        deadline = time.monotonic() + LOOK_WITHIN
        first = self._last_look()
        while time.monotonic() < deadline:
            time.sleep(1)
            if self._last_look() != first:
                return True
        return False

    def _last_look(self) -> object:
        with psycopg.connect(self.ringwell.database, connect_timeout=2) as connection:
            return connection.execute("SELECT last_look_at FROM reminders_installation").fetchone()

    def _look(self) -> Seen | None:
        """None while the database is away."""
        try:
            if self._connection is None or self._connection.closed:
                self._connection = psycopg.connect(
                    self.ringwell.database, connect_timeout=2, autocommit=True
                )
            now = self.ringwell.now()
            row = self._connection.execute(_LOOK, [now, now - timedelta(seconds=QUIET)]).fetchone()
        except psycopg.Error:
            return None
        assert row
        return Seen(*row)

    def _note(self, seen: Seen) -> None:
        before, self._last = self._last, seen
        if before is None or before == seen:
            return
        self._moved_at, self._leaps_in_a_row = time.monotonic(), 0
        with (self.ringwell.folder / "progress.log").open("a") as log:
            print(f"{time.monotonic():.1f} {seen}", file=log)
        if self.recoveries:
            self.recoveries[-1].note(
                called=seen.placed > before.placed, heard=seen.last_event > before.last_event
            )

    def _is_settled(self) -> bool:
        return time.monotonic() - self._moved_at > SETTLED

    def _leap(self, seen: Seen) -> None:
        if not seen.open or self._mend_at is not None:
            return
        now = time.monotonic()
        if now - self._moved_at >= QUIET:
            self._look_ahead(LATER[min(self._leaps_in_a_row, len(LATER) - 1)])
            leaps = self._leaps_in_a_row + 1
            self._moved_at, self._leaps_in_a_row = time.monotonic() - QUIET / 2, leaps
        elif self.is_lossy and seen.waiting >= STUCK * seen.open and now - self._leapt_at >= QUIET:
            self._look_ahead(LATER_FOR_THE_STUCK)

    def _look_ahead(self, seconds: float) -> None:
        """Let the sweeper look as if it were so much later."""
        moment = self.ringwell.now() + timedelta(seconds=seconds)
        self.ringwell.manage("close_stale_calls", "--now", moment.isoformat())
        self.leaps += 1
        self._leapt_at = time.monotonic()

    def _strike(self, seen: Seen | None) -> None:
        now = time.monotonic()
        if self._mend_at is not None:
            if now >= self._mend_at:
                self._mend()
        elif seen and self.strikes and self._is_due(seen, now):
            strike = self.strikes[0]
            self.recoveries.append(Recovery(strike.name, hit_at=now))
            strike.hit()
            self._mend_at = now + strike.seconds

    def _is_due(self, seen: Seen, now: float) -> bool:
        last = self.recoveries[-1] if self.recoveries else None
        is_free = last is None or last.is_over or now - last.hit_at > PATIENCE
        return is_free and seen.ended >= self.strikes[0].at * self.calls

    def _mend(self) -> None:
        self.strikes.pop(0).mend()
        self._mend_at = None
        self._moved_at = time.monotonic()
        self.recoveries[-1].down = time.monotonic() - self.recoveries[-1].hit_at
