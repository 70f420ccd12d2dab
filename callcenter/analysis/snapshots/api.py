"""Periods and snapshots over HTTP: who analyses sees them, and freezes a period by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.api import SignedInUser, require
from callcenter.accounts.rights import Right
from callcenter.analysis.periods import Period, PeriodKind, count_workdays, list_of_year, period_before, year_before
from callcenter.analysis.snapshots import service, store
from callcenter.analysis.snapshots.schemas import (
    CorrectionPage,
    CorrectionView,
    DaysView,
    NewSnapshot,
    PeriodPage,
    PeriodsQuery,
    PeriodState,
    PeriodView,
    SnapshotPage,
    SnapshotsQuery,
    SnapshotView,
)
from callcenter.analysis.snapshots.store import Snapshot as FrozenPeriod
from callcenter.casework.masks import mask_text
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError
from callcenter.hours.rules import Calendar, CalendarMissing
from callcenter.hours.store import load_calendar
from callcenter.http.cursors import pair_cursors, value_cursors
from callcenter.http.dependencies import AreaCode, AskedSettings, Now, RowId, Snapshot, Timezone, Transaction
from callcenter.http.pages import PageQuery, cut_page, cut_whole

router = APIRouter(tags=["snapshots"])

_PERIODS = pair_cursors("periods", date, date)
_SNAPSHOTS = value_cursors("snapshots", int)
_CORRECTIONS = pair_cursors("snapshot-corrections", str, str)


@router.get("/periods", dependencies=[require(Right.SEE_ANALYSIS)])
async def list_periods(
    query: Annotated[PeriodsQuery, Query()], session: Snapshot, now: Now, timezone: Timezone
) -> PeriodPage:
    """Which periods a year has, with what each is compared, and which of them are frozen."""
    today = now.astimezone(timezone).date()
    year = query.year or today.year
    calendar = await load_calendar(session, date(year - 1, 1, 1), date(year, 12, 31))
    frozen = {
        one.period: one.id
        for one in await store.list_snapshots(session, kind=query.kind, first=date(year, 1, 1))
        if one.period.first.year == year
    }
    try:
        known = list_of_year(query.kind, year, calendar)
    except CalendarMissing as missing:
        raise calendar_not_published(missing) from None
    periods = known or list(frozen)
    page, following = cut_whole(periods, query, _PERIODS, lambda one: (one.first, one.last))
    return PeriodPage(items=[_view(one, calendar, today, frozen.get(one)) for one in page], next=following)


@router.get("/snapshots", dependencies=[require(Right.SEE_ANALYSIS)])
async def list_snapshots(query: Annotated[SnapshotsQuery, Query()], session: Snapshot) -> SnapshotPage:
    """What was frozen, the newest first."""
    found = await store.list_snapshots(
        session,
        kind=query.kind,
        first=query.from_day,
        last=query.to_day,
        before=query.after(_SNAPSHOTS),
        limit=query.limit + 1,
    )
    page, following = cut_page(found, query, _SNAPSHOTS, lambda one: one.id)
    return SnapshotPage(items=await _snapshot_views(session, page), next=following)


@router.post("/snapshots", status_code=201, dependencies=[require(Right.ANALYSE)])
async def freeze(
    new: NewSnapshot, user: SignedInUser, session: Transaction, now: Now, settings: AskedSettings
) -> SnapshotView:
    """Freeze a period that has ended. One that is frozen already stays as it is, and is given again."""
    try:
        made = await service.freeze_by_hand(
            session, new.kind, new.first, new.last, new.name, settings=settings, now=now, by=user.user_id
        )
    except CalendarMissing as missing:
        raise calendar_not_published(missing) from None
    (view,) = await _snapshot_views(session, [made])
    return view


@router.get("/snapshots/{snapshot_id}", dependencies=[require(Right.SEE_ANALYSIS)])
async def get_snapshot(snapshot_id: RowId, session: Snapshot) -> SnapshotView:
    """One of them."""
    (view,) = await _snapshot_views(session, [await store.get_snapshot(session, snapshot_id)])
    return view


@router.get("/snapshots/{snapshot_id}/corrections", dependencies=[require(Right.SEE_ANALYSIS)])
async def list_snapshot_corrections(
    snapshot_id: RowId, query: Annotated[PageQuery, Query()], session: Snapshot, area_code: AreaCode
) -> CorrectionPage:
    """What was changed of rows of earlier snapshots of the same kind, since the one before."""
    await store.get_snapshot(session, snapshot_id)
    after = query.after(_CORRECTIONS)
    found = await store.list_corrections(session, snapshot_id, after=after, limit=query.limit + 1)
    page, following = cut_page(found, query, _CORRECTIONS, lambda one: (one.number, one.correction.field))

    def shown(value: Any) -> Any:
        return mask_text(value, area_code=area_code) if isinstance(value, str) else value

    items = [
        CorrectionView(
            number=one.number,
            of_snapshot_id=one.of_snapshot_id,
            field=one.correction.field,
            old=shown(one.correction.old),
            new=shown(one.correction.new),
        )
        for one in page
    ]
    return CorrectionPage(items=items, next=following)


def calendar_not_published(missing: CalendarMissing) -> ConflictError:
    """What is asked waits for the calendar of a year."""
    return ConflictError(str(missing), code=ErrorCode.CALENDAR_NOT_PUBLISHED, params={"year": missing.year})


def _view(period: Period, calendar: Calendar, today: date, snapshot_id: int | None) -> PeriodView:
    try:
        workdays = count_workdays(period, calendar)
    except CalendarMissing:
        workdays = None
    return PeriodView(
        kind=period.kind,
        first=period.first,
        last=period.last,
        name=period.name,
        state=_state(period, today, snapshot_id),
        workdays=workdays,
        before=DaysView.of(period_before(period)),
        year_before=DaysView.of(_find_year_before(period, calendar)),
        snapshot_id=snapshot_id,
    )


def _find_year_before(period: Period, calendar: Calendar) -> Period | None:
    try:
        return year_before(period, calendar)
    except CalendarMissing:
        return None


def _state(period: Period, today: date, snapshot_id: int | None) -> PeriodState:
    if snapshot_id is not None:
        return PeriodState.FROZEN
    if period.last < today:
        return PeriodState.ENDED
    return PeriodState.RUNNING if period.first <= today else PeriodState.AHEAD


async def _snapshot_views(session: AsyncSession, snapshots: Sequence[FrozenPeriod]) -> list[SnapshotView]:
    names = await store.list_makers(session, [one.made_by for one in snapshots if one.made_by is not None])
    return [
        SnapshotView(
            id=one.id,
            kind=PeriodKind(one.period.kind),
            first=one.period.first,
            last=one.period.last,
            name=one.period.name,
            cut_off_at=one.cut_off_at,
            metric_version=one.metric_version,
            code_version=one.code_version,
            rows=one.rows,
            sha256=one.sha256,
            made_by=None if one.made_by is None else names[one.made_by],
        )
        for one in snapshots
    ]
