"""Days and moments so many working days, calendar days or working hours ahead. Pure.

The day of an event is not counted: counting begins with the day after it. `is_workday` is the calendar's and raises
CalendarMissing for a day of a year whose calendar is not known; so do the functions that ask it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import count, islice, takewhile

from callcenter.hours.rules import DAY, CalendarMissing
from callcenter.time_spans import Span

IsWorkday = Callable[[date], bool]


@dataclass(frozen=True, kw_only=True, slots=True)
class Pause:
    """Time in which a deadline does not run: the days after `begins_on` up to `ends_on` are not counted."""

    begins_on: date
    ends_on: date

    def covers(self, day: date) -> bool:
        return self.begins_on < day <= self.ends_on


def add_workdays(day: date, number: int, is_workday: IsWorkday, pauses: Sequence[Pause] = ()) -> date:
    """The workday with that number after a day; the day itself for 0."""
    return _take(day, number, workdays_from(day + DAY, is_workday), pauses)


def add_days(day: date, number: int, pauses: Sequence[Pause] = ()) -> date:
    """The calendar day with that number after a day; the day itself for 0."""
    return _take(day, number, _days_from(day + DAY), pauses)


def next_workday(day: date, is_workday: IsWorkday) -> date:
    """The day itself if it is a workday, else the next one: where a time limit that ends on a day off is moved to."""
    return next(workdays_from(day, is_workday))


def workdays_from(day: date, is_workday: IsWorkday) -> Iterator[date]:
    """Workdays in order, the day itself included."""
    return filter(is_workday, _days_from(day))


def add_working_time(local: datetime, lasts: timedelta, spans: Sequence[Span], is_workday: IsWorkday) -> datetime:
    """When so much time (more than none) of the hours of workdays has passed; `spans` are these hours, not empty."""
    stretches = _stretches_from(local, spans, is_workday)
    begins_at, ends_at = next(stretches)
    while ends_at - begins_at < lasts:
        lasts -= ends_at - begins_at
        begins_at, ends_at = next(stretches)
    return begins_at + lasts


def count_working_time(
    begins_at: datetime, ends_at: datetime, spans: Sequence[Span], is_workday: IsWorkday
) -> timedelta:
    """How much time of the hours of workdays lies between two local moments."""
    days = takewhile(lambda day: _midnight(day, ends_at) < ends_at, _days_from(begins_at.date()))
    stretches = _stretches_of(filter(is_workday, days), begins_at, spans)
    return sum((max(min(end, ends_at) - begin, timedelta()) for begin, end in stretches), timedelta())


def find_opening(local: datetime, spans: Sequence[Span], is_workday: IsWorkday) -> datetime:
    """The moment itself if it lies in the hours of a workday, else when these begin next."""
    return next(_stretches_from(local, spans, is_workday))[0]


def assume_workdays(is_workday: IsWorkday) -> IsWorkday:
    """The same, but days of a missing calendar count as workdays."""

    def is_possible_workday(day: date) -> bool:
        try:
            return is_workday(day)
        except CalendarMissing:
            return True

    return is_possible_workday


def _take(day: date, number: int, days: Iterator[date], pauses: Sequence[Pause]) -> date:
    counted = (later for later in days if not any(pause.covers(later) for pause in pauses))
    return day if number == 0 else next(islice(counted, number - 1, None))


def _days_from(day: date) -> Iterator[date]:
    return (day + number * DAY for number in count())


def _stretches_from(
    local: datetime, spans: Sequence[Span], is_workday: IsWorkday
) -> Iterator[tuple[datetime, datetime]]:
    return _stretches_of(workdays_from(local.date(), is_workday), local, spans)


def _stretches_of(
    workdays: Iterator[date], since: datetime, spans: Sequence[Span]
) -> Iterator[tuple[datetime, datetime]]:
    """The hours of these days, without what has passed."""
    for day in workdays:
        for begin, end in sorted((span.begin, span.end) for span in spans):
            ends_at = datetime.combine(day, end, since.tzinfo)
            if since < ends_at:
                yield max(since, datetime.combine(day, begin, since.tzinfo)), ends_at


def _midnight(day: date, like: datetime) -> datetime:
    return datetime.combine(day, time(), like.tzinfo)
