"""The working calendar of mainland China, days worked in exchange for holidays included."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import TYPE_CHECKING

from callcenter.errors import CallcenterError

if TYPE_CHECKING:
    from holidays.countries.china import China


class CalendarMissing(CallcenterError):
    """The working calendar of the year has not been published or is not installed."""

    def __init__(self, year: int) -> None:
        super().__init__(f"The working calendar of {year} has not been published or is not installed.")
        self.year = year


def is_workday(day: date) -> bool:
    """Whether offices are open, days worked in exchange for holidays included. Raises CalendarMissing.

    The State Council publishes each year's exchanges late in the year before; a newer release of `holidays` has them.
    """
    calendar = _calendar()
    if day.year not in calendar.special_public_holidays:
        raise CalendarMissing(day.year)
    return calendar.is_working_day(day)


@cache
def _calendar() -> China:
    from holidays.countries.china import China

    return China()  # type: ignore[no-untyped-call]
