"""All SQL of what is found on the way of an instruction: goods and tests. Works in its caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import exists, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.casework.dispatch.rules import Batch, GoodsTest
from callcenter.casework.dispatch.tables import InstructionBatch, InstructionTest

FIRST = 0
"""Before the first id."""


async def add_batches(
    session: AsyncSession, instruction_id: int, batches: Sequence[Batch], *, by: int, at: datetime
) -> None:
    """Goods that were found."""
    for batch in batches:
        values = asdict(batch) | {"measure": batch.measure.value}
        await session.execute(
            insert(InstructionBatch).values(instruction_id=instruction_id, **values, added_by=by, added_at=at)
        )


async def add_test(session: AsyncSession, instruction_id: int, test: GoodsTest, *, by: int, at: datetime) -> None:
    """What was tested."""
    await session.execute(
        insert(InstructionTest).values(instruction_id=instruction_id, **asdict(test), added_by=by, added_at=at)
    )


async def has_batches(session: AsyncSession, instruction_id: int) -> bool:
    """Whether any goods were found."""
    return bool(await session.scalar(select(exists().where(InstructionBatch.instruction_id == instruction_id))))


async def list_batches(
    session: AsyncSession, ids: Collection[int], *, after: int = FIRST, limit: int | None = None
) -> Sequence[InstructionBatch]:
    """Of these instructions, as they were entered; `after` is the id of the last one seen."""
    statement = select(InstructionBatch).where(InstructionBatch.instruction_id.in_(ids), InstructionBatch.id > after)
    return (await session.scalars(statement.order_by(InstructionBatch.id).limit(limit))).all()


async def list_tests(
    session: AsyncSession, ids: Collection[int], *, after: int = FIRST, limit: int | None = None
) -> Sequence[InstructionTest]:
    """Of these instructions, as they were entered; `after` is the id of the last one seen."""
    statement = select(InstructionTest).where(InstructionTest.instruction_id.in_(ids), InstructionTest.id > after)
    return (await session.scalars(statement.order_by(InstructionTest.id).limit(limit))).all()
