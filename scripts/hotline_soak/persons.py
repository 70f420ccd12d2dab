"""The person behind a number, and the deadline of their callback: written a second time, from the rules alone.

Of the backend only the calendar of working days is used: else a mistake of the backend would be one of the judge too.
"""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from callcenter.hours.rules import CalendarMissing
from callcenter.hours.state_council import published_calendar

SHANGHAI = ZoneInfo("Asia/Shanghai")
OPEN = ((time(9), time(12)), (time(14), time(20)))
WITHIN = timedelta(hours=2)
NEXT_BY = time(10)
is_workday = published_calendar(range(2025, 2035)).is_workday

_MOBILE = re.compile(r"(?:\+86|0086|86|0)?(1[3-9]\d{9})")
_AREA = re.compile(r"(?:\+86|0086|86|0)?(519\d{7,8})")
_LOCAL = re.compile(r"[2-8]\d{7}")


def person_of(number: str) -> str | None:
    """`+86...` of a mobile or of a landline of Changzhou in any form; None for any other or none."""
    if found := _MOBILE.fullmatch(number) or _AREA.fullmatch(number):
        return f"+86{found[1]}"
    return f"+86519{number}" if _LOCAL.fullmatch(number) else None


def due_by(lost_at: datetime) -> datetime | None:
    """Two working hours later, or 10:00 on the next working day where that day has not so many left.

    None where the working days are not published.
    """
    try:
        return _due_by(lost_at)
    except CalendarMissing:
        return None


def _due_by(lost_at: datetime) -> datetime:
    local = lost_at.astimezone(SHANGHAI)
    if is_workday(local.date()) and local.time() >= OPEN[0][0]:
        at, left = local, WITHIN
        for begin, end in OPEN:
            at = max(at, datetime.combine(local.date(), begin, SHANGHAI))
            closes = datetime.combine(local.date(), end, SHANGHAI)
            if at + left <= closes:
                return at + left
            left -= max(closes - at, timedelta())
    day = local.date()
    while not is_workday(day) or datetime.combine(day, NEXT_BY, SHANGHAI) <= local:
        day += timedelta(days=1)
    return datetime.combine(day, NEXT_BY, SHANGHAI)
