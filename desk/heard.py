"""What was heard in a call, told in a line."""

from collections.abc import Iterable

from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from calls.models import CallAttempt, Recognition
from desk import seeing, stored, viewer
from desk.wording import language_name
from reminders.models import Appointment

KEYS = {
    "zero": "0",
    "one": "1",
    "two": "2",
    "three": "3",
    "four": "4",
    "five": "5",
    "six": "6",
    "seven": "7",
    "eight": "8",
    "nine": "9",
    "asterisk": "*",
    "pound": "#",
}


#: Birthdays and PINs are compared, not kept, and never shown.
DIGITS = gettext_lazy("digits, not kept")


def words_of(recognition: Recognition) -> str:
    """“yes, confirm”, or the keys that were pressed; empty where nothing came.

    Ask with the call's visits and patients read: their names are not for all staff.
    """
    if recognition.step == "identity" and recognition.input_type:
        return str(DIGITS)
    if said := recognition.speech or recognition.phrase:
        return f"“{_without_names(said, recognition)}”"
    if recognition.tones:
        return _("key") + " " + " ".join(KEYS.get(tone, tone) for tone in recognition.tones)
    return stored.read(recognition.label)


def _without_names(said: str, recognition: Recognition) -> str:
    if seeing.may_see_names(viewer.request()):
        return said
    visits = recognition.attempt.visits.all()
    return seeing.words(said, [visit.appointment.patient for visit in visits])


#: Azure's sub-code of a recognition that heard nothing at all.
SILENCE = 8510


def confidence_of(recognition: Recognition) -> str:
    """``93 %``; empty where Azure gave none."""
    return "" if recognition.confidence is None else f"{recognition.confidence:.0%}"


def line_of(recognition: Recognition) -> str:
    """“confirmo” → Confirm (Spanish, positive, 93 %)."""
    words = words_of(recognition)
    if not words:
        return unheard(recognition)
    about = [language_name(recognition.language), stored.read(recognition.sentiment)]
    if sure := confidence_of(recognition):
        about.append(_("%(share)s sure") % {"share": sure})
    meaning = f" → {stored.read(recognition.label)}" if recognition.label not in ("", words) else ""
    known = ", ".join(filter(None, about))
    return f"{words}{meaning}" + (f" ({known})" if known else "")


def unheard(recognition: Recognition) -> str:
    """Why an answer has no words: in the same ones on every page."""
    if recognition.sub_code == SILENCE:
        return _("Said nothing")
    codes = (str(code) for code in (recognition.code, recognition.sub_code) if code is not None)
    return _("Nothing understood (%(codes)s)") % {"codes": "/".join(codes)}


def telling(recognitions: Iterable[Recognition]) -> Recognition | None:
    """The one that says most: the last answer to the menu, else the last words."""
    said = [heard for heard in recognitions if heard.step != "identity" and words_of(heard)]
    answers = [recognition for recognition in said if recognition.step == "menu"]
    last = answers or said
    return last[-1] if last else None


def told_in(recognitions: Iterable[Recognition]) -> str:
    """What a line of a list tells of a call's answers; empty where nothing was asked."""
    rows = list(recognitions)
    if heard := telling(rows):
        return words_of(heard)
    return unheard(rows[-1]) if rows and not words_of(rows[-1]) else ""


def visit_name(appointment: Appointment, request: HttpRequest | None = None) -> str:
    """``Ana Ortiz · Tue 24 Nov 2026 10:00``, the name as this person may see it."""
    local = appointment.starts_at.astimezone(appointment.clinic.zone)
    return f"{seeing.name(appointment.patient, request)} · {date_format(local, _('D j M Y H:i'))}"


def patients_of(attempt: CallAttempt) -> str:
    """Whose visits the call was about; ask with visits prefetched."""
    if attempt.rehearsal:
        return _("Rehearsal")
    names = dict.fromkeys(seeing.name(visit.appointment.patient) for visit in attempt.visits.all())
    return ", ".join(names) or "–"
