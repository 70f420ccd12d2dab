"""Instructions to units over HTTP: given, acknowledged, done, and the board of those that are open."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.api import SignedInUser, require
from callcenter.accounts.rights import Right
from callcenter.casework.dispatch import service, store
from callcenter.casework.dispatch.rules import InstructionStep
from callcenter.casework.dispatch.schemas import (
    AcknowledgementBody,
    BoardPage,
    BoardQuery,
    InstructionHistory,
    InstructionPage,
    InstructionsQuery,
    InstructionStepBody,
    InstructionView,
    NewInstruction,
)
from callcenter.casework.dispatch.states import InstructionGiven
from callcenter.casework.dispatch.tables import InstructionRow
from callcenter.casework.dispatch.views import view_event, view_instruction, view_instructions, view_on_board
from callcenter.casework.thresholds.rules import thresholds_at
from callcenter.casework.thresholds.store import list_thresholds
from callcenter.casework.tickets.api import AskedFrom
from callcenter.casework.tickets.tables import TicketRow
from callcenter.casework.tickets.views import Viewpoint
from callcenter.http.cursors import pair_cursors, value_cursors
from callcenter.http.dependencies import RowId, Snapshot, Transaction
from callcenter.http.pages import PageQuery, cut_page, cut_whole
from callcenter.http.versions import AskedVersion

router = APIRouter(tags=["dispatch"])

_INSTRUCTIONS = value_cursors("instructions", int)
_BOARD = pair_cursors("dispatch-board", str, int)
_HISTORY = value_cursors("instruction-history", int)


@router.get("/instructions", dependencies=[require(Right.SEE_TICKETS)])
async def list_instructions(
    query: Annotated[InstructionsQuery, Query()], user: SignedInUser, session: Snapshot, viewpoint: AskedFrom
) -> InstructionPage:
    """Newest first; officers see those to their unit, all others all."""
    conditions = [await store.may_see(session, user)]
    if query.unit_id is not None:
        conditions.append(InstructionRow.unit_id == query.unit_id)
    if query.state is not None:
        conditions.append(InstructionRow.state == query.state)
    if query.ticket is not None:
        conditions.append(TicketRow.number == query.ticket)
    if query.open is not None:
        conditions.append(store.IS_OPEN if query.open else ~store.IS_OPEN)
    before = query.after(_INSTRUCTIONS)
    if before is not None:
        conditions.append(InstructionRow.id < before)
    found = await store.list_instructions(session, *conditions, order=[InstructionRow.id.desc()], limit=query.limit + 1)
    page, following = cut_page(found, query, _INSTRUCTIONS, lambda one: one[0].id)
    return InstructionPage(items=await view_instructions(session, page, viewpoint), next=following)


@router.post("/instructions", status_code=201, dependencies=[require(Right.FORWARD_TICKETS)])
async def instruct(
    new: NewInstruction, user: SignedInUser, session: Transaction, viewpoint: AskedFrom
) -> InstructionView:
    """Instruct a unit to act on a matter; at P1 and P2 that needs the right to lead."""
    instruction_id = await service.instruct(
        session,
        new.ticket,
        new.unit_id,
        new.priority,
        new.text,
        user=user,
        place=viewpoint.place,
        now=viewpoint.now,
    )
    return await view_instruction(session, instruction_id, viewpoint)


@router.get("/instructions/{instruction_id}", dependencies=[require(Right.SEE_TICKETS)])
async def get_instruction(instruction_id: RowId, session: Snapshot, viewpoint: AskedFrom) -> InstructionView:
    """One instruction with its clocks, and what the user may do with it now."""
    return await view_instruction(session, instruction_id, viewpoint)


@router.get("/instructions/{instruction_id}/history", dependencies=[require(Right.SEE_TICKETS)])
async def get_instruction_history(
    instruction_id: RowId,
    query: Annotated[PageQuery, Query()],
    user: SignedInUser,
    session: Snapshot,
    viewpoint: AskedFrom,
) -> InstructionHistory:
    """Everything that happened to it, oldest first."""
    await store.get_instruction(session, instruction_id, await store.may_see(session, user))
    after = query.after(_HISTORY)
    found = await store.list_events(session, instruction_id, after=after, limit=query.limit + 1)
    page, following = cut_page(found, query, _HISTORY, lambda one: one[0].id)
    known = await list_thresholds(session)
    views = [view_event(event, name, viewpoint, thresholds_at(known, event.recorded_at)) for event, name in page]
    return InstructionHistory(items=views, next=following)


@router.put("/instructions/{instruction_id}/acknowledgement", dependencies=[require(Right.HANDLE_TICKETS)])
async def acknowledge_instruction(
    instruction_id: RowId,
    body: AcknowledgementBody,
    version: AskedVersion,
    session: Transaction,
    viewpoint: AskedFrom,
) -> InstructionView:
    """Write down by hand who of the unit acts on it, and how they said so; the first counts."""
    return await _take_step(session, instruction_id, InstructionStep.ACKNOWLEDGE, body.to_given(), version, viewpoint)


@router.post("/instructions/{instruction_id}/events/{step}", dependencies=[require(Right.SEE_TICKETS)])
async def take_instruction_step(
    instruction_id: RowId,
    step: Annotated[InstructionStep, Path()],
    body: InstructionStepBody,
    version: AskedVersion,
    session: Transaction,
    viewpoint: AskedFrom,
) -> InstructionView:
    """Take a step: depart, arrive, what became of the goods, feedback, close, cancel."""
    return await _take_step(session, instruction_id, step, body.to_given(), version, viewpoint)


@router.get("/dispatch/board", dependencies=[require(Right.SEE_TICKETS)])
async def get_dispatch_board(
    query: Annotated[BoardQuery, Query()], user: SignedInUser, session: Snapshot, viewpoint: AskedFrom
) -> BoardPage:
    """Open instructions by what is left of their clock, the most urgent first."""
    conditions = [await store.may_see(session, user), store.IS_OPEN]
    if query.unit_id is not None:
        conditions.append(InstructionRow.unit_id == query.unit_id)
    found = await store.list_instructions(session, *conditions, order=[InstructionRow.id.asc()])
    page, following = cut_whole(found, query, _BOARD, lambda one: (_due_key(one[0].next_due_at), one[0].id))
    views = await view_instructions(session, page, viewpoint)
    return BoardPage(items=[view_on_board(view, viewpoint) for view in views], next=following)


def _due_key(due: datetime | None) -> str:
    """In the order of time; what has no clock that runs stands behind."""
    return "~" if due is None else due.isoformat(timespec="microseconds")


async def _take_step(
    session: AsyncSession,
    instruction_id: int,
    step: InstructionStep,
    given: InstructionGiven,
    version: int,
    viewpoint: Viewpoint,
) -> InstructionView:
    await service.take_step(
        session,
        instruction_id,
        step,
        given,
        version=version,
        user=viewpoint.user,
        place=viewpoint.place,
        now=viewpoint.now,
    )
    return await view_instruction(session, instruction_id, viewpoint)
