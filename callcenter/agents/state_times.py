"""How long agents were signed on, and in which state, within a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, case, func, null, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from callcenter.accounts.tables import User
from callcenter.agents.rules import SeatState
from callcenter.agents.tables import AgentState, SignOn
from callcenter.calls.records import Witness
from callcenter.calls.tables import WitnessHeartbeat


@dataclass(frozen=True, kw_only=True, slots=True)
class StateTime:
    """How long in one state, and for a pause with which reason."""

    state: SeatState
    reason: str | None
    duration: timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class AgentTimes:
    """One agent's time."""

    agent: str
    signed_on: timedelta
    states: Sequence[StateTime]

    @property
    def not_known(self) -> timedelta:
        """Signed on, and in no state: the PBX was not heard, or did not know the seat."""
        known = sum((state.duration for state in self.states), timedelta())
        return max(self.signed_on - known, timedelta())


async def sum_times(
    session: AsyncSession, from_at: datetime, to_at: datetime, *, now: datetime, user_id: int | None = None
) -> list[AgentTimes]:
    """Of everybody who was signed on within [from_at, to_at), or of one of them, by name; cut to that time."""
    whose = () if user_id is None else (SignOn.user_id == user_id,)
    signed_on = _sum_within(SignOn.signed_on_at, func.coalesce(SignOn.signed_off_at, now), from_at, to_at)
    people = (
        select(User.id, User.name, signed_on)
        .join(SignOn, SignOn.user_id == User.id)
        .where(SignOn.signed_on_at < to_at, func.coalesce(SignOn.signed_off_at, now) > from_at, *whose)
        .group_by(User.id, User.name)
        .order_by(User.name)
    )
    states = await _sum_states(session, from_at, to_at, user_id)
    return [
        AgentTimes(agent=name, signed_on=duration, states=states.get(number, ()))
        for number, name, duration in (await session.execute(people)).all()
    ]


async def _sum_states(
    session: AsyncSession, from_at: datetime, to_at: datetime, user_id: int | None
) -> dict[int, list[StateTime]]:
    """A state that lasts is known until the PBX was last heard."""
    end = func.greatest(func.coalesce(AgentState.to_at, WitnessHeartbeat.at), AgentState.from_at)
    # Each wrap-up has a reason of its own, the moment of its end.
    reason = case((AgentState.state == SeatState.WRAP_UP, null()), else_=AgentState.reason).label("why")
    duration = _sum_within(AgentState.from_at, end, from_at, to_at)
    is_asked = AgentState.user_id.is_not(None) if user_id is None else AgentState.user_id == user_id
    statement = (
        select(AgentState.user_id, AgentState.state, reason, duration)
        .outerjoin(
            WitnessHeartbeat,
            (WitnessHeartbeat.pbx == AgentState.pbx) & (WitnessHeartbeat.witness == Witness.AMI),
        )
        .where(is_asked, AgentState.from_at < to_at, end > from_at, end > AgentState.from_at)
        .group_by(AgentState.user_id, AgentState.state, text("why"))
        .order_by(AgentState.user_id, AgentState.state, text("why"))
    )
    found: dict[int, list[StateTime]] = {}
    for number, state, why, length in (await session.execute(statement)).all():
        found.setdefault(number, []).append(StateTime(state=SeatState(state), reason=why, duration=length))
    return found


def _sum_within(
    begin: InstrumentedAttribute[datetime], end: ColumnElement[datetime], from_at: datetime, to_at: datetime
) -> ColumnElement[timedelta]:
    return func.sum(func.least(end, to_at) - func.greatest(begin, from_at))


@dataclass(frozen=True, kw_only=True, slots=True)
class SeatStateTime:
    """How long a seat was in a state for a reason."""

    pbx: str
    interface: str
    user: str | None
    state: str
    reason: str | None
    duration: timedelta


async def list_state_times(
    session: AsyncSession, from_at: datetime, to_at: datetime, *, now: datetime
) -> list[SeatStateTime]:
    """How long each seat was in each state within [from_at, to_at).

    A state that lasts is known until the PBX was last heard.

    Each wrap-up has a reason of its own, the moment of its end, which is left out.
    """
    end = min(to_at, now)
    known_until = func.coalesce(AgentState.to_at, WitnessHeartbeat.at, AgentState.from_at)
    reason = case((AgentState.state == SeatState.WRAP_UP, null()), else_=AgentState.reason).label("why")
    duration = func.sum(func.least(known_until, end) - func.greatest(AgentState.from_at, from_at))
    seat = (AgentState.pbx, AgentState.interface, User.name, AgentState.state, text("why"))
    statement = (
        select(AgentState.pbx, AgentState.interface, User.name, AgentState.state, reason, duration)
        .outerjoin(User, User.id == AgentState.user_id)
        .outerjoin(
            WitnessHeartbeat,
            (WitnessHeartbeat.pbx == AgentState.pbx) & (WitnessHeartbeat.witness == Witness.AMI),
        )
        .where(AgentState.from_at < end, known_until > from_at)
        .group_by(*seat)
        .order_by(*seat)
    )
    return [
        SeatStateTime(pbx=pbx, interface=interface, user=user, state=state, reason=why, duration=time)
        for pbx, interface, user, state, why, time in await session.execute(statement)
    ]
