"""What was heard in a call, told in a line."""

from collections.abc import Iterable

from calls.models import CallAttempt, Recognition
from desk.wording import language_name

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


def words_of(recognition: Recognition) -> str:
    """“yes, confirm”, or the keys that were pressed; empty where nothing came."""
    if said := recognition.speech or recognition.phrase:
        return f"“{said}”"
    if recognition.tones:
        return "key " + " ".join(KEYS.get(tone, tone) for tone in recognition.tones)
    return recognition.label


def confidence_of(recognition: Recognition) -> str:
    """``93 %``; empty where Azure gave none."""
    return "" if recognition.confidence is None else f"{recognition.confidence:.0%}"


def line_of(recognition: Recognition) -> str:
    """“confirmo” → Confirm (Spanish, positive, 93 %)."""
    words = words_of(recognition)
    if not words:
        return f"nothing understood (code {recognition.code}/{recognition.sub_code})"
    about = [language_name(recognition.language), recognition.sentiment]
    if sure := confidence_of(recognition):
        about.append(f"{sure} sure")
    meaning = f" → {recognition.label}" if recognition.label not in ("", words) else ""
    known = ", ".join(filter(None, about))
    return f"{words}{meaning}" + (f" ({known})" if known else "")


def telling(recognitions: Iterable[Recognition]) -> Recognition | None:
    """The one that says most: the last answer to the menu, else the last words."""
    said = [recognition for recognition in recognitions if words_of(recognition)]
    answers = [recognition for recognition in said if recognition.step == "menu"]
    last = answers or said
    return last[-1] if last else None


def patients_of(attempt: CallAttempt) -> str:
    """Whose visits the call was about; ask with visits prefetched."""
    names = dict.fromkeys(visit.appointment.patient.name for visit in attempt.visits.all())
    return ", ".join(names) or "–"
