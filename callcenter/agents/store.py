"""The SQL of who may take calls and who sits where. Every function works in the transaction of the session it gets."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, func, insert, or_, select, true, update
from sqlalchemy.dialects.postgresql import insert as insert_or
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.tables import User
from callcenter.agents.rules import HEARD_NOW, Seat, SeatState, Skill, find_wrap_up_end
from callcenter.agents.tables import AgentSkill, AgentState, MovedCaller, SignOn
from callcenter.calls.records import Witness
from callcenter.calls.tables import WitnessHeartbeat
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError, NotFoundError

CHANNEL = "agents"
"""PostgreSQL notifies it when a seat's state, a sign-on or a skill has changed."""


_IS_HEARD = (WitnessHeartbeat.pbx == AgentState.pbx) & (WitnessHeartbeat.witness == Witness.AMI)


@dataclass(frozen=True, kw_only=True, slots=True)
class PresentSeat:
    """A seat as the PBX reported it last."""

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
    next_reason: str | None = None
    """Of the pause that comes when the call or the wrap-up is over."""
    is_registered: bool | None = None
    """Whether the device can be rung; None where the PBX does not know."""
    began_at: datetime
    heard_until: datetime | None
    """Until when everything the PBX reported is known."""

    def is_known(self, now: datetime) -> bool:
        """Whether it still holds; while the PBX is not heard nobody knows what its seats do."""
        return self.heard_until is not None and now - self.heard_until < HEARD_NOW

    @property
    def wrap_up_ends_at(self) -> datetime | None:
        return find_wrap_up_end(self.reason)


@dataclass(frozen=True, kw_only=True, slots=True)
class AgentRow:
    """A user who may sign on, and where they sit."""

    user_id: int
    name: str
    skills: tuple[Skill, ...]
    seat: Seat | None
    signed_on_at: datetime | None


async def find_seat(session: AsyncSession, user_id: int) -> Seat | None:
    """Where an agent sits, None while they are signed off."""
    statement = select(SignOn.pbx, SignOn.interface).where(SignOn.user_id == user_id, SignOn.signed_off_at.is_(None))
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else Seat(pbx=row.pbx, interface=row.interface)


async def get_agent_id(session: AsyncSession, name: str) -> int:
    """Of a user who may sign on, or sits somewhere still. Raises NotFoundError."""
    is_there = (
        User.disabled_at.is_(None)
        | select(SignOn.id).where(SignOn.user_id == User.id, SignOn.signed_off_at.is_(None)).exists()
    )
    user_id = (await session.scalars(select(User.id).where(User.name == name, is_there))).one_or_none()
    if user_id is None:
        raise NotFoundError("There is no such agent.")
    return user_id


async def find_present(session: AsyncSession, seat: Seat) -> AgentState | None:
    """What the seat does, None where the PBX does not know it or is not heard."""
    statement = select(AgentState).where(
        AgentState.pbx == seat.pbx, AgentState.interface == seat.interface, AgentState.to_at.is_(None)
    )
    return (await session.scalars(statement)).one_or_none()


async def list_queues(session: AsyncSession, seat: Seat) -> set[str]:
    """The queues in which the PBX last had the seat."""
    statement = (
        select(AgentState.queues)
        .where(AgentState.pbx == seat.pbx, AgentState.interface == seat.interface)
        .order_by(AgentState.from_at.desc(), AgentState.id.desc())
        .limit(1)
    )
    return set((await session.scalars(statement)).one_or_none() or ())


async def find_present_seat(session: AsyncSession, seat: Seat) -> PresentSeat | None:
    """What one seat does, None where no PBX has reported it."""
    is_seat = (AgentState.pbx == seat.pbx) & (AgentState.interface == seat.interface)
    return next(iter(await _list_present(session, is_seat)), None)


async def list_present(session: AsyncSession) -> list[PresentSeat]:
    """What every seat does that a PBX has reported, by PBX and interface."""
    return await _list_present(session, true())


async def _list_present(session: AsyncSession, wanted: ColumnElement[bool]) -> list[PresentSeat]:
    statement = (
        select(AgentState, User.name, WitnessHeartbeat.at)
        .outerjoin(User, User.id == AgentState.user_id)
        .outerjoin(WitnessHeartbeat, _IS_HEARD)
        .where(AgentState.to_at.is_(None), wanted)
        .order_by(AgentState.pbx, AgentState.interface)
    )
    return [
        PresentSeat(
            pbx=row.pbx,
            interface=row.interface,
            user_id=row.user_id,
            agent=name,
            member_name=row.member_name,
            queues=tuple(row.queues),
            state=SeatState(row.state),
            reason=row.reason,
            next_reason=row.next_reason,
            is_registered=row.is_registered,
            began_at=row.began_at,
            heard_until=heard_until,
        )
        for row, name, heard_until in (await session.execute(statement)).all()
    ]


