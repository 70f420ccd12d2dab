"""Mediations over HTTP. Agents host and see their own; supervisors see and may command all.

Numbers are masked for agents; whatever a supervisor sees unmasked is written to the access log.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.api import Agent, Supervisor
from callcenter.accounts.rules import Role as UserRole
from callcenter.accounts.rules import SignedIn
from callcenter.accounts.store import log_access
from callcenter.calls.api import AreaCode
from callcenter.calls.numbers import mask
from callcenter.dependencies import Now, OpenDatabase, Transaction
from callcenter.mediation import service, statements, store
from callcenter.mediation.account import Account, get_account
from callcenter.mediation.numbers import check_number
from callcenter.mediation.record import find_chinese_font, print_record
from callcenter.mediation.record_words import Language
from callcenter.mediation.rules import LegCommand, RoomWord
from callcenter.mediation.schemas import (
    Agreement,
    AgreementAnswer,
    Consent,
    MediationPage,
    MediationQuery,
    MediationSummary,
    MediationView,
    NewAppointment,
    NewLeg,
    NewResult,
    Particulars,
    StatisticsQuery,
    StatisticsView,
)
from callcenter.mediation.statistics import describe_results, span_of
from callcenter.mediation.tables import Mediation, MediationLeg
from callcenter.mediation.telling import place_of
from callcenter.pbx.commands import AmiCommands

router = APIRouter(tags=["mediations"])

MediationId = Annotated[int, Path(ge=1, le=2**63 - 1)]
LegId = Annotated[int, Path(ge=1, le=2**63 - 1)]

_PDF: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}}
}


@router.post("/mediations", status_code=201)
async def start_mediation(
    user: Agent, database: OpenDatabase, now: Now, area_code: AreaCode, request: Request
) -> MediationView:
    """Move the agent's live call into a room: both legs at one stroke, with no sound lost."""
    settings = request.app.state.settings
    mediation_id = await service.start(database, _commands(request), settings, user=user, now=now)
    async with database.sessions.begin() as session:
        return await _view(session, mediation_id, user, area_code, now)


@router.post("/mediation-appointments", status_code=201)
async def appoint_mediation(
    appointment: NewAppointment,
    user: Agent,
    database: OpenDatabase,
    session: Transaction,
    now: Now,
    area_code: AreaCode,
    request: Request,
) -> MediationView:
    """Ring the host, then the consumer, then the merchant at a time. The host is who asks, where they sit then."""
    for number in (appointment.consumer_number, appointment.merchant_number):
        await check_number(database, request.app.state.settings, user, number, now)
    mediation_id = await service.appoint(
        session,
        request.app.state.settings,
        user=user,
        appointed_for=appointment.appointed_for,
        consumer=appointment.consumer_number,
        merchant=appointment.merchant_number,
        now=now,
    )
    return await _view(session, mediation_id, user, area_code, now)


@router.get("/mediations")
async def get_mediations(query: Annotated[MediationQuery, Query()], user: Agent, session: Transaction) -> MediationPage:
    """Newest first."""
    host = None if user.role.includes(UserRole.SUPERVISOR) else user.user_id
    found = await store.list_mediations(
        session, host_user_id=host, state=query.state, before=query.before, limit=query.limit
    )
    names = await store.names_of(session, (mediation.host_user_id for mediation in found))
    items = [MediationSummary.model_validate(_summary(row, names[row.host_user_id])) for row in found]
    return MediationPage(items=items, next_before=items[-1].id if len(items) == query.limit else None)


@router.get("/mediations/statistics")
async def get_statistics(
    query: Annotated[StatisticsQuery, Query()], _user: Supervisor, session: Transaction, request: Request
) -> StatisticsView:
    """Counts and rates, each rate with its numerator and denominator."""
    begin, end = span_of(query.first_day, query.last_day, request.app.state.settings.timezone)
    counts = await store.count_results(session, begin, end)
    return describe_results(counts, first_day=query.first_day, last_day=query.last_day, complaints=query.complaints)


@router.get("/mediations/{mediation_id}")
async def get_mediation(
    mediation_id: MediationId, user: Agent, session: Transaction, now: Now, area_code: AreaCode
) -> MediationView:
    """One mediation as the PBX has last told of it."""
    return await _view(session, mediation_id, user, area_code, now)


@router.get("/mediations/{mediation_id}/record", response_class=Response, responses=_PDF)
async def get_record(
    mediation_id: MediationId,
    user: Agent,
    session: Transaction,
    area_code: AreaCode,
    request: Request,
    language: Language = Language.CHINESE,
) -> Response:
    """The record to print, numbers masked."""
    account = await get_account(session, mediation_id, user)
    printed = await asyncio.to_thread(
        print_record,
        account,
        language=language,
        timezone=request.app.state.settings.timezone,
        area_code=area_code,
        font=find_chinese_font(),
    )
    headers = {"Content-Disposition": f'attachment; filename="mediation-{mediation_id}-{language.value}.pdf"'}
    return Response(printed, media_type="application/pdf", headers=headers)


@router.post("/mediations/{mediation_id}/legs", status_code=201)
async def ring_leg(
    mediation_id: MediationId,
    leg: NewLeg,
    user: Agent,
    database: OpenDatabase,
    now: Now,
    area_code: AreaCode,
    request: Request,
) -> MediationView:
    """Ring the merchant, the market office, an interpreter or an officer, with the hotline's number."""
    await check_number(database, request.app.state.settings, user, leg.number, now)
    await service.ring(
        database,
        _commands(request),
        request.app.state.settings,
        mediation_id,
        user=user,
        role=leg.role,
        number=leg.number,
        now=now,
    )
    async with database.sessions.begin() as session:
        return await _view(session, mediation_id, user, area_code, now)


