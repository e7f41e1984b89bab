"""One cell at a time: what it says, or what is wrong with it, naming the column.

A cell of a CSV file is text; one of a workbook may be a number or a date.
Reasons never hold the cell itself: it may be anybody's name or number.
"""

import re
from collections.abc import Mapping as Table
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import langcodes
from django.core.exceptions import ValidationError

from reminders import phones, wall
from reminders.imports import tables
from reminders.imports.columns import Mapping, label
from reminders.models import fields
from reminders.policy.vocabulary import AppointmentStatus, LegalBasis

#: Later visits are slips of the keyboard, and years near 9999 overflow a zone.
LAST_YEAR = 2199
#: Control characters, and halves of characters.
_UNFIT = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_BLANK = re.compile(r"[\s\u00a0\u200b\ufeff]+")
_DAY = re.compile(r"(\d{1,4})[-/. ](\d{1,2})[-/. ](\d{1,4})")
_TIME = re.compile(
    r"(\d{1,2})(?:[:.h](\d{2}))?(?:[:.](\d{2})(?:\.\d+)?)?\s*(?:([ap])\.?\s?m?\.?)?", re.I
)
_SHORTENED = re.compile(r"\d(?:\.\d+)?E\+\d+", re.I)

#: What other systems call a visit's state (FHIR's words among them). A
#: confirmation is the patient's word or the desk's: a file cannot give it.
STATUS_WORDS = {
    AppointmentStatus.SCHEDULED: "scheduled booked confirmed pending proposed open new rescheduled",
    AppointmentStatus.CANCELLED: "cancelled canceled deleted",
    AppointmentStatus.ATTENDED: "attended arrived fulfilled completed checkedin checkedout seen",
    AppointmentStatus.NO_SHOW: "noshow missed didnotattend dna",
}
_STATUSES = {word: status for status, words in STATUS_WORDS.items() for word in words.split()}


class Wrong(ValueError):
    """A cell that cannot be taken."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column, self.reason = column, reason


def plain(cell: Any) -> str:
    """The cell as text with single spaces; numbers as a person would write them."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    if isinstance(cell, datetime):
        cell = cell.isoformat(" ")
    text = _BLANK.sub(" ", str(cell)).strip()
    # Our own files disarm formulas with an apostrophe; it is no part of the text.
    return text[1:] if text[:1] == "'" and text[1:2] in ("=", "+", "-", "@") else text


