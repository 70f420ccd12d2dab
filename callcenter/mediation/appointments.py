"""Appointed mediations: at the time the host's phone rings, then the consumer, then the merchant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import Role as UserRole
from callcenter.accounts.rights import SignedIn
from callcenter.dialling.rules import NumberRefused
from callcenter.errors import ActionRefused
from callcenter.mediation import room as contexts
from callcenter.mediation import store
from callcenter.mediation.allowed_numbers import pass_number, refuse
from callcenter.mediation.invitations import leg_uniqueid, send_ring
from callcenter.mediation.pbx_sync import place_of
from callcenter.mediation.room import Room
from callcenter.mediation.rules import GUESTS, EndReason, HostWord, LegFailure, LegRole, MediationState, Place
from callcenter.pbx.commands import AmiCommands
from callcenter.pbx_settings import Pbx
from callcenter.postgres.database import Database
from callcenter.settings import Settings


@dataclass(frozen=True, kw_only=True, slots=True)
class _Rung:
    """A host who is about to be rung; nobody where they have no phone."""

    mediation_id: int
    interface: str | None
    uniqueid: str = ""


async def begin_due(database: Database, commands: AmiCommands, settings: Settings, pbx: Pbx, now: datetime) -> bool:
    """Ring the host of one mediation whose time has come; False where there is none."""
    try:
        rung = await _take_due(database, settings, pbx, now)
    except IntegrityError:
        return False  # the host has begun another one this very moment
    if rung is None or rung.interface is None:
        return rung is not None
    room = Room(commands=commands, mediation_id=rung.mediation_id)
    caller = pbx.hotline_number
    try:
        await room.ring(
            channel=rung.interface,
            uniqueid=rung.uniqueid,
            context=contexts.HOST,
            caller=caller,
            seconds=settings.mediation_ring_seconds,
        )
    except ActionRefused:
        async with database.sessions.begin() as session:
            await store.end_mediation(session, rung.mediation_id, EndReason.REFUSED_BY_PBX, at=now)
    return True


async def _take_due(database: Database, settings: Settings, pbx: Pbx, now: datetime) -> _Rung | None:
    async with database.sessions.begin() as session:
        mediation_id = await store.take_due(session, pbx.name, now)
        if mediation_id is None:
            return None
        mediation = await store.get_mediation(session, mediation_id)
        seat = await store.find_seat(session, mediation.host_user_id)
        if seat is not None and seat.pbx != pbx.name and seat.pbx in settings.pbx_names:
            mediation.pbx = seat.pbx  # the host has moved, and the mediation with them
            return _Rung(mediation_id=mediation_id, interface=None)
        if seat is None or seat.pbx != mediation.pbx:
            await store.end_mediation(session, mediation_id, EndReason.HOST_NOT_REACHED, at=now)
            return _Rung(mediation_id=mediation_id, interface=None)
        host = next(leg for leg in await store.list_legs(session, mediation_id) if leg.role == LegRole.HOST)
        host.interface, host.called_at = seat.interface, now
        uniqueid = host.uniqueid = leg_uniqueid(mediation, host.id, now)
        mediation.state = MediationState.CALLING
        actor, what = store.BACKEND_ACTOR, HostWord.CALLED
        await store.add_event(session, mediation_id, at=now, actor=actor, what=what, leg_id=host.id)
        return _Rung(mediation_id=mediation_id, interface=seat.interface, uniqueid=uniqueid)


async def ring_next(
    database: Database, commands: AmiCommands, settings: Settings, pbx: Pbx, mediation_id: int, now: datetime
) -> None:
    """With the host in the room ring the consumer; with the consumer there, who was appointed with them."""
    async with database.sessions.begin() as session:
        mediation = await store.get_mediation(session, mediation_id, is_locked=True)
        if mediation.state != MediationState.OPEN or mediation.appointed_for is None:
            return
        legs = await store.list_legs(session, mediation_id)
        consumer = next(leg for leg in legs if leg.role == LegRole.CONSUMER)
        waiting = [leg for leg in legs if place_of(leg) is Place.NOT_CALLED]
        if consumer in waiting:
            leg, context = consumer, contexts.CALLED
        elif place_of(consumer) in (Place.ROOM, Place.HOLD) and waiting:
            leg, context = waiting[0], contexts.GUEST
        else:
            return
        if leg.role not in (LegRole.CONSUMER, *GUESTS) or leg.number is None:
            return
        leg_id, number, uniqueid = leg.id, leg.number, leg_uniqueid(mediation, leg.id, now)
        host_id = mediation.host_user_id
        refused = await _ask_gate(session, settings, host_id, number, uniqueid, now)
        detail = None
        if refused is None:
            what = HostWord.CALLED
            leg.called_at, leg.uniqueid = now, uniqueid
            if leg is consumer:
                mediation.call_id = uniqueid
        else:
            what, detail = HostWord.NOT_REACHED, LegFailure.NOT_ALLOWED.value
            leg.failure, leg.left_at = detail, now
        actor = store.BACKEND_ACTOR
        await store.add_event(session, mediation_id, at=now, actor=actor, what=what, leg_id=leg_id, detail=detail)
        names = await store.names_of(session, [host_id])
    if refused is None:
        await send_ring(database, commands, settings, pbx, mediation_id, leg_id, number, uniqueid, context, now=now)
    else:
        host = SignedIn(user_id=host_id, name=names[host_id], role=UserRole.AGENT)
        await refuse(database, settings, host, number, refused, now)


async def _ask_gate(
    session: AsyncSession, settings: Settings, host_id: int, number: str, uniqueid: str, now: datetime
) -> NumberRefused | None:
    """Asked again now: much may have changed since the appointment was made."""
    try:
        await pass_number(session, settings, host_id, number, call_id=uniqueid, now=now)
    except NumberRefused as refused:
        return refused
    return None
