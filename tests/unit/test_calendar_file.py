"""The calendar of a year in a file, as offices type it and as spreadsheets save it."""

from __future__ import annotations

from datetime import date

import pytest

from callcenter.errors import InputError
from callcenter.hours.calendar_file import parse_calendar
from callcenter.hours.rules import CalendarEntry, DayKind, Source


def entry(day: date, kind: DayKind, note: str = "") -> CalendarEntry:
    return CalendarEntry(business_date=day, kind=kind, source=Source.PUBLISHED, note=note)


NEW_YEAR = entry(date(2027, 1, 1), DayKind.DAY_OFF, "元旦")
WORKED = entry(date(2027, 2, 6), DayKind.WORKDAY)


@pytest.mark.parametrize(
    "data",
    [
        "2027-01-01,day_off,元旦\n2027-02-06,workday\n".encode(),
        "日期,类型,名称\r\n2027/2/6,上班,\r\n2027/1/1,休息,元旦\r\n,,\r\n".encode("utf-8-sig"),
        "2027.1.1,休,元旦\n2027.2.6,班\n".encode("gb18030"),
    ],
)
def test_a_calendar_is_read_as_an_editor_or_a_spreadsheet_saves_it(data: bytes) -> None:
    assert parse_calendar(data) == [NEW_YEAR, WORKED]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "No weekday is a day off in it: that is no calendar of a year."),
        ("2027-02-06,workday", "No weekday is a day off in it: that is no calendar of a year."),
        ("2027-01-01,day_off\n2027-02-30,day_off", "Line 2: there is no such day."),
        ("2027-01-01,day_off\n2027-01-01,workday", "Line 2: 2027-01-01 stands there twice."),
        ("2027-01-01", "Line 1: a day is written 2027-01-01,day_off,NAME or 2027-02-06,workday."),
        ("2027-01-01,closed", "Line 1: a day is written 2027-01-01,day_off,NAME or 2027-02-06,workday."),
        ("2027-01-01,day_off,\x1b[2J", "Line 1: a name has at most 200 printable characters."),
    ],
)
def test_a_line_that_is_wrong_is_named(text: str, reason: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_calendar(text.encode())
    assert str(caught.value) == reason


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(InputError, match=r"^The file is neither UTF-8 nor GB 18030\.$"):
        parse_calendar(b"\xff\xfe\x00\x80")