@dataclass
class Line:
    """One row of a file, read by its mapping; each method may raise Wrong."""

    mapping: Mapping
    cells: list[Any]
    #: How many headings the file has.
    width: int = tables.MOST_COLUMNS
    #: The clinic's own number: others without a country are read as its neighbours.
    neighbour: str = ""
    #: The clinic's languages; "Spanish" means the one of them that is Spanish.
    languages: Table[str, str] = field(default_factory=dict)

    def raw(self, name: str) -> Any:
        """The cell itself; None where the file has no such column."""
        place = self.mapping.places.get(name)
        return self.cells[place] if place is not None and place < len(self.cells) else None

    def text(self, name: str, most: int = 200) -> str:
        """The text, possibly empty."""
        said = plain(self.raw(name))
        if len(said) > most:
            raise self.wrong(name, f"is longer than {most} characters")
        if _UNFIT.search(said):
            raise self.wrong(name, "holds characters that no text has")
        return said

    def needed(self, name: str, most: int = 200) -> str:
        """The text, which must be there."""
        said = self.text(name, most)
        if not said:
            raise self.wrong(name, "is empty")
        return said

    def wrong(self, name: str, reason: str) -> Wrong:
        """A refusal that names the column."""
        return Wrong(name, f"{label(self.mapping.kind, name)}: {reason}")

    def key(self, name: str) -> str:
        """An id that other systems gave."""
        said = self.needed(name, 64)
        try:
            fields.external_id_validator(said)
        except ValidationError:
            raise self.wrong(
                name, "may hold letters, digits, dots, underscores, colons and hyphens only"
            ) from None
        return said

    def phone(self, name: str = "phone") -> str:
        """A number in E.164, also where a spreadsheet took its plus away."""
        said = self.needed(name, 40)
        if _SHORTENED.fullmatch(said):
            raise self.wrong(name, "was shortened by a spreadsheet: format the column as text")
        try:
            return _e164(said, self.neighbour)
        except ValueError as error:
            raise self.wrong(name, str(error)) from None

    # -- days and times

    def instant(self, now: datetime) -> datetime:
        """When the visit starts, in UTC."""
        if "start" in self.mapping.places:
            return self._moment("start")
        day, at = self._day("date", self.raw("date")), self._time("time", self.raw("time"))
        return self._on_the_wall("time", datetime.combine(day, at))

    def moment_or_day(
        self, name: str, now: datetime, *, in_day: time = time.min
    ) -> datetime | None:
        """A time of the past in UTC; a day alone, perhaps today, is its ``in_day``.
        None where empty."""
        cell = self.raw(name)
        if not plain(cell):
            return None
        try:
            at = self._moment(name)
        except Wrong:
            zone = ZoneInfo(self.mapping.options.time_zone)
            day = self._day(name, cell)
            if day > now.astimezone(zone).date():
                raise self.wrong(name, "lies in the future") from None
            return datetime.combine(day, in_day, zone).astimezone(UTC)
        if at > now:
            raise self.wrong(name, "lies in the future")
        return at

    def _moment(self, name: str) -> datetime:
        cell = self.raw(name)
        if isinstance(cell, datetime):
            return self._on_the_wall(name, cell.replace(microsecond=0))
        said = self.needed(name, 60)
        if re.search(r"T?\d{2}:\d{2}.*(Z|[+-]\d{2}:?\d{2})$", said):
            return self._with_offset(name, said)
        day, _, at = said.replace("T", " ").partition(" ")
        if not _DAY.fullmatch(day):
            # "24 Nov 2026 10:00": the day itself has spaces.
            words = said.replace(",", " ").split()
            day, at = " ".join(words[:3]), " ".join(words[3:])
        return self._on_the_wall(name, datetime.combine(self._day(name, day), self._time(name, at)))

    def _with_offset(self, name: str, said: str) -> datetime:
        try:
            at = datetime.fromisoformat(said).astimezone(UTC)
        except (ValueError, OverflowError):
            raise self.wrong(name, "is no date and time") from None
        self._check_year(name, at.year)
        return at

    def _on_the_wall(self, name: str, local: datetime) -> datetime:
        if local.tzinfo is not None:
            return local.astimezone(UTC)
        self._check_year(name, local.year)
        try:
            return wall.instant(local, ZoneInfo(self.mapping.options.time_zone))
        except ValidationError as error:
            raise self.wrong(name, error.messages[0]) from None

    def _check_year(self, name: str, year: int) -> None:
        if not 1900 <= year <= LAST_YEAR:
            raise self.wrong(name, f"the year is not between 1900 and {LAST_YEAR}")

    def _day(self, name: str, cell: Any) -> date:
        if isinstance(cell, datetime):
            return cell.date()
        if isinstance(cell, date):
            return cell
        found = day_of(plain(cell), self.mapping.options.dates)
        if found is None:
            raise self.wrong(name, "is no day in the chosen way of writing")
        return found

    def _time(self, name: str, cell: Any) -> time:
        if isinstance(cell, datetime):
            return cell.time().replace(microsecond=0)
        if isinstance(cell, time):
            return cell.replace(microsecond=0, tzinfo=None)
        if isinstance(cell, timedelta) and timedelta(0) <= cell < timedelta(days=1):
            return (datetime(2000, 1, 1, tzinfo=UTC) + cell).time().replace(microsecond=0)
        found = time_of(plain(cell))
        if found is None:
            raise self.wrong(name, "is no time such as 14:30 or 2:30 PM")
        return found

    # -- the rest

    def minutes(self) -> int | None:
        """How long the visit takes; None where the file does not say."""
        said = self.text("minutes", 20)
        if not said:
            return None
        digits = said.lower().removesuffix("minutes").removesuffix("min").strip()
        if not (digits.isascii() and digits.isdigit() and 1 <= int(digits) <= 1440):
            raise self.wrong("minutes", "is no whole number from 1 to 1440")
        return int(digits)

    def status(self) -> AppointmentStatus | None:
        """What the sender says of the visit."""
        said = re.sub(r"[^a-z]", "", self.text("status", 60).casefold())
        if said and said not in _STATUSES:
            raise self.wrong("status", "is no word that is known: see the documentation")
        return _STATUSES.get(said)

    def language(self) -> str:
        """A BCP 47 tag, from a tag or from a language's name."""
        said = self.text("language", 35)
        if not said:
            return ""
        try:
            fields.validate_language(said)
            tag = fields.normal_language(said)
        except ValidationError:
            try:
                tag = langcodes.find(said).to_tag()
            except LookupError:
                raise self.wrong("language", "is no language that is known") from None
        return self.languages.get(tag, tag)

    def zone(self) -> str:
        """An IANA name."""
        said = self.text("time_zone", 64)
        if said:
            try:
                fields.validate_zone(said)
            except ValidationError:
                raise self.wrong("time_zone", "is no time zone such as America/New_York") from None
        return said

    def legal_basis(self) -> LegalBasis | None:
        """One of our words, or a yes or no to consent."""
        said = self.text("legal_basis", 40).casefold().replace(" ", "_").replace("-", "_")
        words = {"yes": "consent", "y": "consent", "true": "consent", "no": "none", "n": "none"}
        said = words.get(said, said)
        if said and said not in tuple(LegalBasis):
            known = ", ".join(LegalBasis)
            raise self.wrong("legal_basis", f"is none of {known}, yes and no")
        return LegalBasis(said) if said else None

    def birth_date(self, now: datetime) -> date | None:
        """A day of the past."""
        cell = self.raw("birth_date")
        if not plain(cell):
            return None
        if isinstance(cell, str) and not re.search(r"\d{4}", cell):
            raise self.wrong("birth_date", "needs a year of four digits")
        day = self._day("birth_date", cell)
        if not date(1900, 1, 1) <= day <= now.date():
            raise self.wrong("birth_date", "is no day on which a patient was born")
        return day


