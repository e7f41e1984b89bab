"""Sentences that the layers below write in plain English, in the reader's language.

Rows outlive the person who reads them, a worker has no reader, and the pure packages know no
translation. So these sentences are kept in English and translated where they are shown.
"""

import re
from functools import cache

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

#: What stands on the work list, in the notes of calls, and in the story of a visit.
TOLD = (
    _("The call left it open; nothing was changed."),
    _("Somebody else answered; number quarantined."),
    _("The network knows no such number."),
    _("Asked for no more calls; tell them otherwise."),
    _("Cancelled by the patient; the slot is free."),
    _("Azure failed; nobody could answer."),
    _("The line was lost; what was said is not known."),
    _("The line was lost; what was said after the answer is not known."),
    _("Three times the wrong digits; nothing was said."),
    _("Wants another time; did not say which."),
    _("Wants another time: %(text)s"),
    _("Needs: %(text)s"),
    _("Asked for a person, and waits for a call back."),
    _("Somebody said that the patient has died. Calls have ended."),
    _("Sounded displeased while cancelling (Azure's judgement, a preview feature)."),
    _("An event of the call was never understood."),
    _("Azure fails calls from %(caller)s."),
    _("Its data cannot be planned."),
    _("no line was free for ten minutes"),
    _("not accepted"),
    _("the last try returns or raises"),
    _("spoken instead of %(language)s: not approved"),
    _("revoked before dialling: %(why)s"),
    _("rehearsal, asked for by %(who)s"),
    _("told on the phone, call %(call)s"),
    _("import by %(who)s"),
    _("the patient"),
    _("by command"),
)
#: Why "call now" or a test call was refused.
REFUSED = (
    _("Azure fails too often; this line rests."),
    _("One call probes whether Azure works again."),
    _("Azure asked this caller id to slow down."),
    _("All lines of this caller id are in use."),
    _("%(calls)s calls within a day, the cap of this installation."),
    _("No caller id: set ACS_CALLER_ID or the clinic's own."),
    _("No text of this clinic is approved: see approve_prompts."),
    _("It is outside the hours in which this patient may be called."),
    _("The clinic is closed today."),
    _("This number was called as often as a day allows."),
    _("This number was called as often as seven days allow."),
    _("The last call to this number is too recent."),
    _("A call to this number is under way."),
    _("Calls are paused."),
    _("This visit is answered already."),
    _("The patient has no legal basis for automated calls."),
    _("Somebody at this number asked us to stop calling."),
    _("This number reached somebody else and is quarantined."),
    _("The telephone network knows no such number."),
    _("This is a room line of a facility, and there is no consent."),
    _("The clinic's hours and the patient's have no time in common."),
    _("There is no time left to call before the visit."),
    _("The visit is past."),
    _("The visit is cancelled."),
    _("No date of birth, which is asked for before anything of this visit is said."),
    _("No PIN for calls, which is asked for before anything of this visit is said."),
    _("The patient's PIN has not the %(digits)s digits that this clinic asks for."),
    _("A patient has this number: test calls go to a phone of your own."),
    _("This is a room line of a facility."),
    _("It is %(time)s in %(zone)s; test calls are made from %(first)s to %(last)s."),
    _("There are no texts in this language."),
    _("This number had %(most)s test calls within a day."),
)
#: What is wrong with a telephone number.
NUMBERS = (
    _('Write the number in E.164 with "+", for example +12125550142.'),
    _("This is not a telephone number of any country."),
    _("This number is too long or too short for its country."),
    _("This number is too long or too short: write it with its area code."),
)
#: What is wrong with a file, or with one cell of it.
IMPORTS = (
    _("is longer than %(most)s characters"),
    _("holds characters that no text has"),
    _("is empty"),
    _("may hold letters, digits, dots, underscores, colons and hyphens only"),
    _("was shortened by a spreadsheet: format the column as text"),
    _("lies in the future"),
    _("lies in the past"),
    _("is no date and time"),
    _("the year is not between 1900 and %(last)s"),
    _("is no day in the chosen way of writing"),
    _("is no time such as 14:30 or 2:30 PM"),
    _("is no whole number from 1 to 1440"),
    _("is no word that is known: see the documentation"),
    _("is no language that is known"),
    _("is no time zone such as America/New_York"),
    _("is none of %(known)s, yes and no"),
    _("needs a year of four digits"),
    _("is no day on which a patient was born"),
    _("stands in line %(line)s already"),
    _("no such patient is known"),
    _("several patients share this number: give the patient id"),
    _("is not the number that the patient has here"),
    _("asked for no calls; an import lifts no opt-out"),
    _("has more cells than there are headings"),
    _("was changed since the dry run"),
    _("differs from line %(line)s, which is the same patient"),
    _("is a visit of another clinic"),
    _("is a patient of a clinic that is not yours"),
    _("The file has headings and no rows."),
    _("Ringwell could not finish this. What was applied so far stays."),
    _("The file is larger than %(most)s MB: send it in parts."),
    _("The file is empty."),
    _("This is an old Excel file (.xls) or a protected one: save it as .xlsx or CSV."),
    _("The file has no headings."),
    _("The file has more than %(most)s columns."),
    _("The file has more than %(most)s rows: send it in parts."),
    _("This is neither CSV nor Excel (.xlsx)."),
    _("The file's characters cannot be read: save it as CSV in UTF-8."),
    _(
        "%(time)s does not exist on this day in %(zone)s: "
        "the clocks go forward over it. Choose another time."
    ),
    _(
        "%(time)s comes twice on this day in %(zone)s: "
        "the clocks go back. Choose a time before or after that hour."
    ),
    _("Line %(line)s cannot be read: a quote is opened and never closed."),
    _("This Excel file cannot be read: save it anew as .xlsx or as CSV."),
    _("This Excel file is damaged after line %(line)s."),
    _("This Excel file is far larger inside than out: it is not opened."),
    _("This Excel file holds what no spreadsheet writes."),
)
#: The columns of a file, whose names stand before what is wrong with a cell.
COLUMNS = (
    _("Appointment id"),
    _("Each visit has its own; by it the next file finds the visit again."),
    _("Patient id"),
    _("Patient's name"),
    _("First name"),
    _("Last name"),
    _("Phone"),
    _("Start (date and time)"),
    _("Date"),
    _("Time"),
    _("Minutes"),
    _("Practitioner"),
    _("Visit type"),
    _("Status"),
    _("Language"),
    _("Patient's time zone"),
    _("Legal basis"),
    _("Birth date"),
    _("Spoken name"),
    _("Opted out on"),
    _("Where it came from"),
    _("Who agreed"),
    _("Agreed on"),
    _("What they agreed to"),
    _("24/11/2026 or 24.11.2026"),
)
#: Between two columns of which one is enough.
OR = _(" or ")
#: What the rules for spoken texts say.
TEXTS = (
    _("This text is missing."),
    _("There is no text of this name; nobody would hear it."),
    _(
        "From the opening to the goodbye it takes %(length)s seconds; "
        "more than %(most)s are too many."
    ),
    _("A draft translation: no native speaker has read it."),
    _("It has %(length)s characters; Azure speaks %(most)s at most."),
    _("“%(word)s” speaks of money or offers, which a reminder may not."),
    _("A brace is left open: placeholders are written {clinic}."),
    _("A placeholder is its name alone, {clinic}: no “:” or “!” after it."),
    _("No recording can say %(names)s."),
    _("SSML cannot say %(names)s, which the text says."),
    _("The SSML must not declare a document type."),
    _("A brace is left open in the SSML."),
    _("SSML may not say %(names)s: only %(known)s."),
    _("The SSML is not well-formed XML (%(error)s)."),
    _("The outermost element of the SSML must be <speak>."),
    _("The opening does not say %(missing)s."),
    _(
        "The opening must say first that the call is automated, "
        "then {clinic}, then {phone}, then how to stop the calls."
    ),
    _("No phrase means this answer."),
    _("There is no such answer to this question."),
    _("“%(phrase)s” has no word that can be heard."),
    _("“%(phrase)s” is a number: a voicemail that says “press one” would answer."),
    _("“%(phrase)s” means %(label)s here and %(other)s in %(language)s (%(key)s)."),
)
#: Why a text cannot be heard.
SPEECH = (
    _("The speech service refuses our key."),
    _("The speech service does not take this: is there a voice of that name?"),
    _("The speech service cannot be reached."),
    _("The speech service does not let us in."),
    _("The speech service cannot be used on this machine."),
    _("The speech service does not answer."),
    _("The speech service is too busy."),
    _("The speech service did not answer within %(seconds)s seconds."),
    _("The speech service is asked too much just now."),
    _("The speech service failed."),
    _("No speech service is set up."),
    _("This text cannot be spoken: look at its braces."),
    _("This recording is not there any more."),
    _("You had %(most)s new texts spoken within a minute: wait a little."),
    _("Other texts are being spoken just now: press again."),
    _("This cannot be spoken (%(error)s)."),
    _("Not asked: the service failed %(times)s times in a row (%(why)s)."),
)
#: What each setting of a call does, and in which unit.
SETTINGS = (
    _(
        "Patients may answer before we have finished speaking. Off, they must listen first, "
        "and key 9 does not stop the calls until the prompt is over."
    ),
    _("A new question pushes out whatever is still being said or asked on the line."),
    _("How long we wait for the first word or key after a question with choices."),
    _("How long we wait for the first word after an open question."),
    _("How long we wait for the first digit when we ask for digits."),
    _(
        "How long a pause must be before we take it that they have finished speaking. "
        "Longer is kinder to people who look for words."
    ),
    _("How long we wait between two digits."),
    _("How long a PIN is. Day and month of birth are always four digits."),
    _("Keys that end the digits at once: pound (#), asterisk (*)."),
    _(
        "Let Azure judge whether the words sound positive, neutral or negative. "
        "A preview feature of Azure; off in the EU rule set."
    ),
    _("The endpoint id of your own speech recognition model; empty for Azure's."),
    _("seconds"),
    _("digits"),
)
#: What an answer was taken for.
LABELS = (
    _("Confirm"),
    _("Cancel"),
    _("Reschedule"),
    _("Staff"),
    _("Repeat"),
    _("Stop"),
    _("Deceased"),
    _("Yes"),
    _("No"),
    _("Interpreter"),
    _("Wheelchair"),
    _("Ride"),
    _("Late"),
    _("Nothing"),
)
#: How Azure judges words, as it spells them.
SENTIMENTS = (_("positive"), _("neutral"), _("negative"), _("mixed"))

