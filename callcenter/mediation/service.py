"""What can be done with mediations.

A command is written down and committed before it is sent, and sent once. What became of it comes back from the PBX
(`following`) and never from the command itself.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rules import SignedIn
from callcenter.calls.records import Direction
from callcenter.database import Database
from callcenter.errors import ActionRefused, ConflictError, InputError, NotFoundError, PbxError
from callcenter.mediation import room as pbx
from callcenter.mediation import store
from callcenter.mediation.account import get_own
from callcenter.mediation.room import Room, find_pair
from callcenter.mediation.rules import (
    GUESTS,
    EndReason,
    HostWord,
    LegCommand,
    LegFailure,
    MediationState,
    Place,
    Role,
    digits_of,
    number_to_dial,
    other_legs,
)
from callcenter.mediation.tables import Mediation
from callcenter.mediation.telling import CALLED_OFF, place_of, synchronise
from callcenter.pbx.commands import AmiCommands
from callcenter.pbx.identity import originated_id
from callcenter.pbx.trunks import Trunks
from callcenter.settings import Settings

log = logging.getLogger(__name__)

FIRST_NUMBER = 2_000_000_000
"""Numbers of the channels that we originate here begin behind those of agents' dials."""

_POSSIBLE_IN = {
    LegCommand.HOLD: (Place.ROOM,),
    LegCommand.RETURN: (Place.HOLD,),
    LegCommand.MUTE: (Place.ROOM,),
    LegCommand.UNMUTE: (Place.ROOM,),
    LegCommand.REMOVE: (Place.ROOM, Place.HOLD, Place.DIALLED),
    LegCommand.PRIVATE_WORD: (Place.ROOM, Place.HOLD),
}


def leg_uniqueid(mediation: Mediation, leg_id: int, now: datetime) -> str:
    """The id of the channel that a leg is dialled with."""
    return originated_id(mediation.pbx, int(now.timestamp()), FIRST_NUMBER + leg_id)


async def start(
    database: Database, commands: AmiCommands | None, settings: Settings, *, user: SignedIn, now: datetime
) -> int:
    """Move the agent's live call into a room of its own.

    Raises ConflictError where the agent is not in exactly one call with one caller, PbxError where the PBX said no.
    """
    async with database.sessions.begin() as session:
        seat = await store.find_seat(session, user.user_id)
        if seat is None:
            raise ConflictError("Sign on first.")
        if seat.pbx != settings.pbx:
            raise ConflictError(f"The agent sits at {seat.pbx}, which is commanded elsewhere.")
        calls = await store.list_live_calls(session, seat)
    if len(calls) != 1:
        raise ConflictError("The agent is not in a call." if not calls else "The agent is in several calls.")
    call = calls[0]
    login = need(commands)
    trunks = Trunks.parse(",".join(settings.trunks))
    pair = await find_pair(login, call_id=call.call_id, interface=seat.interface, trunks=trunks)
    number = call.caller_number if call.direction == Direction.INBOUND else call.customer_key
    async with database.sessions.begin() as session:
        mediation_id = await store.add_mediation(
            session,
            pbx=seat.pbx,
            call_id=call.call_id,
            host_user_id=user.user_id,
            state=MediationState.CALLING,
            created_at=now,
        )
        await store.add_leg(session, mediation_id, Role.HOST, interface=seat.interface, uniqueid=pair.host)
        await store.add_leg(session, mediation_id, Role.CONSUMER, number=number, uniqueid=pair.consumer)
        await store.add_event(session, mediation_id, at=now, actor=user.name, what=HostWord.STARTED)
    try:
        await Room(commands=login, mediation_id=mediation_id).open(pair)
    except ActionRefused:
        async with database.sessions.begin() as session:
            await store.end_mediation(session, mediation_id, EndReason.REFUSED_BY_PBX, at=now)
        raise
    return mediation_id


