"""A key that was pressed twice answers one question, not two. Pure.

Yes to "am I speaking with …?" and Confirm are both key 1. Whoever presses it twice, or once more
because nothing was heard at once, would answer a question that they cannot have heard. So the
very key that answered the question before counts only when the new one has sounded for a moment;
too soon, the question is asked again, at no cost. Any other key, and every word, counts at once.
After digits (a birthday typed with its year) every key may be one of them.
"""

from datetime import datetime, timedelta

from calls.conversation.events import Recognized
from calls.conversation.script import Script
from calls.conversation.state import State
from calls.conversation.vocabulary import KEYS, Label, Step

#: Bounds of ``Script.key_echo_seconds``; longer would hold up who knows the questions.
LEAST_SECONDS, MOST_SECONDS = 0, 3


#: What stands for the key of an answer in digits, which is not kept.
DIGITS = "digits"


def key_kept(step: Step | None, event: Recognized) -> str:
    """By which key a question was answered, to be told from a second press of it."""
    return DIGITS if step is Step.IDENTITY else key_of(event)


def key_of(event: Recognized) -> str:
    """The last key pressed, in Azure's word; empty where words answered.

    A choice by key comes with a label and no phrase, and not always with its tone.
    """
    if event.phrase or event.speech:
        return ""
    if event.tones:
        return event.tones[-1]
    return KEYS[Label(event.label)] if event.label in {*Label} else ""


def is_echo(state: State, event: Recognized, script: Script) -> bool:
    """Whether this is the key of the answer before, sooner than the question can be heard.

    The question counts as heard from its PlayStarted on; where Azure sends none, from
    the moment at which we asked.
    """
    key = key_of(event)
    if not key or state.key not in (key, DIGITS) or not state.asked_at:
        return False
    after = event.at - datetime.fromisoformat(state.asked_at)
    return timedelta(0) <= after < timedelta(seconds=script.key_echo_seconds)
