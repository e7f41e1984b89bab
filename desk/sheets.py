"""Tables as files that a spreadsheet opens without harm: CSV as it is made, and XLSX."""

import csv
import re
import tempfile
from collections.abc import Iterable, Iterator
from typing import IO

from openpyxl import Workbook

#: A cell that begins with one of these is taken for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
#: What XML cannot hold; no list of ours means anything by it.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
#: Excel's own limit for one cell.
_LONGEST = 32_000

Cells = Iterable[object]


def safe(cell: object) -> str:
    """The cell as text that no spreadsheet runs: a formula gets an apostrophe."""
    text = _CONTROL.sub("", "" if cell is None else str(cell))[:_LONGEST]
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) else text


class _Echo:
    def write(self, text: str) -> str:
        return text


def csv_lines(rows: Iterable[Cells]) -> Iterator[str]:
    """CSV piece by piece; the byte order mark tells Excel that it is UTF-8."""
    writer = csv.writer(_Echo())
    yield "\ufeff"
    for row in rows:
        yield writer.writerow([safe(cell) for cell in row])


def xlsx_file(title: str, rows: Iterable[Cells]) -> IO[bytes]:
    """A workbook of one sheet, at its beginning; written row by row, on disk when large."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title[:31])
    sheet.freeze_panes = "A2"
    for row in rows:
        # Numbers stay numbers, so that a sheet can add them up.
        sheet.append([cell if type(cell) in (int, float) else safe(cell) for cell in row])
    file = tempfile.SpooledTemporaryFile(max_size=2_000_000)  # noqa: SIM115  (the response closes it)
    book.save(file)
    file.seek(0)
    return file