async def list_heard(session: AsyncSession) -> dict[str, datetime]:
    """Until when everything each PBX reported live is known."""
    statement = select(WitnessHeartbeat.pbx, WitnessHeartbeat.at).where(WitnessHeartbeat.witness == Witness.AMI)
    return {row.pbx: row.at for row in (await session.execute(statement)).all()}


async def list_agents(session: AsyncSession) -> list[AgentRow]:
    """Every user who may sign on, by name."""
    statement = (
        select(User.id, User.name, SignOn.pbx, SignOn.interface, SignOn.signed_on_at)
        .outerjoin(SignOn, (SignOn.user_id == User.id) & SignOn.signed_off_at.is_(None))
        .where(User.disabled_at.is_(None) | SignOn.id.is_not(None))
        .order_by(User.name)
    )
    users = (await session.execute(statement)).all()
    skills: dict[int, list[Skill]] = {}
    for row in await session.scalars(select(AgentSkill).order_by(AgentSkill.penalty, AgentSkill.queue)):
        skills.setdefault(row.user_id, []).append(Skill(queue=row.queue, penalty=row.penalty))
    return [
        AgentRow(
            user_id=user.id,
            name=user.name,
            skills=tuple(skills.get(user.id, ())),
            seat=None if user.pbx is None else Seat(pbx=user.pbx, interface=user.interface),
            signed_on_at=user.signed_on_at,
        )
        for user in users
    ]


async def list_skills(session: AsyncSession, user_id: int) -> list[Skill]:
    """Those with a low penalty first."""
    statement = select(AgentSkill).where(AgentSkill.user_id == user_id).order_by(AgentSkill.penalty, AgentSkill.queue)
    return [Skill(queue=row.queue, penalty=row.penalty) for row in await session.scalars(statement)]


async def replace_skills(session: AsyncSession, user_id: int, skills: Iterable[Skill]) -> None:
    """These and no others."""
    await session.execute(select(User.id).where(User.id == user_id).with_for_update())
    await session.execute(delete(AgentSkill).where(AgentSkill.user_id == user_id))
    rows = [{"user_id": user_id, "queue": skill.queue, "penalty": skill.penalty} for skill in skills]
    if rows:
        await session.execute(insert(AgentSkill), rows)
    await notify(session)


async def add_sign_on(session: AsyncSession, user_id: int, seat: Seat, at: datetime) -> None:
    """Raises ConflictError where the agent sits already, or somebody else sits there."""
    statement = insert_or(SignOn).values(
        user_id=user_id, pbx=seat.pbx, interface=seat.interface, signed_on_at=at, signed_off_at=None, ended_by=None
    )
    added = await session.execute(statement.on_conflict_do_nothing().returning(SignOn.id))
    if added.first() is None:
        own = await find_seat(session, user_id)
        if own is not None:
            raise ConflictError(
                f"You are signed on at {own.interface} already.",
                code=ErrorCode.SIGNED_ON_ALREADY,
                params={"pbx": own.pbx, "device": own.interface},
            )
        other = select(User.name).join(SignOn, SignOn.user_id == User.id).where(sits_at(seat.pbx, seat.interface))
        raise ConflictError(
            f"Somebody else is signed on at {seat.interface}.",
            code=ErrorCode.DEVICE_TAKEN,
            params={"device": seat.interface, "user": (await session.scalars(other)).one_or_none()},
        )
    await notify(session)


async def remove_sign_on(session: AsyncSession, user_id: int, seat: Seat) -> None:
    """The PBX did not take it: nobody has sat there."""
    await session.execute(delete(SignOn).where(SignOn.user_id == user_id, sits_at(seat.pbx, seat.interface)))
    await notify(session)


async def end_sign_on(session: AsyncSession, user_id: int, *, at: datetime, ended_by: str) -> Seat:
    """Where the agent sat. Raises ConflictError for one who is not signed on."""
    statement = (
        update(SignOn)
        .where(SignOn.user_id == user_id, SignOn.signed_off_at.is_(None))
        .values(signed_off_at=func.greatest(SignOn.signed_on_at, at), ended_by=ended_by)
        .returning(SignOn.pbx, SignOn.interface)
    )
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise ConflictError("The agent is not signed on.", code=ErrorCode.NOT_SIGNED_ON)
    await notify(session)
    return Seat(pbx=row.pbx, interface=row.interface)