@router.post("/mediations/{mediation_id}/legs/{leg_id}/commands/{command}", status_code=204)
async def command_leg(
    mediation_id: MediationId,
    leg_id: LegId,
    command: LegCommand,
    user: Agent,
    database: OpenDatabase,
    now: Now,
    request: Request,
) -> None:
    """Hold, take back, mute, unmute, remove, or a private word. What became of it shows in the mediation."""
    await service.command_leg(database, _commands(request), mediation_id, leg_id, command, user=user, now=now)


@router.post("/mediations/{mediation_id}/end", status_code=204)
async def end_mediation(
    mediation_id: MediationId, user: Agent, database: OpenDatabase, now: Now, request: Request
) -> None:
    """End it for all, or call an appointed one off."""
    await service.end(database, _commands(request), mediation_id, user=user, now=now)


@router.put("/mediations/{mediation_id}/particulars", status_code=204)
async def put_particulars(
    mediation_id: MediationId, told: Particulars, user: Agent, session: Transaction, now: Now
) -> None:
    """Who the sides are and what it is about."""
    await statements.note_particulars(
        session,
        mediation_id,
        user=user,
        consumer_name=told.consumer_name,
        merchant_name=told.merchant_name,
        matter=told.matter,
        now=now,
    )


@router.put("/mediations/{mediation_id}/legs/{leg_id}/consent", status_code=204)
async def put_consent(
    mediation_id: MediationId, leg_id: LegId, consent: Consent, user: Agent, session: Transaction, now: Now
) -> None:
    """What one who takes part said when asked; its time is now."""
    await statements.note_consent(
        session,
        mediation_id,
        leg_id,
        user=user,
        takes_part=consent.takes_part,
        may_be_recorded=consent.may_be_recorded,
        now=now,
    )


@router.put("/mediations/{mediation_id}/agreement", status_code=204)
async def put_agreement(
    mediation_id: MediationId, agreement: Agreement, user: Agent, session: Transaction, now: Now
) -> None:
    """The text to read back; earlier answers were to another text and are void."""
    await statements.note_agreement(
        session,
        mediation_id,
        user=user,
        text=agreement.text,
        amount_cents=agreement.amount_cents,
        due_on=agreement.due_on,
        now=now,
    )


@router.put("/mediations/{mediation_id}/legs/{leg_id}/answer", status_code=204)
async def put_answer(
    mediation_id: MediationId, leg_id: LegId, answer: AgreementAnswer, user: Agent, session: Transaction, now: Now
) -> None:
    """What one who takes part said to the agreement; its time is now."""
    await statements.note_answer(session, mediation_id, leg_id, user=user, agrees=answer.agrees, now=now)


@router.put("/mediations/{mediation_id}/result", status_code=204)
async def put_result(mediation_id: MediationId, told: NewResult, user: Agent, session: Transaction, now: Now) -> None:
    """What came of it, once."""
    await statements.note_result(session, mediation_id, user=user, result=told.result, now=now)


def _commands(request: Request) -> AmiCommands | None:
    """Needed only once it is clear that something is to be sent."""
    commands: AmiCommands | None = request.app.state.commands
    return commands


async def _view(
    session: AsyncSession, mediation_id: int, user: SignedIn, area_code: str, now: datetime
) -> MediationView:
    account = await get_account(session, mediation_id, user)
    is_unmasked = user.role.includes(UserRole.SUPERVISOR)
    if is_unmasked:
        await log_access(session, user, "numbers (mediation)", f"mediations/{mediation_id}", now)
    return MediationView.model_validate(_described(account, None if is_unmasked else area_code))


def _described(account: Account, area_code: str | None) -> Mapping[str, Any]:
    """Numbers are masked where an area code is given."""
    mediation = account.mediation
    names = ("consumer_name", "merchant_name", "matter", "agreement", "amount_cents", "due_on", "result_at")
    return {
        **_summary(mediation, account.host),
        **{name: getattr(mediation, name) for name in (*names, "recordings_stored_at")},
        "legs": [_leg(leg, area_code) for leg in account.legs],
        "events": [
            {"at": event.at, "by": event.actor, "what": event.what, "leg_id": event.leg_id, "detail": event.detail}
            for event in account.events
        ],
        "recordings": [
            {
                "leg_id": file.leg_id,
                "file": file.file,
                "sha256": file.sha256,
                "size_bytes": file.size_bytes,
                "seconds": None if file.duration is None else file.duration.total_seconds(),
                "stored_at": file.stored_at,
            }
            for file in account.recordings
        ],
    }


def _summary(mediation: Mediation, host: str) -> dict[str, Any]:
    names = ("id", "pbx", "call_id", "state", "created_at", "appointed_for", "opened_at", "ended_at")
    return {name: getattr(mediation, name) for name in (*names, "end_reason", "result")} | {"host": host}


def _leg(leg: MediationLeg, area_code: str | None) -> dict[str, Any]:
    names = ("id", "role", "interface", "called_at", "joined_at", "left_at", "failure")
    said = ("takes_part", "takes_part_at", "may_be_recorded", "may_be_recorded_at", "agrees", "agrees_at")
    return {name: getattr(leg, name) for name in (*names, *said)} | {
        "place": place_of(leg),
        "number": leg.number if area_code is None else mask(leg.number, area_code=area_code),
        "call_id": leg.uniqueid,
        "is_sent_back": leg.last_word == RoomWord.QUEUED,
    }
