"""The SQL of statistics. Every function works in its caller's transaction and changes nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.agents.tables import SignOn
from callcenter.calls.record_json import record_from_json
from callcenter.calls.records import CallRecord
from callcenter.calls.tables import Call
from callcenter.pbx.channel_names import device_of_interface
from callcenter.statistics.intervals import Days, Span
from callcenter.statistics.own_day import Sitting

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


async def list_sittings(session: AsyncSession, user_id: int, span: Span, now: datetime) -> list[Sitting]:
    """Where the user sat within a time; one who sits there still does so until after now."""
    until = func.coalesce(SignOn.signed_off_at, now + timedelta(seconds=1))
    rows = await session.scalars(
        select(SignOn).where(SignOn.user_id == user_id, SignOn.signed_on_at < span.to_at, until > span.from_at)
    )
    return [
        Sitting(
            pbx=row.pbx,
            device=device_of_interface(row.interface),
            span=Span(from_at=row.signed_on_at, to_at=row.signed_off_at or span.to_at),
        )
        for row in rows
    ]


async def list_calls_at(session: AsyncSession, day: date, sittings: Sequence[Sitting]) -> list[CallRecord]:
    """Calls that began on this day and rang or talked with one of these devices."""
    at = [
        (Call.pbx == sitting.pbx)
        & (
            Call.agents.contains([sitting.device])
            | Call.record.contains({"queue_visits": [{"rings": [{"agent": sitting.device}]}]})
        )
        for sitting in sittings
    ]
    if not at:
        return []
    records = await session.scalars(select(Call.record).where(Call.business_date == day, or_(*at)))
    return [record_from_json(record) for record in records]
