"""Until when a reply to a letter is asked for. Pure."""

from __future__ import annotations

from datetime import date

from callcenter.hours.deadlines import IsWorkday, add_workdays

REPLY_WORKDAYS = 15
"""After the day of issue. Proposed, until the office decides."""


def last_day_of_reply(issued_on: date, is_workday: IsWorkday) -> date:
    """The fifteenth working day after that of issue. Raises CalendarMissing."""
    return add_workdays(issued_on, REPLY_WORKDAYS, is_workday)
