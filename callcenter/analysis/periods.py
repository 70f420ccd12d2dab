"""Times of which reports are made, and with which others they are compared. Pure; days, both included.

The period before (环比) is of the same kind; the year before (同比) is the same period then. Halves of years and years
are compared with the year before alone. A holiday is compared with the one of the same name, for each day, because
lengths differ.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from callcenter.hours.rules import Calendar, DayKind

DAY = timedelta(days=1)
MONTHS_A_YEAR = 12
SPRING_FESTIVAL, ITS_EVE, EXCHANGED, MADE_UP_FOR = "春节", "农历除夕", "休息日", "（"
"""As the calendar has them: the eve belongs to the festival, and days off in exchange to the holiday beside them; what
is said in brackets is why that day is off.
"""


class PeriodKind(StrEnum):
    """What kind of time it is. A closed list."""

    MONTH = "month"
    QUARTER = "quarter"
    HALF_YEAR = "half_year"
    YEAR = "year"
    HOLIDAY = "holiday"
    CUSTOM = "custom"


_MONTHS = {PeriodKind.MONTH: 1, PeriodKind.QUARTER: 3, PeriodKind.HALF_YEAR: 6, PeriodKind.YEAR: MONTHS_A_YEAR}
_WRITTEN = re.compile(r"(20\d\d)(?:-(0[1-9]|1[0-2])|-Q([1-4])|-H([12]))?")
_WITH_PERIOD_BEFORE = (PeriodKind.MONTH, PeriodKind.QUARTER, PeriodKind.CUSTOM)


@dataclass(frozen=True, kw_only=True, slots=True)
class Period:
    """From one day to another. `name` is that of a holiday."""

    kind: PeriodKind
    first: date
    last: date
    name: str | None = None

    @property
    def days(self) -> int:
        """How many."""
        return (self.last - self.first).days + 1

    def cut(self, days: int) -> Period:
        """Its first days, all where it has no more."""
        last = min(self.last, self.first + (days - 1) * DAY)
        return Period(kind=self.kind, first=self.first, last=last, name=self.name)


def whole_months(kind: PeriodKind, day: date) -> Period:
    """The month, quarter, half or year in which the day lies. Raises KeyError for another kind."""
    months = _MONTHS[kind]
    first = date(day.year, (day.month - 1) // months * months + 1, 1)
    return Period(kind=kind, first=first, last=_add_months(first, months) - DAY)


def parse_period(text: str) -> Period:
    """`2026-03`, `2026-Q1`, `2026-H1` or `2026`. Raises ValueError."""
    found = _WRITTEN.fullmatch(text)
    if found is None:
        raise ValueError("a period is written 2026-03, 2026-Q1, 2026-H1 or 2026")
    year, month, quarter, half = (None if part is None else int(part) for part in found.groups())
    kind, number = next(
        (
            (kind, number)
            for kind, number in ((PeriodKind.MONTH, month), (PeriodKind.QUARTER, quarter), (PeriodKind.HALF_YEAR, half))
            if number is not None
        ),
        (PeriodKind.YEAR, 1),
    )
    return whole_months(kind, date(int(year or 0), (number - 1) * _MONTHS[kind] + 1, 1))


def period_before(period: Period) -> Period | None:
    """The last one of the same kind; None for kinds that are compared with the year before alone."""
    if period.kind not in _WITH_PERIOD_BEFORE:
        return None
    if period.kind is PeriodKind.CUSTOM:
        return Period(kind=period.kind, first=period.first - period.days * DAY, last=period.first - DAY)
    return whole_months(period.kind, period.first - DAY)


def year_before(period: Period, calendar: Calendar) -> Period | None:
    """The same in the year before; None for a holiday that lay inside another one then, or that no calendar has.

    Raises CalendarMissing for a holiday of a year that was not published.
    """
    if period.kind is PeriodKind.HOLIDAY:
        return None if period.name is None else find_holiday(calendar, period.first.year - 1, period.name)
    if period.kind is PeriodKind.CUSTOM:
        return Period(kind=period.kind, first=_in_year_before(period.first), last=_in_year_before(period.last))
    return whole_months(period.kind, _in_year_before(period.first))


def until(period: Period, today: date) -> Period:
    """What of it is over or runs; the whole of one that has ended. Its comparisons are cut to as many days."""
    return period.cut((today - period.first).days + 1)


def count_workdays(period: Period, calendar: Calendar) -> int:
    """Raises CalendarMissing."""
    return sum(calendar.is_workday(day) for day in _days(period.first, period.last))


def find_holiday(calendar: Calendar, year: int, name: str) -> Period | None:
    """The unbroken run of days off around the days of that name; None where another holiday begins that run."""
    named = next((day for day in _days(date(year, 1, 1), date(year, 12, 31)) if _is_named(calendar, day, name)), None)
    if named is None:
        return None
    first = last = named
    while (first - DAY).year == year and not calendar.is_workday(first - DAY):
        first -= DAY
    while (last + DAY).year == year and not calendar.is_workday(last + DAY):
        last += DAY
    begins_with = next((day for day in _days(first, last) if _name_of(calendar, day)), named)
    if not _is_named(calendar, begins_with, name):
        return None
    return Period(kind=PeriodKind.HOLIDAY, first=first, last=last, name=name)


def list_holidays(calendar: Calendar, year: int) -> list[Period]:
    """Those of a year, in order; one that lay inside another is none of its own. Raises CalendarMissing."""
    calendar.kind_of(date(year, 1, 1))
    notes = (_name_of(calendar, day) for day in _days(date(year, 1, 1), date(year, 12, 31)))
    names = dict.fromkeys(note.partition(MADE_UP_FOR)[0] for note in notes if note)
    found = [find_holiday(calendar, year, name) for name in names]
    return sorted((holiday for holiday in found if holiday is not None), key=lambda holiday: holiday.first)


def list_of_year(kind: PeriodKind, year: int, calendar: Calendar) -> list[Period]:
    """All of a kind that begin in a year, in order; no custom ones. Raises CalendarMissing."""
    if kind is PeriodKind.CUSTOM:
        return []
    if kind is PeriodKind.HOLIDAY:
        return list_holidays(calendar, year)
    step = _MONTHS[kind]
    return [whole_months(kind, date(year, month, 1)) for month in range(1, MONTHS_A_YEAR + 1, step)]


def list_ended_on(day: date, calendar: Calendar) -> list[Period]:
    """Months, quarters, halves, years and holidays of which this is the last day. Raises CalendarMissing."""
    known = [period for kind in PeriodKind for period in list_of_year(kind, day.year, calendar)]
    return [period for period in known if period.last == day]


def _name_of(calendar: Calendar, day: date) -> str:
    """Of the holiday itself; empty for days off that are exchanged for others."""
    entry = calendar.find_entry(day)
    if entry is None or entry.kind is not DayKind.DAY_OFF or entry.note.startswith(EXCHANGED):
        return ""
    return SPRING_FESTIVAL if entry.note == ITS_EVE else entry.note


def _is_named(calendar: Calendar, day: date, name: str) -> bool:
    return name in _name_of(calendar, day)


def _days(first: date, last: date) -> Iterator[date]:
    return (first + number * DAY for number in range((last - first).days + 1))


def _add_months(first: date, months: int) -> date:
    years, month = divmod(first.month - 1 + months, MONTHS_A_YEAR)
    return date(first.year + years, month + 1, 1)


def _in_year_before(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:  # the 29th of February
        return day.replace(year=day.year - 1, day=28)
