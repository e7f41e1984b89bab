"""docs/reference/conversation.md, made by asking the conversation itself.

Every row of the table of steps is one run of :func:`dialogue.respond`, so that
the page cannot say anything else than the code does; a test keeps it true.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from calls.conversation import linting, profile, wording
from calls.conversation.actions import INPUT_TYPES, Action, Ask, HangUp, Say, Transfer
from calls.conversation.asking import ask
from calls.conversation.dialogue import outcome, respond
from calls.conversation.events import (
    Ended,
    Event,
    Miss,
    PromptDone,
    Recognized,
    RecognizeFailed,
    TransferAccepted,
    TransferFailed,
)
from calls.conversation.script import IdentityCheck, Script, Transferring, phrases_of
from calls.conversation.state import Done, State
from calls.conversation.turns import Turn
from calls.conversation.vocabulary import CHOICE_STEPS, KEYS, Act, Label, LineEnd, Step

_T = datetime(2026, 11, 17, 19, tzinfo=UTC)
_KEYPAD = {
    word: digit
    for digit, word in enumerate(
        ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    )
} | {"asterisk": "\\*", "pound": "#"}

HEAD = """# The conversation

Made by `manage.py describe_conversation` from the code, with every branch switched on; a test
keeps it true. Names of texts (`menu`, `noted_confirmed`, …) are those of
`calls/conversation/locales/en.toml` and of the Prompts page.

