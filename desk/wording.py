"""Plain words for the closed vocabularies, and the colours of their badges.

Colours are unfold's: info, success, warning, danger, primary, "" (grey).
"""

import langcodes

from calls.conversation.vocabulary import Label, Outcome
from reminders.models.workitem import WorkKind
from reminders.policy.vocabulary import Answer, AppointmentStatus, LegalBasis, Reason

#: Why the next call is when it is, or why there is none.
WHY: dict[str, str] = {
    Reason.TOUCH: "Reminder",
    Reason.RETRY: "Next try: not reached before",
    Reason.CALL_NOW: "Asked for by staff",
    Reason.OUTSIDE_HOURS: "Waits for calling hours",
    Reason.CLOSED: "Waits until the clinic is open",
    Reason.DAY_CAP: "Called often enough that day",
    Reason.WEEK_CAP: "Called often enough that week",
    Reason.TOO_SOON: "Waits: the last call is too recent",
    Reason.LINE_BUSY: "Waits for a free line",
    Reason.PAUSED: "Calls are paused",
    Reason.ANSWERED: "Answered, so no further call",
    Reason.NO_LEGAL_BASIS: "No legal basis: not called",
    Reason.OPTED_OUT: "Asked for no calls: not called",
    Reason.QUARANTINED: "Somebody else's number: not called",
    Reason.INVALID_NUMBER: "No such number: not called",
    Reason.FACILITY_LINE: "Room line without consent: not called",
    Reason.NO_COMMON_HOURS: "No hours in common: not called",
    Reason.TOUCHES_SPENT: "No call left before the visit",
    Reason.PAST: "The visit is past",
    Reason.CANCELLED: "Visit cancelled: not called",
    "": "Not planned yet",
}

#: What a person can do about a reason that ends planning.
MEND: dict[str, str] = {
    Reason.NO_LEGAL_BASIS: "Record the patient's consent on the patient's page.",
    Reason.OPTED_OUT: "Only a new consent of this person can change that.",
    Reason.QUARANTINED: "Ask for the right number and enter it on the patient's page.",
    Reason.INVALID_NUMBER: "Ask for the right number and enter it on the patient's page.",
    Reason.FACILITY_LINE: "Record the patient's consent, or reach them another way.",
    Reason.NO_COMMON_HOURS: "The clinic's hours and the patient's night leave no time: "
    "call them yourself, or change the hours.",
    Reason.TOUCHES_SPENT: "Call them yourself, or press “Call now”.",
    Reason.PAUSED: "Calls go on as soon as somebody resumes them.",
}

STATUS_COLOURS: dict[str, str] = {
    "Scheduled": "info",
    "Confirmed": "success",
    "Cancelled": "danger",
    "Attended": "success",
    "No show": "warning",
}

ANSWERS: dict[str, str] = {
    Answer.NONE: "Not yet",
    Answer.CONFIRMED: "Confirmed",
    Answer.CANCELLED: "Cancelled",
    Answer.RESCHEDULE_REQUESTED: "Wants another time",
}

ANSWER_COLOURS: dict[str, str] = {
    "Confirmed": "success",
    "Cancelled": "danger",
    "Wants another time": "warning",
}

OUTCOMES: dict[str, str] = {
    Outcome.OPTED_OUT: "No more calls",
    Outcome.NEEDS_REVIEW: "Needs review",
    Outcome.CONFIRMED: "Confirmed",
    Outcome.CANCELLED: "Cancelled",
    Outcome.RESCHEDULE_REQUESTED: "Wants another time",
    Outcome.WRONG_NUMBER: "Wrong number",
    Outcome.TRANSFERRED: "Put through to staff",
    Outcome.STAFF_REQUESTED: "Asked for staff",
    Outcome.VOICEMAIL_LEFT: "Voicemail left",
    Outcome.MACHINE: "Machine",
    Outcome.NOT_UNDERSTOOD: "Not understood",
    Outcome.NO_RESPONSE: "Said nothing",
    Outcome.HUNG_UP: "Hung up",
    Outcome.BUSY: "Busy",
    Outcome.DECLINED: "Declined",
    Outcome.NO_ANSWER: "No answer",
    Outcome.INVALID_NUMBER: "No such number",
    Outcome.FAILED_PROVIDER: "Azure failed",
    Outcome.NOT_PLACED: "Not placed",
    "": "",
}