#: How a line ended.
ENDS = (
    _("over"),
    _("busy"),
    _("declined"),
    _("no answer"),
    _("invalid number"),
    _("failed"),
    _("lost"),
)
#: The groups of staff that Ringwell makes.
ROLES = (_("scheduler"), _("manager"), _("auditor"), _("administrator"))

SENTENCES = (
    *(*TOLD, *REFUSED, *NUMBERS, *IMPORTS, *COLUMNS, *TEXTS, *SPEECH, *SETTINGS),
    *(*SENTIMENTS, *LABELS, *ENDS, *ROLES),
)
#: Places in a sentence that hold another one.
OURS = ("why", "error", "label", "other")
_PLACE = re.compile(r"%\((\w+)\)s")


def read(text: str) -> str:
    """A stored sentence in the reader's language; what is none of ours stays as it is."""
    if text in SENTENCES:
        return gettext(text)
    for msgid, pattern in _patterns():
        if found := pattern.fullmatch(text):
            values = found.groupdict()
            # A sentence in a sentence is ours too; what a patient said is not.
            told = {name: read(value) if name in OURS else value for name, value in values.items()}
            return gettext(msgid) % told
    either = text.split(" or ")
    if all(part in COLUMNS for part in either):
        return gettext(OR).join(map(gettext, either))
    head, colon, rest = text.partition(": ")
    if colon and head in COLUMNS:
        return f"{gettext(head)}: {read(rest)}"
    return text


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Each sentence with places in it, and how it looks once they are filled."""
    return tuple(
        (sentence, re.compile(_looks(sentence), re.DOTALL))
        for sentence in SENTENCES
        if _PLACE.search(sentence)
    )


def who(actor: str) -> str:
    """``staff rosa`` and other names that rows keep of who did something."""
    if actor == "patient":
        return gettext("the patient")
    kind, _space, name = actor.partition(" ")
    return gettext("staff %(name)s") % {"name": name} if kind == "staff" and name else read(actor)


def _looks(sentence: str) -> str:
    parts = _PLACE.split(sentence)
    return "".join(
        f"(?P<{part}>.+)" if place else re.escape(part)
        for part, place in zip(parts, [False, True] * len(parts), strict=False)
    )
