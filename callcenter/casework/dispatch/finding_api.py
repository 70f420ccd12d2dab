"""What is found on the way of an instruction, over HTTP: goods and tests, which are added and never changed."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from callcenter.accounts.api import SignedInUser, require
from callcenter.accounts.rights import Right
from callcenter.casework.dispatch import finding_service, finding_store, store
from callcenter.casework.dispatch.finding_schemas import BatchBody, BatchPage, NewTest, TestPage
from callcenter.casework.dispatch.finding_views import view_batch, view_test
from callcenter.casework.dispatch.schemas import InstructionView
from callcenter.casework.dispatch.views import view_instruction
from callcenter.casework.tickets.api import AskedFrom
from callcenter.http.cursors import value_cursors
from callcenter.http.dependencies import RowId, Snapshot, Transaction
from callcenter.http.pages import PageQuery, cut_page
from callcenter.http.versions import AskedVersion

router = APIRouter(tags=["dispatch"])

_BATCHES = value_cursors("instruction-batches", int)
_TESTS = value_cursors("instruction-tests", int)


@router.get("/instructions/{instruction_id}/batches", dependencies=[require(Right.SEE_TICKETS)])
async def list_instruction_batches(
    instruction_id: RowId,
    query: Annotated[PageQuery, Query()],
    user: SignedInUser,
    session: Snapshot,
    viewpoint: AskedFrom,
) -> BatchPage:
    """Goods that were found, oldest first."""
    await store.get_instruction(session, instruction_id, await store.may_see(session, user))
    after = query.after(_BATCHES) or finding_store.FIRST
    found = await finding_store.list_batches(session, [instruction_id], after=after, limit=query.limit + 1)
    page, following = cut_page(found, query, _BATCHES, lambda one: one.id)
    users = await store.names_of(session, {one.added_by for one in page})
    return BatchPage(items=[view_batch(one, users, viewpoint) for one in page], next=following)


@router.post("/instructions/{instruction_id}/batches", status_code=201, dependencies=[require(Right.HANDLE_TICKETS)])
async def add_instruction_batch(
    instruction_id: RowId,
    body: BatchBody,
    version: AskedVersion,
    user: SignedInUser,
    session: Transaction,
    viewpoint: AskedFrom,
) -> InstructionView:
    """Add goods that were found, once somebody is at the place, until the instruction is closed."""
    await finding_service.add_batch(
        session, instruction_id, body.to_batch(), version=version, user=user, now=viewpoint.now
    )
    return await view_instruction(session, instruction_id, viewpoint)


@router.get("/instructions/{instruction_id}/tests", dependencies=[require(Right.SEE_TICKETS)])
async def list_instruction_tests(
    instruction_id: RowId,
    query: Annotated[PageQuery, Query()],
    user: SignedInUser,
    session: Snapshot,
    viewpoint: AskedFrom,
) -> TestPage:
    """What was tested, oldest first."""
    await store.get_instruction(session, instruction_id, await store.may_see(session, user))
    after = query.after(_TESTS) or finding_store.FIRST
    found = await finding_store.list_tests(session, [instruction_id], after=after, limit=query.limit + 1)
    page, following = cut_page(found, query, _TESTS, lambda one: one.id)
    users = await store.names_of(session, {one.added_by for one in page})
    return TestPage(items=[view_test(one, users, viewpoint) for one in page], next=following)


@router.post("/instructions/{instruction_id}/tests", status_code=201, dependencies=[require(Right.HANDLE_TICKETS)])
async def add_instruction_test(
    instruction_id: RowId,
    body: NewTest,
    version: AskedVersion,
    user: SignedInUser,
    session: Transaction,
    viewpoint: AskedFrom,
) -> InstructionView:
    """Add what was tested; a laboratory may answer after the instruction was closed."""
    await finding_service.add_test(
        session, instruction_id, body.to_test(), version=version, user=user, now=viewpoint.now
    )
    return await view_instruction(session, instruction_id, viewpoint)