async def is_taken(session: AsyncSession, seat: Seat) -> bool:
    """Whether an agent is signed on there."""
    statement = select(SignOn.id).where(sits_at(seat.pbx, seat.interface))
    return (await session.execute(statement)).first() is not None


async def list_taken(session: AsyncSession, pbx: str, *, since: datetime) -> dict[int, str]:
    """Interfaces at which an agent is signed on and was then already, by the number of the sign-on."""
    statement = select(SignOn.id, SignOn.interface).where(
        SignOn.pbx == pbx, SignOn.signed_off_at.is_(None), SignOn.signed_on_at <= since
    )
    return {row.id: row.interface for row in (await session.execute(statement)).all()}


async def list_seats_taken(session: AsyncSession) -> dict[int, Seat]:
    """Where each agent sits who is signed on, by user."""
    statement = select(SignOn.user_id, SignOn.pbx, SignOn.interface).where(SignOn.signed_off_at.is_(None))
    return {row.user_id: Seat(pbx=row.pbx, interface=row.interface) for row in await session.execute(statement)}


async def list_takers(session: AsyncSession) -> dict[Seat, str]:
    """Who is signed on at each seat that is taken."""
    statement = select(SignOn.pbx, SignOn.interface, User.name).join(User, User.id == SignOn.user_id)
    rows = await session.execute(statement.where(SignOn.signed_off_at.is_(None)))
    return {Seat(pbx=row.pbx, interface=row.interface): row.name for row in rows}


@dataclass(frozen=True, kw_only=True, slots=True)
class Seated:
    """A user who was signed on at a device, which is named as calls name it."""

    device: str
    user: str
    display_name: str | None


async def list_seated(
    session: AsyncSession, pbx: str, devices: Collection[str], from_at: datetime, to_at: datetime
) -> list[Seated]:
    """Who was signed on within [from_at, to_at) at these devices of a PBX, by device and then by time."""
    device = func.split_part(func.split_part(SignOn.interface, "/", 2), "@", 1).label("device")
    statement = (
        select(device, User.name, User.display_name)
        .join(User, User.id == SignOn.user_id)
        .where(SignOn.pbx == pbx, device.in_(sorted(devices)), SignOn.signed_on_at < to_at)
        .where(or_(SignOn.signed_off_at.is_(None), SignOn.signed_off_at > from_at))
        .order_by(device, SignOn.signed_on_at)
    )
    rows = await session.execute(statement)
    people = [Seated(device=row.device, user=row.name, display_name=row.display_name) for row in rows]
    return list(dict.fromkeys(people))


async def end_lost(session: AsyncSession, sign_on_ids: Collection[int]) -> None:
    """The PBX no longer knows of these seats: they ended when it last reported them.

    A sign-on that a request ends at this moment is left to that.
    """
    free = select(SignOn.id).where(SignOn.id.in_(sign_on_ids)).with_for_update(skip_locked=True)
    last_reported = (
        select(func.max(AgentState.to_at))
        .where(
            AgentState.pbx == SignOn.pbx,
            AgentState.interface == SignOn.interface,
            AgentState.user_id == SignOn.user_id,
            AgentState.from_at >= SignOn.signed_on_at,
        )
        .scalar_subquery()
    )
    await session.execute(
        update(SignOn)
        .where(SignOn.id.in_(free), SignOn.signed_off_at.is_(None))
        .values(signed_off_at=func.coalesce(last_reported, SignOn.signed_on_at), ended_by="pbx")
    )
    await notify(session)


async def save_moved_up(session: AsyncSession, pbx: str, call_id: str, at: datetime) -> None:
    """A caller stands in front of the others; one who did so already keeps their turn among those."""
    statement = insert_or(MovedCaller).values(pbx=pbx, call_id=call_id, moved_at=at)
    await session.execute(statement.on_conflict_do_nothing())
    await notify(session)


async def list_moved_up(session: AsyncSession, since: datetime) -> dict[tuple[str, str], datetime]:
    """When callers were moved in front of the others, by PBX and call."""
    moved = await session.scalars(select(MovedCaller).where(MovedCaller.moved_at >= since))
    return {(row.pbx, row.call_id): row.moved_at for row in moved}


def sits_at(pbx: str, interface: str) -> ColumnElement[bool]:
    """Of a sign-on: somebody sits there now."""
    return and_(SignOn.pbx == pbx, SignOn.interface == interface, SignOn.signed_off_at.is_(None))


async def notify(session: AsyncSession) -> None:
    """Notify listeners that something about agents has changed, once the transaction is committed."""
    await session.execute(select(func.pg_notify(CHANNEL, "")))
