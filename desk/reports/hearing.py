"""Languages, sentiment, what was understood, and the words that were not."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Case, Count, F, Max, TextField, When
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from calls import reported
from calls.conversation import wording
from calls.conversation.vocabulary import Step
from calls.models.daily import Hearing, Understanding
from desk import stored
from desk.reports import reading
from desk.reports.answers import NOBODY, whole
from desk.reports.intervals import Interval, fares_worse
from desk.reports.period import Period
from desk.reports.tables import Cell, Row, Series, Table, listing, percent
from desk.seeing import SEE_NAMES
from desk.wording import STEPS, UNDERSTANDINGS, language_and_place

CALLS = "calls_callattempt"
HEARD = "calls_recognition"
#: So often must the same words be heard before they are offered as a choice.
REPEATS = 3
#: Where patients speak freely.
OPEN_STEPS = (Step.GREETING, Step.REASON, Step.PREFERENCE)
MOST_PHRASES = 50
#: Words are read from the rows themselves, and of no longer time than this.
LONGEST = timedelta(days=92)
COLOURS = ("#0369a1", "#7dd3fc", "#15803d", "#fcd34d", "#7f1d1d", "#c4b5fd", "#475569", "#fb7185")
UNDERSTOOD_COLOURS = {
    Understanding.UNDERSTOOD: "#15803d",
    Understanding.NOT_UNDERSTOOD: "#fb7185",
    Understanding.KEY: "#0369a1",
    Understanding.SILENCE: "#cbd5e1",
    Understanding.FAULT: "#334155",
}


def _days(period: Period) -> dict[str, object]:
    """What a list of calls is asked; rehearsals have no part in a report."""
    return whole(period) | {"practitioner": None, "rehearsal": "no"}


def _name(tag: str) -> str:
    return language_and_place(tag) or _("Not known")


def languages(period: Period) -> Table:
    """Calls in which a language was spoken, by the language they began in."""
    now, before = (reading.heard(each, Hearing.SPOKEN) for each in (period, period.before))
    began = sorted({language for language, _spoken in (*now, *before)})
    spoken = sorted({value for _began, value in (*now, *before)})
    return Table(
        first=_("The call began in"),
        headings=[_("Spoken: %(language)s") % {"language": _name(tag)} for tag in spoken],
        rows=[
            Row(
                _name(tag),
                [
                    Cell(
                        now.get((tag, value), 0),
                        before.get((tag, value), 0),
                        listing(CALLS, **_days(period), prompted=tag or NOBODY, language=value),
                        note=_("another language") if value != tag and (tag, value) in now else "",
                    )
                    for value in spoken
                ],
            )
            for tag in began
        ],
        chart=[
            Series(_name(value), [now.get((tag, value), 0) for tag in began], colour)
            for value, colour in zip(spoken, COLOURS * (len(spoken) // 8 + 1), strict=False)
        ],
    )


def sentiment(period: Period) -> Table:
    """Calls in which each sentiment was heard."""
    totals = []
    for each in (period, period.before):
        total: Counter[str] = Counter()
        for (_language, value), n in reading.heard(each, Hearing.SENTIMENT).items():
            total[value] += n
        totals.append(total)
    now, before = totals
    values = sorted({*now, *before}, key=lambda value: (-now[value], value))
    return Table(
        first=_("Sounded"),
        headings=[_("Calls")],
        rows=[
            Row(
                stored.read(value).capitalize(),
                [
                    Cell(
                        now[value],
                        before[value],
                        listing(CALLS, **_days(period), sentiment=value),
                    )
                ],
            )
            for value in values
        ],
        chart=[Series(_("Calls"), [now[value] for value in values], COLOURS[0])],
        notes=[_("Azure's judgement, a preview feature. A call may have several.")],
    )


def understood(period: Period) -> Table:
    """Questions answered by voice, and how many of the answers were not understood."""
    now, before = (_by_language(each) for each in (period, period.before))
    tags = sorted({*now, *before})
    return Table(
        first=_("The call began in"),
        headings=[*UNDERSTANDINGS.values(), _("Share not understood")],
        rows=[_understood(tag, now, before, period) for tag in tags],
        chart=[
            Series(
                UNDERSTANDINGS[kind],
                [now.get(tag, Counter[str]())[kind] for tag in tags],
                UNDERSTOOD_COLOURS[kind],
            )
            for kind in Understanding
        ],
        labels=[_name(tag) for tag in tags],
        notes=[
            _(
                "The share is of questions answered by voice, with its 95 % interval. Small "
                "numbers make wide intervals: below some hundred answers a language may look bad, "
                "or good, by chance. Of many languages one in forty is flagged by chance alone."
            )
        ],
    )


def _by_language(period: Period) -> reading.Counts:
    counts: reading.Counts = {}
    for (language, value), n in reading.heard(period, Hearing.UNDERSTANDING).items():
        counts.setdefault(language, Counter())[value] += n
    return counts


def missed(counts: Counter[str] | None) -> Interval:
    """The share of spoken answers that were not understood."""
    counts = counts or Counter()
    hits = counts[Understanding.NOT_UNDERSTOOD]
    return Interval(hits, hits + counts[Understanding.UNDERSTOOD])


def _understood(tag: str, now: reading.Counts, before: reading.Counts, period: Period) -> Row:
    mine, was = now.get(tag, Counter()), before.get(tag, Counter())
    asked = whole(period) | {"practitioner": None, "prompted": tag or NOBODY}
    share, share_before = missed(mine), missed(was)
    rest = [missed(counts) for other, counts in now.items() if other != tag]
    others = Interval(sum(each.hits for each in rest), sum(each.of for each in rest))
    cells = [
        Cell(mine[kind], was[kind], listing(HEARD, **asked, understanding=kind))
        for kind in Understanding
    ]
    cells.append(
        Cell(
            round(share.rate, 4) if share.of else None,
            round(share_before.rate, 4) if share_before.of else None,
            listing(HEARD, **asked, understanding=Understanding.NOT_UNDERSTOOD)
            if share.hits
            else "",
            text=percent(share.hits, share.of) or "–",
            note=str(share) if share.of else "",
        )
    )
    flag = ""
    if fares_worse(share, others):
        flag = _("Understood less often than the others together (%(rate)s).") % {
            "rate": percent(others.hits, others.of)
        }
    return Row(_name(tag), cells, flag=flag)


# -- words


@dataclass(frozen=True)
class Phrase:
    """Words, where they were heard, and how often."""

    words: str
    clinic: int
    clinic_name: str
    language: str
    step: str
    label: str
    count: int
    #: One of the rows, by which a list or a page finds the words: words are in no address.
    example: int


def _phrases(period: Period, *, understood: bool, most: int = MOST_PHRASES) -> list[Phrase]:
    if not period.zones:
        # Nobody's clinics: nothing was said there.
        return []
    words = Case(When(speech="", then=F("phrase")), default=F("speech"), output_field=TextField())
    rows = reading.recognitions(period).filter(reported.said_words())
    missed_words = reported.not_understood_words()
    rows = rows.exclude(missed_words) if understood else rows.filter(missed_words)
    # Its own index; a call lasts no day.
    begins = reported.midnight(period.first, period.zones[0]) - timedelta(days=2)
    by = ("words", "attempt__clinic", "attempt__clinic__name", "attempt__language", "step", "label")
    told: Any = (
        rows.filter(at__gte=begins)
        .order_by()
        .annotate(words=Lower(words))
        .values_list(*by)
        .annotate(n=Count("pk"), example=Max("pk"))
    )
    if not period.user.has_perm(SEE_NAMES):
        # What one person said may name them; what many say at a question names nobody.
        told = told.filter(n__gte=REPEATS).exclude(step__in=OPEN_STEPS)
    ranked = told.order_by("-n", "words", "attempt__clinic", "step", "label")[:most]
    return [Phrase(*row) for row in ranked]


def _shortened(period: Period) -> Period:
    first = max(period.first, period.last - LONGEST + timedelta(days=1))
    return replace(period, first=first)


def not_understood(period: Period, *, may_add: bool = False) -> Table:
    """Words that belong to no choice; where they repeat, the way to add them."""
    short = _shortened(period)
    phrases = _phrases(short, understood=False)
    return _of_phrases(
        phrases,
        short,
        notes=[
            _(
                "Where Azure matches no choice it mostly tells no words: such questions are "
                "counted under “Understood” and have no words to show. Words are kept for a "
                "while only, and at most %(days)d days are read."
            )
            % {"days": LONGEST.days}
        ],
        may_add=may_add,
    )


def phrases(period: Period) -> Table:
    """What was said most, and what it was taken for."""
    short = _shortened(period)
    return _of_phrases(
        _phrases(short, understood=True),
        short,
        notes=[
            _("Words are kept for a while only, and at most %(days)d days are read.")
            % {"days": LONGEST.days}
        ],
    )


def _of_phrases(
    found: list[Phrase], period: Period, notes: list[str], *, may_add: bool = False
) -> Table:
    return Table(
        first=_("Words"),
        headings=[_("Times")],
        rows=[
            Row(
                f"“{phrase.words}”",
                [
                    Cell(
                        phrase.count,
                        href=listing(
                            HEARD,
                            **(whole(period) | {"practitioner": None, "clinic": phrase.clinic}),
                            like=phrase.example,
                        ),
                        note=_where(phrase),
                    )
                ],
                action=_adding(phrase) if may_add and phrase.count >= REPEATS else ("", ""),
            )
            for phrase in found
        ],
        chart=[Series(_("Times"), [phrase.count for phrase in found[:12]], COLOURS[0])],
        labels=[phrase.words[:40] for phrase in found[:12]],
        compares=False,
        notes=notes,
    )


def _where(phrase: Phrase) -> str:
    taken = _("taken for %(label)s") % {"label": phrase.label} if phrase.label else ""
    parts = (phrase.clinic_name, _name(phrase.language), STEPS.get(phrase.step, ""), taken)
    return ", ".join(part for part in parts if part)


def _adding(phrase: Phrase) -> tuple[str, str]:
    """To the clinic's texts in that language, with the words at hand."""
    base = wording.base(phrase.language)
    if base not in wording.packs():
        return "", ""
    url = reverse("admin:reminders_clinic_prompts", args=[phrase.clinic])
    return _(
        "Add to the choices"
    ), f"{url}?{urlencode({'language': base, 'heard': phrase.example})}#missed"


def flagged(table: Table) -> str:
    """A sentence for the top of the page; empty where no language is flagged."""
    names = [row.head for row in table.rows if row.flag]
    if not names:
        return ""
    return ngettext(
        "%(names)s is understood less often than the other languages.",
        "%(names)s are understood less often than the other languages.",
        len(names),
    ) % {"names": ", ".join(names)}
