"""Spans of a day as settings write them: `09:00-12:00`. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time

END_OF_DAY = time.max
"""Written 24:00."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """[begin, end) of every day, local time."""

    begin: time
    end: time

    @classmethod
    def parse(cls, text: str) -> Span:
        """`09:00-12:00`; the end may be 24:00. Raises ValueError."""
        begin, dash, end = text.partition("-")
        if not dash:
            raise ValueError("hours are written 09:00-12:00")
        span = cls(begin=_time(begin), end=_time(end))
        if span.begin >= span.end:
            raise ValueError("hours must end after they begin")
        return span


def _time(text: str) -> time:
    if text.strip() == "24:00":
        return END_OF_DAY
    try:
        return time.fromisoformat(text.strip())
    except ValueError:
        raise ValueError("hours are written 09:00-12:00") from None
