"""Plain words for the closed vocabularies, and the colours of their badges.

Colours are unfold's: info, success, warning, danger, primary, "" (grey).
"""

import langcodes
from django.utils.translation import get_language
from django.utils.translation import gettext_noop as _

from calls.conversation.vocabulary import Label, Outcome
from desk.vocabulary import Colours, Words
from reminders.models.workitem import WorkKind
from reminders.policy.vocabulary import Answer, AppointmentStatus, LegalBasis, Reason

#: Why the next call is when it is, or why there is none.
WHY = Words(
    {
        Reason.TOUCH: _("Reminder"),
        Reason.RETRY: _("Next try: not reached before"),
        Reason.CALL_NOW: _("Asked for by staff"),
        Reason.OUTSIDE_HOURS: _("Waits for calling hours"),
        Reason.CLOSED: _("Waits until the clinic is open"),
        Reason.DAY_CAP: _("Called often enough that day"),
        Reason.WEEK_CAP: _("Called often enough that week"),
        Reason.TOO_SOON: _("Waits: the last call is too recent"),
        Reason.LINE_BUSY: _("Waits for a free line"),
        Reason.PAUSED: _("Calls are paused"),
        Reason.ANSWERED: _("Answered, so no further call"),
        Reason.NO_LEGAL_BASIS: _("No legal basis: not called"),
        Reason.OPTED_OUT: _("Asked for no calls: not called"),
        Reason.QUARANTINED: _("Somebody else's number: not called"),
        Reason.INVALID_NUMBER: _("No such number: not called"),
        Reason.FACILITY_LINE: _("Room line without consent: not called"),
        Reason.NO_COMMON_HOURS: _("No hours in common: not called"),
        Reason.TOUCHES_SPENT: _("No call left before the visit"),
        Reason.PAST: _("The visit is past"),
        Reason.CANCELLED: _("Visit cancelled: not called"),
        "": _("Not planned yet"),
    }
)

#: What a person can do about a reason that ends planning.
MEND = Words(
    {
        Reason.NO_LEGAL_BASIS: _("Record the patient's consent on the patient's page."),
        Reason.OPTED_OUT: _("Only a new consent of this person can change that."),
        Reason.QUARANTINED: _("Ask for the right number and enter it on the patient's page."),
        Reason.INVALID_NUMBER: _("Ask for the right number and enter it on the patient's page."),
        Reason.FACILITY_LINE: _("Record the patient's consent, or reach them another way."),
        Reason.NO_COMMON_HOURS: _(
            "The clinic's hours and the patient's night leave no time: "
            "call them yourself, or change the hours."
        ),
        Reason.TOUCHES_SPENT: _("Call them yourself, or press “Call now”."),
        Reason.PAUSED: _("Calls go on as soon as somebody resumes them."),
    }
)

STATUSES = Words(
    {
        AppointmentStatus.SCHEDULED: _("Scheduled"),
        AppointmentStatus.CONFIRMED: _("Confirmed"),
        AppointmentStatus.CANCELLED: _("Cancelled"),
        AppointmentStatus.ATTENDED: _("Attended"),
        AppointmentStatus.NO_SHOW: _("No show"),
    }
)
STATUS_COLOURS = Colours(
    {
        "Scheduled": "info",
        "Confirmed": "success",
        "Cancelled": "danger",
        "Attended": "success",
        "No show": "warning",
    }
)

ANSWERS = Words(
    {
        Answer.NONE: _("Not yet"),
        Answer.CONFIRMED: _("Confirmed"),
        Answer.CANCELLED: _("Cancelled"),
        Answer.RESCHEDULE_REQUESTED: _("Wants another time"),
    }
)

ANSWER_COLOURS = Colours(
    {
        "Confirmed": "success",
        "Cancelled": "danger",
        "Wants another time": "warning",
    }
)

