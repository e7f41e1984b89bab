"""Any script, any events, in any order: what never happens, and that it always ends."""

from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from calls.conversation import wording
from calls.conversation.actions import Ask, HangUp, Say
from calls.conversation.asking import FALLBACK_CLOSING, FALLBACKS
from calls.conversation.dialogue import outcome, respond
from calls.conversation.events import (
    Cancelled,
    Connected,
    Ended,
    Event,
    Faulted,
    Lost,
    Miss,
    PromptDone,
    PromptStarted,
    Recognized,
    RecognizeFailed,
    TransferAccepted,
    TransferFailed,
)
from calls.conversation.script import IdentityCheck, Script, Transferring
from calls.conversation.state import State
from calls.conversation.vocabulary import KEYS, Label, LineEnd, Outcome, Step
from tests.calls.test_dialogue import T, make_script

LANGUAGES = ("en-US", "es-US", "fr-FR", "de-DE", "pt-BR", "ar-EG")
RECORDED = {
    key: {"kind": "file", "source": "https://ringwell.example/a.wav"}
    for key in (*FALLBACKS.values(), FALLBACK_CLOSING)
}
OPEN = Transferring(number="+12125550199", until=(T + timedelta(hours=1)).isoformat())
CHECK = IdentityCheck.of("birthday", ["0407"], "salt")
#: A word of the visit; no text before the identity may hold it.
SECRET = "Fridayatnoon"


@st.composite
def scripts(draw: Any) -> Script:
    """Every switch of a clinic, any of its languages, one to three visits."""
    count = draw(st.integers(1, 4))
    languages = tuple(draw(st.permutations(LANGUAGES)))[:count]
    switch = st.booleans()
    return make_script(
        *languages,
        whens=(SECRET,) * draw(st.integers(1, 3)),
        right_party=draw(switch),
        identity=draw(st.sampled_from([None, CHECK])),
        offer_reschedule=draw(switch),
        offer_staff=draw(switch),
        transferring=draw(st.sampled_from([None, OPEN])),
        ask_reason=draw(switch),
        ask_needs=draw(switch),
        listen_first=draw(switch),
        voicemail=draw(switch),
        keypad_only=draw(switch),
        reprompts=draw(st.integers(0, 3)),
        sounds=dict.fromkeys(languages, RECORDED) if draw(switch) else {},
    )


TONES = st.sampled_from(
    [
        *((), ("one",), ("two",), ("three",), ("zero",), ("nine",), ("asterisk",), ("five",)),
        *(("zero", "four", "zero", "seven"), ("one", "one", "one", "one"), ("one", "two")),
    ]
)
SPEECH = st.sampled_from(
    [
        *("", "hello", "please leave a message after the tone", "stop calling"),
        *("he passed away", "no me llame más", "ne m\u2019appelez plus", "Thursday"),
        "say your name",
    ]
)


@st.composite
def events(draw: Any, state: State) -> Event:
    """Something that may happen, most often in the context that is open."""
    here = {"at": T, "context": draw(st.sampled_from([state.context] * 6 + ["menu.2", "", "x.y"]))}
    label = st.sampled_from(["", "", "Unheard of", *map(str, Label)])
    return draw(
        st.one_of(
            st.just(Connected(at=T)),
            st.builds(
                Recognized, **_just(here), label=label, tones=TONES, phrase=SPEECH, speech=SPEECH
            ),
            st.builds(Recognized, **_just(here), label=st.sampled_from([*map(str, Label)])),
            st.builds(Recognized, **_just(here), tones=TONES),
            st.builds(RecognizeFailed, **_just(here), miss=st.sampled_from(Miss)),
            st.builds(PromptStarted, **_just(here)),
            st.builds(PromptDone, **_just(here), failed=st.booleans()),
            st.builds(TransferAccepted, **_just(here)),
            st.builds(TransferFailed, **_just(here)),
            st.builds(Cancelled, **_just(here)),
            st.builds(Ended, at=st.just(T), end=st.sampled_from(LineEnd)),
            st.sampled_from([Lost(at=T), Faulted(at=T)]),
        )
    )


def _just(values: dict[str, Any]) -> dict[str, Any]:
    return {name: st.just(value) for name, value in values.items()}


def spoken(actions: tuple[object, ...]) -> list[str]:
    """Every word that these actions say."""
    return [p.text for a in actions if isinstance(a, Ask | Say) for p in a.prompts]


