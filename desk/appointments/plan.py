"""When next, and why (not): what stands on top of a visit's page."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from desk import stored
from desk.local import same_wall, told, zone_name
from desk.wording import BASES, MEND, WHY
from reminders.models import Appointment, Decision


@dataclass(frozen=True)
class Plan:
    """The next call of a visit in words."""

    headline: str
    why: str
    mend: str
    figures: tuple[str, ...]
    has_call: bool


def sentence(appointment: Appointment, now: datetime) -> str:
    """``Next call Tue 24 Nov 10:00 – reminder``, or why there is none."""
    why = WHY[appointment.next_call_reason]
    if appointment.next_call_at is None:
        return _("No next call – %(why)s") % {"why": _lower_first(why)}
    when = told(appointment.next_call_at, appointment.clinic.zone, now)
    if appointment.next_call_at <= now:
        return _("Due since %(when)s – %(why)s") % {"when": when, "why": _lower_first(why)}
    return _("Next call %(when)s – %(why)s") % {"when": when, "why": _lower_first(why)}


def plan_of(appointment: Appointment, decisions: list[Decision], now: datetime) -> Plan:
    """The plan with the figures of the decision that it rests on."""
    zone = appointment.clinic.zone
    at = appointment.next_call_at
    headline, *__ = sentence(appointment, now).partition(" – ")
    if at is not None:
        headline += f" {zone_name(at, zone)}"
        if not same_wall(at, zone, appointment.patient_zone):
            there = told(at, appointment.patient_zone, now)
            headline += " " + _("(%(when)s where the patient is)") % {"when": there}
    figures = tuple(figures_of(decisions[-1], zone, now)) if decisions else ()
    return Plan(
        headline=headline,
        why=WHY[appointment.next_call_reason],
        mend=MEND.get(appointment.next_call_reason, ""),
        figures=figures,
        has_call=at is not None,
    )


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]


def touch_name(label: str) -> str:
    """``T-3`` -> ``3 days before``."""
    days = label.removeprefix("T-")
    words = ngettext(
        "%(days)s day before", "%(days)s days before", int(days) if days.isdecimal() else 0
    )
    return words % {"days": days}


#: Tells an instant that a decision keeps in ISO.
When = Callable[[str], str]


def figures_of(decision: Decision, zone: ZoneInfo, now: datetime) -> Iterator[str]:
    """The figures of a decision, one short sentence each; none is left out."""

    def when(iso: str) -> str:
        try:
            return told(datetime.fromisoformat(iso), zone, now)
        except ValueError:
            return iso

    known = {key: decision.numbers[key] for key in _FIGURES if key in decision.numbers}
    for key, value in (known | decision.numbers).items():
        tell = _FIGURES.get(key)
        yield tell(value, when) if tell else f"{key.replace('_', ' ')}: {value}"


def _why(code: str) -> str:
    """A reason in the middle of a sentence."""
    return _lower_first(WHY.get(code, code.replace("_", " ")))


def _moved(steps: list[str], when: When) -> str:
    parts = (step.partition(" until ") for step in steps)
    moves = (
        _("%(why)s until %(when)s") % {"why": _why(code), "when": when(iso)}
        for code, __, iso in parts
    )
    return _("moved: %(moves)s") % {"moves": _(", then ").join(moves)}


def _touches(labels: list[str]) -> str:
    return ", ".join(touch_name(label) for label in labels) or _("none")


def _spacing(minutes: int, when: When) -> str:
    whole, rest = divmod(int(minutes), 60)
    length = f"{minutes} min" if rest else f"{whole} h"
    return _("at least %(length)s between calls") % {"length": length}


def _blocked(causes: dict[str, str], when: When) -> str:
    told_causes = (f"{touch_name(label)}: {_why(code)}" for label, code in causes.items())
    return "; ".join(told_causes) or _("nothing was in the way")


def _share(text: str, words: str) -> str:
    spent, __, cap = str(text).partition("/")
    return words % {"spent": spent, "cap": cap}


def _narrowed(text: str, when: When) -> str:
    """From ``clinic America/New_York 07:40``, or the same without ``clinic``."""
    whose = _("the clinic") if text.startswith("clinic ") else _("the patient")
    zone, __, shown = text.removeprefix("clinic ").partition(" ")
    words = _("it would be %(time)s for %(whose)s (%(zone)s)")
    return words % {"time": shown, "whose": whose, "zone": zone}


#: In the order in which they are told.
_FIGURES: dict[str, Callable[[Any, When], str]] = {
    "touch": lambda value, when: _("reminder %(days)s") % {"days": touch_name(value)},
    "day": lambda value, when: _share(value, _("%(spent)s of %(cap)s calls that day")),
    "week": lambda value, when: _share(value, _("%(spent)s of %(cap)s calls in seven days")),
    "brought_forward_from": lambda value, when: (
        _("brought forward from %(when)s") % {"when": when(value)}
    ),
    "last_contact": lambda value, when: _("last call %(when)s") % {"when": when(value)},
    "spacing_minutes": _spacing,
    "narrowed_by": _narrowed,
    "moved": _moved,
    "made": lambda value, when: _("covered: %(touches)s") % {"touches": _touches(value)},
    "missed": lambda value, when: _("missed: %(touches)s") % {"touches": _touches(value)},
    "blocked_by": _blocked,
    "when_resumed": lambda value, when: _("when resumed: %(why)s") % {"why": _why(value)},
    "detail": lambda value, when: stored.read(str(value)),
    "rule_set": lambda value, when: _("rules %(name)s") % {"name": value},
    "legal_basis": lambda value, when: (
        _("basis: %(basis)s") % {"basis": BASES.get(str(value), str(value)).lower()}
    ),
}
