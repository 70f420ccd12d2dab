"""What a report is compared with, found once when it is drafted: earlier snapshots, names, day sheets, calls.

A base is the snapshot of exactly that period, else the months that cover it, where all of them were frozen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.analysis.periods import (
    Period,
    PeriodKind,
    count_workdays,
    period_before,
    whole_months,
    year_before,
)
from callcenter.analysis.reports import store
from callcenter.analysis.reports.frozen import Frozen, FrozenPart
from callcenter.analysis.reports.material import MonthCount, Names, ZeroMiss
from callcenter.analysis.snapshots.rows import FrozenTicket
from callcenter.analysis.snapshots.store import Snapshot, find_snapshot
from callcenter.casework.classification.rules import Axis
from callcenter.casework.classification.store import list_codes
from callcenter.casework.tickets.store import names_of_merchants, names_of_units
from callcenter.hours.rules import Calendar, CalendarMissing
from callcenter.hours.store import load_calendar

MONTHS_BACK = 24
"""Thirteen months are drawn with those a year before them."""
_AXES = (Axis.GOODS, Axis.SERVICE, Axis.PROBLEM, Axis.OFFENCE)
_YEAR_ALONE = (PeriodKind.HALF_YEAR, PeriodKind.YEAR, PeriodKind.HOLIDAY)


async def freeze(
    session: AsyncSession, snapshot: Snapshot, tickets: Sequence[FrozenTicket], timezone: ZoneInfo
) -> Frozen:
    """For the report on this snapshot, whose rows are `tickets`."""
    period = snapshot.period
    earliest = _months_back(period.last, MONTHS_BACK)
    calendar = await load_calendar(session, earliest.replace(year=earliest.year - 1, month=1, day=1), period.last)
    of_year = _year_before(period, calendar)
    of_before = period_before(period)
    year = None if of_year is None else await _find_part(session, of_year, calendar)
    before = None if of_before is None else await _find_part(session, of_before, calendar)
    return Frozen(
        now=FrozenPart(period=period, days=_count_days(period, calendar), snapshot_ids=(snapshot.id,)),
        before=before,
        year=year,
        months=await _list_months(session, earliest, period.last, calendar, timezone),
        names=await _find_names(session, tickets),
        zero_miss=_sum_up(await store.list_sheets(session, period.first, period.last), period.days),
        hours=await store.count_hours(session, period.first, period.last, timezone),
        notes=tuple(_notes(period, of_year, year, before)),
    )


def _notes(period: Period, of_year: Period | None, year: FrozenPart | None, before: FrozenPart | None) -> list[str]:
    is_joined = period.kind is PeriodKind.HOLIDAY and of_year is None
    notes = [] if year is not None else ["no_holiday" if is_joined else "no_year"]
    return notes + (["no_before"] if before is None and period.kind not in _YEAR_ALONE else [])


async def _find_part(session: AsyncSession, period: Period, calendar: Calendar) -> FrozenPart | None:
    days = _count_days(period, calendar)
    found = await find_snapshot(session, period)
    if found is not None:
        return FrozenPart(period=period, days=days, snapshot_ids=(found.id,))
    months = await store.list_months(session, period.first.replace(day=1), period.last)
    wanted = [month.first for month in _months_of(period)]
    if [first for first, _ in months] != wanted:
        return None
    return FrozenPart(period=period, days=days, snapshot_ids=tuple(snapshot_id for _, snapshot_id in months))


async def _list_months(
    session: AsyncSession, first: date, last: date, calendar: Calendar, timezone: ZoneInfo
) -> tuple[MonthCount, ...]:
    known = await store.list_months(session, first, last)
    counts = await store.count_months(session, [snapshot_id for _, snapshot_id in known], timezone)
    return tuple(
        MonthCount(
            first=month, kinds=counts.get(month, {}), days=_count_days(whole_months(PeriodKind.MONTH, month), calendar)
        )
        for month, _ in known
    )


async def _find_names(session: AsyncSession, tickets: Sequence[FrozenTicket]) -> Names:
    codes = {axis.value: {code.code: code.name for code in await list_codes(session, axis, None)} for axis in _AXES}
    units = {one.unit_id for one in tickets if one.unit_id is not None}
    merchants = {one.merchant_id for one in tickets if one.merchant_id is not None}
    return Names(
        codes=codes,
        units=await names_of_units(session, units),
        merchants=await names_of_merchants(session, merchants),
    )


def _sum_up(sheets: Sequence[Mapping[str, Mapping[str, int]]], expected: int) -> ZeroMiss | None:
    if not sheets:
        return None
    inbound, lost = Counter[str](), Counter[str]()
    for sheet in sheets:
        inbound.update(sheet["inbound"])
        lost.update(sheet["calls"])
    return ZeroMiss(days=len(sheets), expected=expected, inbound=dict(inbound), lost=dict(lost))


def _year_before(period: Period, calendar: Calendar) -> Period | None:
    try:
        return year_before(period, calendar)
    except CalendarMissing:
        return None


def _count_days(period: Period, calendar: Calendar) -> int:
    """For rates: all days of a holiday, else working days; none where no calendar says."""
    if period.kind is PeriodKind.HOLIDAY:
        return period.days
    try:
        return count_workdays(period, calendar)
    except CalendarMissing:
        return 0


def _months_of(period: Period) -> list[Period]:
    months = [whole_months(PeriodKind.MONTH, period.first)]
    while months[-1].last < period.last:
        months.append(whole_months(PeriodKind.MONTH, months[-1].last + timedelta(days=1)))
    return months


def _months_back(day: date, number: int) -> date:
    years, month = divmod(day.year * 12 + day.month - 1 - number, 12)
    return date(years, month + 1, 1)
