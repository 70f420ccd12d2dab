"""What can be done with the business calendar."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import SignedIn
from callcenter.error_codes import ErrorCode
from callcenter.errors import InputError, NotFoundError
from callcenter.hours import store
from callcenter.hours.deadlines import IsWorkday
from callcenter.hours.rules import (
    DAY,
    PLANNED_AHEAD,
    USUAL_HOURS,
    Calendar,
    CalendarEntry,
    CalendarMissing,
    DayKind,
    Source,
    Span,
    check_changeable,
    is_late,
    missing_year,
    plan_keys,
    plan_of,
)
from callcenter.hours.state_council import list_published, with_published
from callcenter.settings import Settings


class WarningKind(StrEnum):
    """What is wrong. A closed list."""

    CALENDAR_MISSING = "calendar_missing"
    """The working calendar of this year, or from 1 December on of the next, is not there."""
    PUSH_LATE = "push_late"
    """The PBX has not got the plan of the coming days for more than a day, or never."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HoursWarning:
    """Something that a supervisor should look after, of a year or of a PBX; `pushed_at` None for never."""

    kind: WarningKind
    message: str
    year: int | None = None
    pbx: str | None = None
    pushed_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class DayHours:
    """A date as it stands; `kind` and `spans` are None where its calendar is missing."""

    day: date
    kind: DayKind | None
    spans: tuple[Span, ...] | None
    source: Source | None
    note: str
    pushed_at: datetime | None
    is_pushed: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class HoursNow:
    """Whether the hotline is open by the calendar; None where that is missing."""

    is_open: bool | None
    next_opening_at: datetime | None
    pushed_at: datetime | None


async def take_in_published(session: AsyncSession, today: date, now: datetime) -> None:
    """Write down the State Council's days of this year and the next, as the installed `holidays` has them.

    A year that it does not have stays as an office gave it by file.
    """
    for year in (today.year, today.year + 1):
        entries = list_published(year)
        if entries:
            await _publish(session, year, entries, now)


async def publish_year(session: AsyncSession, entries: Sequence[CalendarEntry], now: datetime) -> int:
    """Take in the calendar of a year that the installed `holidays` does not have; the year. Raises InputError.

    Days that are not in it are as their weekday says. Given once more, the later one counts.
    """
    years = {entry.business_date.year for entry in entries}
    if len(years) != 1:
        raise InputError("A calendar has the days of one year.")
    (year,) = years
    if list_published(year):
        raise InputError(
            f"The calendar of {year} is there; single days are changed with PUT /hours/days/DAY.",
            code=ErrorCode.CALENDAR_EXISTS,
            params={"year": year},
        )
    await _publish(session, year, entries, now)
    return year


async def _publish(session: AsyncSession, year: int, entries: Sequence[CalendarEntry], now: datetime) -> None:
    """Belongs into one transaction with what follows the changed days."""
    removed = await store.remove_published(session, year, except_on=[entry.business_date for entry in entries])
    await store.save_entries(session, entries, by=None, at=now)
    changed = {*removed, *await store.list_published_at(session, now)}
    await store.add_changed_days(session, sorted(changed), by=None, at=now)


async def list_wanted(session: AsyncSession, today: date) -> dict[str, str]:
    """What the PBX should have of the hours."""
    return dict(plan_keys(await _load_planned(session, today), today))


async def list_days(session: AsyncSession, first: date, last: date, *, pbxs: Collection[str]) -> list[DayHours]:
    """The dates from `first` to `last`, both included, and what these PBXs have of them: all, and since when."""
    calendar = await store.load_calendar(session, first, last + PLANNED_AHEAD)
    pushed = [await store.load_pushed(session, pbx) for pbx in pbxs]
    days = [first + number * DAY for number in range((last - first).days + 1)]
    found = []
    for day in days:
        entry = calendar.find_entry(day)
        key = f"hours/{day:%Y%m%d}"
        values = {of_pbx[key][0] if key in of_pbx else None for of_pbx in pushed}
        kind, spans = _known(calendar, day)
        found.append(
            DayHours(
                day=day,
                kind=kind,
                spans=spans,
                source=None if entry is None else entry.source,
                note="" if entry is None else entry.note,
                pushed_at=_oldest([of_pbx[key][1] if key in of_pbx else None for of_pbx in pushed]),
                is_pushed=values == {plan_of(calendar, day)},
            )
        )
    return found


