"""What is played and asked on one call: a queue of operations, one running at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from simulator import events
from simulator.asking import ask
from simulator.calls import Call
from simulator.events import Event
from simulator.tasks import Tasks
from simulator.wire import Play, Recognize, prompt_seconds

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

    def __init__(self, call: Call, tasks: Tasks, *, patient_leaves: Callable[[], None]) -> None:
        self._call = call
        self._tasks = tasks
        self._patient_leaves = patient_leaves
        self._operations: list[Operation] = []

    def submit(self, request: Play | Recognize) -> None:
        """Queue an operation, or let it push the others out if it asks to."""
        if request.interrupt:
            self.cancel_all()
        before = self._operations[-1].over if self._operations else None
        operation = Operation(request)
        self._operations.append(operation)
        operation.task = self._tasks.start(self._perform(operation, before))

    def cancel_all(self) -> None:
        """End what runs and what waits, each with its own Canceled event."""
        cancelled, self._operations = self._operations, []
        for operation in cancelled:
            if operation.task is not None:
                operation.task.cancel()
            operation.over.set()
            self._emit_canceled(operation.request)

    async def _perform(self, operation: Operation, before: asyncio.Event | None) -> None:
        if before is not None:
            await before.wait()
        call, request = self._call, operation.request
        for prompt in request.prompts:
            call.write("ringwell", request.operation_context, text=prompt.text)
        if request.prompts:
            started = events.play_started(call.ref, call.now(), context=request.operation_context)
            call.emit(started, request.callback_uri)
        result = await (self._play(request) if isinstance(request, Play) else ask(call, request))
        if result is None:
            self._patient_leaves()
            return
        self._operations.remove(operation)
        call.emit(result, request.callback_uri)
        operation.over.set()

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
