"""What is done for those whom the host has left: nobody is rung any more, and nobody stays in a room without one."""

from __future__ import annotations

from datetime import datetime

from callcenter.mediation import room as pbx
from callcenter.mediation import store
from callcenter.mediation.pbx_sync import CALLED_OFF, place_of
from callcenter.mediation.room import Room
from callcenter.mediation.rules import LEG_ON_THE_WAY, LegCommand, LegRole, Place
from callcenter.pbx.commands import AmiCommands
from callcenter.postgres.database import Database


async def stop_unattended_ringing(database: Database, commands: AmiCommands, mediation_id: int, now: datetime) -> None:
    """Nobody is rung for a host who is gone."""
    async with database.sessions.begin() as session:
        await store.get_mediation(session, mediation_id, is_locked=True)
        legs = await store.list_legs(session, mediation_id)
        if not any(leg.role == LegRole.HOST and leg.left_at is not None for leg in legs):
            return
        stopped = {event.leg_id for event in await store.list_events(session, mediation_id) if event.what in CALLED_OFF}
        ringing = [leg for leg in legs if place_of(leg) is Place.DIALLED and not {leg.id, None} & stopped]
        for leg in ringing:
            actor, what = store.BACKEND_ACTOR, LegCommand.REMOVE
            await store.add_event(session, mediation_id, at=now, actor=actor, what=what, leg_id=leg.id)
    room = Room(commands=commands, mediation_id=mediation_id)
    for leg in ringing:
        await room.dismiss(leg.uniqueid or "", Place.DIALLED)


async def release_unattended(database: Database, commands: AmiCommands, mediation_id: int, now: datetime) -> None:
    """Whoever came into the room while the host left it is moved out, each once.

    ConfBridge puts out those who are in when its last marked user leaves (end_marked), and keeps who comes a moment
    later. On hold the dialplan sees that nobody hosts, and leads a consumer to the queue.
    """
    async with database.sessions.begin() as session:
        await store.get_mediation(session, mediation_id, is_locked=True)
        legs = await store.list_legs(session, mediation_id)
        left_at = next(leg.left_at for leg in legs if leg.role == LegRole.HOST)
        if left_at is None or now - left_at < LEG_ON_THE_WAY:
            return
        events = await store.list_events(session, mediation_id)
        moved = {
            event.leg_id for event in events if (event.actor, event.what) == (store.BACKEND_ACTOR, LegCommand.HOLD)
        }
        stranded = [
            leg for leg in legs if leg.role != LegRole.HOST and place_of(leg) is Place.ROOM and leg.id not in moved
        ]
        for leg in stranded:
            actor, what = store.BACKEND_ACTOR, LegCommand.HOLD
            await store.add_event(session, mediation_id, at=now, actor=actor, what=what, leg_id=leg.id)
    room = Room(commands=commands, mediation_id=mediation_id)
    for leg in stranded:
        await room.move(leg.uniqueid or "", pbx.HOLD)
