"""One test call, told as it goes: what Azure did, what came back, how fast we answered."""

import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from calls import acting, rehearsing, tracing
from calls.conversation.vocabulary import AttemptStatus, Outcome
from calls.dialling import dial
from calls.gateway.acs import gateway
from calls.gateway.errors import GatewayError
from calls.models import CallAttempt, CallEvent, LineAction, Recognition
from calls.models.event import EventState
from calls.models.line import ActionState
from config import clock
from reminders.models import Clinic

#: Seconds between two looks at the rows of the call.
LOOK_EVERY = 0.5
#: Seconds after which the call is ended, whatever it does.
LONGEST = 240.0
#: Seconds a taken call may be without a callback before that is told.
CALLBACK_DUE = 10.0
#: Of these the note says why.
_UNWANTED = (Outcome.FAILED_PROVIDER, Outcome.NOT_PLACED)


@dataclass
class Trial:
    """A call under way, and what of it was told already."""

    attempt: CallAttempt
    #: Seconds since it was dialled, by the machine's own clock.
    elapsed: Callable[[], float]
    _events: set[int] = field(default_factory=set)
    _actions: set[int] = field(default_factory=set)
    _told: set[str] = field(default_factory=set)

    def news(self) -> Iterator[str]:
        """What happened since the last look."""
        understood = self.attempt.events.exclude(state=EventState.STORED)
        for event in understood.exclude(pk__in=self._events):
            self._events.add(event.pk)
            yield f"{event} {self._heard(event)}".rstrip()
        done = self.attempt.actions.filter(state=ActionState.DONE)
        for action in done.exclude(pk__in=self._actions):
            self._actions.add(action.pk)
            yield f"-> {action.kind} {action.operation_context}".rstrip()
        yield from self._silence()

    def _heard(self, event: CallEvent) -> str:
        heard = Recognition.objects.filter(event=event).first()
        if heard is None:
            return "" if event.state == EventState.HANDLED else f"({event.state})"
        said = heard.label or heard.speech or "nothing understood"
        told = [f"“{heard.phrase}”" if heard.phrase else "", heard.language, heard.sentiment]
        return f"{heard.step}: {' '.join([said, *filter(None, told)])}"

    def _silence(self) -> Iterator[str]:
        """Azure says that somebody answered, and told us nothing."""
        if self._events or self.elapsed() < CALLBACK_DUE or "silence" in self._told:
            return
        connection_id = CallAttempt.objects.values_list("call_connection_id", flat=True).get(
            pk=self.attempt.pk
        )
        try:
            with tracing.asking("look", self.attempt.pk):
                call = gateway().look(connection_id) if connection_id else None
        except GatewayError:
            return
        if call is not None and call.state == "connected":
            self._told.add("silence")
            yield (
                "MEND  the call is answered and no callback came: "
                "Azure does not reach PUBLIC_URL, or the proxy keeps /callbacks/ to itself"
            )


def place(clinic: Clinic, phone: str, tag: str, *, by: str) -> Generator[str, None, None]:
    """Ring a telephone with the clinic's texts, and tell line by line what is seen.

    The call is a rehearsal: an invented patient, nothing stored but the call itself.
    It is hung up when the caller stops listening to this.

    Raises:
        Refused: it may not be made.
        ValueError: the phone is no number in E.164.
    """
    attempt = rehearsing.request(clinic, phone, tag, clock.now(), by=by)
    started = time.monotonic()
    trial = Trial(attempt, lambda: time.monotonic() - started)
    try:
        placed = dial(attempt.pk, clock.now)
        yield _line(trial, f"dialled: {placed or 'by another process'}")
        while _is_open(attempt) and trial.elapsed() < LONGEST:
            yield from (_line(trial, news) for news in trial.news())
            time.sleep(LOOK_EVERY)
        yield from (_line(trial, news) for news in trial.news())
    finally:
        if _is_open(attempt):
            acting.hang_up(attempt.pk, clock.now())
    yield from _ending(attempt)


def _line(trial: Trial, text: str) -> str:
    return f"{trial.elapsed():6.1f} s  {text}"


def _is_open(attempt: CallAttempt) -> bool:
    return CallAttempt.objects.exclude(status=AttemptStatus.ENDED).filter(pk=attempt.pk).exists()


def _ending(attempt: CallAttempt) -> Iterator[str]:
    attempt.refresh_from_db()
    if attempt.is_open:
        yield "The call is not over for us; it was hung up. `close_stale_calls` ends it."
        return
    codes = f" (Azure: {attempt.end_code}/{attempt.end_sub_code})" if attempt.end_code else ""
    why = attempt.note if attempt.outcome in _UNWANTED else ""
    yield f"It ended as {attempt.outcome}{codes}. {why}".rstrip()
    if (slowest := _slowest(attempt)) is not None:
        yield f"From a callback to our next action: {slowest.total_seconds():.2f} s at the most."


def _slowest(attempt: CallAttempt) -> timedelta | None:
    """The longest that somebody on the line waited for us."""
    done = LineAction.objects.filter(attempt=attempt, state=ActionState.DONE)
    return max((row.done_at - row.created_at for row in done if row.done_at), default=None)
