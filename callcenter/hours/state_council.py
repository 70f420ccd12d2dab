"""The State Council's calendar, as the package `holidays` has it: days off on weekdays, and days worked for them.

The package fills the table of the calendar, which goes before it: only of a published year that is not in the table
yet, as one before the installation, are the days read from the package.
The State Council publishes each year's exchanges late in the year before; a newer release of `holidays` has them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from functools import cache

from callcenter.hours.rules import Calendar, CalendarEntry, DayKind, Source

WORKED_IN_EXCHANGE = "调休上班"


@cache
def list_published(year: int) -> tuple[CalendarEntry, ...]:
    """Every day of the year that is not as its weekday says, or has a name. Empty where the year is not published."""
    return tuple(_entries(year))


def published_calendar(years: Iterable[int]) -> Calendar:
    """The calendar of these years, as far as they are published, about which nobody has decided anything else."""
    return with_published(Calendar(entries={}, weekday_hours={}, published_years=()), years)


def with_published(calendar: Calendar, years: Iterable[int]) -> Calendar:
    """The calendar with those of these years that it does not have and that are published."""
    entries = dict(calendar.entries)
    known = set(calendar.published_years)
    for year in years:
        published = () if year in known else list_published(year)
        if published:
            entries |= {(entry.business_date, Source.PUBLISHED): entry for entry in published}
            known.add(year)
    return replace(calendar, entries=entries, published_years=frozenset(known))


def _entries(year: int) -> Iterator[CalendarEntry]:
    from holidays.countries.china import China

    published = China(years=[year], language="zh_CN")  # type: ignore[no-untyped-call]
    if year not in published.special_public_holidays:
        return
    first = date(year, 1, 1)
    for number in range((date(year + 1, 1, 1) - first).days):
        day = first + timedelta(days=number)
        is_worked, name = published.is_working_day(day), str(published.get(day, ""))
        if name or is_worked != (day.weekday() < 5):
            yield CalendarEntry(
                business_date=day,
                kind=DayKind.WORKDAY if is_worked else DayKind.DAY_OFF,
                source=Source.PUBLISHED,
                note=WORKED_IN_EXCHANGE if is_worked else name,
            )
