"""Which hours a date has, when the hotline opens next, and the plan that a PBX goes by. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise

from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError, InputError

MOST_SPANS = 6
"""More parts than that no day of a hotline has."""

DAY = timedelta(days=1)

PLANNED_AHEAD = 60 * DAY
"""For so long the PBX decides right without a new plan."""

NEXT_YEAR_BY = (12, 1)
"""Month and day from which on the calendar of the next year is missed: the State Council publishes it in November."""

PUSHED_WITHIN = DAY
"""The plan in the PBX is looked at several times an hour; older than this, something is wrong."""

_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])|24:00")


class CalendarMissing(ConflictError):
    """The working calendar of the year has not been published or is not installed: what is asked waits for it."""

    def __init__(self, year: int) -> None:
        super().__init__(
            f"The working calendar of {year} has not been published or is not installed.",
            code=ErrorCode.CALENDAR_NOT_PUBLISHED,
            params={"year": year},
        )
        self.year = year


class DayKind(StrEnum):
    """Whether people work that day. Hours may be given for either."""

    WORKDAY = "workday"
    DAY_OFF = "day_off"


class Source(StrEnum):
    """Who says so: the State Council's notice, or a supervisor, who goes before it."""

    PUBLISHED = "published"
    LOCAL = "local"


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Span:
    """Open from `opens` until `closes`, both since midnight and at most 24 hours."""

    opens: timedelta
    closes: timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class CalendarEntry:
    """What was written down about a date; `spans` None means the usual hours of such a day."""

    business_date: date
    kind: DayKind
    source: Source
    spans: tuple[Span, ...] | None = None
    note: str = ""


USUAL_HOURS = (Span(opens=timedelta(hours=8, minutes=30), closes=timedelta(hours=17, minutes=30)),)
"""Of a workday, where nobody set others for its weekday. The dialplan's WEEKDAY_HOURS are the same."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Calendar:
    """What is known of all days. A day that nobody wrote down is as its weekday says, in years that were published."""

    entries: Mapping[tuple[date, Source], CalendarEntry]
    weekday_hours: Mapping[int, tuple[Span, ...]]
    """Of workdays, by weekday from 0 for Monday; a Saturday worked in exchange has Saturday's."""
    published_years: Collection[int]

    def find_entry(self, day: date) -> CalendarEntry | None:
        """What was written down about the day; None for an ordinary one."""
        return self.entries.get((day, Source.LOCAL)) or self.entries.get((day, Source.PUBLISHED))

    def kind_of(self, day: date) -> DayKind:
        """Raises CalendarMissing where the year was not published and nobody wrote the day down."""
        entry = self.find_entry(day)
        if entry is not None:
            return entry.kind
        if day.year not in self.published_years:
            raise CalendarMissing(day.year)
        return DayKind.WORKDAY if day.weekday() < 5 else DayKind.DAY_OFF

    def is_workday(self, day: date) -> bool:
        """Raises CalendarMissing."""
        return self.kind_of(day) is DayKind.WORKDAY

    def spans_of(self, day: date) -> tuple[Span, ...]:
        """When the hotline is open that day, in order; empty for not at all. Raises CalendarMissing."""
        entry = self.find_entry(day)
        if entry is not None and entry.spans is not None:
            return entry.spans
        return self.weekday_hours.get(day.weekday(), USUAL_HOURS) if self.is_workday(day) else ()

    def is_open(self, local: datetime) -> bool:
        """Raises CalendarMissing."""
        since_midnight = local.replace(tzinfo=None) - datetime.combine(local, time())
        return any(span.opens <= since_midnight < span.closes for span in self.spans_of(local.date()))

    def find_next_opening(self, local: datetime) -> datetime | None:
        """The first opening after this moment, as far as the PBX has the plan; None where the calendar ends before."""
        midnight = datetime.combine(local, time(), local.tzinfo)
        try:
            later = [span.opens for span in self.spans_of(local.date()) if midnight + span.opens > local]
        except CalendarMissing:
            return None
        return midnight + later[0] if later else self.find_opening_after(local)

    def find_opening_after(self, local: datetime) -> datetime | None:
        """The same on a later day."""
        for days in range(1, PLANNED_AHEAD.days + 1):
            day = local.date() + days * DAY
            try:
                spans = self.spans_of(day)
            except CalendarMissing:
                return None
            if spans:
                return datetime.combine(day, time(), local.tzinfo) + spans[0].opens
        return None


def parse_span(opens: str, closes: str) -> Span:
    """`08:30` to `24:00`. Raises InputError."""
    span = Span(opens=_parse_clock(opens), closes=_parse_clock(closes))
    if span.opens >= span.closes:
        raise InputError("A span of hours ends after it begins.", code=ErrorCode.RANGE_ENDS_BEFORE_IT_BEGINS)
    return span


def check_spans(spans: Iterable[Span]) -> tuple[Span, ...]:
    """In order. Raises InputError where two overlap or touch: those are one."""
    ordered = tuple(sorted(spans))
    if len(ordered) > MOST_SPANS:
        raise InputError(f"A day has at most {MOST_SPANS} spans of hours.")
    if any(first.closes >= second.opens for first, second in pairwise(ordered)):
        raise InputError("The spans of a day lie apart.", code=ErrorCode.SPANS_OVERLAP)
    return ordered


def check_changeable(day: date, today: date) -> None:
    """What the office's hours were stays as it was. Raises ConflictError for a past day."""
    if day < today:
        raise ConflictError("The hours of a past day stay as they were.", code=ErrorCode.PAST_DAY)


def plan_keys(calendar: Calendar, today: date) -> Iterator[tuple[str, str]]:
    """Keys and values for the PBX's own database (`[hours]` in extensions.conf), from yesterday on."""
    for days in range(-1, PLANNED_AHEAD.days + 1):
        day = today + days * DAY
        yield f"hours/{day:%Y%m%d}", plan_of(calendar, day)


def plan_of(calendar: Calendar, day: date) -> str:
    """What the PBX gets of a day. Empty where the calendar is missing: there its static rule decides."""
    try:
        spans = calendar.spans_of(day)
    except CalendarMissing:
        return ""
    opening = calendar.find_opening_after(datetime.combine(day, time()))
    begins = "unknown" if opening is None else f"{opening:%Y%m%d-%H%M}"
    return f"{_compact(spans) or 'closed'}/{begins}"


def missing_year(today: date, published_years: Collection[int]) -> int | None:
    """The year whose calendar is missed, this one before the next; None while none is."""
    needed = [today.year, today.year + 1] if (today.month, today.day) >= NEXT_YEAR_BY else [today.year]
    return next((year for year in needed if year not in published_years), None)


def is_late(pushed_at: datetime | None, now: datetime) -> bool:
    """Whether the PBX may be going by something old."""
    return pushed_at is None or now - pushed_at > PUSHED_WITHIN


def clock(since_midnight: timedelta) -> str:
    """`08:30`, and `24:00` at the end of the day."""
    minutes = since_midnight // timedelta(minutes=1)
    return f"{minutes // 60:02}:{minutes % 60:02}"


def compact_clock(since_midnight: timedelta) -> str:
    """`0830`, as the dialplan compares it."""
    return clock(since_midnight).replace(":", "")


def _parse_clock(text: str) -> timedelta:
    if not _CLOCK.fullmatch(text):
        raise InputError("A time of day is written as 08:30, at most 24:00.")
    return timedelta(hours=int(text[:2]), minutes=int(text[3:]))


def _compact(spans: Sequence[Span]) -> str:
    return "&".join(f"{compact_clock(span.opens)}-{compact_clock(span.closes)}" for span in spans)
