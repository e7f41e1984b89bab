"""The tables of a report as CSV that a spreadsheet can open without harm."""

import csv
from collections.abc import Iterable, Iterator

from django.http import HttpResponse

from desk.reports.figures import Report
from desk.wording import OUTCOMES

#: A cell that begins with one of these is taken for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")

Cells = Iterable[object]


def safe(cell: object) -> str:
    """The cell as text that no spreadsheet runs."""
    text = str(cell)
    return f"'{text}" if text.startswith(FORMULA) else text


def outcome_name(outcome: str) -> str:
    """A column's heading."""
    return OUTCOMES.get(outcome) or "Under way"


def outcome_rows(report: Report) -> Iterator[Cells]:
    """One row for each day."""
    clinic = report.period.clinic.name if report.period.clinic else "All clinics"
    names = map(outcome_name, report.outcomes)
    yield ["Clinic", f"Day ({report.period.zone.key})", "Calls", *names]
    for day, counts in report.by_day:
        each = (counts[outcome] for outcome in report.outcomes)
        yield [clinic, day.isoformat(), counts.total(), *each]


def phrase_rows(report: Report) -> Iterator[Cells]:
    """What was heard most."""
    yield ["Phrase", "Taken for", "Times"]
    for phrase in report.phrases:
        yield [phrase.words, phrase.label, phrase.count]


def as_csv(name: str, rows: Iterable[Cells]) -> HttpResponse:
    """A download; the byte order mark tells Excel that it is UTF-8."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response.write("\ufeff")
    writer = csv.writer(response)
    for row in rows:
        writer.writerow([safe(cell) for cell in row])
    return response
