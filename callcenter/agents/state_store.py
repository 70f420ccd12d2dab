"""The SQL of what seats do: one row an interval. Every function works in the transaction of the session it gets."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.agents.rules import Seat
from callcenter.agents.seats import SeatChanged
from callcenter.agents.store import find_present, sits_at
from callcenter.agents.tables import AgentState, SignOn
from callcenter.calls.records import Witness
from callcenter.calls.tables import WitnessGap

PBX_SECOND = timedelta(seconds=1)
"""The PBX's own moments of a member are of whole seconds."""


async def lock_states(session: AsyncSession, pbx: str) -> None:
    """Let nobody else change the states of this PBX's seats until the transaction ends."""
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"agent states {pbx}", 0))))


async def change_person(session: AsyncSession, seat: Seat, user_id: int | None, at: datetime) -> None:
    """What the seat does from now on is another's time. A state that began after `at` is theirs as a whole."""
    await lock_states(session, seat.pbx)
    present = await find_present(session, seat)
    if present is None or present.user_id == user_id:
        return
    if present.from_at >= at:
        present.user_id = user_id
        return
    present.to_at = at
    await session.flush()
    session.add(
        AgentState(
            pbx=seat.pbx,
            interface=seat.interface,
            user_id=user_id,
            member_name=present.member_name,
            queues=present.queues,
            state=present.state,
            reason=present.reason,
            next_reason=present.next_reason,
            is_registered=present.is_registered,
            began_at=at,
            from_at=at,
            to_at=None,
        )
    )


async def save_change(session: AsyncSession, pbx: str, change: SeatChanged) -> None:
    """End the seat's present state and begin the next. Belongs behind `lock_states`."""
    await session.execute(
        update(AgentState)
        .where(AgentState.pbx == pbx, AgentState.interface == change.interface, AgentState.to_at.is_(None))
        .values(to_at=func.greatest(AgentState.from_at, change.at))
    )
    if change.now is None:
        return
    began_at = await _find_begin(session, pbx, change)
    person = select(SignOn.user_id).where(sits_at(pbx, change.interface)).scalar_subquery()
    await session.execute(
        insert(AgentState).values(
            pbx=pbx,
            interface=change.interface,
            user_id=person,
            member_name=change.now.member_name,
            queues=change.now.queues,
            state=change.now.state,
            reason=change.now.reason,
            next_reason=change.now.next_reason,
            is_registered=change.now.is_registered,
            began_at=began_at,
            from_at=change.at,
        )
    )


async def _find_begin(session: AsyncSession, pbx: str, change: SeatChanged) -> datetime:
    """When the seat came into the state that it is in now.

    The PBX knows when a pause began. Otherwise a state that is reported anew, after a time in which the PBX was not
    heard, has gone on since before: with the same person, and where the PBX knows of nothing at the seat meanwhile.
    """
    if change.paused_at is not None and change.paused_at < change.at - PBX_SECOND:
        return change.paused_at
    latest = select(AgentState).where(AgentState.pbx == pbx, AgentState.interface == change.interface)
    before = await session.scalar(latest.order_by(AgentState.from_at.desc(), AgentState.id.desc()).limit(1))
    if before is None or before.to_at is None or change.now is None:
        return change.at
    if (before.state, before.reason) != (change.now.state, change.now.reason) or before.user_id is None:
        return change.at
    if change.stirred_at is not None and change.stirred_at > before.to_at:
        return change.at
    still_sits = sits_at(pbx, change.interface) & (SignOn.user_id == before.user_id)
    is_same = await session.scalar(select(SignOn.id).where(still_sits, SignOn.signed_on_at <= before.to_at))
    return change.at if is_same is None else before.began_at


async def close_left(session: AsyncSession, pbx: str) -> None:
    """States that were present when nobody listened any more ended when the PBX was last heard."""
    last_gap = (
        select(WitnessGap.from_at)
        .where(WitnessGap.pbx == pbx, WitnessGap.witness == Witness.AMI)
        .order_by(WitnessGap.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    await session.execute(
        update(AgentState)
        .where(AgentState.pbx == pbx, AgentState.to_at.is_(None))
        .values(to_at=func.greatest(AgentState.from_at, last_gap))
    )


async def list_present_interfaces(session: AsyncSession, pbx: str) -> set[str]:
    """The seats of a PBX that do something."""
    statement = select(AgentState.interface).where(AgentState.pbx == pbx, AgentState.to_at.is_(None))
    return set(await session.scalars(statement))
