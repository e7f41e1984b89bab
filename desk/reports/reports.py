"""Every report there is: its address, its name, and how its table is made."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.utils.translation import gettext_lazy as _

from calls.models.daily import Split
from desk.reports import reading
from desk.reports.answers import answers, outcomes
from desk.reports.attendance import attendance
from desk.reports.hearing import languages, not_understood, phrases, sentiment, understood
from desk.reports.lines import calls
from desk.reports.period import Period
from desk.reports.tables import Table


@dataclass(frozen=True)
class Report:
    """One page with one chart and one table."""

    slug: str
    title: Any
    #: In the row of tabs, under its group.
    tab: Any
    table: Callable[[Period], Table]
    by_practitioner: bool = True
    #: What the numbers are, in a line.
    about: Any = ""
    #: Its rows are what patients said: a file of it is taken out as a list is.
    of_words: bool = False


ANSWERS, HEARD, LINES = _("What reminders led to"), _("What was heard"), _("Calls")
REMINDER = _("A reminder is one call about one visit. Reached: a person took the call.")


def _by(slug: str, title: Any, tab: Any, by: str) -> Report:
    return Report(slug, title, tab, partial(answers, by=by), about=REMINDER)


#: What was said belongs to a call, and no practitioner to that.
_of_calls = partial(Report, by_practitioner=False)

GROUPS: tuple[tuple[Any, tuple[Report, ...]], ...] = (
    (
        ANSWERS,
        (
            _by("days", _("Answers by day"), _("By day"), reading.DAY),
            _by("clinics", _("Answers by clinic"), _("By clinic"), reading.CLINIC),
            _by(
                "practitioners",
                _("Answers by practitioner"),
                _("By practitioner"),
                Split.PRACTITIONER,
            ),
            _by("hours", _("Answers by hour"), _("By hour"), Split.HOUR),
            _by("leads", _("Answers by time before the visit"), _("By lead time"), Split.LEAD),
            _by("attempts", _("Answers by attempt"), _("By attempt"), Split.ATTEMPT),
            _by("languages", _("Answers by language"), _("By language"), Split.LANGUAGE),
            Report("outcomes", _("Every outcome by day"), _("Every outcome"), outcomes),
            Report(
                "attendance",
                _("Missed visits by answer"),
                _("Missed visits"),
                attendance,
                about=_("Visits that the clinic marked as attended or as no-show."),
            ),
        ),
    ),
    (
        HEARD,
        (
            _of_calls(
                "spoken",
                _("Languages spoken"),
                _("Languages"),
                languages,
                about=_("Calls in which a language was spoken, by the language they began in."),
            ),
            _of_calls(
                "understood",
                _("Answers understood"),
                _("Understood"),
                understood,
                about=_("Each question that asks for an answer in words."),
            ),
            _of_calls(
                "missed-words",
                _("Words not understood"),
                _("Words not understood"),
                not_understood,
                about=_("Words that belong to none of the choices."),
                of_words=True,
            ),
            _of_calls(
                "phrases",
                _("Words heard most"),
                _("Words heard"),
                phrases,
                about=_("What was said, and what it was taken for."),
                of_words=True,
            ),
            _of_calls("sentiment", _("Sentiment"), _("Sentiment"), sentiment),
        ),
    ),
    (
        LINES,
        (
            _of_calls(
                "calls",
                _("Calls and minutes by day"),
                _("By day"),
                partial(calls, by=reading.DAY),
            ),
            _of_calls(
                "calls-by-clinic",
                _("Calls and minutes by clinic"),
                _("By clinic"),
                partial(calls, by=reading.CLINIC),
            ),
        ),
    ),
)
REPORTS: dict[str, Report] = {report.slug: report for _name, group in GROUPS for report in group}
FIRST = GROUPS[0][1][0]
