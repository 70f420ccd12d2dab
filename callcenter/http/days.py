"""Ranges of days in requests: `from_day` and `to_day`, both included. Ranges of moments are [from, to)."""

from __future__ import annotations

from datetime import date, timedelta

from pydantic import BaseModel, ConfigDict

from callcenter.error_codes import ErrorCode
from callcenter.errors import InputError

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2199, 12, 31)
"""Outside there is no hotline."""
LONGEST_RANGE = timedelta(days=366)


class DaysQuery(BaseModel):
    """Days, both included, at most a year apart."""

    model_config = ConfigDict(extra="forbid")

    from_day: date
    to_day: date

    @property
    def days(self) -> tuple[date, date]:
        """The first and the last. Raises InputError."""
        if not FIRST_DAY <= self.from_day <= self.to_day <= LAST_DAY or self.to_day - self.from_day > LONGEST_RANGE:
            raise InputError(
                f"`from_day` and `to_day` are days of {FIRST_DAY.year} to {LAST_DAY.year}, at most a year apart.",
                code=ErrorCode.RANGE_TOO_LONG,
                params={"most_days": LONGEST_RANGE.days},
            )
        return self.from_day, self.to_day
