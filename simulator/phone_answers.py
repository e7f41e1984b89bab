"""What a person at the telephone page is asked, and how their answer comes about."""

from __future__ import annotations

import asyncio

from simulator.acts import Done, Nothing, Press, Question
from simulator.calls import Call
from simulator.phones import Phone
from simulator.prompts import prompt_seconds
from simulator.recognizing import Recognize
from simulator.wire import Play


def say_to(phone: Phone, request: Play | Recognize) -> None:
    """Let the page show what is being said, and what is asked for."""
    phone.tell(
        "prompt",
        prompts=[
            {
                "text": prompt.text,
                "seconds": prompt.seconds,
                "locale": prompt.locale,
                "sound": None if prompt.sound is None else phone.sounds.keep(prompt.sound),
            }
            for prompt in request.prompts
        ],
    )
    if isinstance(request, Recognize):
        phone.tell(
            "listen",
            input=request.kind.value,
            choices=[{"label": choice.label, "key": choice.key} for choice in request.choices],
            languages=list(request.languages),
            tones=0 if request.tones is None else request.tones.most,
            stops=[] if request.tones is None else list(request.tones.stops),
            after=prompt_seconds(request.prompts),
            silence=request.initial_silence,
            interrupt=request.interrupt_prompt,
        )


class PhoneAnswers:
    """A person acts when they like; what counts is whether somebody listens then."""

    def __init__(self, call: Call, phone: Phone, request: Recognize) -> None:
        call.patient.hears(Question.of(request))
        phone.forget_acts()
        self._phone = phone
        self._may_interrupt = request.interrupt_prompt
        self._prompt_over = self._now() + prompt_seconds(request.prompts)
        self._silence_over = self._prompt_over + request.initial_silence

    async def act(self) -> Done:
        act = await self._phone.next_act(self._silence_over - self._now())
        if act is None:
            return Nothing()
        if isinstance(act, Nothing) or not self._may_interrupt:
            await asyncio.sleep(max(0.0, self._prompt_over - self._now()))
        self._phone.tell("quiet")
        return act

    async def next_key(self, seconds: float) -> str | None:
        until = self._now() + seconds
        while (act := await self._phone.next_act(until - self._now())) is not None:
            if isinstance(act, Press):
                return act.keys[0]
        return None

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
