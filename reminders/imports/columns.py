"""What a file may tell of, and the headings under which other systems tell it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from reminders.models.importing import ImportKind


@dataclass(frozen=True)
class Column:
    """One thing that a column may hold."""

    name: str
    label: str
    #: Headings it is guessed from, in small letters and digits only.
    guesses: tuple[str, ...] = ()
    help: str = ""


COLUMNS: dict[ImportKind, tuple[Column, ...]] = {
    ImportKind.VISITS: (
        Column(
            "external_id",
            "Appointment id",
            ("appointmentid", "appointment", "apptid", "visitid", "bookingid", "externalid", "id"),
            "Each visit has its own; by it the next file finds the visit again.",
        ),
        Column(
            "patient_id",
            "Patient id",
            ("patientid", "patientno", "patientnumber", "mrn", "chartno", "chartnumber"),
        ),
        Column("name", "Patient's name", ("patient", "patientname", "name", "fullname")),
        Column("first_name", "First name", ("firstname", "givenname", "patientfirstname")),
        Column("last_name", "Last name", ("lastname", "surname", "familyname", "patientlastname")),
        Column(
            "phone",
            "Phone",
            ("phone", "phonenumber", "mobile", "mobilephone", "cell", "cellphone", "telephone"),
        ),
        Column(
            "start",
            "Start (date and time)",
            ("start", "startsat", "startdatetime", "datetime", "appointmentdatetime", "starttime"),
        ),
        Column("date", "Date", ("date", "appointmentdate", "apptdate", "startdate", "visitdate")),
        Column("time", "Time", ("time", "appointmenttime", "appttime", "visittime")),
        Column("minutes", "Minutes", ("minutes", "duration", "length", "durationminutes")),
        Column(
            "practitioner",
            "Practitioner",
            ("practitioner", "provider", "doctor", "clinician", "providername"),
        ),
        Column("type", "Visit type", ("visittype", "type", "appointmenttype", "reason", "service")),
        Column("status", "Status", ("status", "appointmentstatus", "apptstatus")),
        Column("language", "Language", ("language", "preferredlanguage", "lang")),
        Column("time_zone", "Patient's time zone", ("patienttimezone", "timezone", "zone", "tz")),
        Column("legal_basis", "Legal basis", ("legalbasis", "basis", "consent")),
        Column("birth_date", "Birth date", ("birthdate", "dob", "dateofbirth", "birthday")),
        Column("spoken_name", "Spoken name", ("spokenname", "preferredname", "nickname")),
    ),
    ImportKind.STOPS: (
        Column("phone", "Phone", ("phone", "phonenumber", "number", "mobile", "telephone", "to")),
        Column("at", "Opted out on", ("optedout", "optoutdate", "date", "at", "when", "createdat")),
        Column("source", "Where it came from", ("source", "reason", "channel", "note")),
    ),
    ImportKind.CONSENTS: (
        Column("phone", "Phone", ("phone", "phonenumber", "number", "mobile", "telephone")),
        Column("patient_id", "Patient id", ("patientid", "patientno", "mrn", "chartno")),
        Column("given_by", "Who agreed", ("who", "givenby", "name", "patient", "consentedby")),
        Column("at", "Agreed on", ("consentdate", "consentedat", "givenat", "date", "at", "when")),
        Column("source", "Where it came from", ("source", "channel", "how", "method")),
        Column("wording", "What they agreed to", ("wording", "text", "consenttext", "language")),
    ),
}

#: Each line of a kind needs one of each.
NEEDED: dict[ImportKind, tuple[tuple[str, ...], ...]] = {
    ImportKind.VISITS: (
        ("external_id",),
        ("patient_id",),
        ("name", "last_name"),
        ("phone",),
        ("start", "date"),
    ),
    ImportKind.STOPS: (("phone",),),
    ImportKind.CONSENTS: (("phone", "patient_id"), ("given_by",), ("at",), ("source",)),
}

#: How days are written: the order of day, month and year.
DATE_ORDERS = {
    "ymd": "2026-11-24",
    "mdy": "11/24/2026",
    "dmy": "24/11/2026 or 24.11.2026",
}


@dataclass(frozen=True)
class Options:
    """How the cells are meant, and what holds where the file is silent."""

    dates: str = "ymd"
    #: The zone that dates and times are written in: the clinic's.
    time_zone: str = "UTC"
    #: For new patients, where the file tells none; empty: the clinic's first.
    language: str = ""
    #: For new patients, where the file tells none (R1).
    legal_basis: str = "none"


@dataclass(frozen=True)
class Mapping:
    """Our columns by the place they have in the file's rows."""

    kind: ImportKind
    places: dict[str, int]
    options: Options = field(default_factory=Options)

    @classmethod
    def of(
        cls, kind: ImportKind, headings: Sequence[str], columns: dict[str, str], options: Options
    ) -> "Mapping":
        """Find each chosen heading in the file; one that is not there is left out."""
        at = {heading: place for place, heading in reversed(list(enumerate(headings)))}
        places = {name: at[heading] for name, heading in columns.items() if heading in at}
        return cls(kind, places, options)


def label(kind: ImportKind, name: str) -> str:
    """The column's name for people."""
    return next((c.label for c in COLUMNS[kind] if c.name == name), name)


def guess(kind: ImportKind, headings: Sequence[str]) -> dict[str, str]:
    """Our column -> the heading that most likely means it; each heading once."""
    plain = {
        re.sub(r"[^a-z0-9]", "", heading.casefold()): heading for heading in reversed(headings)
    }
    found: dict[str, str] = {}
    for rank in range(max(len(c.guesses) for c in COLUMNS[kind])):
        for column in COLUMNS[kind]:
            wanted = column.guesses[rank] if rank < len(column.guesses) else None
            if wanted in plain and column.name not in found:
                found[column.name] = plain.pop(str(wanted))
    if "start" in found and "date" in found:
        # Beside a date, "Start time" is the time of that day.
        found["time"] = found.get("time") or found.pop("start")
        found.pop("start", None)
    return found


def missing(kind: ImportKind, columns: dict[str, str]) -> list[str]:
    """What no line could do without and no heading was chosen for, in words."""
    gaps = [
        " or ".join(label(kind, name) for name in names)
        for names in NEEDED[kind]
        if not any(columns.get(name) for name in names)
    ]
    day_alone = columns.get("date") and not columns.get("time") and not columns.get("start")
    if kind is ImportKind.VISITS and day_alone:
        gaps.append(label(kind, "time"))
    return gaps


def repeated(columns: dict[str, str]) -> list[str]:
    """Headings that were chosen for more than one column."""
    chosen = [heading for heading in columns.values() if heading]
    return sorted({heading for heading in chosen if chosen.count(heading) > 1})
