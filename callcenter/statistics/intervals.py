"""Cutting a range of business days into intervals, as the local clock has them. Pure.

Moments are in UTC: between two of the same local zone Python counts what the clocks show, and a day on which they are
changed would have 24 hours.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from callcenter.error_codes import ErrorCode
from callcenter.errors import InputError

MOST_INTERVALS = 1500
MOST_DAYS = 366


class Interval(StrEnum):
    """How long an interval is; weeks begin on Monday (ISO 8601)."""

    QUARTER_OF_AN_HOUR = "15min"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


_STEPS = {Interval.QUARTER_OF_AN_HOUR: timedelta(minutes=15), Interval.HOUR: timedelta(hours=1)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """A time [from_at, to_at), in UTC."""

    from_at: datetime
    to_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Days:
    """Business days from the first to the last, both included."""

    first: date
    last: date

    def span(self, timezone: ZoneInfo) -> Span:
        """From midnight to midnight."""
        return Span(from_at=_midnight(self.first, timezone), to_at=_midnight(self.last + timedelta(days=1), timezone))


def check_days(first: date, last: date) -> Days:
    """Raises InputError for a range that is empty, too long or out of all reason."""
    if not 2000 <= first.year <= last.year <= 2999:
        raise InputError(
            "There are no calls from those years, or the range ends before it begins.", code=ErrorCode.OUT_OF_RANGE
        )
    if not 0 <= (last - first).days < MOST_DAYS:
        raise InputError(
            f"A range has 1 to {MOST_DAYS} days.", code=ErrorCode.RANGE_TOO_LONG, params={"most_days": MOST_DAYS}
        )
    return Days(first=first, last=last)


def count_hours(days: Days, timezone: ZoneInfo) -> dict[tuple[int, int], float]:
    """How often each hour of the clock comes in the range, by day of the week (Monday is 1) and hour.

    On the day on which clocks are put forward one hour never comes, and in autumn one comes twice.
    """
    counts = {(weekday, hour): 0.0 for weekday in range(1, 8) for hour in range(24)}
    for number in range((days.last - days.first).days + 1):
        day = days.first + timedelta(days=number)
        whole = Days(first=day, last=day).span(timezone)
        if whole.to_at - whole.from_at == timedelta(days=1):
            for hour in range(24):
                counts[day.isoweekday(), hour] += 1
            continue
        for quarter in range((whole.to_at - whole.from_at) // _STEPS[Interval.QUARTER_OF_AN_HOUR]):
            local = (whole.from_at + quarter * _STEPS[Interval.QUARTER_OF_AN_HOUR]).astimezone(timezone)
            counts[day.isoweekday(), local.hour] += 0.25
    return counts


def cut(days: Days, interval: Interval, timezone: ZoneInfo) -> list[Span]:
    """The intervals, the first and the last clipped to the range. Raises InputError where they are too many."""
    whole = days.span(timezone)
    if interval in _STEPS:
        step = _STEPS[interval]
        begins = [whole.from_at + number * step for number in range((whole.to_at - whole.from_at) // step)]
    else:
        count = (days.last - days.first).days + 1
        every = (days.first + timedelta(days=number) for number in range(count))
        begins = [_midnight(day, timezone) for day in every if day == days.first or _begins(interval, day)]
    if len(begins) > MOST_INTERVALS:
        raise InputError(
            f"That would be more than {MOST_INTERVALS} intervals; ask for fewer days or longer ones.",
            code=ErrorCode.RANGE_TOO_LONG,
            params={"most_intervals": MOST_INTERVALS},
        )
    ends = [*begins[1:], whole.to_at]
    return [Span(from_at=begin, to_at=end) for begin, end in zip(begins, ends, strict=True)]


def find_span(spans: Sequence[Span], moment: datetime) -> int | None:
    """The number of the span that holds the moment."""
    number = bisect_right(spans, moment, key=lambda span: span.from_at) - 1
    return number if number >= 0 and moment < spans[number].to_at else None


def covered(span: Span, times: Iterable[Span]) -> timedelta:
    """How much of the span these times cover together."""
    total = timedelta()
    reached = span.from_at
    for covering in sorted(times, key=lambda covering: covering.from_at):
        begin, end = max(reached, covering.from_at), min(span.to_at, covering.to_at)
        if end > begin:
            total += end - begin
            reached = end
    return total


def _begins(interval: Interval, day: date) -> bool:
    match interval:
        case Interval.WEEK:
            return day.isoweekday() == 1
        case Interval.MONTH:
            return day.day == 1
        case _:
            return True


def _midnight(day: date, timezone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), timezone).astimezone(UTC)
