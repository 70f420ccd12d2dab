"""The SQL of the wallboard. Every function works in its caller's transaction and changes nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Boolean, Select, literal_column, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.tables import User
from callcenter.agents import store as agents
from callcenter.agents.tables import AgentState
from callcenter.callbacks.list_store import count_open
from callcenter.calls.records import Witness
from callcenter.calls.rows import Key
from callcenter.calls.tables import Call, WitnessHeartbeat
from callcenter.calls.witness_store import list_gaps
from callcenter.dialling.rules import DialState
from callcenter.dialling.tables import CallerPriority, Dial
from callcenter.wallboard.inputs import CallbackCounts, CallRow, DialInFlight, Gap, Seat, WitnessWatch
from callcenter.wallboard.queue_order import Moved, Rank

ROWS_AT_ONCE = 200
LONGEST_WAIT = timedelta(hours=12)
MOST_GAPS = 200
"""Gaps of one day that are shown, the latest first."""

_CALLS_BY_KEY = text(
    """
    SELECT pbx, call_id, business_date, is_confirmed, record
      FROM unnest(CAST(:pbxs AS text[]), CAST(:call_ids AS text[])) AS wanted (pbx, call_id)
      JOIN calls USING (pbx, call_id)
    """
).columns(Call.pbx, Call.call_id, Call.business_date, Call.is_confirmed, Call.record)
"""As text: it is asked many times a second."""

_IS_UP = literal_column("outcome IS NULL", Boolean)


async def stream_calls(session: AsyncSession, day: date) -> AsyncIterator[Sequence[CallRow]]:
    """Every call that began on `day` or is still up, some at a time."""
    statement = _select_calls().where(or_(Call.business_date == day, _IS_UP))
    rows = await session.stream(statement.execution_options(yield_per=ROWS_AT_ONCE))
    async for part in rows.partitions(ROWS_AT_ONCE):
        yield [_call(row) for row in part]


async def list_calls(session: AsyncSession, keys: Collection[Key]) -> list[CallRow]:
    """These calls as they are stored now."""
    wanted = {"pbxs": [pbx for pbx, _ in keys], "call_ids": [call_id for _, call_id in keys]}
    return [_call(row) for row in await session.execute(_CALLS_BY_KEY, wanted)]


async def list_witnesses(session: AsyncSession, day: date, timezone: ZoneInfo) -> list[WitnessWatch]:
    """Every witness that was ever heard or found blind, in order, with the gaps that touch the day."""
    begin = datetime.combine(day, time(), timezone)
    gaps: dict[tuple[str, str], list[Gap]] = {}
    for gap in sorted(await list_gaps(session, from_at=begin, limit=MOST_GAPS), key=lambda gap: gap.id):
        shown = Gap(gap_id=gap.id, from_at=gap.from_at, to_at=gap.to_at, reason=gap.reason)
        gaps.setdefault((gap.pbx, gap.witness), []).append(shown)
    heartbeats = {(row.pbx, row.witness): row.at for row in await session.scalars(select(WitnessHeartbeat))}
    return [
        WitnessWatch(
            pbx=pbx,
            witness=Witness(witness),
            heard_until=heartbeats.get((pbx, witness)),
            gaps=tuple(gaps.get((pbx, witness), ())),
        )
        for pbx, witness in sorted({*heartbeats, *gaps})
    ]


async def list_seats(session: AsyncSession) -> list[Seat]:
    """The present state of every seat."""
    statement = (
        select(AgentState, User.name, User.display_name)
        .outerjoin(User, User.id == AgentState.user_id)
        .where(AgentState.to_at.is_(None))
        .order_by(AgentState.pbx, AgentState.interface)
    )
    return [
        Seat(
            pbx=state.pbx,
            interface=state.interface,
            user=user,
            display_name=display_name,
            member_name=state.member_name,
            queues=tuple(state.queues),
            state=state.state,
            reason=state.reason,
            since=state.began_at,
        )
        for state, user, display_name in await session.execute(statement)
    ]


async def list_moved(session: AsyncSession, now: datetime) -> dict[Key, list[Moved]]:
    """Callers who may still wait and were put in front of others."""
    since = now - LONGEST_WAIT
    moved: dict[Key, list[Moved]] = {}
    for key, at in (await agents.list_moved_up(session, since)).items():
        moved.setdefault(key, []).append(Moved(at=at, rank=Rank.MOVED_UP))
    raised = select(CallerPriority).where(CallerPriority.raised_at >= since)
    for caller in await session.scalars(raised):
        if caller.raised_at is not None:
            move = Moved(at=caller.raised_at, rank=Rank.RUNG_BY_US)
            moved.setdefault((caller.pbx, caller.call_id), []).append(move)
    return moved


async def count_callbacks(session: AsyncSession, now: datetime) -> CallbackCounts:
    """Who waits for a call back at this moment."""
    waiting, overdue, unknown = await count_open(session, now=now)
    return CallbackCounts(open=waiting, overdue=overdue, deadline_unknown=unknown)


async def list_dials(session: AsyncSession) -> list[DialInFlight]:
    """Numbers that are being rung, the oldest first."""
    statement = select(Dial, User.name).join(User, User.id == Dial.user_id).where(Dial.state == DialState.DIALLING)
    return [
        DialInFlight(dial_id=dial.id, agent=name, key=(dial.pbx, dial.call_id), requested_at=dial.requested_at)
        for dial, name in await session.execute(statement.order_by(Dial.id))
    ]


def _select_calls() -> Select[Any]:
    return select(Call.pbx, Call.call_id, Call.business_date, Call.is_confirmed, Call.record)


def _call(row: Any) -> CallRow:
    return CallRow(
        key=(row.pbx, row.call_id),
        business_date=row.business_date,
        is_confirmed=row.is_confirmed,
        record=row.record,
    )
