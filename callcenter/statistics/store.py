"""The SQL of statistics. Every function works in its caller's transaction and changes nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.calls.record_json import record_from_json
from callcenter.calls.records import CallRecord
from callcenter.calls.tables import Call
from callcenter.statistics.intervals import Days

ROWS_AT_ONCE = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundCall:
    """A call with what the house knows of it besides."""

    record: CallRecord
    is_confirmed: bool


async def find_first_day(session: AsyncSession) -> date | None:
    """The business day of the first call of all."""
    return await session.scalar(select(Call.business_date).order_by(Call.business_date).limit(1))


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
