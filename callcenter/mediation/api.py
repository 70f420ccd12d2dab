"""Mediations over HTTP: how they begin, who is rung, what is done with the legs, how they are shown.

Agents host and see their own; supervisors see and may command all. Numbers are masked unless a supervisor says why, and
that is written to the access log.
"""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from callcenter.accounts.api import SignedInUser, require
from callcenter.accounts.rights import Right
from callcenter.accounts.store import log_access
from callcenter.calls.number_access import may_unmask
from callcenter.http.commands import COMMAND, Pbxs, accepted, location
from callcenter.http.cursors import value_cursors
from callcenter.http.dependencies import AreaCode, LoggedSnapshot, Now, OpenDatabase, RowId, Snapshot, Transaction
from callcenter.http.pages import cut_page
from callcenter.http.reasons import PossibleReason
from callcenter.languages import Language
from callcenter.mediation import invitations, leg_control, start, store
from callcenter.mediation.allowed_numbers import check_appointment
from callcenter.mediation.dossier import get_account
from callcenter.mediation.printed_record import Office, find_chinese_font, print_record
from callcenter.mediation.printed_record_words import Copy
from callcenter.mediation.results import describe_results, span_of
from callcenter.mediation.rules import LegCommand
from callcenter.mediation.schemas import (
    MediationPage,
    MediationQuery,
    MediationSummary,
    MediationView,
    NewAppointment,
    NewLeg,
    StatisticsQuery,
    StatisticsView,
)
from callcenter.mediation.views import summarise, view_anew, view_mediation

router = APIRouter(tags=["mediations"])

_MEDIATIONS = value_cursors("mediations", int)

_PDF: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}}
}


@router.post("/mediations", status_code=201, dependencies=[require(Right.MEDIATE)])
async def start_mediation(
    user: SignedInUser,
    database: OpenDatabase,
    now: Now,
    area_code: AreaCode,
    pbxs: Pbxs,
    request: Request,
) -> MediationView:
    """Move the agent's live call into a room: both legs at one stroke, with no sound lost."""
    settings = request.app.state.settings
    mediation_id = await start.start(database, pbxs, settings, user=user, now=now)
    return await view_anew(database, mediation_id, user, area_code)


@router.post("/mediation-appointments", status_code=201, dependencies=[require(Right.MEDIATE)])
async def appoint_mediation(
    appointment: NewAppointment,
    user: SignedInUser,
    database: OpenDatabase,
    session: Transaction,
    now: Now,
    area_code: AreaCode,
    request: Request,
) -> MediationView:
    """Ring the host, then the consumer, then the merchant at a time. The host is who asks, where they sit then."""
    for number in (appointment.consumer_number, appointment.merchant_number):
        await check_appointment(database, request.app.state.settings, user, number, appointment.appointed_for, now)
    mediation_id = await start.appoint(
        session,
        request.app.state.settings,
        user=user,
        appointed_for=appointment.appointed_for,
        consumer=appointment.consumer_number,
        merchant=appointment.merchant_number,
        now=now,
    )
    return await view_mediation(session, mediation_id, user, area_code)


@router.get("/mediations", dependencies=[require(Right.MEDIATE)])
async def get_mediations(
    query: Annotated[MediationQuery, Query()], user: SignedInUser, session: Snapshot
) -> MediationPage:
    """Newest first."""
    host = None if user.may(Right.LEAD_MEDIATIONS) else user.user_id
    rows = await store.list_mediations(
        session, host_user_id=host, state=query.state, before=query.after(_MEDIATIONS), limit=query.limit + 1
    )
    found, following = cut_page(rows, query, _MEDIATIONS, lambda row: row.id)
    names = await store.names_of(session, (mediation.host_user_id for mediation in found))
    items = [MediationSummary.model_validate(summarise(row, names[row.host_user_id])) for row in found]
    return MediationPage(items=items, next=following)


@router.get("/mediations/statistics", dependencies=[require(Right.SEE_STATISTICS)])
async def get_statistics(
    query: Annotated[StatisticsQuery, Query()], session: Snapshot, request: Request
) -> StatisticsView:
    """Counts and rates, each rate with its numerator and denominator."""
    begin, end = span_of(query.from_day, query.to_day, request.app.state.settings.timezone)
    counts = await store.count_results(session, begin, end)
    return describe_results(counts, from_day=query.from_day, to_day=query.to_day, complaints=query.complaints)


