"""The closed vocabularies of a call."""

from enum import StrEnum


class Step(StrEnum):
    """Where in the conversation we are; part of the REST API."""

    #: Who or what took the call, heard before anything is said.
    GREETING = "greeting"
    RIGHT_PARTY = "right_party"
    IDENTITY = "identity"
    MENU = "menu"
    READ_BACK = "read_back"
    #: The open reason after a cancellation.
    REASON = "reason"
    #: Which other time would suit.
    PREFERENCE = "preference"
    #: What the patient needs for the visit, after a confirmation.
    NEEDS = "needs"
    TRANSFER = "transfer"
    VOICEMAIL = "voicemail"
    CLOSING = "closing"


class Label(StrEnum):
    """What a choice means, whatever the language."""

    CONFIRM = "Confirm"
    CANCEL = "Cancel"
    RESCHEDULE = "Reschedule"
    STAFF = "Staff"
    REPEAT = "Repeat"
    STOP = "Stop"
    #: "He passed away": can be said, has no key.
    DECEASED = "Deceased"
    YES = "Yes"
    NO = "No"
    INTERPRETER = "Interpreter"
    WHEELCHAIR = "Wheelchair"
    RIDE = "Ride"
    LATE = "Late"
    NOTHING = "Nothing"


#: The key of each label; the same in every language.
KEYS: dict[Label, str] = {
    Label.CONFIRM: "one",
    Label.CANCEL: "two",
    Label.RESCHEDULE: "three",
    Label.STAFF: "zero",
    Label.REPEAT: "asterisk",
    Label.STOP: "nine",
    Label.DECEASED: "",
    Label.YES: "one",
    Label.NO: "two",
    Label.INTERPRETER: "one",
    Label.WHEELCHAIR: "two",
    Label.RIDE: "three",
    Label.LATE: "four",
    Label.NOTHING: "five",
}

#: What can be asked for after a confirmation.
NEEDS = (Label.INTERPRETER, Label.WHEELCHAIR, Label.RIDE, Label.LATE)

#: The steps whose question is a list of choices.
CHOICE_STEPS = (Step.RIGHT_PARTY, Step.MENU, Step.READ_BACK, Step.NEEDS)


class Act(StrEnum):
    """A completed act of the patient."""

    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    RESCHEDULE_REQUESTED = "reschedule_requested"
    WRONG_NUMBER = "wrong_number"
    TRANSFERRED = "transferred"
    STAFF_REQUESTED = "staff_requested"
    #: Somebody told us that the patient has died: every call for them stops.
    DECEASED = "deceased"


class NoteKind(StrEnum):
    """What the patient told beside an answer."""

    REASON = "reason"
    PREFERENCE = "preference"
    NEED = "need"


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
