"""One recognition: the prompt, what the patient does about it, and what was heard."""

from __future__ import annotations

from simulator import events, listening
from simulator.calls import Call
from simulator.events import Event, Result
from simulator.personas import Act, HangUp, Nothing, Press, Say, ServiceFails
from simulator.wire import Recognize, prompt_seconds, spoken_seconds

#: Seconds of quiet that end an utterance; the service's default, and not settable for choices.
END_SILENCE = 0.5


async def ask(call: Call, request: Recognize) -> Event | None:
    """Play the prompt, wait for the patient, and answer with the event; None: they hung up."""
    act = call.patient.answer([choice.label for choice in request.choices])
    if not await _reaches_an_act(call, request, act):
        return _failed(call, request, events.INITIAL_SILENCE)
    match act:
        case Press(key=key):
            return _key_pressed(call, request, key)
        case Say():
            return await _words_said(call, request, act)
        case ServiceFails():
            return _failed(call, request, events.AI_SERVICE_FAILED)
        case _:
            return None


async def _reaches_an_act(call: Call, request: Recognize, act: Act) -> bool:
    """Wait until the patient acts; False when the initial silence is over first."""
    prompt = prompt_seconds(request.prompts)
    at = None if isinstance(act, Nothing | ServiceFails) else act.at
    # A receiver can be put down at any time; an answer counts early only if it may interrupt.
    if at is not None and (request.interrupt_prompt or isinstance(act, HangUp)):
        await call.clock.sleep(prompt * at)
        return True
    await call.clock.sleep(prompt)
    limit = request.initial_silence
    thinking = call.patient.thinking_seconds(act, limit)
    late = isinstance(act, Nothing) or thinking > limit
    await call.clock.sleep(limit if late else thinking)
    return not late


def _key_pressed(call: Call, request: Recognize, key: str) -> Event:
    label = listening.label_of_key(key, request.choices)
    call.reply(request.operation_context, label, key=key)
    if label is None:
        return _failed(call, request, events.TONE_NOT_MATCHED)
    return events.recognized_key(
        call.ref, call.now(), label=label, context=request.operation_context
    )


async def _words_said(call: Call, request: Recognize, act: Say) -> Event:
    words = call.patient.wording(act)
    heard = listening.hear(words, call.patient.persona.language, request.choices, request.languages)
    label = None if heard is None else heard.label
    call.reply(request.operation_context, label, text=words)
    await call.clock.sleep(spoken_seconds(words) + END_SILENCE)
    if heard is None:
        return _failed(call, request, events.PHRASE_NOT_MATCHED)
    return events.recognized_choice(
        call.ref,
        call.now(),
        label=heard.label,
        phrase=heard.phrase,
        confidence=call.patient.confidence(),
        language=heard.language if request.tells_language else None,
        sentiment=act.sentiment if request.sentiment else None,
        context=request.operation_context,
    )


def _failed(call: Call, request: Recognize, result: Result) -> Event:
    context = request.operation_context
    return events.recognize_failed(call.ref, call.now(), result=result, context=context)
