"""How a mediation comes about: from a live call, or by appointment."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import SignedIn
from callcenter.error_codes import ErrorCode
from callcenter.errors import ActionRefused, ConflictError, InputError
from callcenter.mediation import store
from callcenter.mediation.allowed_numbers import find_number
from callcenter.mediation.room import Room, find_pair
from callcenter.mediation.rules import EndReason, HostWord, LegRole, MediationState
from callcenter.pbx.registry import PbxRegistry
from callcenter.pbx.trunks import Trunks
from callcenter.postgres.database import Database
from callcenter.settings import Settings


async def start(database: Database, pbxs: PbxRegistry, settings: Settings, *, user: SignedIn, now: datetime) -> int:
    """Move the agent's live call into a room of its own.

    Raises ConflictError where the agent is not in exactly one call with one caller, PbxError where the PBX said no.
    """
    async with database.sessions.begin() as session:
        seat = await store.find_seat(session, user.user_id)
        if seat is None:
            raise ConflictError("Sign on first.", code=ErrorCode.NO_SEAT)
        if seat.pbx not in settings.pbx_names:
            raise ConflictError(
                f"The agent sits at {seat.pbx}, which is commanded elsewhere.",
                code=ErrorCode.OTHER_PBX,
                params={"pbx": seat.pbx},
            )
        calls = await store.list_live_calls(session, seat)
    if not calls:
        raise ConflictError("The agent is not in a call.", code=ErrorCode.AGENT_NOT_IN_CALL)
    if len(calls) > 1:
        raise ConflictError("The agent is in several calls.", code=ErrorCode.AGENT_IN_SEVERAL_CALLS)
    call = calls[0]
    login = pbxs.get(seat.pbx)
    trunks = Trunks.parse(",".join(settings.get_pbx(seat.pbx).trunks))
    pair = await find_pair(login, call_id=call.call_id, interface=seat.interface, trunks=trunks)
    number = call.customer_number
    async with database.sessions.begin() as session:
        mediation_id = await store.add_mediation(
            session,
            pbx=seat.pbx,
            call_id=call.call_id,
            host_user_id=user.user_id,
            state=MediationState.CALLING,
            created_at=now,
        )
        await store.add_leg(session, mediation_id, LegRole.HOST, interface=seat.interface, uniqueid=pair.host)
        consumer = await store.add_leg(session, mediation_id, LegRole.CONSUMER, number=number, uniqueid=pair.consumer)
        refused_at = await store.find_refusal(session, seat.pbx, call.call_id)
        if refused_at is not None:
            await store.change_leg(session, consumer, may_be_recorded=False, may_be_recorded_at=refused_at)
        await store.add_event(session, mediation_id, at=now, actor=user.name, what=HostWord.STARTED)
    room = Room(commands=login, mediation_id=mediation_id)
    try:
        if refused_at is not None:
            await room.leave_unrecorded(pair.host)
        await room.open(pair)
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
    """Write down that both sides will be rung then; `check_appointment` has let their numbers through.

    They are rung by the PBX at which the host sits then.
    Raises InputError, ConflictError.
    """
    if appointed_for <= now:
        raise InputError("An appointment lies in the future.", code=ErrorCode.IN_THE_PAST)
    seat = await store.find_seat(session, user.user_id)
    numbers = {
        LegRole.CONSUMER: find_number(settings, consumer).subject,
        LegRole.MERCHANT: find_number(settings, merchant).subject,
    }
    mediation_id = await store.add_mediation(
        session,
        pbx=_first_commanded(settings) if seat is None else seat.pbx,
        host_user_id=user.user_id,
        state=MediationState.APPOINTED,
        created_at=now,
        appointed_for=appointed_for,
    )
    await store.add_leg(session, mediation_id, LegRole.HOST)
    for role, number in numbers.items():
        await store.add_leg(session, mediation_id, role, number=number)
    await store.add_event(
        session, mediation_id, at=now, actor=user.name, what=HostWord.APPOINTED, detail=appointed_for.isoformat()
    )
    return mediation_id


def _first_commanded(settings: Settings) -> str:
    return next((pbx.name for pbx in settings.pbxs if pbx.ami_commands_secret is not None), settings.pbx_names[0])
