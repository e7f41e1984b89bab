"""The closed vocabularies of planning.

Plain ``StrEnum`` values, because this package is pure; the models build their
choices from them. The words of :class:`Reason` are part of the REST API.
"""

from enum import StrEnum


class LegalBasis(StrEnum):
    """Why we may ring this patient at all (rule R1)."""

    CONSENT = "consent"
    US_EXEMPTION = "us_exemption"
    OTHER_LAWFUL = "other_lawful"
    NONE = "none"


class Reason(StrEnum):
    """Why the next call is when it is, or why there is none."""

    # There is a next call, at its own time ...
    TOUCH = "touch"
    RETRY = "retry"
    CALL_NOW = "call_now"
    # ... or moved by a rule, or held until a person or a line is free.
    OUTSIDE_HOURS = "outside_hours"
    CLOSED = "closed"
    DAY_CAP = "day_cap"
    WEEK_CAP = "week_cap"
    TOO_SOON = "too_soon"
    LINE_BUSY = "line_busy"
    PAUSED = "paused"
    # There is no next call.
    ANSWERED = "answered"
    NO_LEGAL_BASIS = "no_legal_basis"
    OPTED_OUT = "opted_out"
    QUARANTINED = "quarantined"
    INVALID_NUMBER = "invalid_number"
    FACILITY_LINE = "facility_line"
    NO_COMMON_HOURS = "no_common_hours"
    TOUCHES_SPENT = "touches_spent"
    PAST = "past"
    CANCELLED = "cancelled"


class AppointmentStatus(StrEnum):
    """The state of a visit, in the words of the REST API."""

    SCHEDULED = "scheduled"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    ATTENDED = "attended"
    NO_SHOW = "no_show"


class Answer(StrEnum):
    """What the patient, or staff on their behalf, said about a visit."""

    NONE = ""
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    RESCHEDULE_REQUESTED = "reschedule_requested"


class ContactResult(StrEnum):
    """How a contact ended, as far as planning cares.

    Every value but ``REFUSED`` spends the budget of the number (R2 counts
    every placed call, answered or not).
    """

    PENDING = "pending"
    #: A person or a machine took the call; the touch is spent.
    REACHED = "reached"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    #: The provider failed after it may have rung the phone.
    FAILED = "failed"
    #: The provider said no before anything rang: not a ring, not counted.
    REFUSED = "refused"
