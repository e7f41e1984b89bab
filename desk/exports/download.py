"""A list as a file: exactly the rows its filters show, masked as on the page."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase

from desk import seeing
from desk.sheets import Cells, csv_lines, xlsx_file
from reminders.models import Export

PERMISSION = "reminders.export_lists"
#: More is a job for the database's own tools, and a file no spreadsheet enjoys.
MOST_ROWS = 50_000
FORMATS = ("csv", "xlsx")

Cell = Callable[[Any, HttpRequest], object]


@dataclass(frozen=True)
class ListExport:
    """How one list becomes a table."""

    name: str
    #: The headings are translated when the file is made.
    columns: tuple[tuple[Any, Cell], ...]
    #: How a row reaches the patient whose name the table shows; None for no names.
    patient: str | None = None
    related: tuple[str, ...] = ()

    def table(self, rows: Iterable[Any], request: HttpRequest) -> Iterator[Cells]:
        """The headings, then a line for each row."""
        yield [str(heading) for heading, _ in self.columns]
        for row in rows:
            yield [cell(row, request) for _, cell in self.columns]


class TooMany(Exception):
    """The list shows more rows than a file may have."""


def note(request: HttpRequest, name: str, format: str, count: int, now: datetime) -> None:
    """Write down who takes which list, under which filters; what was searched for is not kept."""
    Export.objects.create(
        at=now,
        by=request.user.get_username(),
        list=name,
        format=format,
        rows=count,
        filters={key: value for key, value in request.GET.items() if key != "q"},
    )


def download(
    export: ListExport, rows: QuerySet[Any], request: HttpRequest, format: str, now: datetime
) -> HttpResponseBase:
    """The file, after it was written down who takes it.

    Raises:
        TooMany: nothing was written down, and nothing is sent.
    """
    count = rows.order_by().values("pk")[: MOST_ROWS + 1].count()
    if count > MOST_ROWS:
        raise TooMany
    if export.patient:
        seen = rows.order_by().values_list(export.patient, flat=True).distinct()
        seeing.record(request, f"export of {export.name}", [pk for pk in seen if pk])
    note(request, export.name, format, count, now)
    if export.related:
        rows = rows.select_related(*export.related)
    table = export.table(rows.iterator(chunk_size=1000), request)
    name = f"ringwell-{export.name.replace(' ', '-')}-{now:%Y-%m-%d}.{format}"
    if format == "xlsx":
        return FileResponse(
            xlsx_file(export.name, table),
            as_attachment=True,
            filename=name,
            content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        )
    response = StreamingHttpResponse(csv_lines(table), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
