"""From a step to what is said and listened for: prompts, input type, parameters."""

from collections.abc import Sequence
from dataclasses import replace

from calls.conversation.actions import (
    Action,
    Ask,
    Choice,
    ForChoices,
    ForKeys,
    ForSpeech,
    ForSpeechOrKeys,
    Listen,
    Prompt,
    Say,
)
from calls.conversation.script import Script
from calls.conversation.state import State
from calls.conversation.vocabulary import KEYS, Step

#: Seconds for which a greeting may let us wait: a person's "hello" comes at once.
GREETING_SILENCE = 3
#: The recorded prompts of a call whose speech service failed.
FALLBACKS = {
    Step.RIGHT_PARTY: "fallback_right_party",
    Step.MENU: "fallback_menu",
    Step.READ_BACK: "fallback_read_back",
}
FALLBACK_CLOSING = "fallback_closing"


def ask(
    state: State,
    step: Step,
    script: Script,
    *,
    lead: Sequence[Prompt] = (),
    opening: bool = False,
    misses: int = 0,
) -> tuple[State, tuple[Action, ...]]:
    """Ask a step's question: in full, then plainer, then by keypad only.

    ``lead`` is said before it, in the same breath.
    """
    state = replace(state, step=step, turn=state.turn + 1, misses=misses)
    keys = [*(["opening"] if opening else []), *_question(state, step, script)]
    if state.recorded:
        keys, lead = [FALLBACKS[step]], ()
    question = Ask(
        context=state.context,
        prompts=(*lead, *(prompt(state, key, script) for key in keys)),
        listen=_listen(state, step, script),
        interrupt_prompt=script.profile.interrupt_prompt,
        interrupt_media=script.profile.interrupt_media,
        sentiment=script.profile.sentiment and not state.keypad and step is not Step.IDENTITY,
    )
    return state, () if state.ended else (question,)


def say(
    state: State, step: Step, keys: Sequence[str], script: Script
) -> tuple[State, tuple[Action, ...]]:
    """Say something, and listen to nothing."""
    state = replace(state, step=step, turn=state.turn + 1)
    if state.recorded:
        keys = [FALLBACK_CLOSING]
    words = Say(context=state.context, prompts=tuple(prompt(state, k, script) for k in keys))
    return state, () if state.ended else (words,)


def prompt(state: State, key: str, script: Script) -> Prompt:
    """One text in the language of the conversation.

    Raises:
        NotIdentified: it speaks of a visit, and the right person is not there.
    """
    language = state.language or script.languages[0]
    if script.is_public(key):
        return script.prompt(language, key)
    who = state.identified()
    if who is None:
        raise NotIdentified(key)
    return script.visit_prompt(who, state.visit, language, key)


class NotIdentified(Exception):
    """A bug of the dialogue: it wanted to speak of a visit to whoever is there."""


def can_go_on_recorded(state: State, script: Script) -> bool:
    """Whether the rest of the call can be had without speech.

    A recording names nobody. So to whoever picked up it offers a call back and the end of
    the calls, and only the right person, asked for before, is asked about the visit; about
    one, since a recording cannot tell visits apart.
    """
    language = state.language or script.languages[0]
    if not script.has_recording(language, FALLBACK_CLOSING):
        return False
    if state.step is Step.RIGHT_PARTY:
        return script.has_recording(language, FALLBACKS[Step.RIGHT_PARTY])
    keys = (FALLBACKS[Step.MENU], FALLBACKS[Step.READ_BACK])
    return (
        state.verified
        and len(script.visits) == 1
        and all(script.has_recording(language, key) for key in keys)
    )


def _question(state: State, step: Step, script: Script) -> list[str]:
    """The keys of the texts that ask a step's question."""
    match step:
        case Step.GREETING:
            return []
        case Step.IDENTITY:
            assert script.identity is not None
            return [f"identity_{script.identity.kind}"]
        case Step.REASON | Step.PREFERENCE:
            return [step.value]
    plainness = 2 if state.keypad else min(state.misses, 2)
    key = step.value + ("", "_plainer", "_keys")[plainness]
    return [key, *_offers(plainness, script)] if step is Step.MENU else [key]


def _offers(plainness: int, script: Script) -> list[str]:
    """What else the menu has; the plainer question names the two main answers only."""
    if plainness == 1:
        return []
    offered = {
        "offer_reschedule": script.offer_reschedule,
        "offer_staff": script.offer_staff,
        "offer_repeat": True,
    }
    return [key for key, is_on in offered.items() if is_on]


def _listen(state: State, step: Step, script: Script) -> Listen:
    profile = script.profile
    match step:
        case Step.IDENTITY:
            assert script.identity is not None
            is_pin = script.identity.kind == "pin"
            return _keys(script, profile.pin_digits if is_pin else script.identity.digits)
        case Step.GREETING:
            return _speech(state, script, GREETING_SILENCE)
        case Step.REASON:
            return _speech(state, script, profile.speech_silence_seconds)
        case Step.PREFERENCE if state.keypad:
            return _keys(script, 1)
        case Step.PREFERENCE:
            return ForSpeechOrKeys(
                languages=_languages(state, script),
                initial_silence=profile.speech_silence_seconds,
                end_silence=profile.end_silence_seconds,
                max_tones=1,
                inter_tone=profile.inter_tone_seconds,
                stop_tones=profile.stop_tones,
                model=profile.speech_model,
            )
        case _ if state.keypad:
            return _keys(script, 1)
    return ForChoices(
        choices=tuple(
            Choice(label=label.value, phrases=tuple(phrases), tone=KEYS[label])
            for label, phrases in script.choices(step).items()
        ),
        languages=_languages(state, script),
        initial_silence=profile.choices_silence_seconds,
        model=profile.speech_model,
    )


def _keys(script: Script, digits: int) -> ForKeys:
    profile = script.profile
    return ForKeys(
        max_tones=digits,
        initial_silence=profile.keys_silence_seconds,
        inter_tone=profile.inter_tone_seconds,
        stop_tones=profile.stop_tones if digits > 1 else (),
    )


def _speech(state: State, script: Script, silence: int) -> ForSpeech:
    return ForSpeech(
        languages=_languages(state, script),
        initial_silence=silence,
        end_silence=script.profile.end_silence_seconds,
        model=script.profile.speech_model,
    )


def _languages(state: State, script: Script) -> tuple[str, ...]:
    return (state.language, *(x for x in script.languages if x != state.language))