The outcome is a function of what was established, in whatever order the events came: opted_out >
needs_review > the last completed act > voicemail_left > machine > not_understood, no_response >
hung_up > how the line ended. Key 9 and a stop phrase of any of the call's languages win at every
step. A question without an answer is asked again, plainer, then by keys alone; then we say goodbye.
A key pressed twice is one answer: the key of the answer before, within `KEY_ECHO_SECONDS` of the
start of the next question (its PlayStarted, else our asking), confirms nothing; that question is
asked again, which costs no try. Other keys, key 9 and words count at once.
While Azure listens to free speech alone (reason, greeting) it hears no key: there only the phrases
stop the calls, and among the digits of an identity it is key 9 alone, then pound.
"""


def page() -> str:
    """The whole page, Markdown."""
    parts = [HEAD, *_questions(), *_steps(), *_settings(), *_codes()]
    return "\n".join(parts).rstrip() + "\n"


def everything_on() -> Script:
    """A script with every branch, in English, about one visit of an invented patient."""
    pack = wording.packs()["en"]
    values = linting.sample_values(pack)
    return Script(
        languages=("en-US",),
        voices={"en-US": pack.voice_for("en-US")},
        texts={"en-US": wording.fill_public(pack, values)},
        visits=({"en-US": wording.fill_visit(pack, values)},),
        phrases={"en-US": phrases_of(pack)},
        identity=IdentityCheck.of("birthday", ["0407"], "sample"),
        transferring=Transferring(
            number="+12125550199", until=(_T + timedelta(hours=1)).isoformat()
        ),
        ask_reason=True,
        ask_needs=True,
        listen_first=True,
        voicemail=True,
    )


#: What was done before a step is reached.
_BEFORE = {
    Step.REASON: (Act.CANCELLED,),
    Step.PREFERENCE: (Act.RESCHEDULE_REQUESTED,),
    Step.NEEDS: (Act.CONFIRMED,),
    Step.TRANSFER: (Act.STAFF_REQUESTED,),
    Step.CLOSING: (Act.CONFIRMED,),
}


def _at(step: Step) -> State:
    """A conversation that has come to a step."""
    verified = step not in (Step.GREETING, Step.RIGHT_PARTY, Step.IDENTITY, Step.VOICEMAIL)
    return State(
        step=step,
        turn=1,
        language="en-US",
        connected=True,
        verified=verified,
        opening="right_party.1",
        opening_at=(_T - timedelta(minutes=1)).isoformat(),
        cancel_pending=step is Step.READ_BACK,
        machine=step is Step.VOICEMAIL,
        done=tuple(Done(act, 0) for act in _BEFORE.get(step, ())),
    )


_ASKING = (
    Step.GREETING,
    Step.RIGHT_PARTY,
    Step.IDENTITY,
    Step.MENU,
    Step.READ_BACK,
    Step.REASON,
    Step.PREFERENCE,
    Step.NEEDS,
)


def _questions() -> Iterator[str]:
    script = everything_on()
    yield "## What is asked\n"
    yield "| step | input type | choices and keys | text in English |"
    yield "|---|---|---|---|"
    for step in _ASKING:
        _, (question,) = ask(_at(step), step, script, opening=step is Step.RIGHT_PARTY)
        assert isinstance(question, Ask)
        texts = " ".join(prompt.text for prompt in question.prompts) or "(nothing: we listen)"
        kind = INPUT_TYPES[type(question.listen)]
        yield f"| {step} | {kind} | {_choices(step, script)} | {texts} |"
    yield ""


def _choices(step: Step, script: Script) -> str:
    if step is Step.PREFERENCE:
        return "mornings 1, afternoons 2, staff 0"
    if step not in CHOICE_STEPS:
        return ""
    return ", ".join(_named(label) for label in script.choices(step))


def _named(label: Label) -> str:
    key = KEYS[label]
    return f"{label} {_KEYPAD[key]}" if key else f"{label}"


def _steps() -> Iterator[str]:
    script = everything_on()
    yield "## Step × event\n"
    yield "| step | event | says | next | outcome if the line ends then |"
    yield "|---|---|---|---|---|"
    for step in (*_ASKING, Step.TRANSFER, Step.VOICEMAIL, Step.CLOSING):
        for name, state, event in _events(step, script):
            turn = respond(state, event, script)
            over = respond(turn.state, Ended(at=_T, end=LineEnd.OVER), script).state
            said = _said(state, turn, script)
            yield f"| {step} | {name} | {said} | {_next(turn)} | {outcome(over)} |"
    yield ""


def _events(step: Step, script: Script) -> Iterator[tuple[str, State, Event]]:
    """What can happen at a step, each with the state it happens in."""
    state = _at(step)
    here: dict[str, Any] = {"at": _T, "context": state.context}
    if step in CHOICE_STEPS:
        for label in script.choices(step):
            yield _named(label), state, Recognized(**here, label=label.value)
    yield from _free_words(step, state, here)
    if step in _ASKING:
        last = State(**{**vars(state), "misses": script.reprompts})
        yield "silence", state, RecognizeFailed(**here, miss=Miss.SILENCE)
        if step in (*CHOICE_STEPS, Step.IDENTITY) and step is not Step.NEEDS:
            yield "silence, the last time", last, RecognizeFailed(**here, miss=Miss.SILENCE)
        yield "not understood", state, RecognizeFailed(**here, miss=Miss.NOT_UNDERSTOOD)
        yield "Azure's fault", state, RecognizeFailed(**here, miss=Miss.FAULT)
    else:
        yield from _after_saying(step, state, here)
    yield "the line ends", state, Ended(at=_T, end=LineEnd.OVER)


def _free_words(
    step: Step, state: State, here: dict[str, Any]
) -> Iterator[tuple[str, State, Event]]:
    """Words and digits outside the choices."""
    spoken = {
        Step.GREETING: ("hello", "please leave a message", "say your name"),
        Step.REASON: ("I have a cold", "stop calling", "he passed away"),
        Step.PREFERENCE: ("Thursday mornings", "stop calling", "staff"),
    }
    for words in spoken.get(step, ()):
        yield f"“{words}”", state, Recognized(**here, speech=words)
    if step is Step.PREFERENCE:
        for key in ("one", "two", "zero"):
            yield f"key {_KEYPAD[key]}", state, Recognized(**here, tones=(key,))
    if step is Step.IDENTITY:
        last = State(**{**vars(state), "wrong_tries": 2})
        right, wrong = ("zero", "four", "zero", "seven"), ("one",) * 4
        yield "the right digits", state, Recognized(**here, tones=right)
        yield "wrong digits", state, Recognized(**here, tones=wrong)
        yield "wrong digits, the third time", last, Recognized(**here, tones=wrong)
        yield "key 9 alone", state, Recognized(**here, tones=("nine",))


def _after_saying(
    step: Step, state: State, here: dict[str, Any]
) -> Iterator[tuple[str, State, Event]]:
    """What comes after something was said that asks nothing."""
    yield "said to its end", state, PromptDone(**here)
    yield "could not be said", state, PromptDone(**here, failed=True)
    if step is Step.TRANSFER:
        asked = State(**{**vars(state), "connecting": True})
        yield "staff took it", asked, TransferAccepted(**here)
        yield "nobody took it", asked, TransferFailed(**here)


def _said(before: State, turn: Turn, script: Script) -> str:
    """The names of the texts that are said."""
    names = {text: key for key, text in script.texts["en-US"].items()}
    names |= {text: key for key, text in script.visits[0]["en-US"].items()}
    said = [
        f"`{names[prompt.text]}`"
        for action in turn.actions
        if isinstance(action, Ask | Say)
        for prompt in action.prompts
    ]
    return " ".join(said)


def _next(turn: Turn) -> str:
    words: dict[type[Action], str] = {HangUp: "we hang up", Transfer: "connected with staff"}
    doing = [words[type(a)] for a in turn.actions if type(a) in words]
    if turn.state.ended:
        return "over"
    if Act.TRANSFERRED in turn.state.acts:
        return "with staff"
    return ", ".join([str(turn.state.step), *doing])


def _settings() -> Iterator[str]:
    yield "## Every parameter of a question\n"
    yield "Settings of a clinic's call profile (admin, REST `call_profile`). For each row a test"
    yield "sees it in the request that Azure's SDK sent (`tests/gateway/test_parameters.py`).\n"
    yield "| setting | input types | field on the wire | Ringwell | Azure | bounds |"
    yield "|---|---|---|---|---|---|"
    for setting in profile.SETTINGS:
        bounds = (
            "" if setting.low is None else f"{setting.low:g} to {setting.high:g} {setting.unit}"
        )
        wire = f"`{setting.wire}`"
        ours, azure = _value(setting.default), _value(setting.azure)
        inputs = ", ".join(setting.inputs)
        yield f"| {setting.name} | {inputs} | {wire} | {ours} | {azure} | {bounds} |"
    yield ""
    yield "`choices_silence_seconds` and `sentiment` are the clinic's own `initial_silence_seconds`"
    yield "and `sentiment`. Not to be had with the Python SDK:"
    for name, why in profile.NOT_IN_THE_SDK.items():
        yield f"`{name}` ({why})."
    yield ""


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, tuple):
        return ", ".join(value) or "none"
    return "" if value in (None, "") else str(value)


def _codes() -> Iterator[str]:
    yield "## What Azure's sub-codes of a recognition mean here\n"
    yield "| sub-code | taken as |"
    yield "|---|---|"
    for codes, meaning in (
        ("8510", "silence"),
        ("8532, 8534, 8547, 8563", "not understood: too few keys, a wrong key, unknown words"),
        ("8511, 8564, 8565, 8567, 8568, 8570, 9999 and any other", "Azure's fault: never silence"),
    ):
        yield f"| {codes} | {meaning} |"
    yield ""
