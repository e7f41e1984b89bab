"""What can be done on a line, as data: decided in the turn, stored, done after the commit.

Names and units are those of Azure's recognize and play actions; the gateway
alone knows the SDK's words for them.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class PromptKind(StrEnum):
    """Where the sound of a prompt comes from."""

    TEXT = "text"
    SSML = "ssml"
    #: A recorded file: WAV, mono, 16 kHz, 16 bit.
    FILE = "file"


@dataclass(frozen=True, kw_only=True)
class Prompt:
    """One thing that is said; ``text`` is its words, whatever the sound comes from."""

    text: str
    locale: str
    voice: str
    kind: PromptKind = PromptKind.TEXT
    #: The SSML document, or the address of the file; empty for a plain text.
    source: str = ""
    #: A custom neural voice's deployment; empty for Azure's own voices.
    voice_endpoint: str = ""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One answer that is offered: what it means, how it may be said, its key."""

    label: str
    phrases: tuple[str, ...]
    #: Azure's word for the key; empty where it can only be said.
    tone: str = ""


@dataclass(frozen=True, kw_only=True)
class ForChoices:
    """Input type ``choices``: offered phrases, each with a key. At most four languages."""

    choices: tuple[Choice, ...]
    languages: tuple[str, ...]
    #: Seconds, 0 to 20.
    initial_silence: int
    #: A custom speech model's endpoint; empty for Azure's own.
    model: str = ""


@dataclass(frozen=True, kw_only=True)
class ForKeys:
    """Input type ``dtmf``: digits. Needs no AI resource."""

    max_tones: int
    #: Seconds, 0 to 300.
    initial_silence: int
    #: Seconds between two keys, 1 to 60.
    inter_tone: int
    #: Keys that end the input, Azure's words.
    stop_tones: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ForSpeech:
    """Input type ``speech``: free words. At most ten languages."""

    languages: tuple[str, ...]
    #: Seconds, 0 to 20.
    initial_silence: int
    #: Seconds of silence after which the speech is over.
    end_silence: float
    model: str = ""


@dataclass(frozen=True, kw_only=True)
class ForSpeechOrKeys:
    """Input type ``speechOrDtmf``: free words or keys, whichever comes first."""

    languages: tuple[str, ...]
    initial_silence: int
    end_silence: float
    max_tones: int
    inter_tone: int
    stop_tones: tuple[str, ...] = ()
    model: str = ""


Listen = ForChoices | ForKeys | ForSpeech | ForSpeechOrKeys
#: Azure's names of the input types.
INPUT_TYPES: Mapping[type[Listen], str] = {
    ForChoices: "choices",
    ForKeys: "dtmf",
    ForSpeech: "speech",
    ForSpeechOrKeys: "speechOrDtmf",
}
_LISTENS = {name: kind for kind, name in INPUT_TYPES.items()}


@dataclass(frozen=True, kw_only=True)
class Ask:
    """Say the prompts (there may be none), then listen."""

    #: ``step.turn``; returns with the events that this action causes.
    context: str
    prompts: tuple[Prompt, ...]
    listen: Listen
    #: Whether an answer cuts the prompt short.
    interrupt_prompt: bool = True
    #: Whether this pushes out what is said and asked already.
    interrupt_media: bool = True
    sentiment: bool = False


@dataclass(frozen=True, kw_only=True)
class Say:
    """Say something and listen to nothing."""

    context: str
    prompts: tuple[Prompt, ...]


@dataclass(frozen=True, kw_only=True)
class Transfer:
    """Connect the patient with a number of the clinic, E.164."""

    context: str
    number: str


@dataclass(frozen=True)
class HangUp:
    """End the call for everyone."""


Action = Ask | Say | Transfer | HangUp


class ActionKind(StrEnum):
    """The kinds of actions, as they are stored."""

    ASK = "ask"
    SAY = "say"
    TRANSFER = "transfer"
    HANG_UP = "hang_up"


@dataclass(frozen=True)
class Stored:
    """An action as a row keeps it."""

    kind: ActionKind
    context: str = ""
    payload: dict[str, Any] = field(default_factory=dict)


def store(action: Action) -> Stored:
    """The JSON-ready form of an action."""
    match action:
        case HangUp():
            return Stored(ActionKind.HANG_UP)
        case Ask():
            payload = asdict(action)
            payload["input_type"] = INPUT_TYPES[type(action.listen)]
            kind = ActionKind.ASK
        case Say():
            payload, kind = asdict(action), ActionKind.SAY
        case Transfer():
            payload, kind = asdict(action), ActionKind.TRANSFER
    return Stored(kind, payload.pop("context"), payload)


def restore(kind: str, context: str, payload: Mapping[str, Any]) -> Action:
    """The action that :func:`store` wrote."""
    match ActionKind(kind):
        case ActionKind.ASK:
            return _restore_ask(context, payload)
        case ActionKind.SAY:
            return Say(context=context, prompts=_prompts(payload))
        case ActionKind.TRANSFER:
            return Transfer(context=context, number=payload["number"])
        case ActionKind.HANG_UP:
            return HangUp()


def _restore_ask(context: str, payload: Mapping[str, Any]) -> Ask:
    return Ask(
        context=context,
        prompts=_prompts(payload),
        listen=_listen(payload["input_type"], payload["listen"]),
        interrupt_prompt=payload["interrupt_prompt"],
        interrupt_media=payload["interrupt_media"],
        sentiment=payload["sentiment"],
    )


def _prompts(payload: Mapping[str, Any]) -> tuple[Prompt, ...]:
    return tuple(
        Prompt(**{**prompt, "kind": PromptKind(prompt["kind"])}) for prompt in payload["prompts"]
    )


def _listen(input_type: str, data: Mapping[str, Any]) -> Listen:
    # JSON has no tuples.
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in data.items()}
    if "choices" in values:
        values["choices"] = tuple(
            Choice(label=c["label"], phrases=tuple(c["phrases"]), tone=c["tone"])
            for c in values["choices"]
        )
    return _LISTENS[input_type](**values)
