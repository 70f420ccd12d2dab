"""The calendar of a year as an office types it in: a CSV file, from a spreadsheet or an editor. Pure.

One line for each day that is not as its weekday says: the date, `day_off` or `workday` (休息 or 上班), and a name if it
has one. A line of headings is skipped.
"""

from __future__ import annotations

import csv
import re
from datetime import date

from callcenter.errors import InputError
from callcenter.hours.rules import CalendarEntry, DayKind, Source

ENCODINGS = ("utf-8-sig", "gb18030")
"""As an editor and as a Chinese Excel save it."""

LONGEST_NOTE = 200

_DATE = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_KINDS = {
    "workday": DayKind.WORKDAY,
    "上班": DayKind.WORKDAY,
    "班": DayKind.WORKDAY,
    "day_off": DayKind.DAY_OFF,
    "休息": DayKind.DAY_OFF,
    "休": DayKind.DAY_OFF,
}


def parse_calendar(data: bytes) -> list[CalendarEntry]:
    """The days in order. Raises InputError that names the first line that is wrong."""
    entries: dict[date, CalendarEntry] = {}
    for number, line in enumerate(csv.reader(_decode(data).splitlines()), start=1):
        cells = [cell.strip() for cell in line]
        is_heading = number == 1 and cells and not cells[0][:1].isdigit()
        if is_heading or not any(cells):
            continue
        entry = _parse_line(cells, number)
        if entry.business_date in entries:
            raise InputError(f"Line {number}: {entry.business_date} stands there twice.")
        entries[entry.business_date] = entry
    if not any(_is_closed_weekday(entry) for entry in entries.values()):
        raise InputError("No weekday is a day off in it: that is no calendar of a year.")
    return [entries[day] for day in sorted(entries)]


def _parse_line(cells: list[str], number: int) -> CalendarEntry:
    found = _DATE.fullmatch(cells[0])
    kind = _KINDS.get(cells[1].lower()) if len(cells) > 1 else None
    note = cells[2] if len(cells) > 2 else ""
    if found is None or kind is None:
        raise InputError(f"Line {number}: a day is written 2027-01-01,day_off,NAME or 2027-02-06,workday.")
    if len(note) > LONGEST_NOTE or not note.isprintable():
        raise InputError(f"Line {number}: a name has at most {LONGEST_NOTE} printable characters.")
    try:
        day = date(*map(int, found.groups()))
    except ValueError:
        raise InputError(f"Line {number}: there is no such day.") from None
    return CalendarEntry(business_date=day, kind=kind, source=Source.PUBLISHED, note=note)


def _is_closed_weekday(entry: CalendarEntry) -> bool:
    return entry.kind is DayKind.DAY_OFF and entry.business_date.weekday() < 5


def _decode(data: bytes) -> str:
    for encoding in ENCODINGS:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputError("The file is neither UTF-8 nor GB 18030.")
