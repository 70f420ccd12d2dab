"""The SQL of statistics. Every function works in its caller's transaction and changes nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.tables import User
from callcenter.agents.tables import AgentState
from callcenter.calls.records import CallRecord, record_from_json
from callcenter.calls.tables import Call
from callcenter.statistics.intervals import Days, Span

ROWS_AT_ONCE = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundCall:
    """A call with what the house knows of it besides."""

    record: CallRecord
    is_confirmed: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class StateTime:
    """How long a seat was in a state for a reason."""

    pbx: str
    interface: str
    user: str | None
    state: str
    reason: str | None
    duration: timedelta


async def stream_calls(
    session: AsyncSession, days: Days, *, agent: str | None = None
) -> AsyncIterator[list[FoundCall]]:
    """Calls that began on these days, some at a time; `agent` asks for those that this agent talked in."""
    statement = select(Call.record, Call.is_confirmed).where(Call.business_date.between(days.first, days.last))
    if agent is not None:
        statement = statement.where(Call.agents.contains([agent]))
    rows = await session.stream(statement.execution_options(yield_per=ROWS_AT_ONCE))
    async for part in rows.partitions(ROWS_AT_ONCE):
        yield [FoundCall(record=record_from_json(record), is_confirmed=is_confirmed) for record, is_confirmed in part]


async def list_state_times(session: AsyncSession, span: Span, *, now: datetime) -> list[StateTime]:
    """How long each seat was in each state within the span and before `now`."""
    end = min(span.to_at, now)
    begins = func.greatest(AgentState.from_at, span.from_at)
    ends = func.least(func.coalesce(AgentState.to_at, end), end)
    duration: Any = func.sum(ends - begins)
    statement = (
        select(AgentState.pbx, AgentState.interface, User.name, AgentState.state, AgentState.reason, duration)
        .outerjoin(User, User.id == AgentState.user_id)
        .where(AgentState.from_at < end, func.coalesce(AgentState.to_at, end) > span.from_at)
        .group_by(AgentState.pbx, AgentState.interface, User.name, AgentState.state, AgentState.reason)
        .order_by(AgentState.pbx, AgentState.interface, User.name, AgentState.state, AgentState.reason)
    )
    return [
        StateTime(pbx=pbx, interface=interface, user=user, state=state, reason=reason, duration=time)
        for pbx, interface, user, state, reason, time in await session.execute(statement)
    ]
