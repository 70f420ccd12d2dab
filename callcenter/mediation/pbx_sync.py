"""Knowing what the PBX knows about a mediation: read anew each time, so that a backend that was away misses nothing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.calls.records import Outcome
from callcenter.mediation import store
from callcenter.mediation.room import Room, channels_by_id
from callcenter.mediation.rules import (
    LEG_GIVEN_UP_AFTER,
    LEG_ON_THE_WAY,
    EndReason,
    HostWord,
    LegCommand,
    LegFailure,
    LegRole,
    MediationState,
    Place,
    RoomEvent,
    RoomWord,
    failure_of,
    stay_of,
)
from callcenter.mediation.tables import Mediation, MediationLeg
from callcenter.pbx.commands import AmiCommands
from callcenter.postgres.database import Database

CALLED_OFF = frozenset((LegCommand.REMOVE.value, HostWord.END.value))
"""Commands that stop the ringing of a leg."""


def place_of(leg: MediationLeg) -> Place:
    """Where a leg is, as far as the PBX has reported."""
    if leg.left_at is not None or leg.failure is not None:
        return Place.LEFT
    if leg.joined_at is not None:
        return Place.HOLD if leg.is_on_hold else Place.ROOM
    return Place.NOT_CALLED if leg.uniqueid is None else Place.DIALLED


async def synchronise(database: Database, commands: AmiCommands, mediation_id: int, now: datetime) -> None:
    """Bring the mediation and its legs in step with the PBX. Raises PbxError where it does not answer.

    Channels are listed before the words are read: a channel that is gone has left its last word by then.
    """
    channels = await channels_by_id(commands)
    events = await Room(commands=commands, mediation_id=mediation_id).read_events()
    async with database.sessions.begin() as session:
        mediation = await store.get_mediation(session, mediation_id, is_locked=True)
        if mediation.state not in (MediationState.CALLING, MediationState.OPEN):
            return
        legs = await store.list_legs(session, mediation_id)
        await store.save_room_events(session, mediation_id, [*events, *_lost(legs, events, channels, now)])
        legs = await store.list_legs(session, mediation_id)
        for leg in legs:
            if place_of(leg) is Place.DIALLED and leg.uniqueid not in channels:
                await _note_failure(session, mediation, leg, now)
        await _note_state(session, mediation, legs, channels, now)


def _lost(
    legs: Sequence[MediationLeg], events: Sequence[RoomEvent], channels: Collection[str], now: datetime
) -> list[RoomEvent]:
    """Legs known to be in from an earlier look, whose channels the PBX knows no longer: it died in between."""
    return [
        RoomEvent(at=now, uniqueid=leg.uniqueid, word=RoomWord.LOST)
        for leg in legs
        if leg.uniqueid is not None
        and leg.uniqueid not in channels
        and leg.joined_at is not None
        and leg.left_at is None
        and stay_of(events, leg.uniqueid).left_at is None
    ]


async def _note_failure(session: AsyncSession, mediation: Mediation, leg: MediationLeg, now: datetime) -> None:
    """Whom we rang and who did not come: the record of that call says why."""
    if leg.called_at is None or leg.uniqueid is None:
        return
    call = await store.find_ended_call(session, mediation.pbx, leg.uniqueid)
    at = now
    if call is not None:
        failure = failure_of(Outcome(call.outcome or Outcome.UNKNOWN), call.record["hangup_cause"])
        at = call.ended_at or now
    elif now - leg.called_at > LEG_GIVEN_UP_AFTER:
        failure = LegFailure.UNKNOWN
    else:
        return
    events = await store.list_events(session, mediation.id)
    if any(event.what in CALLED_OFF and event.leg_id in (leg.id, None) for event in events):
        failure = LegFailure.CALLED_OFF
    leg.failure, leg.left_at = failure, at
    what = HostWord.NOT_REACHED
    await store.add_event(session, mediation.id, at=at, actor=store.PBX_ACTOR, what=what, leg_id=leg.id, detail=failure)


async def _note_state(
    session: AsyncSession,
    mediation: Mediation,
    legs: Sequence[MediationLeg],
    channels: Collection[str],
    now: datetime,
) -> None:
    host = next(leg for leg in legs if leg.role == LegRole.HOST)
    if host.joined_at is not None and mediation.state == MediationState.CALLING:
        mediation.state, mediation.opened_at = MediationState.OPEN, host.joined_at
        await session.flush()
    is_overdue = now - (host.called_at or mediation.created_at) > LEG_ON_THE_WAY
    has_never_come = host.joined_at is None and host.uniqueid not in channels and is_overdue
    if host.left_at is not None and host.joined_at is not None:
        places = [place_of(leg) for leg in legs]
        is_soon = now - host.left_at < LEG_ON_THE_WAY
        if Place.ROOM in places or Place.HOLD in places or (Place.DIALLED in places and is_soon):
            return  # what becomes of them is reported in a moment
        reason = EndReason(mediation.end_reason or EndReason.HOST_GONE)
        await store.end_mediation(session, mediation.id, reason, at=host.left_at)
    elif host.failure is not None or has_never_come:
        await store.end_mediation(session, mediation.id, EndReason.HOST_NOT_REACHED, at=now)