OUTCOME_COLOURS: dict[str, str] = {
    "No more calls": "danger",
    "Needs review": "warning",
    "Confirmed": "success",
    "Cancelled": "danger",
    "Wants another time": "warning",
    "Wrong number": "danger",
    "Put through to staff": "info",
    "Asked for staff": "info",
    "Not understood": "warning",
    "Said nothing": "warning",
    "Hung up": "warning",
    "No such number": "danger",
    "Azure failed": "danger",
}

CALL_STATUS: dict[str, str] = {
    "queued": "Waiting to be dialled",
    "dialling": "Ringing",
    "connected": "Talking",
    "ended": "Over",
}
CALL_STATUS_COLOURS: dict[str, str] = {
    "Waiting to be dialled": "",
    "Ringing": "info",
    "Talking": "primary",
}

SENTIMENT_COLOURS: dict[str, str] = {
    "positive": "success",
    "negative": "danger",
    "mixed": "warning",
}

STEPS: dict[str, str] = {
    "greeting": "Who takes the call?",
    "right_party": "Is this the patient?",
    "identity": "Identity",
    "menu": "Confirm or cancel?",
    "read_back": "Really cancel?",
    "reason": "Why?",
    "preference": "Which other time?",
    "needs": "Anything we should know?",
    "transfer": "Connecting with staff",
    "voicemail": "Message left",
    "closing": "Goodbye",
}

WORK: dict[str, str] = {
    WorkKind.UNANSWERED: "Unanswered",
    WorkKind.NEEDS_REVIEW: "Needs review",
    WorkKind.WRONG_NUMBER: "Wrong number",
    WorkKind.INVALID_NUMBER: "No such number",
    WorkKind.OPTED_OUT: "Wants no calls",
    WorkKind.SLOT_FREE: "Slot free",
    WorkKind.NO_COMMON_HOURS: "No common hours",
    WorkKind.FAILED_PROVIDER: "Azure failed",
    WorkKind.LOST_ANSWER: "Answer lost",
    WorkKind.BAD_DATA: "Data fault",
    WorkKind.PROVIDER_DOWN: "Azure is failing",
    WorkKind.OTHER_TIME: "Another time",
    WorkKind.CALL_BACK: "Call back",
    WorkKind.IDENTITY: "Wrong digits",
    WorkKind.DECEASED: "Has died",
    WorkKind.NEEDS: "Needs something",
    WorkKind.NEGATIVE: "Displeased",
}

#: What a person does about it.
TO_DO: dict[str, str] = {
    WorkKind.UNANSWERED: "No reminder was answered: call the patient yourself",
    WorkKind.NEEDS_REVIEW: "The call left it open: ask the patient",
    WorkKind.WRONG_NUMBER: "Somebody else answered: find the right number",
    WorkKind.INVALID_NUMBER: "The network knows no such number: find the right one",
    WorkKind.OPTED_OUT: "Asked for no more calls: remind them another way",
    WorkKind.SLOT_FREE: "The patient cancelled: give the slot away",
    WorkKind.NO_COMMON_HOURS: "No time suits clinic and patient: call when you can",
    WorkKind.FAILED_PROVIDER: "The call failed on the way: call the patient yourself",
    WorkKind.LOST_ANSWER: "The line was lost while the patient was on it: ask them again",
    WorkKind.BAD_DATA: "The visit cannot be planned: mend its clinic's or patient's data",
    WorkKind.OTHER_TIME: "Wants another time: offer one; the visit stays until then",
    WorkKind.CALL_BACK: "Asked for a person: call them back",
    WorkKind.IDENTITY: "Three times the wrong digits: check whom the number belongs to",
    WorkKind.DECEASED: "Somebody said that the patient has died: verify, and cancel the visits",
    WorkKind.NEEDS: "Needs something for the visit: arrange it",
    WorkKind.NEGATIVE: "Sounded displeased while cancelling: ring them if it helps",
    WorkKind.PROVIDER_DOWN: "Too many calls fail: dialling rests and probes; see check_azure",
}

