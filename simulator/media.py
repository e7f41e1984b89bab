"""What is played and asked on one call: a queue of operations, one running at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from simulator import events
from simulator.answering import Answering, PersonaAnswers
from simulator.asking import ask
from simulator.calls import Call
from simulator.events import Event
from simulator.phone_answers import PhoneAnswers, say_to
from simulator.prompts import prompt_seconds
from simulator.recognizing import Recognize
from simulator.recordings import Recordings, Unplayable
from simulator.tasks import Tasks
from simulator.wire import Play

#: Shortest round of a looped prompt, in seconds, so that an empty one does not spin.
MIN_LOOP = 1.0


@dataclass(eq=False)
class Operation:
    """A play or a recognition that was accepted and is not over."""

    request: Play | Recognize
    over: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None


class Media:
    """The media operations of one call, in the order they came."""

    def __init__(
        self,
        call: Call,
        tasks: Tasks,
        recordings: Recordings,
        *,
        patient_leaves: Callable[[], None],
    ) -> None:
        self._call = call
        self._tasks = tasks
        self._recordings = recordings
        self._patient_leaves = patient_leaves
        self._operations: list[Operation] = []

    def submit(self, request: Play | Recognize) -> None:
        """Queue an operation, or let it push the others out if it asks to."""
        if request.interrupt:
            self.cancel_all()
        before = self._operations[-1].over if self._operations else None
        self._call.note(request)
        operation = Operation(request)
        self._operations.append(operation)
        operation.task = self._tasks.start(self._perform(operation, before))

    def cancel_all(self) -> None:
        """End what runs and what waits, each with its own Canceled event."""
        cancelled, self._operations = self._operations, []
        if cancelled and self._call.phone is not None:
            self._call.phone.tell("quiet")
        for operation in cancelled:
            if operation.task is not None:
                operation.task.cancel()
            operation.over.set()
            self._emit_canceled(operation.request)

    async def _perform(self, operation: Operation, before: asyncio.Event | None) -> None:
        if before is not None:
            await before.wait()
        try:
            result = await self._result(operation.request)
        except Unplayable as failure:
            result = self._failed(operation.request, failure)
        if result is None:
            self._patient_leaves()
            return
        self._operations.remove(operation)
        self._call.emit(result, operation.request.callback_uri)
        operation.over.set()

    async def _result(self, request: Play | Recognize) -> Event | None:
        """Let it be heard, and answered; the event that tells of it."""
        call = self._call
        request = replace(request, prompts=await self._recordings.timed(request.prompts))
        if call.phone is not None:
            request = replace(request, prompts=await call.phone.sounds.of(request.prompts))
        for prompt in request.prompts:
            call.write("ringwell", request.operation_context, text=prompt.text)
        if request.prompts:
            started = events.play_started(call.ref, call.now(), context=request.operation_context)
            call.emit(started, request.callback_uri)
        if call.phone is not None:
            say_to(call.phone, request)
        if isinstance(request, Play):
            return await self._play(request)
        return await ask(call, request, self._answering(request))

    def _answering(self, request: Recognize) -> Answering:
        call = self._call
        if call.phone is not None:
            return PhoneAnswers(call, call.phone, request)
        return PersonaAnswers(call, request)

    async def _play(self, request: Play) -> Event:
        seconds = prompt_seconds(request.prompts)
        await self._call.clock.sleep(seconds)
        while request.loop:
            await self._call.clock.sleep(max(seconds, MIN_LOOP))
        call = self._call
        return events.play_completed(call.ref, call.now(), context=request.operation_context)

    def _emit_canceled(self, request: Play | Recognize) -> None:
        call, context = self._call, request.operation_context
        build = events.play_canceled if isinstance(request, Play) else events.recognize_canceled
        call.emit(build(call.ref, call.now(), context=context), request.callback_uri)

    def _failed(self, request: Play | Recognize, failure: Unplayable) -> Event:
        """A prompt that could not be played; a recognition names no cause of its own."""
        call, context = self._call, request.operation_context
        if isinstance(request, Play):
            return events.play_failed(
                call.ref, call.now(), result=failure.result, index=failure.index, context=context
            )
        result, index = events.PROMPT_FAILED, failure.index
        return events.recognize_failed(
            call.ref, call.now(), result=result, index=index, context=context
        )
