"""The rows of a call."""

from calls.models.approval import PromptApproval
from calls.models.attempt import CallAttempt
from calls.models.event import CallEvent
from calls.models.line import Line, LineAction
from calls.models.recognition import Recognition
from calls.models.visit import CallVisit

__all__ = [
    "CallAttempt",
    "CallEvent",
    "CallVisit",
    "Line",
    "LineAction",
    "PromptApproval",
    "Recognition",
]
