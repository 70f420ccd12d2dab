"""Interviews over HTTP: proposed, signed, notified, held, followed up. Whoever leads or analyses sees them."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Response
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.api import require
from callcenter.accounts.rights import Right
from callcenter.accounts.store import log_access
from callcenter.analysis.interviews import service, store
from callcenter.analysis.interviews.printed_interview import Print, print_interview
from callcenter.analysis.interviews.schemas import (
    DoneBody,
    InterviewEntryPage,
    InterviewEventBody,
    InterviewPage,
    InterviewsQuery,
    InterviewView,
    NewInterviewBody,
)
from callcenter.analysis.interviews.states import InterviewEvent
from callcenter.analysis.interviews.tables import InterviewRow
from callcenter.analysis.interviews.views import summarise, view_entry, view_interview
from callcenter.casework.tickets.api import AskedFrom
from callcenter.casework.tickets.views import Viewpoint
from callcenter.dialling.schemas import IdempotencyKey
from callcenter.http.cursors import LARGEST_ID, value_cursors
from callcenter.http.dependencies import AskedSettings, LoggedSnapshot, RowId, Snapshot, Transaction
from callcenter.http.pages import PageQuery, cut_page
from callcenter.http.versions import AskedVersion
from callcenter.mediation.printed_record import find_chinese_font

router = APIRouter(tags=["interviews"])

_INTERVIEWS = value_cursors("interviews", int)
_HISTORY = value_cursors("interview-history", int)
_PDF: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}}
}

Key = Annotated[IdempotencyKey, Header(alias="Idempotency-Key")]
AskedCommitment = Annotated[int, Path(ge=1, le=LARGEST_ID)]


@router.get("/interviews", dependencies=[require(Right.WRITE_ADVISORIES)])
async def list_interviews(query: Annotated[InterviewsQuery, Query()], session: Snapshot) -> InterviewPage:
    """Newest first."""
    asked = {name: getattr(query, name) for name in ("state", "reason", "merchant_id")}
    conditions = [getattr(InterviewRow, name) == value for name, value in asked.items() if value is not None]
    found = await store.list_interviews(session, *conditions, before=query.after(_INTERVIEWS), limit=query.limit + 1)
    page, following = cut_page(found, query, _INTERVIEWS, lambda row: row.id)
    return InterviewPage(items=await summarise(session, page), next=following)


@router.post("/interviews", status_code=201, dependencies=[require(Right.WRITE_ADVISORIES)])
async def propose_interview(
    body: NewInterviewBody, key: Key, session: Transaction, viewpoint: AskedFrom
) -> InterviewView:
    """Propose one; a director who did not propose it signs. The same key again gives the same proposal."""
    new = service.NewInterview(
        reason=body.reason,
        merchant_id=body.merchant_id,
        fields=body.model_dump(mode="json", exclude={"reason", "merchant_id"}),
        key=key,
        hash=hashlib.sha256(body.model_dump_json(exclude_unset=True).encode()).hexdigest(),
    )
    interview_id = await service.propose(session, new, user=viewpoint.user, now=viewpoint.now)
    return await _view(session, interview_id, viewpoint)


@router.get("/interviews/{interview_id}", dependencies=[require(Right.WRITE_ADVISORIES)])
async def get_interview(interview_id: RowId, session: Snapshot, viewpoint: AskedFrom) -> InterviewView:
    """One interview with its commitments, and what the user may do with it now."""
    return await _view(session, interview_id, viewpoint)


@router.post("/interviews/{interview_id}/events/{event}", dependencies=[require(Right.WRITE_ADVISORIES)])
async def step_interview(
    interview_id: RowId,
    event: Annotated[InterviewEvent, Path()],
    body: InterviewEventBody,
    version: AskedVersion,
    session: Transaction,
    viewpoint: AskedFrom,
) -> InterviewView:
    """Sign, invite, write down what was said, follow up. Directors sign, and never what they proposed."""
    await service.take_step(
        session,
        interview_id,
        event,
        body.to_given(),
        version=version,
        user=viewpoint.user,
        timezone=viewpoint.place.timezone,
        now=viewpoint.now,
    )
    return await _view(session, interview_id, viewpoint)


@router.put(
    "/interviews/{interview_id}/commitments/{commitment_id}/done", dependencies=[require(Right.WRITE_ADVISORIES)]
)
async def note_commitment_done(
    interview_id: RowId, commitment_id: AskedCommitment, body: DoneBody, session: Transaction, viewpoint: AskedFrom
) -> InterviewView:
    """Write down that a commitment was kept, by which evidence."""
    await service.note_done(session, interview_id, commitment_id, body.evidence, user=viewpoint.user, now=viewpoint.now)
    return await _view(session, interview_id, viewpoint)


@router.put(
    "/interviews/{interview_id}/commitments/{commitment_id}/check", dependencies=[require(Right.WRITE_ADVISORIES)]
)
async def check_commitment(
    interview_id: RowId, commitment_id: AskedCommitment, session: Transaction, viewpoint: AskedFrom
) -> InterviewView:
    """Another person has seen that it was kept."""
    await service.check_commitment(session, interview_id, commitment_id, user=viewpoint.user, now=viewpoint.now)
    return await _view(session, interview_id, viewpoint)


@router.get("/interviews/{interview_id}/history", dependencies=[require(Right.WRITE_ADVISORIES)])
async def get_interview_history(
    interview_id: RowId, query: Annotated[PageQuery, Query()], session: Snapshot, viewpoint: AskedFrom
) -> InterviewEntryPage:
    """All that was done with it."""
    row = await store.get_interview(session, interview_id)
    found = await store.list_events(session, row.id, after=query.after(_HISTORY) or 0, limit=query.limit + 1)
    page, following = cut_page(found, query, _HISTORY, lambda one: one[0].id)
    return InterviewEntryPage(items=[view_entry(entry, by, viewpoint) for entry, by in page], next=following)


@router.get(
    "/interviews/{interview_id}/pdf",
    response_class=Response,
    responses=_PDF,
    dependencies=[require(Right.WRITE_ADVISORIES)],
)
async def get_interview_pdf(
    interview_id: RowId, session: LoggedSnapshot, viewpoint: AskedFrom, settings: AskedSettings
) -> Response:
    """The notice, or the record once it was held. It is logged."""
    view = await _view(session, interview_id, viewpoint)
    await log_access(session, viewpoint.user, "interview", f"interviews/{interview_id}", viewpoint.now)
    printed = Print(office=settings.office_name, timezone=settings.timezone, font=find_chinese_font(), at=viewpoint.now)
    page = await asyncio.to_thread(print_interview, view, printed)
    headers = {"Content-Disposition": f'attachment; filename="interview-{interview_id}.pdf"'}
    return Response(page, media_type="application/pdf", headers=headers)


async def _view(session: AsyncSession, interview_id: int, viewpoint: Viewpoint) -> InterviewView:
    return await view_interview(session, await store.get_interview(session, interview_id), viewpoint)
