"""The callback list as a file for spreadsheets. What callers typed or sent never becomes a formula there."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from callcenter.callbacks.listing import CallbackRow, losses_of
from callcenter.printing import printable

CSV_MEDIA_TYPE = "text/csv; charset=utf-8"
XLSX_MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

Cell = str | int | float | bool | None

COLUMNS: tuple[tuple[str, int], ...] = (
    ("caller_number", 18),
    ("caller_name", 14),
    ("shown_number", 18),
    ("state", 14),
    ("kind", 11),
    ("due_at", 19),
    ("is_overdue", 10),
    ("has_message", 12),
    ("tries", 6),
    ("tries_within_10_minutes", 12),
    ("longest_wait_seconds", 12),
    ("first_call_at", 19),
    ("last_call_at", 19),
    ("lost_by", 30),
    ("attempts", 9),
    ("closed_at", 19),
    ("closed_by", 24),
    ("decided_by", 12),
    ("decision_reason", 30),
    ("episode_id", 10),
    ("call_ids", 40),
)
"""Names and widths; moments are local."""

_NUMBERS = frozenset(column for column, (name, _) in enumerate(COLUMNS) if name.endswith("_number"))
"""Telephone numbers are text, or their zeros would go."""

_FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
"""East Asian versions of Excel take the full-width signs as well."""

_LONGEST_CELL = 32_767
"""Characters. Excel's limit, which breaks longer ones of a CSV file up into rows."""


def to_csv(rows: Sequence[CallbackRow], timezone: ZoneInfo) -> str:
    """With a byte order mark, so that Excel reads it as UTF-8. Numbers begin with ' to stay text."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(name for name, _ in COLUMNS)
    for cells in _cells(rows, timezone):
        shown = (_as_digits(cell) if column in _NUMBERS else as_text(cell) for column, cell in enumerate(cells))
        writer.writerow(text[:_LONGEST_CELL] for text in shown)
    return "\N{ZERO WIDTH NO-BREAK SPACE}" + file.getvalue()


def to_xlsx(rows: Sequence[CallbackRow], timezone: ZoneInfo) -> bytes:
    """One sheet, whose text is written as text; numbers carry Excel's own mark of text."""
    file = io.BytesIO()
    import xlsxwriter  # large, and only for whoever exports

    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet("callbacks")
        heading, text = book.add_format({"bold": True}), book.add_format({"num_format": "@", "quote_prefix": True})
        for column, (name, width) in enumerate(COLUMNS):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, name, heading)
        for line, cells in enumerate(_cells(rows, timezone), start=1):
            for column, cell in enumerate(cells):
                if isinstance(cell, str) and column in _NUMBERS:
                    sheet.write_string(line, column, printable(cell)[:_LONGEST_CELL], text)
                elif isinstance(cell, str):
                    sheet.write_string(line, column, as_text(cell)[:_LONGEST_CELL])
                elif isinstance(cell, bool):
                    sheet.write_boolean(line, column, cell)
                elif cell is not None:
                    sheet.write_number(line, column, cell)
        sheet.freeze_panes(1, 1)
        sheet.autofilter(0, 0, len(rows), len(COLUMNS) - 1)
    return file.getvalue()


def as_text(cell: Cell) -> str:
    """What a spreadsheet shows and never computes."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if not isinstance(cell, str):
        return str(cell)
    shown = printable(cell)
    return f"'{shown}" if shown.lstrip().startswith(_FORMULA_STARTS) else shown


def _as_digits(cell: Cell) -> str:
    return "" if cell is None else f"'{printable(str(cell))}"


def _cells(rows: Sequence[CallbackRow], timezone: ZoneInfo) -> Iterator[list[Cell]]:
    """The cells of each row in the order of COLUMNS."""

    def local(moment: str | None) -> str | None:
        if moment is None:
            return None
        return datetime.fromisoformat(moment).astimezone(timezone).strftime("%Y-%m-%d %H:%M:%S")

    for row in rows:
        calls, decision, closed_by = row["calls"], row["decision"], row["closed_by"]
        names = dict.fromkeys(call["caller_name"] for call in calls if call["caller_name"])
        yield [
            row["caller_number"],
            " / ".join(names) or None,
            calls[0]["caller_number"] if calls and row["caller_number"] is None else None,
            row["state"],
            row["kind"],
            "calendar missing" if row["is_calendar_missing"] else local(row["due_at"]),
            row["is_overdue"],
            row["has_message"],
            row["tries"],
            row["tries_within_10_minutes"],
            row["longest_wait_seconds"],
            local(row["opened_at"]),
            local(calls[-1]["started_at"]) if calls else None,
            " ".join(losses_of(row)),
            row["attempts"],
            local(row["closed_at"]),
            None if closed_by is None else closed_by["call_id"],
            None if decision is None else decision["by"],
            None if decision is None else decision["reason"],
            row["episode_id"],
            " ".join(call["call_id"] for call in calls),
        ]
