"""The events as Azure sends them: pure builders, one per type, used by the server and by tests.

Each returns one CloudEvent 1.0 as a dict. ``at`` is when it happened, aware, in UTC; an id that is
not given is derived from the rest, so that the same arguments always build the same event.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from simulator.envelope import CallRef as CallRef
from simulator.envelope import Event as Event
from simulator.envelope import cloud_event as cloud_event
from simulator.envelope import stamp as stamp
from simulator.results import AI_SERVICE_FAILED as AI_SERVICE_FAILED
from simulator.results import APP_HUNG_UP as APP_HUNG_UP
from simulator.results import BAD_FILE_FORMAT as BAD_FILE_FORMAT
from simulator.results import BAD_NUMBER as BAD_NUMBER
from simulator.results import BUSY as BUSY
from simulator.results import CALLEE_HUNG_UP as CALLEE_HUNG_UP
from simulator.results import CANCELED as CANCELED
from simulator.results import DECLINED as DECLINED
from simulator.results import DOWNLOAD_FAILED as DOWNLOAD_FAILED
from simulator.results import INITIAL_SILENCE as INITIAL_SILENCE
from simulator.results import INTER_DIGIT_TIMEOUT as INTER_DIGIT_TIMEOUT
from simulator.results import MAX_TONES as MAX_TONES
from simulator.results import NO_ANSWER as NO_ANSWER
from simulator.results import OK as OK
from simulator.results import OVER_LINE_LIMIT as OVER_LINE_LIMIT
from simulator.results import PHRASE_MATCHED as PHRASE_MATCHED
from simulator.results import PHRASE_NOT_MATCHED as PHRASE_NOT_MATCHED
from simulator.results import PROMPT_FAILED as PROMPT_FAILED
from simulator.results import RING_CANCELLED as RING_CANCELLED
from simulator.results import SPEECH_NOT_RECOGNIZED as SPEECH_NOT_RECOGNIZED
from simulator.results import SPEECH_RECOGNIZED as SPEECH_RECOGNIZED
from simulator.results import STOP_TONE as STOP_TONE
from simulator.results import TONE_MATCHED as TONE_MATCHED
from simulator.results import TONE_NOT_MATCHED as TONE_NOT_MATCHED
from simulator.results import TRANSFER_DECLINED as TRANSFER_DECLINED
from simulator.results import TRANSFER_UNANSWERED as TRANSFER_UNANSWERED
from simulator.results import TRANSFERRED as TRANSFERRED
from simulator.results import Result as Result


def call_connected(call: CallRef, at: datetime, *, event_id: str | None = None) -> Event:
    return cloud_event(
        "CallConnected", call, at, context=call.operation_context, result=OK, event_id=event_id
    )


def call_disconnected(
    call: CallRef, at: datetime, *, result: Result = APP_HUNG_UP, event_id: str | None = None
) -> Event:
    return cloud_event(
        "CallDisconnected",
        call,
        at,
        context=call.operation_context,
        result=result,
        event_id=event_id,
    )


def create_call_failed(
    call: CallRef, at: datetime, *, result: Result = NO_ANSWER, event_id: str | None = None
) -> Event:
    return cloud_event(
        "CreateCallFailed",
        call,
        at,
        context=call.operation_context,
        result=result,
        event_id=event_id,
    )


def participants_updated(
    call: CallRef,
    at: datetime,
    *,
    identifiers: Sequence[dict[str, Any]],
    sequence_number: int = 1,
    event_id: str | None = None,
) -> Event:
    own = {
        "participants": [
            {"identifier": identifier, "isMuted": False, "isOnHold": False}
            for identifier in identifiers
        ],
        "sequenceNumber": sequence_number,
    }
    return cloud_event(
        "ParticipantsUpdated",
        call,
        at,
        context=call.operation_context,
        result=OK,
        own=own,
        event_id=event_id,
    )


def play_started(
    call: CallRef, at: datetime, *, context: str | None = None, event_id: str | None = None
) -> Event:
    return cloud_event("PlayStarted", call, at, context=context, result=OK, event_id=event_id)


def play_completed(
    call: CallRef, at: datetime, *, context: str | None = None, event_id: str | None = None
) -> Event:
    return cloud_event("PlayCompleted", call, at, context=context, result=OK, event_id=event_id)


def play_canceled(
    call: CallRef, at: datetime, *, context: str | None = None, event_id: str | None = None
) -> Event:
    return cloud_event(
        "PlayCanceled", call, at, context=context, result=CANCELED, event_id=event_id
    )


def play_failed(
    call: CallRef,
    at: datetime,
    *,
    result: Result,
    index: int = 0,
    context: str | None = None,
    event_id: str | None = None,
) -> Event:
    """PlayFailed, with the place of the source in the list that could not be played."""
    own = {"failedPlaySourceIndex": index}
    return cloud_event(
        "PlayFailed", call, at, context=context, result=result, own=own, event_id=event_id
    )


def recognize_canceled(
    call: CallRef, at: datetime, *, context: str | None = None, event_id: str | None = None
) -> Event:
    return cloud_event(
        "RecognizeCanceled", call, at, context=context, result=CANCELED, event_id=event_id
    )


def recognize_failed(
    call: CallRef,
    at: datetime,
    *,
    result: Result = INITIAL_SILENCE,
    index: int | None = None,
    context: str | None = None,
    event_id: str | None = None,
) -> Event:
    """RecognizeFailed; the index is that of a prompt that could not be played."""
    own = None if index is None else {"failedPlaySourceIndex": index}
    return cloud_event(
        "RecognizeFailed", call, at, context=context, result=result, own=own, event_id=event_id
    )


def recognize_completed(
    call: CallRef,
    at: datetime,
    *,
    result: Result,
    own: dict[str, Any],
    context: str | None = None,
    event_id: str | None = None,
) -> Event:
    return cloud_event(
        "RecognizeCompleted", call, at, context=context, result=result, own=own, event_id=event_id
    )


def recognized_key(
    call: CallRef,
    at: datetime,
    *,
    label: str,
    context: str | None = None,
    event_id: str | None = None,
) -> Event:
    """RecognizeCompleted for a choice made by key: a label, and no phrase at all."""
    own = {"recognitionType": "dtmf", "choiceResult": {"label": label}}
    return recognize_completed(
        call, at, result=TONE_MATCHED, own=own, context=context, event_id=event_id
    )


def recognized_tones(
    call: CallRef,
    at: datetime,
    *,
    tones: Sequence[str],
    result: Result = MAX_TONES,
    context: str | None = None,
    event_id: str | None = None,
) -> Event:
    """RecognizeCompleted for keys: Azure's words for them, without the key that ended them."""
    own = {"recognitionType": "dtmf", "dtmfResult": {"tones": list(tones)}}
    return recognize_completed(call, at, result=result, own=own, context=context, event_id=event_id)


