"""Plain words for what Azure tells of a call, by the raw type of the event."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from calls.models.event import EventState

EVENTS: dict[str, Any] = {
    "CallConnected": _("The phone was picked up."),
    "CallDisconnected": _("The call is over."),
    "CreateCallFailed": _("The call did not come about."),
    "ConnectFailed": _("The line could not be joined."),
    "ParticipantsUpdated": _("Who is on the line has changed; nothing follows from it."),
    "RecognizeCompleted": _("The patient answered the question."),
    "RecognizeFailed": _("No answer that fits came to the question."),
    "RecognizeCanceled": _("The question was broken off."),
    "PlayStarted": _("Ringwell began to speak."),
    "PlayPaused": _("Ringwell paused."),
    "PlayResumed": _("Ringwell went on speaking."),
    "PlayCompleted": _("Ringwell has finished speaking."),
    "PlayFailed": _("Ringwell's words could not be played."),
    "PlayCanceled": _("Ringwell's words were broken off."),
    "CallTransferAccepted": _("Staff took the call."),
    "CallTransferFailed": _("Staff did not take the call."),
    "HangUpFailed": _("Hanging up did not work."),
    "RecordingStateChanged": _("A recording began or ended."),
    "ContinuousDtmfRecognitionToneReceived": _("A key was pressed."),
    "IncomingCall": _("Somebody calls us."),
}
ANOTHER = _("A message that Ringwell does not use: kept as it came.")

STATES: dict[str, Any] = {
    EventState.STORED: _("to be handled"),
    EventState.HANDLED: _("handled"),
    EventState.UNKNOWN: _("noted"),
    EventState.FAILED: _("not understood"),
}
STATE_COLOURS = {EventState.FAILED: "danger", EventState.STORED: "warning"}


def words_of_event(kind: str) -> str:
    """``The phone was picked up.`` for Microsoft.Communication.CallConnected."""
    return str(EVENTS.get(kind.rpartition(".")[2], ANOTHER))
