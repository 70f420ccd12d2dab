"""The tables of a report as files for spreadsheets: one as CSV, all as a workbook with a sheet for each. Pure.

Percentages are numbers in percent, money is in yuan; a rate has its numerator, denominator and interval in columns of
their own. The same report gives the same bytes.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from callcenter.analysis.reports import cells
from callcenter.analysis.reports.cell_text import SMALL_MARK, cell_text, choose, headings, notes, title
from callcenter.analysis.reports.cells import Cell, ColumnKey, ReportTable
from callcenter.analysis.reports.words import FILE_HEADINGS
from callcenter.languages import Language
from callcenter.table_files import as_text

Value = str | int | float | None

_LONGEST_SHEET_NAME, _NOT_IN_SHEET_NAMES = 31, re.compile(r"[\[\]:*?/\\]")
"""Excel's limits."""
_CENTS = 100
_IN_PERCENT = (ColumnKey.SHARE, ColumnKey.YEAR_CHANGE, ColumnKey.BEFORE_CHANGE)
_RATIOS = (ColumnKey.RATIO, ColumnKey.YEAR_RATIO, ColumnKey.BEFORE_RATIO, ColumnKey.SERIAL)
_OF_RATIOS = ("percent", "numerator", "denominator", "low", "high")


def csv_file(table: ReportTable, language: Language) -> bytes:
    """With a byte order mark, so that Excel reads it as UTF-8; nothing of it is ever a formula."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_header(table, language))
    for row in _rows(table, language):
        writer.writerow(as_text(value, language) if not isinstance(value, int | float) else value for value in row)
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def xlsx_file(tables: Sequence[ReportTable], language: Language, *, at: datetime) -> bytes:
    """A sheet for each table, the definitions among them; `at` is the moment that the file bears."""
    import xlsxwriter  # large, and only for whoever exports

    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        book.set_properties({"created": at.replace(tzinfo=None, microsecond=0)})
        bold, whole = book.add_format({"bold": True}), book.add_format({"num_format": "#,##0"})
        for table in tables:
            sheet = book.add_worksheet(_sheet_name(table, language))
            sheet.set_column(0, 0, 28)
            sheet.set_column(1, 30, 14)
            sheet.write_string(0, 0, as_text(title(table, language), language), bold)
            for column, heading in enumerate(_header(table, language)):
                sheet.write_string(1, column, heading, bold)
            line = 1
            for line, row in enumerate(_rows(table, language), start=2):
                for column, value in enumerate(row):
                    if isinstance(value, str):
                        sheet.write_string(line, column, as_text(value, language))
                    elif value is not None:
                        sheet.write_number(line, column, value, whole if isinstance(value, int) else None)
            sheet.freeze_panes(2, 1)
            for note in notes(table, language):
                line += 1
                sheet.write_string(line, 0, as_text(note, language))
    return file.getvalue()


def _sheet_name(table: ReportTable, language: Language) -> str:
    return _NOT_IN_SHEET_NAMES.sub("", f"{table.section} {choose(table.title, language)}")[:_LONGEST_SHEET_NAME]


def _header(table: ReportTable, language: Language) -> list[str]:
    first, *others = headings(table, language)
    found = [first]
    for column, heading in zip(table.columns, others, strict=True):
        if column in _RATIOS:
            found += [f"{heading} {choose(FILE_HEADINGS[part], language)}" for part in _OF_RATIOS]
        elif column is ColumnKey.INTERVAL:
            found += [f"{heading} {choose(FILE_HEADINGS[part], language)}" for part in ("least", "most")]
        elif column in _IN_PERCENT:
            found.append(f"{heading} %")
        else:
            found.append(heading)
    return [*found, SMALL_MARK]


def _rows(table: ReportTable, language: Language) -> Iterator[list[Value]]:
    for line in table.all_lines:
        row: list[Value] = [choose(line.name, language)]
        for column, cell in zip(table.columns, line.cells, strict=True):
            row += _values(column, cell, language)
        is_small = any(getattr(cell, "is_small", False) for cell in line.cells)
        yield [*row, SMALL_MARK if is_small else None]


def _values(column: ColumnKey, cell: Cell, language: Language) -> list[Value]:
    match cell:
        case cells.Ratio():
            ends = (None, None) if cell.interval is None else (cell.interval.low, cell.interval.high)
            low, high = (None if end is None else round(100 * end, 2) for end in ends)
            percent = None if cell.percent is None else float(cell.percent)
            return [percent, cell.numerator, cell.denominator, low, high]
        case cells.Between():
            return [round(cell.interval.low, 2), round(cell.interval.high, 2)]
        case cells.Count() | cells.Rank():
            return [cell.value]
        case cells.Share():
            return [float(cell.percent)]
        case cells.Compared() if cell.percent is not None:
            return [float(cell.percent)]
        case cells.PerDay():
            return [None if cell.value is None else float(cell.value)]
        case cells.Money():
            return [cell.cents / _CENTS]
    text = cell_text(cell, language)
    places = len(_OF_RATIOS) if column in _RATIOS else 2 if column is ColumnKey.INTERVAL else 1
    return [text, *[None] * (places - 1)]
