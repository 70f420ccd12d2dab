"""Patrols over HTTP: begun, answered item by item, finished, corrected. Whatever is sent may be sent again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Header, Query
from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.api import SignedInUser, require
from callcenter.accounts.rights import Right
from callcenter.casework.inspections import header, service, store
from callcenter.casework.inspections.rules import Answer
from callcenter.casework.inspections.schemas import (
    AnswerBody,
    AnswerPage,
    CorrectionBody,
    FinishBody,
    InspectionChange,
    InspectionPage,
    InspectionsQuery,
    InspectionView,
    NewInspectionBody,
)
from callcenter.casework.inspections.tables import InspectionRow
from callcenter.casework.inspections.views import summarise, view_answer, view_inspection
from callcenter.casework.tickets.api import AskedFrom
from callcenter.casework.tickets.tables import TicketRow
from callcenter.casework.tickets.views import Viewpoint
from callcenter.dialling.schemas import IdempotencyKey
from callcenter.http.cursors import value_cursors
from callcenter.http.dependencies import RowId, Snapshot, Transaction
from callcenter.http.pages import PageQuery, cut_page
from callcenter.http.versions import AskedVersion

router = APIRouter(tags=["inspections"])

_INSPECTIONS = value_cursors("inspections", int)
_ANSWERS = value_cursors("inspection-answers", int)

Key = Annotated[IdempotencyKey, Header(alias="Idempotency-Key")]


@router.get("/inspections", dependencies=[require(Right.SEE_TICKETS)])
async def list_inspections(
    query: Annotated[InspectionsQuery, Query()], user: SignedInUser, session: Snapshot, viewpoint: AskedFrom
) -> InspectionPage:
    """Newest first; officers see those of their unit, all others all."""
    conditions = [await store.may_see(session, user), *_conditions(query)]
    before = query.after(_INSPECTIONS)
    found = await store.list_inspections(session, *conditions, before=before, limit=query.limit + 1)
    page, following = cut_page(found, query, _INSPECTIONS, lambda row: row.id)
    return InspectionPage(items=await summarise(session, page, viewpoint), next=following)


@router.post("/inspections", status_code=201, dependencies=[require(Right.HANDLE_TICKETS)])
async def begin_inspection(
    body: NewInspectionBody, key: Key, session: Transaction, viewpoint: AskedFrom
) -> InspectionView:
    """A draft, for a ticket, an instruction, or neither. The same key again gives the same patrol."""
    new = header.NewInspection(
        **body.model_dump(), key=key, hash=hashlib.sha256(body.model_dump_json(exclude_unset=True).encode()).hexdigest()
    )
    inspection_id = await header.begin(session, new, user=viewpoint.user, place=viewpoint.place, now=viewpoint.now)
    return await _view(session, inspection_id, viewpoint)


@router.get("/inspections/{inspection_id}", dependencies=[require(Right.SEE_TICKETS)])
async def get_inspection(inspection_id: RowId, session: Snapshot, viewpoint: AskedFrom) -> InspectionView:
    """One patrol with every item, and what is still missing."""
    return await _view(session, inspection_id, viewpoint)


@router.patch("/inspections/{inspection_id}", dependencies=[require(Right.HANDLE_TICKETS)])
async def change_inspection(
    inspection_id: RowId, body: InspectionChange, version: AskedVersion, session: Transaction, viewpoint: AskedFrom
) -> InspectionView:
    """Another header of a draft: the ticket, the merchant, who goes, where, since when."""
    changes = body.model_dump(exclude_unset=True)
    await header.change(session, inspection_id, changes, version=version, user=viewpoint.user, now=viewpoint.now)
    return await _view(session, inspection_id, viewpoint)


@router.post("/inspections/{inspection_id}/answers", dependencies=[require(Right.HANDLE_TICKETS)])
async def answer_item(
    inspection_id: RowId, body: AnswerBody, key: Key, session: Transaction, viewpoint: AskedFrom
) -> InspectionView:
    """Say what was found of an item. The same key again changes nothing; the last answer by its moment counts."""
    given = Answer(**body.model_dump(), key=key)
    await service.answer(session, inspection_id, given, user=viewpoint.user, now=viewpoint.now)
    return await _view(session, inspection_id, viewpoint)


@router.get("/inspections/{inspection_id}/answers", dependencies=[require(Right.SEE_TICKETS)])
async def list_inspection_answers(
    inspection_id: RowId, query: Annotated[PageQuery, Query()], session: Snapshot, viewpoint: AskedFrom
) -> AnswerPage:
    """All that was ever said of its items, as it came."""
    row = await store.get_inspection(session, inspection_id, await store.may_see(session, viewpoint.user))
    after = query.after(_ANSWERS) or 0
    found = await store.list_answers(session, [row.id], after=after, limit=query.limit + 1)
    page, following = cut_page(found, query, _ANSWERS, lambda one: one[0].id)
    return AnswerPage(items=[view_answer(answer, name, viewpoint) for answer, name in page], next=following)


@router.post("/inspections/{inspection_id}/finish", dependencies=[require(Right.HANDLE_TICKETS)])
async def finish_inspection(
    inspection_id: RowId, body: FinishBody, key: Key, session: Transaction, viewpoint: AskedFrom
) -> InspectionView:
    """Nobody changes it any more. An offence flags its ticket. The same key again changes nothing."""
    await service.finish(
        session,
        inspection_id,
        ended_at=body.ended_at,
        offence=body.offence,
        key=key,
        user=viewpoint.user,
        place=viewpoint.place,
        now=viewpoint.now,
    )
    return await _view(session, inspection_id, viewpoint)


@router.post("/inspections/{inspection_id}/correction", status_code=201, dependencies=[require(Right.HANDLE_TICKETS)])
async def correct_inspection(
    inspection_id: RowId, body: CorrectionBody, key: Key, session: Transaction, viewpoint: AskedFrom
) -> InspectionView:
    """A new draft with all that the finished patrol says; once finished it takes its place. The old one stays."""
    correction = await service.correct(
        session, inspection_id, body.reason, key=key, user=viewpoint.user, now=viewpoint.now
    )
    return await _view(session, correction, viewpoint)


def _conditions(query: InspectionsQuery) -> Iterator[ColumnElement[bool]]:
    for name in ("instruction_id", "unit_id", "merchant_id", "state"):
        value = getattr(query, name)
        if value is not None:
            yield getattr(InspectionRow, name) == value
    if query.offence is not None:
        yield InspectionRow.offence_found.is_(query.offence)
    if query.ticket is not None:
        yield InspectionRow.ticket_id == select(TicketRow.id).where(TicketRow.number == query.ticket).scalar_subquery()


async def _view(session: AsyncSession, inspection_id: int, viewpoint: Viewpoint) -> InspectionView:
    row = await store.get_inspection(session, inspection_id, await store.may_see(session, viewpoint.user))
    return await view_inspection(session, row, viewpoint)
