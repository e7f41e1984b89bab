"""The rows of a call."""

from calls.models.approval import PromptApproval
from calls.models.attempt import CallAttempt
from calls.models.daily import (
    CountedDay,
    DailyCalls,
    DailyHeard,
    DailyReminders,
    DailyVisits,
)
from calls.models.event import CallEvent
from calls.models.incident import Incident, Pulse
from calls.models.line import Line, LineAction
from calls.models.profile import CallProfile
from calls.models.recognition import Recognition
from calls.models.refusal import Refusal
from calls.models.spoken import SpokenText
from calls.models.transcript import (
    Listen,
    StaffRecording,
    Transcript,
    TranscriptSegment,
)
from calls.models.trial import PhraseResult, PhraseTrial
from calls.models.visit import CallVisit
from calls.models.wording import ClinicWording, Recording

__all__ = [
    "CallAttempt",
    "CallEvent",
    "CallProfile",
    "CallVisit",
    "ClinicWording",
    "CountedDay",
    "DailyCalls",
    "DailyHeard",
    "DailyReminders",
    "DailyVisits",
    "Incident",
    "Line",
    "LineAction",
    "Listen",
    "PhraseResult",
    "PhraseTrial",
    "PromptApproval",
    "Pulse",
    "Recognition",
    "Recording",
    "Refusal",
    "SpokenText",
    "StaffRecording",
    "Transcript",
    "TranscriptSegment",
]
