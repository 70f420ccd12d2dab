"""Whether something helped: complaints after it against complaints before it, by an exact interval. Pure.

The 90 days after begin on the 15th day, when whoever was addressed has had time to act.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from callcenter.analysis.statistics.intervals import rate_ratio
from callcenter.hours.rules import DAY

COUNTED = 90
"""Days before, and so many after."""
RESTS = 15
"""On this day after it the counting begins."""
LEAST = 10
"""Complaints in all: fewer say nothing."""


class EffectVerdict(StrEnum):
    """A closed list."""

    IMPROVED = "improved"
    """The whole interval lies below 1."""
    NOT_SHOWN = "not_shown"
    TOO_FEW = "too_few"


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """Both days included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many."""
        return (self.last - self.first).days + 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Windows:
    """Of which days complaints are counted."""

    before: Window
    after: Window

    @property
    def measurable_from(self) -> date:
        """The day on which all days after are over."""
        return self.after.last + DAY


def windows_of(day: date) -> Windows:
    """Around the day of a letter, a warning or an interview, which is in neither."""
    return Windows(
        before=Window(first=day - COUNTED * DAY, last=day - DAY),
        after=Window(first=day + RESTS * DAY, last=day + (RESTS + COUNTED - 1) * DAY),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Effect:
    """`ratio` is the rate after to the rate before, None where there was nothing before; `high` None is no limit."""

    before: int
    after: int
    ratio: float | None
    low: float | None
    high: float | None
    verdict: EffectVerdict


def measure(before: int, after: int, *, days_before: int = COUNTED, days_after: int = COUNTED) -> Effect:
    """Chosen at a peak, some fall is expected; the ratio of the trade belongs beside it."""
    ratio = None if before == 0 else after / days_after / (before / days_before)
    interval = rate_ratio(after, before, days_after=days_after, days_before=days_before)
    high = None if interval is None or interval.high == float("inf") else interval.high
    if before + after < LEAST:
        verdict = EffectVerdict.TOO_FEW
    elif high is not None and high < 1:
        verdict = EffectVerdict.IMPROVED
    else:
        verdict = EffectVerdict.NOT_SHOWN
    return Effect(
        before=before,
        after=after,
        ratio=ratio,
        low=None if interval is None else interval.low,
        high=high,
        verdict=verdict,
    )
