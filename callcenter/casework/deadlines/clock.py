"""When a time limit is over, and whether something was done within it. Pure.

Days are local days. A limit of days ends with its last day: its end is the midnight after, and what is done at that
midnight is late. A limit of hours includes its last second. Where the calendar of a year has not been published the
answer is not known; nothing is guessed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import count, islice

from callcenter.casework.deadlines.rules import CountedIn, DeadlineRule
from callcenter.hours.deadlines import Pause
from callcenter.hours.rules import DAY, Calendar, CalendarMissing, DayKind, Source

WARNED_AT = (50, 80, 100)
"""Percent of a limit's own time after which somebody is warned."""

LONGEST_CLOSURE = 3660
"""Days that are looked at for hours in which the hotline is open: more than any limit of office hours needs."""


class Verdict(StrEnum):
    """Whether what was to be done was done in time. A closed list."""

    RUNNING = "running"
    MET = "met"
    BREACHED = "breached"
    UNKNOWN = "unknown"
    """The calendar that decides it has not been published."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Warned:
    """When so many percent of a limit's own time are over."""

    percent: int
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Due:
    """When a limit is over. A moment is None where its calendar is missing, and `missing_year` is the year then."""

    counted_in: CountedIn
    target_at: datetime | None
    """By which the office wants to be done: the last day as it was counted."""
    legal_at: datetime | None
    """The law's limit: the last day, or where that is part of a statutory holiday, the first workday after it."""
    counted_days: tuple[date, ...] = ()
    """Of a limit of days: those that were counted, as far as they are known."""
    warnings: tuple[Warned, ...] = ()
    missing_year: int | None = None

    def judge(self, done_at: datetime | None, now: datetime) -> Verdict:
        """Whether what was done, or is still to be done now, is in time by the law's limit."""
        at = now if done_at is None else done_at
        in_time = Verdict.RUNNING if done_at is None else Verdict.MET
        if self._is_within(at, self.target_at):
            return in_time
        if self.legal_at is None:
            return Verdict.UNKNOWN
        return in_time if self._is_within(at, self.legal_at) else Verdict.BREACHED

    def _is_within(self, at: datetime, limit: datetime | None) -> bool:
        if limit is None:
            return False
        return at < limit if self.counted_in.is_days else at.replace(microsecond=0) <= limit


def find_due(
    rule: DeadlineRule,
    begins_at: datetime,
    calendar: Calendar,
    *,
    pauses: Sequence[Pause] = (),
    is_extended: bool = False,
) -> Due:
    """When the limit that began at this local moment is over.

    Only limits of days have pauses: test and appraisal time is not counted (SAMR Order 121, Art. 22).
    """
    match rule.counted_in:
        case CountedIn.HOURS:
            return _find_due_in_hours(rule, begins_at)
        case CountedIn.OFFICE_HOURS:
            return _find_due_in_office_hours(rule, begins_at, calendar)
        case _:
            return _find_last_day(rule, begins_at, calendar, pauses, is_extended=is_extended)


def _find_due_in_hours(rule: DeadlineRule, begins_at: datetime) -> Due:
    # In UTC: where clocks are changed, an hour is an hour all the same.
    ends = [
        (begins_at.astimezone(UTC) + rule.lasts * percent / 100).astimezone(begins_at.tzinfo) for percent in WARNED_AT
    ]
    warnings = tuple(Warned(percent=percent, at=at) for percent, at in zip(WARNED_AT, ends, strict=True))
    return Due(counted_in=rule.counted_in, target_at=ends[-1], legal_at=ends[-1], warnings=warnings)


def _find_due_in_office_hours(rule: DeadlineRule, begins_at: datetime, calendar: Calendar) -> Due:
    warnings: list[Warned] = []
    end = missing_year = None
    try:
        for percent in WARNED_AT:
            end = _add_office_time(begins_at, rule.lasts * percent / 100, calendar)
            warnings.append(Warned(percent=percent, at=end))
    except CalendarMissing as missing:
        end, missing_year = None, missing.year
    return Due(
        counted_in=rule.counted_in, target_at=end, legal_at=end, warnings=tuple(warnings), missing_year=missing_year
    )


def _find_last_day(
    rule: DeadlineRule, begins_at: datetime, calendar: Calendar, pauses: Sequence[Pause], *, is_extended: bool
) -> Due:
    number = rule.count_days(is_extended=is_extended)
    begins_on = begins_at.date()
    counted: list[date] = []
    target_at = legal_at = missing_year = None
    try:
        counted += islice(_days_that_count(begins_on, rule.counted_in, calendar, pauses), number)
        last = counted[-1] if counted else begins_on
        target_at = _end_of(last, begins_at)
        legal_at = _end_of(_move_off_holiday(last, calendar, rule) if counted else last, begins_at)
    except CalendarMissing as missing:
        missing_year = missing.year
    ends = [begins_on, *counted]
    parts = ((percent, math.ceil(number * percent / 100)) for percent in WARNED_AT)
    return Due(
        counted_in=rule.counted_in,
        target_at=target_at,
        legal_at=legal_at,
        counted_days=tuple(counted),
        warnings=tuple(
            Warned(percent=percent, at=_end_of(ends[part], begins_at)) for percent, part in parts if part < len(ends)
        ),
        missing_year=missing_year,
    )


def _days_that_count(
    begins_on: date, counted_in: CountedIn, calendar: Calendar, pauses: Sequence[Pause]
) -> Iterator[date]:
    for number in count(1):
        day = begins_on + number * DAY
        if any(pause.covers(day) for pause in pauses):
            continue
        if counted_in is CountedIn.CALENDAR_DAYS or calendar.is_workday(day):
            yield day


def _move_off_holiday(last: date, calendar: Calendar, rule: DeadlineRule) -> date:
    """The day itself, or the first workday after the days off around it (SAMR Order 121, Art. 45).

    It moves where one of these days off was published as a statutory holiday; an ordinary weekend moves nothing unless
    the rule says so. Raises CalendarMissing.
    """
    if calendar.is_workday(last):
        return last
    first = last
    while not calendar.is_workday(first - DAY):
        first -= DAY
    following = last
    while not calendar.is_workday(following):
        following += DAY
    days_off = (first + number * DAY for number in range((following - first).days))
    has_holiday = any(_is_statutory_holiday(day, calendar) for day in days_off)
    return following if has_holiday or rule.rolls_over_weekends else last


def _is_statutory_holiday(day: date, calendar: Calendar) -> bool:
    published = calendar.entries.get((day, Source.PUBLISHED))
    return published is not None and published.kind is DayKind.DAY_OFF


def _add_office_time(local: datetime, lasts: timedelta, calendar: Calendar) -> datetime:
    """When the hotline has been open for so long since then. Raises CalendarMissing."""
    for number in range(LONGEST_CLOSURE):
        midnight = datetime.combine(local.date() + number * DAY, time(), local.tzinfo)
        for span in calendar.spans_of(midnight.date()):
            begin, end = max(local, midnight + span.opens), midnight + span.closes
            if begin >= end:
                continue
            if lasts <= end - begin:
                return begin + lasts
            lasts -= end - begin
    raise CalendarMissing(local.year + 1)


def _end_of(day: date, like: datetime) -> datetime:
    return datetime.combine(day + DAY, time(), like.tzinfo)