async def appoint(
    session: AsyncSession,
    settings: Settings,
    *,
    user: SignedIn,
    appointed_for: datetime,
    consumer: str,
    merchant: str,
    now: datetime,
) -> int:
    """Write down that both sides will be rung then. Raises InputError, RefusedError for a number, ConflictError."""
    if appointed_for <= now:
        raise InputError("An appointment lies in the future.")
    seat = await store.find_seat(session, user.user_id)
    numbers = {
        Role.CONSUMER: number_to_dial(consumer, area_code=settings.area_code),
        Role.MERCHANT: number_to_dial(merchant, area_code=settings.area_code),
    }
    mediation_id = await store.add_mediation(
        session,
        pbx=settings.pbx if seat is None else seat.pbx,
        host_user_id=user.user_id,
        state=MediationState.APPOINTED,
        created_at=now,
        appointed_for=appointed_for,
    )
    await store.add_leg(session, mediation_id, Role.HOST)
    for role, number in numbers.items():
        await store.add_leg(session, mediation_id, role, number=number)
    await store.add_event(
        session, mediation_id, at=now, actor=user.name, what=HostWord.APPOINTED, detail=appointed_for.isoformat()
    )
    return mediation_id


async def ring(
    database: Database,
    commands: AmiCommands | None,
    settings: Settings,
    mediation_id: int,
    *,
    user: SignedIn,
    role: Role,
    number: str,
    now: datetime,
) -> None:
    """Ring somebody into the room, with the hotline's number and nothing of the consumer's."""
    if role not in GUESTS:
        raise InputError("Only a merchant, a market office, an interpreter or an officer can be rung.")
    called = number_to_dial(number, area_code=settings.area_code)
    await refresh(database, commands, mediation_id, user, now)
    async with database.sessions.begin() as session:
        mediation = await _get_open(session, mediation_id, user)
        legs = await store.list_legs(session, mediation_id)
        if any(leg.number == called and place_of(leg) is not Place.LEFT for leg in legs):
            raise ConflictError("This number is in the mediation already.")
        leg_id = await store.add_leg(session, mediation_id, role, number=called)
        uniqueid = leg_uniqueid(mediation, leg_id, now)
        await store.change_leg(session, leg_id, uniqueid=uniqueid, called_at=now)
        await store.add_event(session, mediation_id, at=now, actor=user.name, what=HostWord.CALLED, leg_id=leg_id)
    await send_ring(database, need(commands), settings, mediation_id, leg_id, called, uniqueid, pbx.GUEST, now=now)


async def send_ring(
    database: Database,
    commands: AmiCommands,
    settings: Settings,
    mediation_id: int,
    leg_id: int,
    number: str,
    uniqueid: str,
    context: str,
    *,
    now: datetime,
) -> None:
    """Ring a number on the trunk; a refusal of the PBX is the end of the leg and nothing more."""
    room = Room(commands=commands, mediation_id=mediation_id)
    channel = f"PJSIP/{digits_of(number)}@{settings.outbound_trunk}"
    try:
        await room.ring(
            channel=channel,
            uniqueid=uniqueid,
            context=context,
            caller=settings.hotline_number,
            seconds=settings.mediation_ring_seconds,
        )
    except ActionRefused as refused:
        log.warning("The PBX did not ring for mediation %s. %s", mediation_id, refused)
        async with database.sessions.begin() as session:
            failure = LegFailure.UNREACHABLE
            await store.change_leg(session, leg_id, failure=failure, left_at=now)
            what = HostWord.NOT_REACHED
            await store.add_event(
                session, mediation_id, at=now, actor=store.PBX_ACTOR, what=what, leg_id=leg_id, detail=failure
            )


async def command_leg(
    database: Database,
    commands: AmiCommands | None,
    mediation_id: int,
    leg_id: int,
    command: LegCommand,
    *,
    user: SignedIn,
    now: datetime,
) -> None:
    """What the host wishes for one leg. Raises ConflictError where the leg is not in the place for it."""
    await refresh(database, commands, mediation_id, user, now)
    async with database.sessions.begin() as session:
        await _get_open(session, mediation_id, user)
        legs = {leg.id: leg for leg in await store.list_legs(session, mediation_id)}
        if leg_id not in legs:
            raise NotFoundError("There is no such leg.")
        places = {leg.id: place_of(leg) for leg in legs.values()}
        if legs[leg_id].role == Role.HOST:
            raise ConflictError("The host cannot do this with their own leg.")
        if places[leg_id] not in _POSSIBLE_IN[command]:
            raise ConflictError(f"This is not possible for a leg whose place is {places[leg_id].value}.")
        await store.add_event(session, mediation_id, at=now, actor=user.name, what=command, leg_id=leg_id)
    room = Room(commands=need(commands), mediation_id=mediation_id)
    uniqueid = legs[leg_id].uniqueid or ""
    match command:
        case LegCommand.HOLD:
            await room.move(uniqueid, pbx.HOLD)
        case LegCommand.RETURN:
            await room.move(uniqueid, pbx.RETURN)
        case LegCommand.MUTE | LegCommand.UNMUTE:
            await room.mute(uniqueid, is_muted=command is LegCommand.MUTE)
        case LegCommand.REMOVE:
            await _dismiss(room, uniqueid, places[leg_id])
        case LegCommand.PRIVATE_WORD:
            guests = {other: place for other, place in places.items() if legs[other].role != Role.HOST}
            for other in other_legs(guests, leg_id):
                with suppress(ActionRefused):  # gone by themselves a moment ago
                    await room.move(legs[other].uniqueid or "", pbx.HOLD)
            if places[leg_id] is Place.HOLD:
                await room.move(uniqueid, pbx.RETURN)


