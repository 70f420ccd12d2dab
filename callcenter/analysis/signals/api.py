"""Signals and rankings over HTTP: who analyses sees and judges them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.api import SignedInUser, require
from callcenter.accounts.rights import Right
from callcenter.analysis.periods import parse_period
from callcenter.analysis.signals import rankings, service, store
from callcenter.analysis.signals.rankings import RankingAxis
from callcenter.analysis.signals.schemas import (
    NewReview,
    RankedView,
    RankingPage,
    RankingQuery,
    SignalDetail,
    SignalHistory,
    SignalPage,
    SignalsQuery,
    SignalView,
)
from callcenter.analysis.signals.states import SignalEventKind, SignalLink, SignalState, is_waiting, list_events
from callcenter.analysis.signals.tables import SignalRow
from callcenter.analysis.snapshots.store import find_snapshot
from callcenter.error_codes import ErrorCode
from callcenter.errors import NotFoundError
from callcenter.hours.deadlines import IsWorkday
from callcenter.hours.service import load_is_workday
from callcenter.http.cursors import pair_cursors, value_cursors
from callcenter.http.dependencies import Now, RowId, Snapshot, Timezone, Transaction
from callcenter.http.pages import cut_page, cut_whole
from callcenter.http.versions import AskedVersion

router = APIRouter(tags=["signals"])

_SIGNALS = value_cursors("signals", int)
_RANKINGS = pair_cursors("rankings", int, str)
_PLAIN = (
    *("id", "version", "snapshot_id", "rule", "axis", "code", "merchant_id", "first", "last", "x1", "x0", "t1", "t0"),
    *("base", "phi", "p", "bh_rank", "limit", "found_at", "state", "reason"),
)


@router.get("/signals", dependencies=[require(Right.SEE_ANALYSIS)])
async def list_signals(
    query: Annotated[SignalsQuery, Query()], session: Snapshot, now: Now, timezone: Timezone
) -> SignalPage:
    """What is news, the newest first."""
    found = await store.list_signals(
        session,
        states=query.state,
        rule=query.rule,
        merchant_id=query.merchant_id,
        first=query.from_day,
        last=query.to_day,
        before=query.after(_SIGNALS),
        limit=query.limit + 1,
    )
    page, following = cut_page(found, query, _SIGNALS, lambda row: row.id)
    return SignalPage(items=await _views(session, page, now.astimezone(timezone).date(), timezone), next=following)


@router.get("/signals/{signal_id}", dependencies=[require(Right.SEE_ANALYSIS)])
async def get_signal(signal_id: RowId, session: Snapshot, now: Now, timezone: Timezone) -> SignalDetail:
    """One signal, with every number behind it and what was done with it."""
    return await _detail(session, await store.get_signal(session, signal_id), now, timezone)


@router.post("/signals/{signal_id}/review", dependencies=[require(Right.ANALYSE)])
async def review_signal(
    signal_id: RowId,
    body: NewReview,
    version: AskedVersion,
    user: SignedInUser,
    session: Transaction,
    now: Now,
    timezone: Timezone,
) -> SignalDetail:
    """Begin to look at a signal, confirm or dismiss it, or name what came of it."""
    given = body.to_given()
    row = await service.review(session, signal_id, body.event, given, version=version, user=user, now=now)
    return await _detail(session, row, now, timezone)


@router.get("/rankings/{axis}", dependencies=[require(Right.SEE_ANALYSIS)])
async def get_ranking(
    axis: RankingAxis, query: Annotated[RankingQuery, Query()], session: Snapshot, timezone: Timezone
) -> RankingPage:
    """What is complained of most in a frozen period; 404 where it is not frozen."""
    snapshot = await find_snapshot(session, parse_period(query.period))
    if snapshot is None:
        raise NotFoundError("The period is not frozen.", code=ErrorCode.NOT_FROZEN)
    ranking = await rankings.rank(session, snapshot, axis, timezone)
    page, following = cut_whole(ranking.places, query, _RANKINGS, lambda one: (-one.count, one.key))
    return RankingPage(
        items=[RankedView.model_validate(one) for one in page],
        next=following,
        axis=axis,
        snapshot_id=snapshot.id,
        kind=snapshot.period.kind,
        first=snapshot.period.first,
        last=snapshot.period.last,
        cut_off_at=snapshot.cut_off_at,
        counted=ranking.counted,
        known=ranking.known,
    )


async def _detail(session: AsyncSession, row: SignalRow, now: datetime, timezone: ZoneInfo) -> SignalDetail:
    (view,) = await _views(session, [row], now.astimezone(timezone).date(), timezone)
    history = [
        SignalHistory(
            what=SignalEventKind(event.what),
            state=SignalState(event.state),
            at=event.at,
            by=name,
            tickets_read=event.tickets_read,
            reason=event.reason,
            linked=None if event.linked is None else SignalLink(event.linked),
            linked_id=event.linked_id,
        )
        for event, name in await store.list_events(session, row.id)
    ]
    return SignalDetail(**view.model_dump(), inputs=row.inputs, history=history)


async def _views(session: AsyncSession, rows: Sequence[SignalRow], today: date, timezone: ZoneInfo) -> list[SignalView]:
    merchants = await store.list_merchant_names(session, {row.merchant_id for row in rows if row.merchant_id})
    is_workday = await load_is_workday(session)
    return [_view(row, merchants.get(row.merchant_id or 0), today, timezone, is_workday) for row in rows]


def _view(row: SignalRow, merchant: str | None, today: date, timezone: ZoneInfo, is_workday: IsWorkday) -> SignalView:
    state = SignalState(row.state)
    return SignalView(
        **{name: getattr(row, name) for name in _PLAIN},
        merchant=merchant,
        is_waiting=is_waiting(state, row.found_at.astimezone(timezone).date(), today, is_workday),
        events=list_events(state),
    )