WORK_COLOURS: dict[str, str] = {
    "Unanswered": "warning",
    "Needs review": "warning",
    "Wrong number": "danger",
    "No such number": "danger",
    "Wants no calls": "danger",
    "Slot free": "success",
    "No common hours": "warning",
    "Azure failed": "danger",
    "Answer lost": "danger",
    "Data fault": "warning",
    "Azure is failing": "danger",
    "Another time": "info",
    "Call back": "info",
    "Wrong digits": "warning",
    "Has died": "danger",
    "Needs something": "info",
    "Displeased": "warning",
}

BASES: dict[str, str] = {
    LegalBasis.CONSENT: "Consent",
    LegalBasis.US_EXEMPTION: "US healthcare exemption",
    LegalBasis.OTHER_LAWFUL: "Other lawful basis",
    LegalBasis.NONE: "None: not called",
}
BASIS_COLOURS: dict[str, str] = {BASES[LegalBasis.NONE]: "danger"}


NEEDS: dict[str, str] = {
    Label.INTERPRETER: "an interpreter",
    Label.WHEELCHAIR: "a wheelchair",
    Label.RIDE: "a ride",
    Label.LATE: "to come late",
}


def need_of(label: str) -> str:
    """``a wheelchair``."""
    return NEEDS.get(label, label)


def status_label(status: str) -> str:
    """A visit's status as it stands in the choices."""
    return status.replace("_", " ").capitalize()


def open_statuses() -> tuple[AppointmentStatus, ...]:
    """The visit is still to come, as far as anybody said."""
    return AppointmentStatus.SCHEDULED, AppointmentStatus.CONFIRMED


def language_name(tag: str) -> str:
    """``Spanish`` for a BCP 47 tag; the tag where it has no name."""
    try:
        return str(langcodes.Language.get(tag).language_name()) if tag else ""
    except langcodes.LanguageTagError:
        return tag


def language_and_place(tag: str) -> str:
    """``Spanish (es-US)``: tells the Spanish of two countries apart."""
    return f"{language_name(tag)} ({tag})" if tag else ""


#: How long before the visit a call was made, by the keys of ``calls.models.daily``.
LEADS: dict[str, str] = {
    "h0": "Less than 6 hours",
    "h6": "6 to 24 hours",
    "d1": "1 to 2 days",
    "d2": "2 to 3 days",
    "d3": "3 to 4 days",
    "d4": "4 to 8 days",
    "d8": "8 days or more",
}
#: What a reminder led to.
LED: dict[str, str] = {
    "confirmed": "Confirmed",
    "cancelled": "Cancelled",
    "other_time": "Another time",
    "something_else": "Something else",
    "unanswered": "Unanswered",
    "under_way": "Under way",
}
#: How a visit stood when its time came.
STANDINGS: dict[str, str] = {
    "confirmed": "Confirmed",
    "reschedule_requested": "Wanted another time",
    "cancelled": "Cancelled",
    "reached": "No answer, though reached",
    "unreached": "Called, not reached",
    "uncalled": "Not called",
}
#: What came of one question.
UNDERSTANDINGS: dict[str, str] = {
    "understood": "Understood",
    "not_understood": "Not understood",
    "key": "Answered by key",
    "silence": "Said nothing",
    "fault": "Azure failed",
}
