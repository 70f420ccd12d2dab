"""Asking for consent: what somebody said is written down first, and whoever refuses is recorded no longer.

A command that stops a recording is sent once. Only the PBX's own word makes a recording count as stopped; without it
the account and the answer say that it may go on, and the host may ask again by writing the refusal down again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta

from callcenter.accounts.rights import SignedIn
from callcenter.error_codes import ErrorCode
from callcenter.errors import PbxError, UnknownPbxError
from callcenter.mediation import store
from callcenter.mediation.agreement import write_consent
from callcenter.mediation.pbx_sync import place_of
from callcenter.mediation.recording_refusals import ROOM, Refusals, failure_to_stop
from callcenter.mediation.room import LEG_RECORDING, ROOM_RECORDING, Room
from callcenter.mediation.rules import HostWord, LegRole, Place
from callcenter.mediation.tables import MediationLeg
from callcenter.pbx.registry import PbxRegistry
from callcenter.postgres.database import Database


async def note_consent(
    database: Database,
    pbxs: PbxRegistry,
    mediation_id: int,
    leg_id: int,
    *,
    user: SignedIn,
    takes_part: bool,
    may_be_recorded: bool,
    now: datetime,
) -> None:
    """What one who takes part said when asked. A no to being recorded stops what records them, and the room.

    Raises PbxError where a recording is not known to have stopped; what was said is written down all the same.
    """
    async with database.sessions.begin() as session:
        await write_consent(
            session,
            mediation_id,
            leg_id,
            user=user,
            takes_part=takes_part,
            may_be_recorded=may_be_recorded,
            now=now,
        )
        pbx = (await store.get_mediation(session, mediation_id)).pbx
        legs = {leg.id: leg for leg in await store.list_legs(session, mediation_id)}
        refusals = Refusals.of(await store.list_events(session, mediation_id))
    if may_be_recorded:
        return
    loop = asyncio.get_running_loop()
    began = loop.time()
    failures = {}
    for recording in refusals.not_stopped():
        leg = _recorded_leg(legs, recording)
        if place_of(leg) is Place.LEFT:
            continue  # and its recordings with it
        error = await _stop(pbxs, pbx, mediation_id, leg, recording)
        if error is not None:
            failures["the room" if recording is ROOM else f"the {leg.role.replace('_', ' ')}"] = error
        async with database.sessions.begin() as session:
            await store.add_event(
                session,
                mediation_id,
                at=now + timedelta(seconds=loop.time() - began),
                actor=store.PBX_ACTOR if error is None else store.BACKEND_ACTOR,
                what=HostWord.RECORDING_STOPPED if error is None else HostWord.RECORDING_GOES_ON,
                leg_id=recording,
                detail=None if error is None else failure_to_stop(error),
            )
    if failures:
        reason = next(iter(failures.values()))
        raise PbxError(
            f"The refusal is written down, but the recording of {' and '.join(failures)} may go on. {reason}",
            code=ErrorCode.RECORDING_GOES_ON,
        )


def _recorded_leg(legs: Mapping[int, MediationLeg], recording: int | None) -> MediationLeg:
    """On whose channel a recording is made."""
    if recording is ROOM:
        return next(leg for leg in legs.values() if leg.role == LegRole.HOST)
    return legs[recording]


async def _stop(
    pbxs: PbxRegistry, pbx: str, mediation_id: int, leg: MediationLeg, recording: int | None
) -> PbxError | None:
    """Why it is not known to have stopped, if it is not."""
    try:
        room = Room(commands=pbxs.get(pbx), mediation_id=mediation_id)
        uniqueid = leg.uniqueid or ""
        if recording is ROOM:
            await room.stop_recording(uniqueid, ROOM_RECORDING)
        else:
            await room.stop_recording(uniqueid, LEG_RECORDING)
            await room.note_refusal(uniqueid)
    except UnknownPbxError as error:
        return PbxError(str(error))
    except PbxError as error:
        return error
    return None
