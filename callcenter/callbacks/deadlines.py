"""By when a lost caller must have been called first, in the working calendar of mainland China."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from callcenter.working_days import CalendarMissing

OPENING_HOURS = ((time(9), time(12)), (time(14), time(20)))
"""When callers may be called back on a working day."""

FIRST_ATTEMPT_WITHIN = timedelta(hours=2)
"""Working hours, where the day has so many left."""

NEXT_DAY_BY = time(10)

DEADLINE_RULE = (
    "First call back within 2 working hours (working days 09:00-12:00 and 14:00-20:00), "
    "or where the day has not so many left, and for callers outside these hours, by 10:00 on the next working day."
)


def find_due_at(lost_at: datetime, timezone: ZoneInfo, is_workday: Callable[[date], bool]) -> datetime | None:
    """The deadline by DEADLINE_RULE; None where `is_workday` raises CalendarMissing, because a guess could be wrong."""
    local = lost_at.astimezone(timezone)
    try:
        return _in_opening_hours(local, is_workday) or _on_next_day(local, is_workday)
    except CalendarMissing:
        return None


def move_due_at(due_at: datetime | None, by_rule: datetime | None, changed_at: datetime) -> datetime | None:
    """The deadline of somebody who waits, after a change of the calendar that makes it `by_rule`.

    One that had passed stays: a closure declared afterwards must not hide that it was missed. Nor does one move to a
    moment that has passed already: nobody could have kept it. One that was not known becomes what the rule says.
    """
    if due_at is not None and (due_at <= changed_at or (by_rule is not None and by_rule <= changed_at)):
        return due_at
    return by_rule


def _in_opening_hours(local: datetime, is_workday: Callable[[date], bool]) -> datetime | None:
    if local.time() < OPENING_HOURS[0][0] or not is_workday(local.date()):
        return None
    left = FIRST_ATTEMPT_WITHIN
    for begin, end in OPENING_HOURS:
        begins_at = max(local, datetime.combine(local, begin, local.tzinfo))
        room = datetime.combine(local, end, local.tzinfo) - begins_at
        if room >= left:
            return begins_at + left
        left -= max(room, timedelta())
    return None


def _on_next_day(local: datetime, is_workday: Callable[[date], bool]) -> datetime:
    """The first such moment that lies ahead: for a call before opening it is still the same day."""
    moments = (datetime.combine(local + timedelta(days=days), NEXT_DAY_BY, local.tzinfo) for days in count())
    return next(moment for moment in moments if moment > local and is_workday(moment.date()))
