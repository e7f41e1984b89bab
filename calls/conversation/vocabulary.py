"""The closed vocabularies of a call."""

from enum import StrEnum


class Step(StrEnum):
    """Where in the conversation we are; part of the REST API."""

    RIGHT_PARTY = "right_party"
    MENU = "menu"
    READ_BACK = "read_back"
    CLOSING = "closing"


class Label(StrEnum):
    """What a choice means, whatever the language."""

    CONFIRM = "Confirm"
    CANCEL = "Cancel"
    REPEAT = "Repeat"
    STOP = "Stop"
    YES = "Yes"
    NO = "No"


#: The key of each label; the same in every language.
KEYS: dict[Label, str] = {
    Label.CONFIRM: "one",
    Label.CANCEL: "two",
    Label.REPEAT: "asterisk",
    Label.STOP: "nine",
    Label.YES: "one",
    Label.NO: "two",
}


class Act(StrEnum):
    """A completed act of the patient."""

    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    WRONG_NUMBER = "wrong_number"


class Outcome(StrEnum):
    """How a call ended for the clinic, strongest first."""

    OPTED_OUT = "opted_out"
    NEEDS_REVIEW = "needs_review"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    RESCHEDULE_REQUESTED = "reschedule_requested"
    WRONG_NUMBER = "wrong_number"
    TRANSFERRED = "transferred"
    STAFF_REQUESTED = "staff_requested"
    VOICEMAIL_LEFT = "voicemail_left"
    MACHINE = "machine"
    NOT_UNDERSTOOD = "not_understood"
    NO_RESPONSE = "no_response"
    HUNG_UP = "hung_up"
    BUSY = "busy"
    DECLINED = "declined"
    NO_ANSWER = "no_answer"
    INVALID_NUMBER = "invalid_number"
    FAILED_PROVIDER = "failed_provider"
    NOT_PLACED = "not_placed"


class AttemptStatus(StrEnum):
    """Where an attempt is; it only ever moves forward."""

    QUEUED = "queued"
    DIALLING = "dialling"
    CONNECTED = "connected"
    ENDED = "ended"


class LineEnd(StrEnum):
    """How the line ended, as its codes tell."""

    OVER = "over"
    BUSY = "busy"
    DECLINED = "declined"
    NO_ANSWER = "no_answer"
    INVALID_NUMBER = "invalid_number"
    FAILED = "failed"
