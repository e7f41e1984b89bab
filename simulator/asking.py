"""One recognition: what is done about it, and what was heard."""

from __future__ import annotations

from simulator import events, listening
from simulator.acts import HangUp, Nothing, Press, Say, ServiceFails, meaning_of_keys
from simulator.answering import Answering
from simulator.calls import Call
from simulator.events import Event, Result
from simulator.prompts import spoken_seconds
from simulator.recognizing import TONES, Input, Recognize


async def ask(call: Call, request: Recognize, answering: Answering) -> Event | None:
    """Wait for an answer, and turn it into the event; None: they hung up."""
    while True:
        match await answering.act():
            case Press(keys=keys) if request.kind is Input.CHOICES:
                return _choice_pressed(call, request, keys[0])
            case Press(keys=keys) if request.kind.takes_keys:
                return await _keys_pressed(call, request, answering, keys[0])
            case Say() as said if request.kind.takes_words:
                return await _words_said(call, request, said)
            case Press(keys=keys):  # nobody listens to it
                call.reply(request, key=keys)
            case Say() as said:
                call.reply(request, text=call.patient.wording(said))
            case ServiceFails():
                return _failed(call, request, events.AI_SERVICE_FAILED)
            case HangUp():
                return None
            case Nothing():
                return _failed(call, request, events.INITIAL_SILENCE)


def _choice_pressed(call: Call, request: Recognize, key: str) -> Event:
    label = listening.label_of_key(key, request.choices)
    call.reply(request, key=key, label=label, means=label, understood=label is not None)
    if label is None:
        return _failed(call, request, events.TONE_NOT_MATCHED)
    return events.recognized_key(
        call.ref, call.now(), label=label, context=request.operation_context
    )


async def _keys_pressed(call: Call, request: Recognize, answering: Answering, first: str) -> Event:
    """Collect keys until there are enough, one ends them, or none comes in time."""
    tones = request.tones
    assert tones is not None
    keys, key, result = "", first, events.INTER_DIGIT_TIMEOUT
    while True:
        if key in tones.stops:
            result = events.STOP_TONE
            break
        keys += key
        if len(keys) == tones.most:
            key, result = "", events.MAX_TONES
            break
        following = await answering.next_key(tones.between)
        if following is None:
            key = ""
            break
        key = following
    return _keys_collected(call, request, keys, key, result)


def _keys_collected(call: Call, request: Recognize, keys: str, stop: str, result: Result) -> Event:
    understood = result is not events.INTER_DIGIT_TIMEOUT
    means = meaning_of_keys(keys, call.patient.step) if understood else None
    call.reply(request, key=keys + stop, means=means, understood=understood)
    if not understood:
        return _failed(call, request, result)
    return events.recognized_tones(
        call.ref,
        call.now(),
        tones=[TONES[key] for key in keys],
        result=result,
        context=request.operation_context,
    )


async def _words_said(call: Call, request: Recognize, said: Say) -> Event:
    words = call.patient.wording(said)
    language = said.language or call.patient.persona.language
    if request.kind is Input.CHOICES:
        return await _choice_said(call, request, said, words, language)
    locale = listening.identify(language, request.languages)
    understood = locale is not None and bool(listening.normalise(words))
    means = said.means if understood else None
    call.reply(request, text=words, means=means, understood=understood)
    await call.clock.sleep(spoken_seconds(words) + request.end_silence)
    if not understood:
        return _failed(call, request, events.SPEECH_NOT_RECOGNIZED)
    return events.recognized_speech(
        call.ref,
        call.now(),
        speech=words,
        confidence=call.patient.confidence(),
        language=locale if request.tells_language else None,
        sentiment=said.sentiment if request.sentiment else None,
        context=request.operation_context,
    )


async def _choice_said(
    call: Call, request: Recognize, said: Say, words: str, language: str
) -> Event:
    heard = listening.hear(words, language, request.choices, request.languages)
    label = None if heard is None else heard.label
    call.reply(request, text=words, label=label, means=label, understood=heard is not None)
    await call.clock.sleep(spoken_seconds(words) + request.end_silence)
    if heard is None:
        return _failed(call, request, events.PHRASE_NOT_MATCHED)
    return events.recognized_choice(
        call.ref,
        call.now(),
        label=heard.label,
        phrase=heard.phrase,
        confidence=call.patient.confidence(),
        language=heard.language if request.tells_language else None,
        sentiment=said.sentiment if request.sentiment else None,
        context=request.operation_context,
    )


def _failed(call: Call, request: Recognize, result: Result) -> Event:
    context = request.operation_context
    return events.recognize_failed(call.ref, call.now(), result=result, context=context)
