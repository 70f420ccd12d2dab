"""What the host does with those in the room: hold, mute, remove, a private word, the end.

A command is written down and committed before it is sent, and sent once. What became of it comes back from the PBX
(`pbx_sync`) and never from the command itself.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from callcenter.accounts.rights import SignedIn
from callcenter.error_codes import ErrorCode
from callcenter.errors import ActionRefused, ConflictError, NotFoundError
from callcenter.mediation import room as contexts
from callcenter.mediation import store
from callcenter.mediation.dossier import get_own
from callcenter.mediation.pbx_sync import place_of
from callcenter.mediation.preconditions import check_is_on, get_open, refresh
from callcenter.mediation.room import Room
from callcenter.mediation.rules import EndReason, HostWord, LegCommand, LegRole, MediationState, Place, other_legs
from callcenter.pbx.registry import PbxRegistry
from callcenter.postgres.database import Database

_POSSIBLE_IN = {
    LegCommand.HOLD: (Place.ROOM,),
    LegCommand.RETURN: (Place.HOLD,),
    LegCommand.MUTE: (Place.ROOM,),
    LegCommand.UNMUTE: (Place.ROOM,),
    LegCommand.REMOVE: (Place.ROOM, Place.HOLD, Place.DIALLED),
    LegCommand.PRIVATE_WORD: (Place.ROOM, Place.HOLD),
}


async def command_leg(
    database: Database,
    pbxs: PbxRegistry,
    mediation_id: int,
    leg_id: int,
    command: LegCommand,
    *,
    user: SignedIn,
    now: datetime,
) -> None:
    """What the host wishes for one leg. Raises ConflictError where the leg is not in the place for it."""
    pbx = await refresh(database, pbxs, mediation_id, user, now)
    async with database.sessions.begin() as session:
        await get_open(session, mediation_id, user)
        legs = {leg.id: leg for leg in await store.list_legs(session, mediation_id)}
        if leg_id not in legs:
            raise NotFoundError("There is no such leg.")
        places = {leg.id: place_of(leg) for leg in legs.values()}
        if legs[leg_id].role == LegRole.HOST:
            raise ConflictError("The host cannot do this with their own leg.", code=ErrorCode.HOST_LEG)
        if places[leg_id] not in _POSSIBLE_IN[command]:
            raise ConflictError(
                f"This is not possible for a leg whose place is {places[leg_id].value}.",
                code=ErrorCode.LEG_ELSEWHERE,
                params={"place": places[leg_id]},
            )
        await store.add_event(session, mediation_id, at=now, actor=user.name, what=command, leg_id=leg_id)
    room = Room(commands=pbxs.get(pbx), mediation_id=mediation_id)
    uniqueid = legs[leg_id].uniqueid or ""
    match command:
        case LegCommand.HOLD:
            await room.move(uniqueid, contexts.HOLD)
        case LegCommand.RETURN:
            await room.move(uniqueid, contexts.RETURN)
        case LegCommand.MUTE | LegCommand.UNMUTE:
            await room.mute(uniqueid, is_muted=command is LegCommand.MUTE)
        case LegCommand.REMOVE:
            await room.dismiss(uniqueid, places[leg_id])
        case LegCommand.PRIVATE_WORD:
            guests = {other: place for other, place in places.items() if legs[other].role != LegRole.HOST}
            for other in other_legs(guests, leg_id):
                with suppress(ActionRefused):  # gone by themselves a moment ago
                    await room.move(legs[other].uniqueid or "", contexts.HOLD)
            if places[leg_id] is Place.HOLD:
                await room.move(uniqueid, contexts.RETURN)


async def end(database: Database, pbxs: PbxRegistry, mediation_id: int, *, user: SignedIn, now: datetime) -> None:
    """End it for all: the consumer is thanked and not sent back to the queue. An appointed one is called off."""
    pbx = await refresh(database, pbxs, mediation_id, user, now)
    async with database.sessions.begin() as session:
        mediation = await get_own(session, mediation_id, user, is_locked=True)
        if mediation.state == MediationState.APPOINTED:
            await store.end_mediation(session, mediation_id, EndReason.CALLED_OFF, at=now, actor=user.name)
            return
        check_is_on(mediation)
        legs = await store.list_legs(session, mediation_id)
        reason = EndReason.BY_HOST if user.user_id == mediation.host_user_id else EndReason.BY_SUPERVISOR
        await store.change_mediation(session, mediation_id, end_reason=reason)
        await store.add_event(session, mediation_id, at=now, actor=user.name, what=HostWord.END)
    room = Room(commands=pbxs.get(pbx), mediation_id=mediation_id)
    # The host last: once they are gone the dialplan takes the consumer for one who was left alone.
    for leg in sorted(legs, key=lambda leg: leg.role == LegRole.HOST):
        if leg.uniqueid is not None and place_of(leg) is not Place.LEFT:
            await room.dismiss(leg.uniqueid, place_of(leg))
