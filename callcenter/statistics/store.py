"""The SQL of statistics. Every function works in its caller's transaction and changes nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, func, null, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.tables import User
from callcenter.agents.rules import SeatState
from callcenter.agents.tables import AgentState
from callcenter.calls.record_json import record_from_json
from callcenter.calls.records import CallRecord, Witness
from callcenter.calls.tables import Call, WitnessHeartbeat
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
    """How long each seat was in each state within the span; a state that lasts is known until the PBX was last heard.

    Each wrap-up has a reason of its own, the moment of its end, which is left out.
    """
    end = min(span.to_at, now)
    known_until = func.coalesce(AgentState.to_at, WitnessHeartbeat.at, AgentState.from_at)
    reason = case((AgentState.state == SeatState.WRAP_UP, null()), else_=AgentState.reason).label("why")
    duration: Any = func.sum(func.least(known_until, end) - func.greatest(AgentState.from_at, span.from_at))
    seat = (AgentState.pbx, AgentState.interface, User.name, AgentState.state, text("why"))
    statement = (
        select(AgentState.pbx, AgentState.interface, User.name, AgentState.state, reason, duration)
        .outerjoin(User, User.id == AgentState.user_id)
        .outerjoin(
            WitnessHeartbeat,
            (WitnessHeartbeat.pbx == AgentState.pbx) & (WitnessHeartbeat.witness == Witness.AMI),
        )
        .where(AgentState.from_at < end, known_until > span.from_at)
        .group_by(*seat)
        .order_by(*seat)
    )
    return [
        StateTime(pbx=pbx, interface=interface, user=user, state=state, reason=why, duration=time)
        for pbx, interface, user, state, why, time in await session.execute(statement)
    ]
