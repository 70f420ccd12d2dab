"""Drills are held once a quarter: when one is missing. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

MONTHS = 3
"""Of a quarter; one drill in each is our own proposal, until the office decides."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MissingDrill:
    """A quarter that nears its end without a drill."""

    year: int
    quarter: int
    since: date
    """The first day of its last month: until then there is no hurry."""

    @property
    def name(self) -> str:
        return f"{self.year}Q{self.quarter}"


def find_missing_drill(today: date, last_drill: date | None) -> MissingDrill | None:
    """In the last month of a quarter without a drill; `last_drill` is the day on which the newest one began."""
    quarter = (today.month - 1) // MONTHS + 1
    begin = date(today.year, MONTHS * (quarter - 1) + 1, 1)
    since = date(today.year, MONTHS * quarter, 1)
    if today < since or (last_drill is not None and last_drill >= begin):
        return None
    return MissingDrill(year=today.year, quarter=quarter, since=since)
