"""Files as tables: CSV in whatever encoding and with whatever separator, and XLSX.

Nothing of a file is run: of a formula the value counts that the spreadsheet had stored.
"""

import csv
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

from openpyxl import load_workbook

MOST_BYTES = 25_000_000
MOST_ROWS = 100_000
MOST_COLUMNS = 200
#: What a workbook may become when it is unpacked: a small file can hold a flood.
MOST_UNPACKED = 400_000_000
MOST_TIMES_LARGER = 200
SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}

Row = tuple[int, list[Any]]


class BadFile(ValueError):
    """The file as a whole cannot be taken; the message says why, for people."""


@dataclass
class Table:
    """Headings, and rows with their line numbers; rows can be walked through once."""

    headings: list[str]
    rows: Iterator[Row]
    read_as: str


def read(content: bytes) -> Table:
    """The file's first table.

    Raises:
        BadFile: also later, while the rows are walked through.
    """
    if len(content) > MOST_BYTES:
        raise BadFile(f"The file is larger than {MOST_BYTES // 1_000_000} MB: send it in parts.")
    if not content.strip():
        raise BadFile("The file is empty.")
    if content.startswith(b"PK\x03\x04"):
        rows, read_as = _workbook(content), "Excel"
    elif content.startswith(b"\xd0\xcf\x11\xe0"):
        raise BadFile(
            "This is an old Excel file (.xls) or a protected one: save it as .xlsx or CSV."
        )
    else:
        rows, read_as = _text(content)
    first = next((row for row in rows if any(not _is_empty(cell) for cell in row[1])), None)
    if first is None:
        raise BadFile("The file has no headings.")
    headings = _headings(first[1])
    return Table(headings, _bounded(rows), read_as)


def _is_empty(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _headings(cells: list[Any]) -> list[str]:
    """As written; an empty one by its place, a repeated one by its count."""
    while cells and _is_empty(cells[-1]):
        cells = cells[:-1]
    if len(cells) > MOST_COLUMNS:
        raise BadFile(f"The file has more than {MOST_COLUMNS} columns.")
    named: list[str] = []
    for place, cell in enumerate(cells, 1):
        name = " ".join(str("" if cell is None else cell).split())[:100] or f"Column {place}"
        same, count = name, 1
        while same in named:
            count += 1
            same = f"{name} ({count})"
        named.append(same)
    return named


def _bounded(rows: Iterator[Row]) -> Iterator[Row]:
    """Without empty rows, and no more than a job may have."""
    count = 0
    for line, cells in rows:
        if all(_is_empty(cell) for cell in cells):
            continue
        count += 1
        if count > MOST_ROWS:
            raise BadFile(f"The file has more than {MOST_ROWS:,} rows: send it in parts.")
        yield line, cells


# -- CSV


def _text(content: bytes) -> tuple[Iterator[Row], str]:
    text, encoding = _decoded(content)
    # An XLSX or a picture under a wrong name has bytes that no text has.
    if "\x00" in text:
        raise BadFile("This is neither CSV nor Excel (.xlsx).")
    separator, text = _separator(text)
    return _csv_rows(text, separator), f"CSV, {encoding}, {SEPARATORS[separator]}"


def _decoded(content: bytes) -> tuple[str, str]:
    """The text and the name of its encoding; Windows' own is the last resort."""
    candidates = [("utf-8", "UTF-8"), ("cp1252", "Windows-1252"), ("latin-1", "Latin-1")]
    if content.startswith(b"\xef\xbb\xbf"):
        candidates = [("utf-8-sig", "UTF-8"), *candidates[1:]]
    elif content.startswith((b"\xff\xfe", b"\xfe\xff")):
        candidates = [("utf-16", "UTF-16")]
    elif b"\x00" in content[:2000]:
        little = content[1:2000:2].count(0) > content[:2000:2].count(0)
        candidates = [("utf-16-le" if little else "utf-16-be", "UTF-16")]
    for codec, name in candidates:
        try:
            return content.decode(codec), name
        except UnicodeDecodeError:
            continue
    raise BadFile("The file's characters cannot be read: save it as CSV in UTF-8.")


def _separator(text: str) -> tuple[str, str]:
    """The one that cuts the headings into most columns; Excel may name it itself."""
    if text[:4].lower() == "sep=" and text[4:5] in SEPARATORS:
        # The line stays, empty, so that line numbers are those of the file.
        return text[4], text[5:]
    head = text.lstrip("\r\n")[:20_000]
    widths = {}
    for separator in SEPARATORS:
        try:
            widths[separator] = len(next(csv.reader(io.StringIO(head), delimiter=separator), []))
        except csv.Error:
            widths[separator] = 0
    return max(widths, key=lambda separator: widths[separator]), text


def _csv_rows(text: str, separator: str) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    line = 1
    try:
        for cells in reader:
            yield line, list(cells)
            # A quoted cell may hold line breaks: a row is told by its first line.
            line = reader.line_num + 1
    except csv.Error:
        raise BadFile(f"Line {line} cannot be read: a quote is opened and never closed.") from None


# -- XLSX


def _workbook(content: bytes) -> Iterator[Row]:
    _refuse_floods(content)
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        rows = sheet.iter_rows(values_only=True, max_col=MOST_COLUMNS + 1)
        first = next(rows, None)
    except Exception:
        # openpyxl raises whatever its parsers do; the file is at fault either way.
        raise BadFile("This Excel file cannot be read: save it anew as .xlsx or as CSV.") from None
    return _sheet_rows(chain([first] if first else [], rows))


def _sheet_rows(rows: Iterator[Any]) -> Iterator[Row]:
    line = 0
    try:
        for line, cells in enumerate(rows, 1):
            yield line, list(cells)
    except BadFile:
        raise
    except Exception:
        raise BadFile(f"This Excel file is damaged after line {line}.") from None


def _refuse_floods(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            unpacked = sum(member.file_size for member in members)
            if unpacked > MOST_UNPACKED or unpacked > MOST_TIMES_LARGER * max(len(content), 10_000):
                raise BadFile("This Excel file is far larger inside than out: it is not opened.")
            if len(members) > 1000 or "xl/workbook.xml" not in archive.namelist():
                raise BadFile("This is neither CSV nor Excel (.xlsx).")
            for member in members:
                with archive.open(member) as part:
                    if b"<!DOCTYPE" in part.read(2000):
                        raise BadFile("This Excel file holds what no spreadsheet writes.")
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError):
        raise BadFile("This Excel file cannot be read: save it anew as .xlsx or as CSV.") from None
