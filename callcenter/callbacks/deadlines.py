"""Which deadline a lost caller has: by when the first call back is due. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta, tzinfo

from callcenter.hours.calling_hours import CallingHours
from callcenter.hours.deadlines import IsWorkday, add_working_time, count_working_time, workdays_from
from callcenter.hours.rules import DAY, CalendarMissing
from callcenter.time_spans import Span

FIRST_ATTEMPT_WITHIN = timedelta(hours=2)
"""Hours in which people may be called, where the working day has so many left."""

NEXT_DAY_BY = time(10)
NEXT_DAY_WITHIN = timedelta(hours=1)
"""After the first hour in which people may be called, where that is later than usual."""

DEADLINE_RULE = (
    "An emergency that nobody on duty took: at once, at any hour. Else the first call back is due within 2 of the "
    "hours in which people may be called on working days (CALLCENTER_CALLING_HOURS_WORKDAY), counted from the next of "
    "them for a caller lost in between. For callers lost before the first of these hours by 10:00 of the same working "
    "day; for those lost after the last, on a day off, or when the day has not so many left, by 10:00 of the next. "
    "Where the hours begin so late that 10:00 is less than an hour after, an hour after they begin."
)


def describe_deadline(hours: CallingHours) -> str:
    """DEADLINE_RULE with the hours that are set."""
    return DEADLINE_RULE.replace("CALLCENTER_CALLING_HOURS_WORKDAY", hours.describe_workday())


def find_due_at(lost_at: datetime, hours: CallingHours, is_workday: IsWorkday) -> datetime | None:
    """The deadline by DEADLINE_RULE of a caller without an emergency.

    None where `is_workday` raises CalendarMissing, because a guess could be wrong.
    """
    local = lost_at.astimezone(hours.timezone)
    try:
        return _on_same_day(local, hours.workday, is_workday) or _on_next_day(local, hours.workday, is_workday)
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


def _on_same_day(local: datetime, spans: Sequence[Span], is_workday: IsWorkday) -> datetime | None:
    midnight = datetime.combine(local + DAY, time(), local.tzinfo)
    if not _have_begun(local, spans) or count_working_time(local, midnight, spans, is_workday) < FIRST_ATTEMPT_WITHIN:
        return None
    return add_working_time(local, FIRST_ATTEMPT_WITHIN, spans, is_workday)


def _on_next_day(local: datetime, spans: Sequence[Span], is_workday: IsWorkday) -> datetime:
    """The first such moment that lies ahead: for a call before opening it is still the same day."""
    first = local.date() + DAY if _have_begun(local, spans) else local.date()
    moments = (_day_by(day, spans, local.tzinfo) for day in workdays_from(first, is_workday))
    return next(moment for moment in moments if moment > local)


def _have_begun(local: datetime, spans: Sequence[Span]) -> bool:
    return any(span.begin <= local.time() for span in spans)


def _day_by(day: date, spans: Sequence[Span], timezone: tzinfo | None) -> datetime:
    usual = datetime.combine(day, NEXT_DAY_BY, timezone)
    if not spans:
        return usual
    begin, end = (datetime.combine(day, clock, timezone) for clock in min((span.begin, span.end) for span in spans))
    return max(usual, min(begin + NEXT_DAY_WITHIN, end))
