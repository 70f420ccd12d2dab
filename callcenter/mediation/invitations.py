"""Ringing people into a mediation's room, and ringing them no longer.

A number is written down and committed before it is rung, and rung once.
"""

from __future__ import annotations

from datetime import datetime

import structlog

from callcenter.accounts.rights import SignedIn
from callcenter.calls.number_access import note_search
from callcenter.dialling.rules import NumberRefused
from callcenter.error_codes import ErrorCode
from callcenter.errors import ActionRefused, ConflictError, InputError
from callcenter.mediation import room as contexts
from callcenter.mediation import store
from callcenter.mediation.allowed_numbers import find_number, pass_number, refuse
from callcenter.mediation.pbx_sync import place_of
from callcenter.mediation.preconditions import get_open, refresh
from callcenter.mediation.room import Room
from callcenter.mediation.rules import (
    GUESTS,
    HostWord,
    LegFailure,
    LegRole,
    Place,
)
from callcenter.mediation.tables import Mediation
from callcenter.pbx.commands import AmiCommands
from callcenter.pbx.registry import PbxRegistry
from callcenter.pbx.uniqueid import originated_id
from callcenter.pbx_settings import Pbx
from callcenter.postgres.database import Database
from callcenter.settings import Settings

log = structlog.stdlib.get_logger(__name__)

FIRST_NUMBER = 2_000_000_000
"""Numbers of the channels that we originate here begin behind those of agents' dials."""


def leg_uniqueid(mediation: Mediation, leg_id: int, now: datetime) -> str:
    """The id of the channel that a leg is dialled with."""
    return originated_id(mediation.pbx, int(now.timestamp()), FIRST_NUMBER + leg_id)


async def ring(
    database: Database,
    pbxs: PbxRegistry,
    settings: Settings,
    mediation_id: int,
    *,
    user: SignedIn,
    role: LegRole,
    number: str,
    now: datetime,
) -> None:
    """Ring somebody into the room, with the hotline's number and nothing of the consumer's."""
    if role not in GUESTS:
        raise InputError("Only a merchant, a market office, an interpreter or an officer can be rung.")
    pbx = settings.get_pbx(await refresh(database, pbxs, mediation_id, user, now))
    called = number
    try:
        called = find_number(settings, number).subject
        async with database.sessions.begin() as session:
            # a refusal says whether the number ever rang us
            await note_search(session, user, called, now, area_code=settings.area_code)
        leg_id, uniqueid = await _write_down(database, settings, mediation_id, user, role, called, now)
    except NumberRefused as refused:
        raise await refuse(database, settings, user, called, refused, now) from None
    commands = pbxs.get(pbx.name)
    await send_ring(database, commands, settings, pbx, mediation_id, leg_id, called, uniqueid, contexts.GUEST, now=now)


async def _write_down(
    database: Database,
    settings: Settings,
    mediation_id: int,
    user: SignedIn,
    role: LegRole,
    called: str,
    now: datetime,
) -> tuple[int, str]:
    """The leg and its channel's id. Raises NumberRefused, ConflictError."""
    async with database.sessions.begin() as session:
        mediation = await get_open(session, mediation_id, user)
        legs = await store.list_legs(session, mediation_id)
        if any(leg.number == called and place_of(leg) is not Place.LEFT for leg in legs):
            raise ConflictError("This number is in the mediation already.", code=ErrorCode.NUMBER_IN_MEDIATION)
        leg_id = await store.add_leg(session, mediation_id, role, number=called)
        uniqueid = leg_uniqueid(mediation, leg_id, now)
        await pass_number(session, settings, user.user_id, called, call_id=uniqueid, now=now)
        await store.change_leg(session, leg_id, uniqueid=uniqueid, called_at=now)
        await store.add_event(session, mediation_id, at=now, actor=user.name, what=HostWord.CALLED, leg_id=leg_id)
    return leg_id, uniqueid


async def send_ring(
    database: Database,
    commands: AmiCommands,
    settings: Settings,
    pbx: Pbx,
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
    channel = f"PJSIP/{find_number(settings, number).digits}@{pbx.outbound_trunk}"
    try:
        await room.ring(
            channel=channel,
            uniqueid=uniqueid,
            context=context,
            caller=pbx.hotline_number,
            seconds=settings.mediation_ring_seconds,
        )
    except ActionRefused as refused:
        log.warning("mediation_party_not_rung", mediation_id=mediation_id, reason=str(refused))
        async with database.sessions.begin() as session:
            failure = LegFailure.UNREACHABLE
            await store.change_leg(session, leg_id, failure=failure, left_at=now)
            what = HostWord.NOT_REACHED
            await store.add_event(
                session, mediation_id, at=now, actor=store.PBX_ACTOR, what=what, leg_id=leg_id, detail=failure
            )
