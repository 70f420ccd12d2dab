"""All SQL of mediations. Every function works in its caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Text, cast, exists, func, insert, select, true, update
from sqlalchemy.dialects.postgresql import insert as insert_or
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import Right, SignedIn
from callcenter.accounts.tables import User
from callcenter.agents.tables import SignOn
from callcenter.audio.rules import Purpose, kinds_of
from callcenter.audio.store import KeptFile, list_files
from callcenter.audio.tables import AudioFile
from callcenter.calls.tables import Call
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError, NotFoundError
from callcenter.mediation.rules import (
    EndReason,
    HostWord,
    LegCommand,
    LegRole,
    MediationState,
    Result,
    RoomEvent,
    stay_of,
)
from callcenter.mediation.tables import Mediation, MediationEvent, MediationLeg
from callcenter.pbx.channel_names import device_of_interface

PBX_ACTOR, BACKEND_ACTOR = "pbx", "backend"


@dataclass(frozen=True, kw_only=True, slots=True)
class Seat:
    """Where an agent sits."""

    pbx: str
    interface: str


async def find_seat(session: AsyncSession, user_id: int) -> Seat | None:
    """None while the agent is signed off."""
    statement = select(SignOn.pbx, SignOn.interface).where(SignOn.user_id == user_id, SignOn.signed_off_at.is_(None))
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else Seat(pbx=row.pbx, interface=row.interface)


async def list_live_calls(session: AsyncSession, seat: Seat) -> list[Call]:
    """Calls that are up and whose customer talks to whoever sits there; of calls put together the oldest."""
    device = device_of_interface(seat.interface)
    statement = select(Call).where(Call.outcome.is_(None), Call.pbx == seat.pbx)
    calls = (await session.scalars(statement)).all()
    talking = [call for call in calls if any(talk["with"] == device and talk["to"] is None for talk in _talks(call))]
    together = {call.call_id for call in talking}
    return [call for call in talking if call.joined not in together]


def _talks(call: Call) -> list[dict[str, Any]]:
    talks: list[dict[str, Any]] = call.record["talks"]
    return talks


async def add_mediation(session: AsyncSession, **values: Any) -> int:
    """Raises ConflictError where the host, or the call, is in a mediation already."""
    try:
        async with session.begin_nested():
            statement = insert(Mediation).values(**values).returning(Mediation.id)
            return (await session.scalars(statement)).one()
    except IntegrityError:
        raise ConflictError(
            "The agent or the call is in a mediation already.", code=ErrorCode.IN_MEDIATION_ALREADY
        ) from None


async def get_mediation(session: AsyncSession, mediation_id: int, *, is_locked: bool = False) -> Mediation:
    """Raises NotFoundError. Locked, nobody else changes it before the transaction ends."""
    found = await session.get(Mediation, mediation_id, populate_existing=True, with_for_update=is_locked or None)
    if found is None:
        raise NotFoundError("There is no such mediation.")
    return found


async def list_mediations(
    session: AsyncSession, *, host_user_id: int | None, state: MediationState | None, before: int | None, limit: int
) -> Sequence[Mediation]:
    """Newest first; `before` is the id of the last one seen."""
    statement = select(Mediation).order_by(Mediation.id.desc()).limit(limit)
    if host_user_id is not None:
        statement = statement.where(Mediation.host_user_id == host_user_id)
    if state is not None:
        statement = statement.where(Mediation.state == state)
    if before is not None:
        statement = statement.where(Mediation.id < before)
    return (await session.scalars(statement)).all()


async def list_ids_on(session: AsyncSession, pbx: str) -> list[int]:
    """Mediations of which the PBX has something to report."""
    on = (MediationState.CALLING, MediationState.OPEN)
    statement = select(Mediation.id).where(Mediation.pbx == pbx, Mediation.state.in_(on)).order_by(Mediation.id)
    return list((await session.scalars(statement)).all())


async def take_due(session: AsyncSession, pbx: str, now: datetime) -> int | None:
    """One appointed mediation whose time has come and whose host is free; locked."""
    busy = select(Mediation.host_user_id).where(Mediation.state.in_((MediationState.CALLING, MediationState.OPEN)))
    statement = (
        select(Mediation.id)
        .where(
            Mediation.pbx == pbx,
            Mediation.state == MediationState.APPOINTED,
            Mediation.appointed_for <= now,
            Mediation.host_user_id.not_in(busy),
        )
        .order_by(Mediation.appointed_for)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return (await session.scalars(statement)).one_or_none()


async def number_begun(session: AsyncSession, timezone: ZoneInfo) -> None:
    """Give each mediation that has begun the next number of its year, in the order in which they began.

    One transaction numbers at a time, and what it numbered is seen by the next: so there is no gap and no double.
    """
    begun = select(Mediation.id).where(Mediation.opened_at.is_not(None), Mediation.record_number.is_(None))
    if (await session.execute(begun.limit(1))).first() is None:
        return
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended("mediation numbers", 0))))
    for mediation_id in (await session.scalars(begun.order_by(Mediation.opened_at, Mediation.id))).all():
        mediation = await get_mediation(session, mediation_id, is_locked=True)
        if mediation.opened_at is None or mediation.record_number is not None:
            continue
        year = mediation.opened_at.astimezone(timezone).year
        latest = select(func.max(Mediation.record_number)).where(Mediation.record_year == year)
        last = (await session.execute(latest)).scalar_one() or 0
        await change_mediation(session, mediation_id, record_year=year, record_number=last + 1)


async def list_not_stored(session: AsyncSession, pbx: str, ended_before: datetime) -> Sequence[Mediation]:
    """Mediations that are over and whose recordings are not looked at yet."""
    statement = select(Mediation).where(
        Mediation.pbx == pbx, Mediation.ended_at < ended_before, Mediation.recordings_stored_at.is_(None)
    )
    return (await session.scalars(statement)).all()


async def change_mediation(session: AsyncSession, mediation_id: int, **values: Any) -> None:
    await session.execute(update(Mediation).where(Mediation.id == mediation_id).values(**values))


async def end_mediation(
    session: AsyncSession,
    mediation_id: int,
    reason: EndReason,
    *,
    at: datetime,
    actor: str = BACKEND_ACTOR,
) -> None:
    """Write down that it is over."""
    await change_mediation(session, mediation_id, state=MediationState.ENDED, ended_at=at, end_reason=reason)
    await add_event(session, mediation_id, at=at, actor=actor, what=HostWord.ENDED, detail=reason)


async def add_leg(session: AsyncSession, mediation_id: int, role: LegRole, **values: Any) -> int:
    """Its id."""
    values = {"mediation_id": mediation_id, "role": role, "is_on_hold": False} | values
    return (await session.scalars(insert(MediationLeg).values(values).returning(MediationLeg.id))).one()


async def list_legs(session: AsyncSession, mediation_id: int) -> Sequence[MediationLeg]:
    """In the order they were added."""
    statement = select(MediationLeg).where(MediationLeg.mediation_id == mediation_id).order_by(MediationLeg.id)
    return (await session.scalars(statement.execution_options(populate_existing=True))).all()


async def find_refusal(session: AsyncSession, pbx: str, call_id: str) -> datetime | None:
    """When the consumer of this call refused to be recorded, in an earlier mediation of it."""
    statement = (
        select(func.min(MediationLeg.may_be_recorded_at))
        .join(Mediation, Mediation.id == MediationLeg.mediation_id)
        .where(Mediation.pbx == pbx, Mediation.call_id == call_id)
        .where(MediationLeg.role == LegRole.CONSUMER, MediationLeg.may_be_recorded.is_(False))
    )
    return (await session.execute(statement)).scalar_one()


async def change_leg(session: AsyncSession, leg_id: int, **values: Any) -> None:
    await session.execute(update(MediationLeg).where(MediationLeg.id == leg_id).values(**values))


async def add_event(
    session: AsyncSession,
    mediation_id: int,
    *,
    at: datetime,
    actor: str,
    what: HostWord | LegCommand,
    leg_id: int | None = None,
    detail: str | None = None,
) -> None:
    values = {"mediation_id": mediation_id, "leg_id": leg_id, "at": at, "actor": actor, "what": what, "detail": detail}
    await session.execute(insert(MediationEvent).values(values))


async def list_events(session: AsyncSession, mediation_id: int) -> Sequence[MediationEvent]:
    """In the order they happened."""
    statement = select(MediationEvent).where(MediationEvent.mediation_id == mediation_id)
    return (await session.scalars(statement.order_by(MediationEvent.at, MediationEvent.id))).all()


async def save_room_events(session: AsyncSession, mediation_id: int, reported: Iterable[RoomEvent]) -> None:
    """Keep the PBX's events of the room, each once, and what it says about the legs."""
    legs = {leg.uniqueid: leg for leg in await list_legs(session, mediation_id) if leg.uniqueid is not None}
    events = [event for event in reported if event.uniqueid in legs]
    if not events:
        return
    rows = [
        {
            "mediation_id": mediation_id,
            "leg_id": legs[event.uniqueid].id,
            "at": event.at,
            "actor": PBX_ACTOR,
            "what": event.word,
        }
        for event in events
    ]
    await session.execute(insert_or(MediationEvent).on_conflict_do_nothing(), rows)
    for uniqueid in {event.uniqueid for event in events}:
        stay = stay_of(events, uniqueid)
        leg = legs[uniqueid]
        leg.joined_at, leg.is_on_hold, leg.last_word = stay.joined_at, stay.is_on_hold, stay.last_word
        leg.left_at = stay.left_at
    await session.flush()


