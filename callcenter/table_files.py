"""Tables as files for spreadsheets, row by row, so that memory does not grow with them.

What callers typed or sent never becomes a formula there. CSV is for programs too: durations are seconds, moments plain
text. Excel gets cells of its own kinds: dates, times, shares. Moments are local; the last column names their zone.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import BinaryIO
from zoneinfo import ZoneInfo

from callcenter.error_codes import ErrorCode
from callcenter.errors import InputError
from callcenter.languages import Language
from callcenter.safe_text import printable

MOST_ROWS = 100_000
"""Of one file: about 15 MB of Excel, and as many seconds of making it."""


class Shape(StrEnum):
    """How a list is handed out."""

    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"


Cell = str | int | float | bool | date | datetime | timedelta | None
Row = Sequence[Cell]


class Kind(StrEnum):
    """What a column holds, where its cells do not say so themselves."""

    PLAIN = "plain"
    PHONE = "phone"
    """Text, or the zeros of a number would go."""
    DURATION = "duration"
    SHARE = "share"
    """From 0 to 1."""


@dataclass(frozen=True, slots=True)
class Column:
    """`name` is the English heading, as JSON has it but for the unit of a duration; the width is in characters."""

    name: str
    chinese: str
    width: int
    kind: Kind = Kind.PLAIN


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """`name` is in the file's name and on the sheet."""

    name: str
    columns: tuple[Column, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Style:
    """How the cells of a file are written."""

    shape: Shape
    language: Language
    timezone: ZoneInfo


class TooManyRowsError(InputError):
    """The file would be too long; ask for fewer days, or filter further."""

    default_code = ErrorCode.TOO_MANY_ROWS

    def __init__(self, most: int) -> None:
        super().__init__(
            f"A file has at most {most:,} rows; ask for fewer days, or filter further.", params={"most": most}
        )


_ZONE = Column("timezone", "时区", 16)

_FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
"""East Asian versions of Excel take the full-width signs as well."""

_LONGEST_CELL = 32_767
"""Characters. Excel's limit, which breaks longer ones of a CSV file up into rows."""

_FIRST_YEAR = 1900
"""Excel has no date before."""

AddRows = Callable[[Iterable[Row]], None]


@contextmanager
def open_table(file: BinaryIO, table: Table, style: Style, *, most: int = MOST_ROWS) -> Iterator[AddRows]:
    """Write a table to the file, which is whole when the context ends. Raises TooManyRowsError."""
    count = 0

    def counted(rows: Iterable[Row]) -> Iterator[Row]:
        nonlocal count
        for row in rows:
            count += 1
            if count > most:
                raise TooManyRowsError(most)
            yield [*row, style.timezone.key]

    writer = _open_csv if style.shape is Shape.CSV else _open_xlsx
    with writer(file, (*table.columns, _ZONE), table.name, style) as add:
        yield lambda rows: add(counted(rows))


def table_bytes(table: Table, rows: Iterable[Row], style: Style) -> bytes:
    """The file as a whole."""
    file = io.BytesIO()
    with open_table(file, table, style) as add:
        add(rows)
    return file.getvalue()


def as_text(cell: Cell, language: Language) -> str:
    """What a spreadsheet shows and never computes."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        yes, no = ("是", "否") if language is Language.CHINESE else ("yes", "no")
        return yes if cell else no
    if isinstance(cell, timedelta):
        return str(round(cell.total_seconds(), 3))
    if not isinstance(cell, str):
        return str(cell)
    shown = printable(cell)
    return f"'{shown}" if shown.lstrip().startswith(_FORMULA_STARTS) else shown


@contextmanager
def _open_csv(file: BinaryIO, columns: Sequence[Column], _name: str, style: Style) -> Iterator[AddRows]:
    """With a byte order mark, so that Excel reads it as UTF-8. Telephone numbers begin with ' to stay text."""
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    writer = csv.writer(text)
    unit = "（秒）" if style.language is Language.CHINESE else "_seconds"
    text.write("\N{ZERO WIDTH NO-BREAK SPACE}")
    writer.writerow(
        _heading(column, style.language) + (unit if column.kind is Kind.DURATION else "") for column in columns
    )

    def add(rows: Iterable[Row]) -> None:
        for row in rows:
            shown = (_csv_cell(cell, column.kind, style) for cell, column in zip(row, columns, strict=True))
            writer.writerow(cell[:_LONGEST_CELL] for cell in shown)

    try:
        yield add
    finally:
        text.flush()
        text.detach()


def _csv_cell(cell: Cell, kind: Kind, style: Style) -> str:
    if isinstance(cell, datetime):
        return str(_local(cell, style.timezone))
    if kind is Kind.PHONE:
        return "" if cell is None else f"'{printable(str(cell))}"
    return as_text(cell, style.language)


@contextmanager
def _open_xlsx(file: BinaryIO, columns: Sequence[Column], name: str, style: Style) -> Iterator[AddRows]:
    """One sheet, whose text is written as text; telephone numbers carry Excel's own mark of text."""
    import xlsxwriter  # large, and only for whoever exports

    # Rows go to a temporary file of its own as they come.
    with xlsxwriter.Workbook(file, {"constant_memory": True}) as book:
        sheet = book.add_worksheet(name)
        heading = book.add_format({"bold": True})
        phone = book.add_format({"num_format": "@", "quote_prefix": True})
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        duration = book.add_format({"num_format": "[h]:mm:ss"})
        share = book.add_format({"num_format": "0.0%"})
        for column, about in enumerate(columns):
            sheet.set_column(column, column, about.width)
        for column, about in enumerate(columns):
            sheet.write_string(0, column, _heading(about, style.language), heading)
        line = 0

        def write(column: int, cell: Cell, kind: Kind) -> None:
            if isinstance(cell, datetime):
                local = _local(cell, style.timezone)
                if local.year < _FIRST_YEAR:
                    sheet.write_string(line, column, str(local))
                else:
                    sheet.write_datetime(line, column, local, moment)
            elif isinstance(cell, date):
                sheet.write_datetime(line, column, cell, day)
            elif isinstance(cell, timedelta):
                sheet.write_number(line, column, cell / timedelta(days=1), duration)
            elif isinstance(cell, str) and kind is Kind.PHONE:
                sheet.write_string(line, column, printable(cell)[:_LONGEST_CELL], phone)
            elif cell == "":
                return
            elif isinstance(cell, str):
                sheet.write_string(line, column, as_text(cell, style.language)[:_LONGEST_CELL])
            elif isinstance(cell, bool):
                sheet.write_boolean(line, column, cell)
            elif cell is not None:
                sheet.write_number(line, column, cell, share if kind is Kind.SHARE else None)

        def add(rows: Iterable[Row]) -> None:
            nonlocal line
            for row in rows:
                line += 1
                for column, (cell, about) in enumerate(zip(row, columns, strict=True)):
                    write(column, cell, about.kind)

        yield add
        sheet.freeze_panes(1, 1)
        sheet.autofilter(0, 0, line, len(columns) - 1)


def _heading(column: Column, language: Language) -> str:
    return column.chinese if language is Language.CHINESE else column.name


def _local(moment: datetime, timezone: ZoneInfo) -> datetime:
    """As the clock on the wall shows it, to the second: neither file can say the zone in a cell."""
    return moment.astimezone(timezone).replace(tzinfo=None, microsecond=0)
