"""A line to a recorder or to the simulator, on whichever SDK comes first on the path."""

import os
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from calls.conversation.actions import Ask, Choice, ForChoices, Prompt
from calls.gateway.acs import AcsGateway, Call, Dial
from config import clock
from simulator.testing import Simulator
from tests.calls.recording import Recorder, recorder
from tests.simulator.conftest import Receiver

__all__ = ["recorder"]

SPEECH = "https://speech.example.invalid/"
PROMPT = Prompt(text="Hello.", locale="en-US", voice="en-US-JennyNeural")
PATIENT, CALLER_ID = "+12125550101", "+15555550100"
CHOICES = (
    Choice(label="Confirm", phrases=("confirm", "confirmo"), tone="one"),
    Choice(label="Cancel", phrases=("cancel",), tone="two"),
    Choice(label="Repeat", phrases=("repeat",), tone="asterisk"),
    Choice(label="Stop", phrases=("stop calling",), tone="nine"),
)
#: The runner says which SDK it put first; without a word it is the one that is pinned.
IS_GA = os.environ.get("RINGWELL_SDK") == "ga"


def question(
    languages: tuple[str, ...] = ("es-US", "en-US"), initial_silence: int = 10, **changes: Any
) -> Ask:
    """The menu, in the patient's language first."""
    listen = ForChoices(choices=CHOICES, languages=languages, initial_silence=initial_silence)
    values: dict[str, Any] = {
        "context": "menu.2",
        "prompts": (PROMPT, PROMPT),
        "listen": listen,
        "sentiment": True,
    }
    return Ask(**(values | changes))


@pytest.fixture
def wire(recorder: Recorder) -> AcsGateway:
    """Ringwell's gateway, with a recorder where Azure would be."""
    return AcsGateway(f"endpoint={recorder.url};accesskey=a2V5", api_version="", cognitive=SPEECH)


class Telephone:
    """Ringwell's gateway on the simulator, and who takes the callbacks."""

    def __init__(self, simulator: Simulator, receiver: Receiver) -> None:
        self.simulator, self.receiver = simulator, receiver
        text = simulator.connection_string
        self.gateway = AcsGateway(text, api_version="", cognitive=SPEECH)

    def dialling(self, **changes: Any) -> Dial:
        """A create call that is new every time."""
        values: dict[str, Any] = {
            "number": PATIENT,
            "caller_id": self.simulator.caller_id,
            "callback_url": self.receiver.url,
            "repeatability_id": uuid.uuid4(),
            "first_sent_at": clock.system_now(),
        }
        return Dial(**(values | changes))

    def connected(self, number: str = PATIENT) -> Call:
        """A call that somebody answered."""
        call = self.gateway.dial(self.dialling(number=number))
        self.receiver.wait_for("CallConnected")
        return call

    def heard(self) -> dict[str, Any]:
        """What the next recognition brought."""
        return dict(self.receiver.wait_for("RecognizeCompleted")["data"]["choiceResult"])


@pytest.fixture
def telephone(_simulator: Simulator) -> Iterator[Telephone]:
    _simulator.reset()
    receiver = Receiver()
    yield Telephone(_simulator, receiver)
    _simulator.reset()
    receiver.close()