@settings(max_examples=300, deadline=None)
@given(script=scripts(), data=st.data())
def test_nothing_comes_without_an_act_and_nothing_is_said_too_soon(
    script: Script, data: Any
) -> None:
    state = respond(State(), Connected(at=T), script).state
    acts: set[str] = set()
    said_yes = not script.right_party
    for _ in range(data.draw(st.integers(0, 25))):
        event = data.draw(events(state))
        stands = data.draw(st.sampled_from([(), (False,) * 3, (True, False, True)]))
        before = state
        turn = respond(state, event, script, stands=stands)
        state = turn.state
        if isinstance(event, Recognized) and event.context == before.context:
            acts |= _meant(before, event, script)
            said_yes |= before.step is Step.RIGHT_PARTY and "Yes" in _meant(before, event, script)
        passed = said_yes and (script.identity is None or state.verified)
        assert passed or not any(SECRET in text for text in spoken(turn.actions))
        assert not (before.ended and turn.actions)
        assert not (state.unverified and any(SECRET in text for text in spoken(turn.actions)))
    for place in (None, *range(len(script.visits))):
        result = outcome(state, place)
        assert result is not Outcome.CONFIRMED or "Confirm" in acts
        assert result is not Outcome.CANCELLED or "read back" in acts
        assert not state.opted_out or result is Outcome.OPTED_OUT


def _meant(state: State, event: Recognized, script: Script) -> set[str]:
    """What an event says by its label or its key at the step where it was heard."""
    by_key = {
        label.value
        for label in (script.choices(state.step) if state.step in _CHOICES else ())
        if len(event.tones) == 1 and KEYS[label] == event.tones[0] and not event.label
    }
    meant = {event.label} | by_key
    if state.step is Step.READ_BACK and "Yes" in meant:
        meant.add("read back")
    return meant


_CHOICES = (Step.RIGHT_PARTY, Step.MENU, Step.READ_BACK, Step.NEEDS)


@settings(max_examples=200, deadline=None)
@given(script=scripts(), data=st.data())
def test_stop_wins_at_every_step_in_every_language(script: Script, data: Any) -> None:
    state = respond(State(), Connected(at=T), script).state
    for _ in range(data.draw(st.integers(0, 12))):
        state = respond(state, data.draw(events(state)), script).state
    language = data.draw(st.sampled_from(script.languages))
    phrase = data.draw(st.sampled_from(script.phrases[language]["menu"]["Stop"]))
    how: dict[str, Any] = data.draw(
        st.sampled_from([{"label": "Stop", "phrase": phrase}, {"tones": ("nine",)}])
    )
    if state.step in (Step.REASON, Step.PREFERENCE, Step.GREETING):
        how = {"speech": phrase}
    state = respond(state, Recognized(at=T, context=state.context, **how), script).state
    assert state.opted_out
    for _ in range(5):
        state = respond(state, data.draw(events(state)), script).state
    assert outcome(state) is Outcome.OPTED_OUT


@settings(max_examples=200, deadline=None)
@given(script=scripts(), data=st.data())
def test_a_call_always_ends(script: Script, data: Any) -> None:
    """Whatever a patient does, a bounded number of answers leads to a hang-up."""
    turn = respond(State(), Connected(at=T), script)
    for _ in range(120):
        if any(isinstance(action, HangUp) for action in turn.actions):
            return
        if turn.state.step is Step.TRANSFER and turn.state.connecting:
            failed = TransferFailed(at=T, context=turn.state.context)
            turn = respond(turn.state, failed, script)
        elif turn.state.step in (Step.CLOSING, Step.VOICEMAIL, Step.TRANSFER):
            turn = respond(turn.state, PromptDone(at=T, context=turn.state.context), script)
        else:
            label = data.draw(st.sampled_from(["Cancel", "No", "Yes", "Repeat", "Staff", ""]))
            heard = Recognized(at=T, context=turn.state.context, label=label, speech="who is it")
            turn = respond(turn.state, heard, script)
    raise AssertionError(f"still at {turn.state}")


@settings(max_examples=100, deadline=None)
@given(script=scripts(), data=st.data())
def test_the_state_survives_its_storage_at_every_step(script: Script, data: Any) -> None:
    state = State()
    for _ in range(8):
        state = respond(state, data.draw(events(state)), script).state
        assert State.from_json(state.to_json()) == state
    assert Script.from_json(script.to_json()).to_json() == script.to_json()


def test_what_speaks_of_a_visit_is_in_no_text_for_anybody() -> None:
    """By construction: the texts are kept apart, and one part asks for a proof."""
    for pack in wording.packs().values():
        for key, text in pack.texts.items():
            if "{when}" in text or "{practitioner}" in text:
                assert key not in wording.BEFORE_IDENTITY