async def get_now(session: AsyncSession, *, now: datetime, settings: Settings) -> HoursNow:
    """Open or closed, by the calendar: what somebody set on the PBX by hand is not known here."""
    local = now.astimezone(settings.timezone)
    calendar = await _load_planned(session, local.date())
    pushed = [await store.load_pushed(session, pbx) for pbx in settings.pbx_names]
    try:
        is_open = calendar.is_open(local)
    except CalendarMissing:
        is_open = None
    return HoursNow(
        is_open=is_open,
        next_opening_at=calendar.find_next_opening(local),
        pushed_at=_oldest([min((at for _, at in of_pbx.values()), default=None) for of_pbx in pushed]),
    )


async def set_day(
    session: AsyncSession, entry: CalendarEntry, *, user: SignedIn, now: datetime, timezone: ZoneInfo
) -> None:
    """A supervisor decides about a date; it goes before what was published. Raises ConflictError for a past one."""
    check_changeable(entry.business_date, now.astimezone(timezone).date())
    await store.save_entries(session, [entry], by=user.user_id, at=now)
    await store.add_changed_days(session, [entry.business_date], by=user.user_id, at=now)


async def unset_day(session: AsyncSession, day: date, *, user: SignedIn, now: datetime, timezone: ZoneInfo) -> None:
    """The date is again what was published. Raises NotFoundError, ConflictError for a past one."""
    check_changeable(day, now.astimezone(timezone).date())
    if not await store.remove_local(session, day):
        raise NotFoundError("Nobody has written anything about this day.")
    await store.add_changed_days(session, [day], by=user.user_id, at=now)


async def list_weekday_hours(session: AsyncSession, today: date) -> list[tuple[int, tuple[Span, ...]]]:
    """The hours of workdays, Monday to Sunday."""
    calendar = await store.load_calendar(session, today, today)
    return [(weekday, calendar.weekday_hours.get(weekday, USUAL_HOURS)) for weekday in range(7)]


async def set_weekday_hours(
    session: AsyncSession, weekday: int, spans: Sequence[Span], *, user: SignedIn, now: datetime
) -> None:
    await store.save_weekday_hours(session, weekday, spans, by=user.user_id, at=now)


async def list_warnings(session: AsyncSession, *, now: datetime, settings: Settings) -> list[HoursWarning]:
    """What a supervisor should look after; empty while all is well."""
    today = now.astimezone(settings.timezone).date()
    calendar = await store.load_calendar(session, today, today)
    found = []
    year = missing_year(today, calendar.published_years)
    if year is not None:
        message = (
            f"The working calendar of {year} is not there: enter it with `callcenter calendar FILE`, "
            "or install a newer release of the package holidays."
        )
        found.append(HoursWarning(kind=WarningKind.CALENDAR_MISSING, message=message, year=year))
    for pbx in settings.pbx_names:
        pushed = await store.load_pushed(session, pbx)
        oldest = _oldest([pushed.get(f"hours/{today + days * DAY:%Y%m%d}", (None, None))[1] for days in range(7)])
        if is_late(oldest, now):
            message = "The PBX has not got the hours of the coming days: it goes by the last plan that it got."
            found.append(HoursWarning(kind=WarningKind.PUSH_LATE, message=message, pbx=pbx, pushed_at=oldest))
    return found


async def load_is_workday(session: AsyncSession) -> IsWorkday:
    """Whether a date is a workday by the table of the calendar, which everything goes by: local closures included.

    A published year that is not written down there yet is as it would be. The function raises CalendarMissing.
    """
    calendar = await store.load_written(session, date.min, date.max)
    by_year: dict[int, Calendar] = {}

    def is_workday(day: date) -> bool:
        if day.year not in by_year:
            by_year[day.year] = with_published(calendar, [day.year])
        return by_year[day.year].is_workday(day)

    return is_workday


def _oldest(moments: Sequence[datetime | None]) -> datetime | None:
    """None where one of them never was."""
    known = [at for at in moments if at is not None]
    return min(known) if known and len(known) == len(moments) else None


def _known(calendar: Calendar, day: date) -> tuple[DayKind, tuple[Span, ...]] | tuple[None, None]:
    try:
        return calendar.kind_of(day), calendar.spans_of(day)
    except CalendarMissing:
        return None, None


async def _load_planned(session: AsyncSession, today: date) -> Calendar:
    return await store.load_calendar(session, today - DAY, today + 2 * PLANNED_AHEAD)
