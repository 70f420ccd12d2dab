"""All SQL of the agents. Every function works in the transaction of the session it gets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.tables import User
from callcenter.agents.rules import Seat, SeatState, find_wrap_up_end
from callcenter.agents.tables import AgentState, SignOn
from callcenter.calls.records import Witness
from callcenter.calls.tables import WitnessHeartbeat

CHANNEL = "agents"
"""PostgreSQL notifies it when a seat's state, a sign-on or a skill has changed."""

FRESH = timedelta(seconds=10)
"""A PBX that was heard within this is heard now: silence is written down every second."""

_IS_HEARD = (WitnessHeartbeat.pbx == AgentState.pbx) & (WitnessHeartbeat.witness == Witness.AMI)


@dataclass(frozen=True, kw_only=True, slots=True)
class PresentSeat:
    """A seat as the PBX told it last."""

    pbx: str
    interface: str
    user_id: int | None
    agent: str | None
    """The user's name; None for a member that no agent of ours sits at."""
    member_name: str
    queues: Sequence[str]
    state: SeatState
    reason: str | None
    """Of a pause."""
    from_at: datetime
    heard_until: datetime | None
    """Until when everything the PBX told is known."""

    def is_known(self, now: datetime) -> bool:
        """Whether it still holds; while the PBX is not heard nobody knows what its seats do."""
        return self.heard_until is not None and now - self.heard_until < FRESH

    @property
    def wrap_up_ends_at(self) -> datetime | None:
        return find_wrap_up_end(self.reason)


async def find_seat(session: AsyncSession, user_id: int) -> Seat | None:
    """Where an agent sits, None while they are signed off."""
    statement = select(SignOn.pbx, SignOn.interface).where(SignOn.user_id == user_id, SignOn.signed_off_at.is_(None))
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else Seat(pbx=row.pbx, interface=row.interface)


async def list_present(session: AsyncSession) -> list[PresentSeat]:
    """What every seat does that a PBX has told of, by PBX and interface."""
    statement = (
        select(AgentState, User.name, WitnessHeartbeat.at)
        .outerjoin(User, User.id == AgentState.user_id)
        .outerjoin(WitnessHeartbeat, _IS_HEARD)
        .where(AgentState.to_at.is_(None))
        .order_by(AgentState.pbx, AgentState.interface)
    )
    return [
        PresentSeat(
            pbx=told.pbx,
            interface=told.interface,
            user_id=told.user_id,
            agent=name,
            member_name=told.member_name,
            queues=tuple(told.queues),
            state=SeatState(told.state),
            reason=told.reason,
            from_at=told.from_at,
            heard_until=heard_until,
        )
        for told, name, heard_until in (await session.execute(statement)).all()
    ]
