"""A table as CSV or XLSX."""

from collections.abc import Iterator

from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from desk.reports.tables import Row, Table
from desk.sheets import csv_lines, xlsx_file

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def lines(table: Table) -> Iterator[list[object]]:
    """Headings, then rows: numbers as numbers, the period before beside."""
    headings: list[object] = [table.first]
    for heading in table.headings:
        headings.append(heading)
        if table.compares:
            headings.append(_("%(name)s, period before") % {"name": heading})
    has_notes = any(cell.note for row in table.rows for cell in row.cells)
    yield [*headings, _("Remarks")] if has_notes else headings
    for row in [*table.rows, *([table.total] if table.total else [])]:
        yield [*_line(row, table), *([_notes(row)] if has_notes else [])]


def _line(row: Row, table: Table) -> list[object]:
    values: list[object] = [row.head]
    for cell in row.cells:
        values += [cell.value, cell.before] if table.compares else [cell.value]
    return values


def _notes(row: Row) -> str:
    said = [*(cell.note for cell in row.cells), row.flag]
    return "; ".join(note for note in said if note)


def as_csv(name: str, table: Table) -> HttpResponseBase:
    """A download."""
    response = HttpResponse(csv_lines(lines(table)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def as_xlsx(name: str, table: Table) -> HttpResponseBase:
    """A workbook of one sheet."""
    file = xlsx_file(_("Report"), lines(table))
    return FileResponse(file, as_attachment=True, filename=f"{name}.xlsx", content_type=XLSX)
