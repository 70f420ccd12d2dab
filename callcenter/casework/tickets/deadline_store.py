"""All SQL of the clocks of tickets, which are derived from their logs. Works in its caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from callcenter.casework.tickets.clocks import ClockState
from callcenter.casework.tickets.log_tables import TicketDeadline
from callcenter.casework.tickets.tables import TicketRow

_LIVE = (ClockState.RUNNING, ClockState.PAUSED, ClockState.UNKNOWN)


async def list_deadlines(session: AsyncSession, ticket_id: int) -> list[TicketDeadline]:
    """By when they began."""
    statement = select(TicketDeadline).where(TicketDeadline.ticket_id == ticket_id)
    ordered = statement.order_by(TicketDeadline.begins_at, TicketDeadline.code, TicketDeadline.number)
    return list((await session.scalars(ordered.execution_options(populate_existing=True))).all())


async def replace_deadlines(session: AsyncSession, ticket_id: int, rows: Sequence[Mapping[str, Any]]) -> None:
    """These, and no others."""
    keys = [(row["code"], row["number"]) for row in rows]
    others = delete(TicketDeadline).where(TicketDeadline.ticket_id == ticket_id)
    if keys:
        others = others.where(tuple_(TicketDeadline.code, TicketDeadline.number).not_in(keys))
    await session.execute(others)
    for row in rows:
        statement = insert(TicketDeadline).values(ticket_id=ticket_id, **row)
        kept = {name: statement.excluded[name] for name in row if name not in ("code", "number")}
        await session.execute(
            statement.on_conflict_do_update(index_elements=["ticket_id", "code", "number"], set_=kept)
        )


async def add_deadlines(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Of tickets that have none yet."""
    if rows:
        await session.execute(insert(TicketDeadline), list(rows))


async def claim_due(session: AsyncSession, now: datetime, limit: int) -> Sequence[TicketRow]:
    """Tickets with a clock that has to be looked at, which nobody else has in hand; those that wait longest first."""
    due = _list_targets(TicketDeadline.next_change_at <= now)
    statement = select(TicketRow).where(TicketRow.id.in_(due), ~TicketRow.is_merged)
    statement = statement.order_by(TicketRow.id).limit(limit).with_for_update(skip_locked=True)
    return (await session.scalars(statement)).all()


async def list_live_of_days(session: AsyncSession, first: datetime, last: datetime) -> Sequence[TicketRow]:
    """Tickets with a clock that runs and in whose time a changed day may lie; locked."""
    live = _list_targets(
        TicketDeadline.state.in_([state.value for state in _LIVE]),
        TicketDeadline.begins_at <= last,
        func.coalesce(TicketDeadline.legal_due_at, last) >= first,
    )
    statement = select(TicketRow).where(TicketRow.id.in_(live), ~TicketRow.is_merged)
    statement = statement.order_by(TicketRow.id).with_for_update()
    return (await session.scalars(statement)).all()


async def list_clocks(
    session: AsyncSession, *conditions: ColumnElement[bool], unit_id: int | None, limit: int
) -> Sequence[tuple[TicketDeadline, TicketRow, TicketRow]]:
    """Clocks with their tickets and those that these count at, in the order of the tickets, codes and begins."""
    target = aliased(TicketRow)
    statement = (
        select(TicketDeadline, TicketRow, target)
        .join(TicketRow, TicketRow.id == TicketDeadline.ticket_id)
        .join(target, target.id == func.coalesce(TicketRow.merged_into, TicketRow.id))
        .where(*conditions)
        .order_by(TicketDeadline.ticket_id, TicketDeadline.code, TicketDeadline.number)
        .limit(limit)
    )
    if unit_id is not None:
        statement = statement.where(target.unit_id == unit_id)
    return [(row, ticket, counted) for row, ticket, counted in await session.execute(statement)]


def _list_targets(*conditions: ColumnElement[bool]) -> Select[int]:
    """The tickets that these clocks count at: their own, or the one that it is merged into."""
    return (
        select(func.coalesce(TicketRow.merged_into, TicketRow.id))
        .join(TicketDeadline, TicketDeadline.ticket_id == TicketRow.id)
        .where(*conditions)
    )