def recognized_choice(
    call: CallRef,
    at: datetime,
    *,
    label: str,
    phrase: str,
    confidence: float,
    language: str | None = None,
    sentiment: str | None = None,
    context: str | None = None,
    event_id: str | None = None,
) -> Event:
    """RecognizeCompleted for a choice made by voice; language and sentiment only in the preview."""
    choice: dict[str, Any] = {"label": label, "recognizedPhrase": phrase, "confidence": confidence}
    own = {"recognitionType": "choices", "choiceResult": choice | _preview(language, sentiment)}
    return recognize_completed(
        call, at, result=PHRASE_MATCHED, own=own, context=context, event_id=event_id
    )


def recognized_speech(
    call: CallRef,
    at: datetime,
    *,
    speech: str,
    confidence: float,
    language: str | None = None,
    sentiment: str | None = None,
    context: str | None = None,
    event_id: str | None = None,
) -> Event:
    """RecognizeCompleted for free words; language and sentiment only in the preview."""
    heard: dict[str, Any] = {"speech": speech, "confidence": confidence}
    own = {"recognitionType": "speech", "speechResult": heard | _preview(language, sentiment)}
    return recognize_completed(
        call, at, result=SPEECH_RECOGNIZED, own=own, context=context, event_id=event_id
    )


def call_transfer_accepted(
    call: CallRef,
    at: datetime,
    *,
    target: dict[str, Any],
    transferee: dict[str, Any],
    context: str | None = None,
    event_id: str | None = None,
) -> Event:
    own = {"transferTarget": target, "transferee": transferee}
    return cloud_event(
        "CallTransferAccepted",
        call,
        at,
        context=context,
        result=TRANSFERRED,
        own=own,
        event_id=event_id,
    )


def call_transfer_failed(
    call: CallRef,
    at: datetime,
    *,
    result: Result,
    context: str | None = None,
    event_id: str | None = None,
) -> Event:
    return cloud_event(
        "CallTransferFailed", call, at, context=context, result=result, event_id=event_id
    )


def _preview(language: str | None, sentiment: str | None) -> dict[str, Any]:
    """What the preview tells of a voice, inside the result; what is not known is left out."""
    told: dict[str, Any] = {}
    if language is not None:
        told["languageIdentified"] = language
    if sentiment is not None:
        told["sentimentAnalysisResult"] = {"sentiment": sentiment}
    return told
