"""How a clinic listens: every parameter of Azure's recognize action, as a setting.

One table is the source of the columns of ``CallProfile``, of their bounds and
help, and of the reference page. Azure's defaults and limits: Microsoft's
Recognize-action how-to for Python; the SDK's own: see ``calls.gateway.acs``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

CHOICES, DTMF, SPEECH, SPEECH_OR_DTMF = "choices", "dtmf", "speech", "speechOrDtmf"
SPOKEN = (CHOICES, SPEECH, SPEECH_OR_DTMF)
ALL = (CHOICES, DTMF, SPEECH, SPEECH_OR_DTMF)
KEYED = (DTMF, SPEECH_OR_DTMF)
#: Azure's words for the keys that may end an input.
STOP_TONES = ("pound", "asterisk")


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One parameter: which input types have it, its field on the wire, its bounds."""

    name: str
    inputs: tuple[str, ...]
    #: The field of Azure's request; "." separates levels.
    wire: str
    default: Any
    #: Azure's own default, in the same unit; None where it has none.
    azure: Any
    low: float | None = None
    high: float | None = None
    unit: str = ""
    help: str


SETTINGS: tuple[Setting, ...] = (
    Setting(
        name="interrupt_prompt",
        inputs=ALL,
        wire="recognizeOptions.interruptPrompt",
        default=True,
        azure=True,
        help="Patients may answer before we have finished speaking. Off, they must listen first, "
        "and key 9 does not stop the calls until the prompt is over.",
    ),
    Setting(
        name="interrupt_media",
        inputs=ALL,
        wire="interruptCallMediaOperation",
        default=True,
        azure=True,
        help="A new question pushes out whatever is still being said or asked on the line.",
    ),
    Setting(
        name="choices_silence_seconds",
        inputs=(CHOICES,),
        wire="recognizeOptions.initialSilenceTimeoutInSeconds",
        default=10,
        azure=5,
        low=3,
        high=20,
        unit="seconds",
        help="How long we wait for the first word or key after a question with choices.",
    ),
    Setting(
        name="speech_silence_seconds",
        inputs=(SPEECH, SPEECH_OR_DTMF),
        wire="recognizeOptions.initialSilenceTimeoutInSeconds",
        default=10,
        azure=5,
        low=1,
        high=20,
        unit="seconds",
        help="How long we wait for the first word after an open question.",
    ),
    Setting(
        name="keys_silence_seconds",
        inputs=(DTMF,),
        wire="recognizeOptions.initialSilenceTimeoutInSeconds",
        default=10,
        azure=5,
        low=1,
        high=300,
        unit="seconds",
        help="How long we wait for the first digit when we ask for digits.",
    ),
    Setting(
        name="end_silence_seconds",
        inputs=(SPEECH, SPEECH_OR_DTMF),
        wire="recognizeOptions.speechOptions.endSilenceTimeoutInMs",
        default=1.0,
        azure=0.5,
        low=0.1,
        high=5,
        unit="seconds",
        help="How long a pause must be before we take it that they have finished speaking. "
        "Longer is kinder to people who look for words.",
    ),
    Setting(
        name="inter_tone_seconds",
        inputs=KEYED,
        wire="recognizeOptions.dtmfOptions.interToneTimeoutInSeconds",
        default=4,
        azure=2,
        low=1,
        high=60,
        unit="seconds",
        help="How long we wait between two digits.",
    ),
    Setting(
        name="pin_digits",
        inputs=(DTMF,),
        wire="recognizeOptions.dtmfOptions.maxTonesToCollect",
        default=4,
        azure=None,
        low=4,
        high=8,
        unit="digits",
        help="How long a PIN is. Day and month of birth are always four digits.",
    ),
    Setting(
        name="stop_tones",
        inputs=KEYED,
        wire="recognizeOptions.dtmfOptions.stopTones",
        default=("pound",),
        azure=(),
        help="Keys that end the digits at once: pound (#), asterisk (*).",
    ),
    Setting(
        name="sentiment",
        inputs=SPOKEN,
        wire="recognizeOptions.enableSentimentAnalysis",
        default=True,
        azure=False,
        help="Let Azure judge whether the words sound positive, neutral or negative. "
        "A preview feature of Azure; off in the EU rule set.",
    ),
    Setting(
        name="speech_model",
        inputs=SPOKEN,
        wire="recognizeOptions.speechRecognitionModelEndpointId",
        default="",
        azure="",
        help="The endpoint id of your own speech recognition model; empty for Azure's.",
    ),
)
BY_NAME: Mapping[str, Setting] = {setting.name: setting for setting in SETTINGS}


@dataclass(frozen=True, kw_only=True)
class Profile:
    """The settings of one call, in the units of :data:`SETTINGS`."""

    interrupt_prompt: bool = True
    interrupt_media: bool = True
    choices_silence_seconds: int = 10
    speech_silence_seconds: int = 10
    keys_silence_seconds: int = 10
    end_silence_seconds: float = 1.0
    inter_tone_seconds: int = 4
    pin_digits: int = 4
    stop_tones: tuple[str, ...] = ("pound",)
    sentiment: bool = True
    speech_model: str = ""


#: What Azure can do and the Python SDK has no parameter for.
NOT_IN_THE_SDK: Mapping[str, str] = {
    "initialSegmentationSilenceTimeoutInSeconds": "not in 1.6.0b1 and not in 1.6.0",
}