@router.get("/mediations/{mediation_id}", dependencies=[require(Right.MEDIATE)])
async def get_mediation(
    mediation_id: RowId,
    user: SignedInUser,
    reason: PossibleReason,
    session: LoggedSnapshot,
    now: Now,
    area_code: AreaCode,
) -> MediationView:
    """One mediation as the PBX last reported it. Unmasked numbers need the right and a reason, and are logged."""
    is_unmasked = await may_unmask(session, reason, user, [f"mediations/{mediation_id}"], now)
    return await view_mediation(session, mediation_id, user, None if is_unmasked else area_code)


@router.get(
    "/mediations/{mediation_id}/record", response_class=Response, responses=_PDF, dependencies=[require(Right.MEDIATE)]
)
async def get_record(
    mediation_id: RowId,
    user: SignedInUser,
    session: LoggedSnapshot,
    now: Now,
    area_code: AreaCode,
    request: Request,
    language: Language = Language.CHINESE,
    copy: Copy = Copy.PARTY,
) -> Response:
    """The record to print, numbers masked; the copy for the file has whole numbers and needs the right for them.

    It names both sides, so who printed it is logged.
    """
    account = await get_account(session, mediation_id, user)
    if copy is Copy.FILE:
        user.check(Right.UNMASK_NUMBERS)
    what = f"mediation record ({language.value}, {'whole' if copy is Copy.FILE else 'masked'} numbers)"
    await log_access(session, user, what, f"mediations/{mediation_id}", now)
    settings = request.app.state.settings
    printed = await asyncio.to_thread(
        print_record,
        account,
        language=language,
        timezone=settings.timezone,
        area_code=area_code,
        font=find_chinese_font(),
        copy=copy,
        office=Office(name=settings.office_name, series=settings.record_series),
    )
    name = f"mediation-{mediation_id}-{language.value}" + ("-file" if copy is Copy.FILE else "")
    headers = {"Content-Disposition": f'attachment; filename="{name}.pdf"'}
    return Response(printed, media_type="application/pdf", headers=headers)


@router.post("/mediations/{mediation_id}/legs", status_code=202, dependencies=[require(Right.MEDIATE)])
async def ring_leg(
    mediation_id: RowId,
    leg: NewLeg,
    user: SignedInUser,
    database: OpenDatabase,
    pbxs: Pbxs,
    now: Now,
    area_code: AreaCode,
    request: Request,
    response: Response,
) -> MediationView:
    """Ring the merchant, the market office, an interpreter or an officer, with the hotline's number."""
    await invitations.ring(
        database,
        pbxs,
        request.app.state.settings,
        mediation_id,
        user=user,
        role=leg.role,
        number=leg.number,
        now=now,
    )
    response.headers.update(location(f"/mediations/{mediation_id}"))
    return await view_anew(database, mediation_id, user, area_code)


@router.post(
    "/mediations/{mediation_id}/legs/{leg_id}/commands/{command}",
    **COMMAND,
    dependencies=[require(Right.MEDIATE)],
)
async def command_leg(
    mediation_id: RowId,
    leg_id: RowId,
    command: LegCommand,
    user: SignedInUser,
    database: OpenDatabase,
    pbxs: Pbxs,
    now: Now,
) -> Response:
    """Hold, take back, mute, unmute, remove, or a private word. What became of it shows in the mediation."""
    await leg_control.command_leg(database, pbxs, mediation_id, leg_id, command, user=user, now=now)
    return accepted(f"/mediations/{mediation_id}")


@router.post("/mediations/{mediation_id}/end", dependencies=[require(Right.MEDIATE)], **COMMAND)
async def end_mediation(
    mediation_id: RowId, user: SignedInUser, database: OpenDatabase, pbxs: Pbxs, now: Now
) -> Response:
    """End it for all, or call an appointed one off."""
    await leg_control.end(database, pbxs, mediation_id, user=user, now=now)
    return accepted(f"/mediations/{mediation_id}")
