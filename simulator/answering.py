"""How an answer comes about during one recognition: when somebody acts, and what they do."""

from __future__ import annotations

from collections import deque
from typing import Protocol

from simulator.acts import Done, HangUp, Nothing, Press, Question, ServiceFails
from simulator.calls import Call
from simulator.prompts import prompt_seconds
from simulator.recognizing import Recognize

#: Seconds between two keys of somebody who types.
TYPING = 0.4


class Answering(Protocol):
    """Who is asked: a persona, or a person at the telephone page."""

    async def act(self) -> Done:
        """The next thing done, once it is done; Nothing when the initial silence is over."""

    async def next_key(self, seconds: float) -> str | None:
        """The key after the one before; None when so many seconds passed without one."""


class PersonaAnswers:
    """A persona knows at once what it will do, and when."""

    def __init__(self, call: Call, request: Recognize) -> None:
        self._call = call
        self._request = request
        self._done: Done | None = None
        self._keys: deque[str] = deque()
        #: Seconds of the line until the initial silence is over.
        self._left = prompt_seconds(request.prompts) + request.initial_silence

    async def act(self) -> Done:
        """The one act at its time, then nothing more."""
        if self._done is not None:
            await self._pass(self._left)
            return Nothing()
        self._done = self._call.patient.answer(Question.of(self._request))
        reached = await self._reaches(self._done)
        if reached and isinstance(self._done, Press):
            self._keys.extend(self._done.keys[1:])
        return self._done if reached else Nothing()

    async def next_key(self, seconds: float) -> str | None:
        await self._call.clock.sleep(TYPING if self._keys else seconds)
        return self._keys.popleft() if self._keys else None

    async def _reaches(self, act: Done) -> bool:
        """Wait until the patient acts; False when the initial silence is over first."""
        request, patient = self._request, self._call.patient
        prompt = prompt_seconds(request.prompts)
        at = None if isinstance(act, Nothing | ServiceFails) else act.at
        # A receiver can be put down at any time; an answer counts early only if it may interrupt.
        if at is not None and (request.interrupt_prompt or isinstance(act, HangUp)):
            await self._pass(prompt * at)
            return True
        thinking = patient.thinking_seconds(act, request.initial_silence)
        late = isinstance(act, Nothing) or thinking > request.initial_silence
        await self._pass(self._left if late else prompt + thinking)
        return not late

    async def _pass(self, seconds: float) -> None:
        self._left -= seconds
        await self._call.clock.sleep(seconds)
