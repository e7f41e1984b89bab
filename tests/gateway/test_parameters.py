"""Every setting of the call profile reaches the wire, for every input type that has it."""

import dataclasses
from typing import Any

import pytest

from calls.conversation import profile
from calls.conversation.actions import INPUT_TYPES, Ask, PromptKind, Say
from calls.conversation.asking import ask
from calls.conversation.profile import SETTINGS, Profile, Setting
from calls.conversation.script import IdentityCheck
from calls.conversation.state import State
from calls.conversation.vocabulary import Step
from calls.gateway.acs import AcsGateway
from tests.calls.recording import Recorder
from tests.calls.test_dialogue import make_script
from tests.gateway.conftest import IS_GA, PATIENT

#: A step of each input type.
STEPS = {
    "choices": Step.MENU,
    "dtmf": Step.IDENTITY,
    "speech": Step.REASON,
    "speechOrDtmf": Step.PREFERENCE,
}
#: A value that is neither ours nor Azure's default.
OTHERS: dict[str, Any] = {
    "interrupt_prompt": False,
    "interrupt_media": False,
    "choices_silence_seconds": 17,
    "speech_silence_seconds": 16,
    "keys_silence_seconds": 233,
    "end_silence_seconds": 2.5,
    "inter_tone_seconds": 33,
    "pin_digits": 7,
    "stop_tones": ("asterisk",),
    "sentiment": False,
    "speech_model": "22222222-aaaa-4bbb-8ccc-0123456789ab",
}
ROWS = [(setting, kind) for setting in SETTINGS for kind in setting.inputs]


def asked(kind: str, values: Profile) -> Ask:
    """The question of an input type, under some settings."""
    pin = IdentityCheck.of("pin", ["1" * values.pin_digits], "salt")
    script = make_script(profile=values, identity=pin)
    state = State(language="en-US", verified=True)
    _, (action,) = ask(state, STEPS[kind], script)
    assert isinstance(action, Ask)
    assert INPUT_TYPES[type(action.listen)] == kind
    return action


def at(body: Any, path: str) -> Any:
    """The value at a dotted path; None where there is none."""
    for name in path.split("."):
        body = body.get(name) if body else None
    return body


def on_the_wire(setting: Setting, value: Any) -> Any:
    """A setting's value in the unit of the wire."""
    if setting.wire.endswith("InMs"):
        return int(value * 1000)
    if isinstance(value, tuple):
        return list(value)
    return value or None if isinstance(value, str) else value


@pytest.mark.parametrize(("setting", "kind"), ROWS, ids=lambda x: getattr(x, "name", x))
@pytest.mark.parametrize("which", ["ours", "another"])
def test_a_setting_reaches_the_wire(
    wire: AcsGateway, recorder: Recorder, setting: Setting, kind: str, which: str
) -> None:
    value = setting.default if which == "ours" else OTHERS[setting.name]
    wire.ask("call-1", PATIENT, asked(kind, Profile(**{setting.name: value})))
    sent = recorder.last.body
    assert sent["recognizeInputType"] == kind
    if setting.name == "sentiment":
        value = True if value and not IS_GA else None
    assert at(sent, setting.wire) == on_the_wire(setting, value)


@pytest.mark.parametrize(
    ("setting", "kind"),
    [
        (s, kind)
        for s in SETTINGS
        for kind in profile.ALL
        # A count of digits is no setting of another question at all.
        if kind not in s.inputs and s.name != "pin_digits"
    ],
    ids=lambda x: getattr(x, "name", x),
)
def test_a_setting_of_another_input_type_changes_nothing(
    wire: AcsGateway, recorder: Recorder, setting: Setting, kind: str
) -> None:
    wire.ask("call-1", PATIENT, asked(kind, Profile()))
    before = recorder.last.body
    wire.ask("call-1", PATIENT, asked(kind, Profile(**{setting.name: OTHERS[setting.name]})))
    assert recorder.last.body == before


def test_the_table_is_the_profile() -> None:
    assert {s.name for s in SETTINGS} == {f.name for f in dataclasses.fields(Profile)}
    for setting in SETTINGS:
        assert getattr(Profile(), setting.name) == setting.default


@pytest.mark.parametrize("kind", profile.ALL)
def test_every_question_names_its_context_and_its_participant(
    wire: AcsGateway, recorder: Recorder, kind: str
) -> None:
    question = asked(kind, Profile())
    wire.ask("call-1", PATIENT, question)
    sent = recorder.last.body
    assert sent["operationContext"] == question.context
    assert sent["recognizeOptions"]["targetParticipant"]["phoneNumber"]["value"] == PATIENT


def test_a_list_of_prompts_goes_out_as_it_is(wire: AcsGateway, recorder: Recorder) -> None:
    """Text with its voice, SSML, a recorded file: in one list, in order."""
    prompts = asked("choices", Profile()).prompts
    text = dataclasses.replace(prompts[0], voice_endpoint="custom-voice")
    ssml = dataclasses.replace(text, kind=PromptKind.SSML, source="<speak>Hello</speak>")
    file = dataclasses.replace(text, kind=PromptKind.FILE, source="https://ringwell.example/a.wav")
    wire.say("call-1", PATIENT, Say(context="closing.2", prompts=(text, ssml, file)))
    sources = recorder.last.body["playSources"]
    assert [source["kind"] for source in sources] == ["text", "ssml", "file"]
    assert sources[0]["text"]["text"] == text.text
    assert sources[0]["text"]["voiceName"] == text.voice
    assert sources[0]["text"]["sourceLocale"] == "en-US"
    assert sources[0]["text"]["customVoiceEndpointId"] == "custom-voice"
    assert sources[1]["ssml"]["ssmlText"] == "<speak>Hello</speak>"
    assert sources[2]["file"]["uri"] == "https://ringwell.example/a.wav"


def test_a_question_without_a_prompt_has_none(wire: AcsGateway, recorder: Recorder) -> None:
    _, (greeting,) = ask(State(language="en-US"), Step.GREETING, make_script())
    assert isinstance(greeting, Ask)
    wire.ask("call-1", PATIENT, greeting)
    assert "playPrompt" not in recorder.last.body
    assert "playPrompts" not in recorder.last.body
