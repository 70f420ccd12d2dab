"""When people may be called: the hours of working days and of days off. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from callcenter.hours.rules import CalendarMissing
from callcenter.settings import Settings
from callcenter.time_spans import END_OF_DAY, Span

PROMISE_WINDOW = timedelta(hours=1)
"""A caller who named a time may be called from then on for so long, at whatever hour."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CallingHours:
    """When a number may be rung. Source: the hotline's etiquette for calls it makes."""

    workday: tuple[Span, ...]
    day_off: tuple[Span, ...]
    timezone: ZoneInfo

    @classmethod
    def of(cls, settings: Settings) -> CallingHours:
        return cls(
            workday=tuple(map(Span.parse, settings.calling_hours_workday)),
            day_off=tuple(map(Span.parse, settings.calling_hours_day_off)),
            timezone=settings.timezone,
        )

    def list_workday(self) -> list[str]:
        """The hours of a working day, as people write them, in order."""
        return [f"{span.begin:%H:%M}-{_clock(span.end)}" for span in sorted(self.workday, key=_begin_of)]

    def describe_workday(self) -> str:
        """The same in a sentence."""
        return " and ".join(self.list_workday())

    def allow(self, at: datetime, is_workday: Callable[[date], bool], *, promised_at: datetime | None = None) -> bool:
        """Whether somebody may be called now; the time that a caller named goes before the hours of the day.

        Where the working calendar is missing, only what both kinds of day allow.
        """
        if promised_at is not None and timedelta() <= at - promised_at <= PROMISE_WINDOW:
            return True
        local = at.astimezone(self.timezone)
        try:
            kinds = [self.workday if is_workday(local.date()) else self.day_off]
        except CalendarMissing:
            kinds = [self.workday, self.day_off]
        return all(any(span.begin <= local.time() < span.end for span in spans) for spans in kinds)

    def find_opening(self, at: datetime, is_workday: Callable[[date], bool]) -> datetime | None:
        """The next moment from which just anybody may be called; None where no day of the next two weeks has one."""
        today = at.astimezone(self.timezone).date()
        begins = sorted({span.begin for span in (*self.workday, *self.day_off)})
        moments = (
            datetime.combine(today + timedelta(days=days), begin, self.timezone)
            for days in range(15)
            for begin in begins
        )
        return next((moment for moment in moments if moment > at and self.allow(moment, is_workday)), None)


def _begin_of(span: Span) -> time:
    return span.begin


def _clock(end: time) -> str:
    return "24:00" if end == END_OF_DAY else f"{end:%H:%M}"
