"""The SQL that calls answered with a key have in common. Works in its caller's transaction."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.calls.records import Outcome
from callcenter.calls.tables import Call
from callcenter.casework.key_calls.tables import RungNumber


async def find_outcome(session: AsyncSession, pbx: str, call_id: str) -> Outcome | None:
    """Of a call that is over."""
    statement = select(Call.outcome).where(Call.pbx == pbx, Call.call_id == call_id)
    found = (await session.scalars(statement)).one_or_none()
    return None if found is None else Outcome(found)


async def take_number(session: AsyncSession, number: str, pbx: str, call_id: str) -> bool:
    """Whether this call may ring the number: until `free_number` no other one may."""
    statement = insert(RungNumber).values(number=number, pbx=pbx, call_id=call_id)
    taken = await session.execute(statement.on_conflict_do_nothing().returning(RungNumber.number))
    return taken.first() is not None


async def free_number(session: AsyncSession, pbx: str, call_id: str) -> None:
    """The call does not ring, or does no more."""
    await session.execute(delete(RungNumber).where(RungNumber.pbx == pbx, RungNumber.call_id == call_id))