OUTCOMES = Words(
    {
        Outcome.OPTED_OUT: _("No more calls"),
        Outcome.NEEDS_REVIEW: _("Needs review"),
        Outcome.CONFIRMED: _("Confirmed"),
        Outcome.CANCELLED: _("Cancelled"),
        Outcome.RESCHEDULE_REQUESTED: _("Wants another time"),
        Outcome.WRONG_NUMBER: _("Wrong number"),
        Outcome.TRANSFERRED: _("Put through to staff"),
        Outcome.STAFF_REQUESTED: _("Asked for staff"),
        Outcome.VOICEMAIL_LEFT: _("Voicemail left"),
        Outcome.MACHINE: _("Machine"),
        Outcome.NOT_UNDERSTOOD: _("Not understood"),
        Outcome.NO_RESPONSE: _("Said nothing"),
        Outcome.HUNG_UP: _("Hung up"),
        Outcome.BUSY: _("Busy"),
        Outcome.DECLINED: _("Declined"),
        Outcome.NO_ANSWER: _("No answer"),
        Outcome.INVALID_NUMBER: _("No such number"),
        Outcome.FAILED_PROVIDER: _("Azure failed"),
        Outcome.NOT_PLACED: _("Not placed"),
        "": "",
    }
)

OUTCOME_COLOURS = Colours(
    {
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
)

CALL_STATUS = Words(
    {
        "queued": _("Waiting to be dialled"),
        "dialling": _("Ringing"),
        "connected": _("Talking"),
        "ended": _("Over"),
    }
)
CALL_STATUS_COLOURS = Colours(
    {
        "Waiting to be dialled": "",
        "Ringing": "info",
        "Talking": "primary",
    }
)

SENTIMENT_COLOURS = Colours(
    {
        "positive": "success",
        "negative": "danger",
        "mixed": "warning",
    }
)

STEPS = Words(
    {
        "greeting": _("Who takes the call?"),
        "right_party": _("Is this the patient?"),
        "identity": _("Identity"),
        "menu": _("Confirm or cancel?"),
        "read_back": _("Really cancel?"),
        "reason": _("Why?"),
        "preference": _("Which other time?"),
        "needs": _("Anything we should know?"),
        "transfer": _("Connecting with staff"),
        "voicemail": _("Message left"),
        "closing": _("Goodbye"),
    }
)

WORK = Words(
    {
        WorkKind.UNANSWERED: _("Unanswered"),
        WorkKind.NEEDS_REVIEW: _("Needs review"),
        WorkKind.WRONG_NUMBER: _("Wrong number"),
        WorkKind.INVALID_NUMBER: _("No such number"),
        WorkKind.OPTED_OUT: _("Wants no calls"),
        WorkKind.SLOT_FREE: _("Slot free"),
        WorkKind.NO_COMMON_HOURS: _("No common hours"),
        WorkKind.FAILED_PROVIDER: _("Azure failed"),
        WorkKind.LOST_ANSWER: _("Answer lost"),
        WorkKind.BAD_DATA: _("Data fault"),
        WorkKind.PROVIDER_DOWN: _("Azure is failing"),
        WorkKind.OTHER_TIME: _("Another time"),
        WorkKind.CALL_BACK: _("Call back"),
        WorkKind.IDENTITY: _("Wrong digits"),
        WorkKind.DECEASED: _("Has died"),
        WorkKind.NEEDS: _("Needs something"),
        WorkKind.NEGATIVE: _("Displeased"),
    }
)

#: What a person does about it.
TO_DO = Words(
    {
        WorkKind.UNANSWERED: _("Has not confirmed: call the patient yourself"),
        WorkKind.NEEDS_REVIEW: _("The call left it open: ask the patient"),
        WorkKind.WRONG_NUMBER: _("Somebody else answered: find the right number"),
        WorkKind.INVALID_NUMBER: _("The network knows no such number: find the right one"),
        WorkKind.OPTED_OUT: _("Asked for no more calls: remind them another way"),
        WorkKind.SLOT_FREE: _("The patient cancelled: give the slot away"),
        WorkKind.NO_COMMON_HOURS: _("No time suits clinic and patient: call when you can"),
        WorkKind.FAILED_PROVIDER: _("The call failed on the way: call the patient yourself"),
        WorkKind.LOST_ANSWER: _("The line was lost while the patient was on it: ask them again"),
        WorkKind.BAD_DATA: _("The visit cannot be planned: mend its clinic's or patient's data"),
        WorkKind.OTHER_TIME: _("Wants another time: offer one; the visit stays until then"),
        WorkKind.CALL_BACK: _("Asked for a person: call them back"),
        WorkKind.IDENTITY: _("Three times the wrong digits: check whom the number belongs to"),
        WorkKind.DECEASED: _(
            "Somebody said that the patient has died: verify, and cancel the visits"
        ),
        WorkKind.NEEDS: _("Needs something for the visit: arrange it"),
        WorkKind.NEGATIVE: _("Sounded displeased while cancelling: ring them if it helps"),
        WorkKind.PROVIDER_DOWN: _(
            "Too many calls fail: dialling rests and probes; see check_azure"
        ),
    }
)

WORK_COLOURS = Colours(
    {
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
)

BASES = Words(
    {
        LegalBasis.CONSENT: _("Consent"),
        LegalBasis.US_EXEMPTION: _("US healthcare exemption"),
        LegalBasis.OTHER_LAWFUL: _("Other lawful basis"),
        LegalBasis.NONE: _("None: not called"),
    }
)
BASIS_COLOURS = Colours({"None: not called": "danger"})


NEEDS = Words(
    {
        Label.INTERPRETER: _("an interpreter"),
        Label.WHEELCHAIR: _("a wheelchair"),
        Label.RIDE: _("a ride"),
        Label.LATE: _("to come late"),
    }
)


def need_of(label: str) -> str:
    """``a wheelchair``."""
    return NEEDS.get(label, label)


def status_label(status: str) -> str:
    """A visit's status as it stands in the choices."""
    return STATUSES.get(status) or status.replace("_", " ").capitalize()


def open_statuses() -> tuple[AppointmentStatus, ...]:
    """The visit is still to come, as far as anybody said."""
    return AppointmentStatus.SCHEDULED, AppointmentStatus.CONFIRMED


def language_name(tag: str) -> str:
    """``Spanish`` for a BCP 47 tag, as the reader calls it; the tag where it has no name."""
    try:
        reader = get_language() or "en"
        return str(langcodes.Language.get(tag).language_name(reader)) if tag else ""
    except langcodes.LanguageTagError:
        return tag


def language_and_place(tag: str) -> str:
    """``Spanish (es-US)``: tells the Spanish of two countries apart."""
    return f"{language_name(tag)} ({tag})" if tag else ""


#: How long before the visit a call was made, by the keys of ``calls.models.daily``.
LEADS = Words(
    {
        "h0": _("Less than 6 hours"),
        "h6": _("6 to 24 hours"),
        "d1": _("1 to 2 days"),
        "d2": _("2 to 3 days"),
        "d3": _("3 to 4 days"),
        "d4": _("4 to 8 days"),
        "d8": _("8 days or more"),
    }
)
#: What a reminder led to.
LED = Words(
    {
        "confirmed": _("Confirmed"),
        "cancelled": _("Cancelled"),
        "other_time": _("Another time"),
        "something_else": _("Something else"),
        "unanswered": _("Unanswered"),
        "under_way": _("Under way"),
    }
)
#: How a visit stood when its time came.
STANDINGS = Words(
    {
        "confirmed": _("Confirmed"),
        "reschedule_requested": _("Wanted another time"),
        "cancelled": _("Cancelled"),
        "reached": _("No answer, though reached"),
        "unreached": _("Called, not reached"),
        "uncalled": _("Not called"),
    }
)
#: What came of one question.
UNDERSTANDINGS = Words(
    {
        "understood": _("Understood"),
        "not_understood": _("Not understood"),
        "key": _("Answered by key"),
        "silence": _("Said nothing"),
        "fault": _("Azure failed"),
    }
)
