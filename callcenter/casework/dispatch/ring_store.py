"""All SQL of the rings about instructions. Works in its caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.casework.dispatch import store
from callcenter.casework.dispatch.rules import InstructionState
from callcenter.casework.dispatch.tables import InstructionRing, InstructionRow
from callcenter.casework.key_calls.rules import Ring, RingState
from callcenter.casework.key_calls.store import free_number, take_number

_RINGS = InstructionRing.state == RingState.RINGING.value


async def take_ring_id(session: AsyncSession) -> int:
    """An id that nobody else will get."""
    sequence = func.pg_get_serial_sequence(InstructionRing.__tablename__, "id")
    return int((await session.execute(select(func.nextval(sequence)))).scalar_one())


async def add_ring(session: AsyncSession, values: Mapping[str, Any]) -> InstructionRing | None:
    """None where somebody is rung about this instruction, or this number for something else. Said on the channel.

    A ring that is over when it is written down takes no number.
    """
    await store.notify(session)
    rings = values["state"] == RingState.RINGING
    if rings and not await take_number(session, values["number"], values["pbx"], values["call_id"]):
        return None
    statement = insert(InstructionRing).values(**values).on_conflict_do_nothing().returning(InstructionRing)
    ring = (await session.scalars(statement)).one_or_none()
    if ring is None:
        await free_number(session, values["pbx"], values["call_id"])
    return ring


async def get_ring(session: AsyncSession, ring_id: int) -> InstructionRing:
    """A ring that there is; locked."""
    statement = select(InstructionRing).where(InstructionRing.id == ring_id).with_for_update()
    return (await session.scalars(statement.execution_options(populate_existing=True))).one()


async def list_in_flight(session: AsyncSession) -> Sequence[tuple[InstructionRing, InstructionRow]]:
    """Rings of which it is not known what became of them, with their instructions."""
    statement = select(InstructionRing, InstructionRow).join(
        InstructionRow, InstructionRow.id == InstructionRing.instruction_id
    )
    rows = await session.execute(statement.where(_RINGS).order_by(InstructionRing.id))
    return [(ring, instruction) for ring, instruction in rows]


async def list_to_ring(session: AsyncSession) -> Sequence[InstructionRow]:
    """Instructions that nobody has acknowledged and about which nobody is rung at this moment."""
    rung = select(InstructionRing.instruction_id).where(_RINGS)
    statement = select(InstructionRow).where(
        InstructionRow.state == InstructionState.ISSUED.value, InstructionRow.id.not_in(rung)
    )
    return (await session.scalars(statement.order_by(InstructionRow.id))).all()


async def list_open(session: AsyncSession) -> Sequence[InstructionRow]:
    """Instructions that have not ended: their units may be rung, or rung again."""
    return (await session.scalars(select(InstructionRow).where(store.IS_OPEN).order_by(InstructionRow.id))).all()


async def list_rings(session: AsyncSession, instruction_id: int, *, since: datetime) -> list[Ring]:
    """Since the unit was instructed, or instructed again; oldest first."""
    statement = select(InstructionRing).where(
        InstructionRing.instruction_id == instruction_id, InstructionRing.requested_at >= since
    )
    rows = await session.scalars(statement.order_by(InstructionRing.id))
    return [Ring(round=row.round, number=row.number, requested_at=row.requested_at) for row in rows]


async def list_of(session: AsyncSession, ids: Collection[int]) -> Sequence[InstructionRing]:
    """All rings about these instructions, oldest first."""
    statement = select(InstructionRing).where(InstructionRing.instruction_id.in_(ids))
    rows = await session.scalars(statement.order_by(InstructionRing.id).execution_options(populate_existing=True))
    return rows.all()


async def end_ring(session: AsyncSession, ring_id: int, state: RingState, at: datetime) -> None:
    """What became of it, unless that is known already; its number is free. Said on the channel."""
    statement = update(InstructionRing).where(InstructionRing.id == ring_id, _RINGS)
    ended = statement.values(state=state.value, ended_at=at).returning(InstructionRing.pbx, InstructionRing.call_id)
    for pbx, call_id in await session.execute(ended):
        await free_number(session, pbx, call_id)
    await store.notify(session)


async def withdraw(session: AsyncSession, ring_id: int, at: datetime) -> bool:
    """Whether it is ours to hang up: once for each ring."""
    statement = update(InstructionRing).where(
        InstructionRing.id == ring_id, _RINGS, InstructionRing.withdrawn_at.is_(None)
    )
    return (await session.execute(statement.values(withdrawn_at=at).returning(InstructionRing.id))).first() is not None
