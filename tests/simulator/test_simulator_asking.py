"""When the patient's answer comes, measured on a clock that only counts."""

import asyncio
from datetime import UTC, datetime

import pytest

from simulator.answering import PersonaAnswers
from simulator.asking import ask
from simulator.calls import Call
from simulator.options import Clock, Options
from simulator.patient import Draw, Patient
from simulator.personas import BY_NAME
from simulator.recognizing import read_recognize
from simulator.wire import CreateCall

NUMBER = "+12125550100"
#: Eight words at 150 a minute.
PROMPT_SECONDS = 3.2


class CountingClock(Clock):
    def __init__(self):
        super().__init__(Options(key="", caller_ids=(), resource_id=""))
        self.seconds = 0.0

    def now(self):
        return datetime(2026, 9, 1, tzinfo=UTC)

    async def sleep(self, seconds):
        self.seconds += seconds


def asked(persona, *, interrupt=False, silence=10, seed="1"):
    """What comes of one right-party question, and after how many seconds of the line."""
    clock = CountingClock()
    call = Call(
        order=CreateCall(NUMBER, NUMBER, "https://clinic.invalid/", None, True, None),
        api_version="2025-08-15-preview",
        resource_id="",
        patient=Patient(BY_NAME[persona], Draw(seed, NUMBER)),
        clock=clock,
        outbox=None,
    )
    request = question(interrupt=interrupt, silence=silence)
    event = asyncio.run(ask(call, request, PersonaAnswers(call, request)))
    return event, clock.seconds


def question(*, interrupt, silence):
    options = {
        "interruptPrompt": interrupt,
        "initialSilenceTimeoutInSeconds": silence,
        "targetParticipant": {"phoneNumber": {"value": NUMBER}},
        "choices": [
            {"label": "Yes", "phrases": ["yes"], "tone": "one"},
            {"label": "No", "phrases": ["no"], "tone": "two"},
            {"label": "Stop", "phrases": ["stop calling"], "tone": "nine"},
        ],
    }
    text = {"text": "one two three four five six seven eight"}
    body = {
        "recognizeInputType": "choices",
        "playPrompt": {"kind": "text", "text": text},
        "recognizeOptions": options,
    }
    return read_recognize(body, "2025-08-15-preview")


def sub_code(event):
    return event["data"]["resultInformation"]["subCode"]


def test_it_hears_an_early_key_during_a_prompt_that_may_be_interrupted():
    event, seconds = asked("stop_by_key", interrupt=True)
    assert sub_code(event) == 8533
    assert seconds == pytest.approx(PROMPT_SECONDS / 2)


def test_it_makes_an_early_key_wait_for_the_end_of_other_prompts():
    event, seconds = asked("stop_by_key", interrupt=False)
    assert sub_code(event) == 8533
    assert PROMPT_SECONDS + 0.7 <= seconds <= PROMPT_SECONDS + 1.5


def test_it_lets_a_patient_hang_up_during_any_prompt():
    event, seconds = asked("hang_up_mid_prompt", interrupt=False)
    assert event is None
    assert 0 < seconds < PROMPT_SECONDS


def test_it_gives_up_after_the_initial_silence_that_was_asked_for():
    event, seconds = asked("silence", silence=7)
    assert sub_code(event) == 8510
    assert seconds == pytest.approx(PROMPT_SECONDS + 7)


def test_it_hears_an_answer_just_before_the_silence_is_over():
    event, seconds = asked("slow_answer", silence=10)
    assert sub_code(event) == 8545
    assert seconds > PROMPT_SECONDS + 9


def test_it_takes_a_thinking_patient_for_silent_when_the_limit_is_short():
    event, seconds = asked("confirm_by_voice", silence=0)
    assert sub_code(event) == 8510
    assert seconds == pytest.approx(PROMPT_SECONDS)


def test_it_takes_the_same_time_for_the_same_seed_and_number():
    assert asked("confirm_by_voice", seed="a")[1] == asked("confirm_by_voice", seed="a")[1]
    assert asked("confirm_by_voice", seed="a")[1] != asked("confirm_by_voice", seed="b")[1]