@lru_cache(maxsize=10_000)
def _e164(said: str, neighbour: str) -> str:
    """Numbers repeat in a file, and finding out about one is what takes longest."""
    try:
        return phones.parse_as_written_at(said, neighbour).e164
    except ValueError:
        if with_plus := _abroad(said):
            return with_plus
        raise


def _abroad(said: str) -> str | None:
    """A whole number that lost its plus, if it is a real one with it."""
    digits = "".join(c for c in said if c not in " -./()")
    if not (digits.isascii() and digits.isdigit()) or digits.startswith("0"):
        return None
    try:
        parsed = phones.parse(f"+{digits}")
    except ValueError:
        return None
    return parsed.e164 if parsed.is_valid else None


def day_of(said: str, order: str) -> date | None:
    """A day written in ``order``, or with the month as a word; None for anything else."""
    if match := _DAY.fullmatch(said.strip()):
        parts = dict(zip(order, match.groups(), strict=True))
        if len(match[1]) == 4:
            # Nobody writes the year first and means another order than this.
            parts = dict(zip("ymd", match.groups(), strict=True))
        if len(parts["m"]) > 2 or len(parts["d"]) > 2 or len(parts["y"]) not in (2, 4):
            return None
        year = int(parts["y"]) + (2000 if len(parts["y"]) == 2 else 0)
        try:
            return date(year, int(parts["m"]), int(parts["d"]))
        except ValueError:
            return None
    for form in ("%d %b %Y", "%d %B %Y", "%b %d %Y", "%B %d %Y"):
        try:
            return datetime.strptime(said.replace(",", "").strip(), form).date()  # noqa: DTZ007
        except ValueError:
            continue
    return None


def time_of(said: str) -> time | None:
    """``14:30``, ``2:30 PM``, ``1430``; None for anything else."""
    said = said.strip()
    if re.fullmatch(r"\d{4}", said):
        said = f"{said[:2]}:{said[2:]}"
    match = _TIME.fullmatch(said)
    if match is None or (match[2] is None and match[4] is None):
        return None
    hour, half = int(match[1]), (match[4] or "").lower()
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        return time(hour, int(match[2] or 0), int(match[3] or 0))
    except ValueError:
        return None


def guess_dates(samples: list[str], neighbour: str) -> str:
    """The order in which most samples are days; where two fit, the country's own."""
    days = [said.replace("T", " ").split(" ")[0].rstrip(",") for said in samples if said]
    home = "mdy" if neighbour.startswith("+1") else "dmy"
    orders = ["ymd", home, "dmy" if home == "mdy" else "mdy"]
    if any(re.match(r"\d{4}\D", day) for day in days):
        return "ymd"
    fits = {order: sum(day_of(day, order) is not None for day in days) for order in orders[1:]}
    best = max(fits.values(), default=0)
    return next((order for order in orders[1:] if fits[order] == best and best), "ymd")