async def find_ended_call(session: AsyncSession, pbx: str, call_id: str) -> Call | None:
    """A call that is over; None while it is up or not known."""
    statement = select(Call).where(Call.pbx == pbx, Call.call_id == call_id, Call.outcome.is_not(None))
    return (await session.scalars(statement)).one_or_none()


async def get_user_names(session: AsyncSession, user_id: int) -> tuple[str, str | None]:
    """The name the user signs in with, and the display name."""
    row = (await session.execute(select(User.name, User.display_name).where(User.id == user_id))).one()
    return row.name, row.display_name


async def names_of(session: AsyncSession, user_ids: Iterable[int]) -> Mapping[int, str]:
    rows = await session.execute(select(User.id, User.name).where(User.id.in_(set(user_ids))))
    return {row.id: row.name for row in rows}


def may_hear(user: SignedIn) -> ColumnElement[bool]:
    """Supervisors hear every file, the host those of own mediations in which nobody can be heard who refused it."""
    if user.may(Right.HEAR_ALL_RECORDINGS):
        return true()
    own = exists().where(
        Mediation.host_user_id == user.user_id,
        Mediation.pbx == AudioFile.pbx,
        cast(Mediation.id, Text) == func.split_part(AudioFile.path, "/", 1),
    )
    return AudioFile.refused_at.is_(None) & own


async def list_recordings(session: AsyncSession, mediation: Mediation, call_id: str) -> list[KeptFile]:
    """Files that were taken in of one mediation, those deleted since included."""
    files = await list_files(
        session,
        AudioFile.pbx == mediation.pbx,
        AudioFile.call_id == call_id,
        AudioFile.kind.in_(kinds_of(Purpose.MEDIATION)),
        AudioFile.path.startswith(f"{mediation.id}/"),
    )
    return sorted(files, key=lambda kept: kept.file.path)


async def count_results(session: AsyncSession, begin: datetime, end: datetime) -> dict[Result | None, int]:
    """Mediations begun in a time and over by now, by result; None are those without one."""
    statement = (
        select(Mediation.result, func.count())
        .where(Mediation.opened_at >= begin, Mediation.opened_at < end, Mediation.ended_at.is_not(None))
        .group_by(Mediation.result)
    )
    return {None if result is None else Result(result): count for result, count in await session.execute(statement)}
