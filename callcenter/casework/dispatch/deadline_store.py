"""All SQL of the clocks of instructions, which are derived from their logs. Works in its caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.casework.dispatch import store
from callcenter.casework.dispatch.tables import InstructionDeadline, InstructionRow


async def list_deadlines(session: AsyncSession, ids: Collection[int]) -> Sequence[InstructionDeadline]:
    """Of these instructions, by their codes."""
    statement = select(InstructionDeadline).where(InstructionDeadline.instruction_id.in_(ids))
    ordered = statement.order_by(InstructionDeadline.instruction_id, InstructionDeadline.code)
    return (await session.scalars(ordered.execution_options(populate_existing=True))).all()


async def put_deadline(session: AsyncSession, instruction_id: int, columns: Mapping[str, Any]) -> None:
    """In place of what was derived before."""
    statement = insert(InstructionDeadline).values(instruction_id=instruction_id, **columns)
    kept = {name: statement.excluded[name] for name in columns if name != "code"}
    await session.execute(statement.on_conflict_do_update(index_elements=["instruction_id", "code"], set_=kept))


async def put_due(session: AsyncSession, instruction_id: int, next_due_at: datetime | None) -> None:
    """When it is due next, which is derived and no change of it. Said on the channel."""
    statement = update(InstructionRow).where(InstructionRow.id == instruction_id)
    await session.execute(statement.values(next_due_at=next_due_at))
    await store.notify(session)


async def claim_due(session: AsyncSession, now: datetime, limit: int) -> Sequence[InstructionRow]:
    """Instructions with a clock that has to be looked at, which nobody else has in hand."""
    due = select(InstructionDeadline.instruction_id).where(InstructionDeadline.next_change_at <= now)
    statement = select(InstructionRow).where(InstructionRow.id.in_(due)).order_by(InstructionRow.id).limit(limit)
    return (await session.scalars(statement.with_for_update(skip_locked=True))).all()


async def list_running_of_days(session: AsyncSession, first: datetime, last: datetime) -> Sequence[InstructionRow]:
    """Instructions with a clock that was not stopped and in whose time a changed day may lie; locked."""
    running = select(InstructionDeadline.instruction_id).where(
        InstructionDeadline.stopped_at.is_(None),
        InstructionDeadline.begins_at <= last,
        func.coalesce(InstructionDeadline.legal_due_at, last) >= first,
    )
    statement = select(InstructionRow).where(InstructionRow.id.in_(running)).order_by(InstructionRow.id)
    return (await session.scalars(statement.with_for_update())).all()
