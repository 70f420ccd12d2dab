"""When an episode is to be tried again, and by when the caller must have been talked to. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from callcenter.callbacks.rules import REQUIRED_ATTEMPTS
from callcenter.hours.calling_hours import CallingHours
from callcenter.hours.deadlines import IsWorkday, add_workdays, assume_workdays, workdays_from
from callcenter.hours.rules import CalendarMissing

DAY_PARTS = {"morning": (time(9), time(12)), "afternoon": (time(14), time(17)), "evening": (time(17), time(20))}
"""Somebody who is out at one part of the day may be in at another."""

RETRY_RULE = (
    "A caller who was not reached is tried again from the next part of a working day on (morning 09:00, afternoon "
    "14:00, evening 17:00, as far as people may be called then) in which no try was made yet; once each part has been "
    "tried, from the next part. So at most three times a day. A time that the caller named and an emergency go before."
)

ATTEMPTS_RULE = (
    "Calls since the last lost call in different parts of the day; where people may not be called in each part, on "
    "different days. A call to a number out of service, or to somebody else's as the agent judged (`wrong_person`), is "
    "none: the episode then says `wrong_number`."
)

CONTACT_WITHIN_WORKDAYS = 2
CONTACT_BY = time(20)
"""Where no hours are set in which people may be called on working days."""
LONGEST_WAIT = timedelta(days=3660)
"""For so long is looked back where calendars are missing."""
CONTACT_RULE = (
    "The caller must have been talked to by the end of the hours in which people may be called (20:00 unless set "
    "otherwise) on the second working day after the loss."
)


def find_next_try_at(tried_at: Sequence[datetime], hours: CallingHours, is_workday: IsWorkday) -> datetime | None:
    """By RETRY_RULE from the tries since the last loss, in order; None before the first: at once.

    In a year without a working calendar every day counts as one: a try too early does no harm.
    """
    if not tried_at:
        return None
    last = tried_at[-1].astimezone(hours.timezone)
    parts = _parts(hours)
    rounds = len(tried_at) // len(parts) * len(parts)
    tried = {part_of(at.astimezone(hours.timezone)) for at in tried_at[rounds:]}
    upcoming = (
        datetime.combine(day, begin, hours.timezone)
        for day in workdays_from(last.date(), assume_workdays(is_workday))
        for name, begin in parts.items()
        if name not in tried
    )
    return next(moment for moment in upcoming if moment > last)


def count_attempts(tried_at: Sequence[datetime], hours: CallingHours) -> int:
    """By ATTEMPTS_RULE, of the tries since the last loss."""
    moments = [at.astimezone(hours.timezone) for at in tried_at]
    if len(_parts(hours)) < REQUIRED_ATTEMPTS:
        return len({(at.date(), part_of(at)) for at in moments})
    return len({part_of(at) for at in moments})


def part_of(local: datetime) -> str | None:
    """The part of the day in which a moment lies, None outside."""
    return next((name for name, (begin, end) in DAY_PARTS.items() if begin <= local.time() < end), None)


def _parts(hours: CallingHours) -> dict[str, time]:
    """The parts of a working day in which people may be called, and from when on."""
    spans = sorted((span.begin, span.end) for span in hours.workday)
    parts = {
        name: max(begin, opens)
        for name, (begin, end) in DAY_PARTS.items()
        for opens, closes in reversed(spans)
        if max(begin, opens) < min(end, closes)
    }
    return parts or {name: begin for name, (begin, _) in DAY_PARTS.items()}


def find_contact_due_at(lost_at: datetime, hours: CallingHours, is_workday: IsWorkday) -> datetime | None:
    """By CONTACT_RULE; None where the working calendar is missing."""
    local = lost_at.astimezone(hours.timezone)
    try:
        day = add_workdays(local.date(), CONTACT_WITHIN_WORKDAYS, is_workday)
    except CalendarMissing:
        return None
    return datetime.combine(day, max((span.end for span in hours.workday), default=CONTACT_BY), hours.timezone)


def find_overdue_before(now: datetime, hours: CallingHours, is_workday: IsWorkday) -> datetime | None:
    """Whoever was lost before this moment is overdue by CONTACT_RULE, whatever a missing working calendar will say.

    None where nobody is known to be, because no calendar of the last LONGEST_WAIT is there.
    """
    today = now.astimezone(hours.timezone).date()
    for days in range(LONGEST_WAIT.days):
        midnight = datetime.combine(today - timedelta(days=days), time(), hours.timezone)
        due_at = find_contact_due_at(midnight, hours, is_workday)
        if due_at is not None and due_at < now:
            return midnight + timedelta(days=1)
    return None


def find_possibly_overdue_before(now: datetime, hours: CallingHours, is_workday: IsWorkday) -> datetime | None:
    """The same if every day without a working calendar were a workday: whoever was lost later is surely in time."""
    return find_overdue_before(now, hours, assume_workdays(is_workday))
