"""All SQL of the rings of broadcasts, and whether anybody may be rung now. Works in its caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.calls.records import Witness
from callcenter.casework.broadcasts.rules import BroadcastKind
from callcenter.casework.broadcasts.states import TargetState
from callcenter.casework.broadcasts.tables import BroadcastRing, BroadcastRow, BroadcastTarget
from callcenter.casework.key_calls.rules import RingState
from callcenter.casework.key_calls.store import free_number, take_number

HEARD_WITHIN = timedelta(seconds=5)
"""Who waits is known only while the PBX is heard; silence is written down every second."""
LONGEST_CALL = timedelta(hours=12)
"""Whoever has waited for longer is a call whose end nobody saw."""
AT_ONCE = 50
"""Targets that are looked at in one round."""

_RINGS = BroadcastRing.state == RingState.RINGING.value

_HEARD = text(
    """
    SELECT count(*)
      FROM witness_heartbeats AS heard
     WHERE heard.pbx = ANY (:pbxs) AND heard.witness = :witness AND heard.at > :since
       AND NOT EXISTS (
           SELECT 1 FROM witness_gaps
            WHERE witness_gaps.pbx = heard.pbx AND witness_gaps.witness = heard.witness
              AND witness_gaps.to_at IS NULL)
    """
)
_SOMEBODY_WAITS = text(
    """
    SELECT EXISTS (
           SELECT 1 FROM calls
            WHERE outcome IS NULL AND started_at > :up_since
              AND record -> 'queue_visits' -> -1 IS NOT NULL
              AND record -> 'queue_visits' -> -1 ->> 'left_at' IS NULL)
    """
)


async def is_queue_empty(session: AsyncSession, pbxs: Sequence[str], now: datetime) -> bool:
    """Whether it is known that nobody waits in a queue of these PBXs. Where one of them is not heard, it is not."""
    asked = {"pbxs": list(pbxs), "witness": Witness.AMI.value, "since": now - HEARD_WITHIN}
    if (await session.execute(_HEARD, asked)).scalar_one() < len(pbxs):
        return False
    return not (await session.execute(_SOMEBODY_WAITS, {"up_since": now - LONGEST_CALL})).scalar_one()


async def list_lines(session: AsyncSession) -> set[int]:
    """The lines on which somebody is rung."""
    return {line for line in await session.scalars(select(BroadcastRing.line).where(_RINGS)) if line is not None}


async def list_due(session: AsyncSession, now: datetime, *, are_drills: bool) -> Sequence[tuple[int, int]]:
    """Targets that may be rung, as pairs of the broadcast's id and the target's: those of real ones first."""
    real = BroadcastRow.kind == BroadcastKind.REAL.value
    statement = (
        select(BroadcastTarget.broadcast_id, BroadcastTarget.id)
        .join(BroadcastRow, BroadcastRow.id == BroadcastTarget.broadcast_id)
        .where(
            BroadcastTarget.state == TargetState.WAITING.value,
            BroadcastTarget.next_at <= now,
            BroadcastRow.stopped_at.is_(None),
        )
        .order_by(real.desc(), BroadcastTarget.next_at, BroadcastTarget.id)
        .limit(AT_ONCE)
    )
    if not are_drills:
        statement = statement.where(real)
    return [(broadcast_id, target_id) for broadcast_id, target_id in await session.execute(statement)]


async def take_ring_id(session: AsyncSession) -> int:
    """An id that nobody else will get."""
    sequence = func.pg_get_serial_sequence(BroadcastRing.__tablename__, "id")
    return int((await session.execute(select(func.nextval(sequence)))).scalar_one())


async def add_ring(session: AsyncSession, values: Mapping[str, Any], lines: Collection[int]) -> BroadcastRing | None:
    """A ring on one of these lines; None where none of them is free, or the number rings."""
    if not await take_number(session, values["number"], values["pbx"], values["call_id"]):
        return None
    for line in lines:
        statement = insert(BroadcastRing).values(**values, line=line).on_conflict_do_nothing().returning(BroadcastRing)
        ring = (await session.scalars(statement)).one_or_none()
        if ring is not None:
            return ring
    await free_number(session, values["pbx"], values["call_id"])
    return None


async def add_not_allowed(session: AsyncSession, values: Mapping[str, Any], at: datetime) -> None:
    """A number that may not be rung: nothing is sent."""
    ended = {"state": RingState.NOT_ALLOWED.value, "ended_at": at, "line": None}
    await session.execute(insert(BroadcastRing).values(**(dict(values) | ended)))


async def get_ring(session: AsyncSession, ring_id: int) -> BroadcastRing:
    """A ring that there is; locked."""
    statement = select(BroadcastRing).where(BroadcastRing.id == ring_id).with_for_update()
    return (await session.scalars(statement.execution_options(populate_existing=True))).one()


async def list_in_flight(session: AsyncSession) -> Sequence[tuple[BroadcastRing, BroadcastRow]]:
    """Rings of which it is not known what became of them, with their broadcasts."""
    statement = (
        select(BroadcastRing, BroadcastRow)
        .join(BroadcastTarget, BroadcastTarget.id == BroadcastRing.target_id)
        .join(BroadcastRow, BroadcastRow.id == BroadcastTarget.broadcast_id)
        .where(_RINGS)
        .order_by(BroadcastRing.id)
    )
    return [(ring, broadcast) for ring, broadcast in await session.execute(statement)]


async def list_rings(session: AsyncSession, target_ids: Collection[int]) -> Sequence[BroadcastRing]:
    """All rings of these targets, oldest first."""
    statement = select(BroadcastRing).where(BroadcastRing.target_id.in_(target_ids)).order_by(BroadcastRing.id)
    return (await session.scalars(statement.execution_options(populate_existing=True))).all()


async def end_ring(session: AsyncSession, ring: BroadcastRing, state: RingState, at: datetime) -> None:
    """What became of a ring that is locked; its line and its number are free."""
    statement = update(BroadcastRing).where(BroadcastRing.id == ring.id)
    await session.execute(statement.values(state=state.value, ended_at=at))
    await free_number(session, ring.pbx, ring.call_id)


async def withdraw(session: AsyncSession, ring_id: int, at: datetime) -> bool:
    """Whether it is ours to hang up: once for each ring."""
    statement = update(BroadcastRing).where(BroadcastRing.id == ring_id, _RINGS, BroadcastRing.withdrawn_at.is_(None))
    return (await session.execute(statement.values(withdrawn_at=at).returning(BroadcastRing.id))).first() is not None