async def end(
    database: Database, commands: AmiCommands | None, mediation_id: int, *, user: SignedIn, now: datetime
) -> None:
    """End it for all: the consumer is thanked and not sent back to the queue. An appointed one is called off."""
    await refresh(database, commands, mediation_id, user, now)
    async with database.sessions.begin() as session:
        mediation = await get_own(session, mediation_id, user, is_locked=True)
        if mediation.state == MediationState.APPOINTED:
            await store.end_mediation(session, mediation_id, EndReason.CALLED_OFF, at=now, actor=user.name)
            return
        _check_is_on(mediation)
        legs = await store.list_legs(session, mediation_id)
        await store.change_mediation(session, mediation_id, end_reason=EndReason.BY_HOST)
        await store.add_event(session, mediation_id, at=now, actor=user.name, what=HostWord.END)
    room = Room(commands=need(commands), mediation_id=mediation_id)
    # The host last: once they are gone the dialplan takes the consumer for one who was left alone.
    for leg in sorted(legs, key=lambda leg: leg.role == Role.HOST):
        if leg.uniqueid is not None and place_of(leg) is not Place.LEFT:
            await _dismiss(room, leg.uniqueid, place_of(leg))


async def stop_unattended_ringing(database: Database, commands: AmiCommands, mediation_id: int, now: datetime) -> None:
    """Nobody is rung for a host who is gone."""
    async with database.sessions.begin() as session:
        await store.get_mediation(session, mediation_id, is_locked=True)
        legs = await store.list_legs(session, mediation_id)
        if not any(leg.role == Role.HOST and leg.left_at is not None for leg in legs):
            return
        stopped = {event.leg_id for event in await store.list_events(session, mediation_id) if event.what in CALLED_OFF}
        ringing = [leg for leg in legs if place_of(leg) is Place.DIALLED and not {leg.id, None} & stopped]
        for leg in ringing:
            actor, what = store.BACKEND_ACTOR, LegCommand.REMOVE
            await store.add_event(session, mediation_id, at=now, actor=actor, what=what, leg_id=leg.id)
    room = Room(commands=commands, mediation_id=mediation_id)
    for leg in ringing:
        await _dismiss(room, leg.uniqueid or "", Place.DIALLED)


async def _dismiss(room: Room, uniqueid: str, place: Place) -> None:
    with suppress(ActionRefused):  # gone by themselves a moment ago
        if place is Place.DIALLED:
            await room.stop_ringing(uniqueid)
        else:
            await room.move(uniqueid, pbx.END)


async def refresh(
    database: Database, commands: AmiCommands | None, mediation_id: int, user: SignedIn, now: datetime
) -> None:
    """Know what the PBX knows before anything is decided; only for who may decide."""
    async with database.sessions.begin() as session:
        mediation = await get_own(session, mediation_id, user)
        is_on = mediation.state in (MediationState.CALLING, MediationState.OPEN)
    if is_on:
        await synchronise(database, need(commands), mediation_id, now)


def need(commands: AmiCommands | None) -> AmiCommands:
    """Raises PbxError where no command login is set."""
    if commands is None:
        raise PbxError("No command login is set: CALLCENTER_AMI_COMMANDS_SECRET.")
    return commands


async def _get_open(session: AsyncSession, mediation_id: int, user: SignedIn) -> Mediation:
    mediation = await get_own(session, mediation_id, user, is_locked=True)
    _check_is_on(mediation)
    if mediation.state != MediationState.OPEN:
        raise ConflictError("The host is not in the room yet.")
    return mediation


def _check_is_on(mediation: Mediation) -> None:
    if mediation.state == MediationState.ENDED:
        raise ConflictError("The mediation is over.")
    if mediation.state == MediationState.APPOINTED:
        raise ConflictError("The mediation has not begun.")
