"""The callback list over HTTP.

Numbers and names are masked. Supervisors unmask with a reason, agents one episode at a time and some an hour. Whatever
is shown unmasked is written to the access log.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.api import SignedInUser, require
from callcenter.accounts.rights import Right, SignedIn
from callcenter.callbacks import claim_store, service
from callcenter.callbacks.deadlines import describe_deadline
from callcenter.callbacks.export import CALLBACKS, rows_of
from callcenter.callbacks.list_store import CallbackRow, ListFilter, list_subject, place_of
from callcenter.callbacks.present_work import PresentWork, list_present_work
from callcenter.callbacks.schemas import (
    CALLBACK_CURSORS,
    CallbackPage,
    CallbackQuery,
    CallbackSearch,
    CallbackView,
    NewDecision,
    callback_view,
)
from callcenter.calls.masked_records import mask_name
from callcenter.calls.number_access import caller_number, may_unmask, may_unmask_one, note_search
from callcenter.calls.numbers import mask
from callcenter.hours.calling_hours import CallingHours
from callcenter.http.dependencies import AreaCode, LoggedSnapshot, Now, OpenDatabase, RowId, Transaction
from callcenter.http.downloads import FILES, answer_file, one_page
from callcenter.http.pages import cut_page
from callcenter.http.reasons import PossibleReason
from callcenter.table_files import Shape, TooManyRowsError

router = APIRouter(tags=["callbacks"])

MOST_CALLERS = 10_000
"""In one file: their calls are read with them."""


@router.get("/callbacks", response_model=CallbackPage, responses=FILES, dependencies=[require(Right.SEE_CALLBACKS)])
async def get_callbacks(
    query: Annotated[CallbackQuery, Query()],
    user: SignedInUser,
    reason: PossibleReason,
    session: LoggedSnapshot,
    now: Now,
    area_code: AreaCode,
    request: Request,
) -> CallbackPage | Response:
    """Everybody who waits for a call back now, or with `day` everybody of whom a call was lost that day."""
    return await _answer(query, query.to_filter(), user, reason, session, now, area_code, request)


@router.post(
    "/callbacks/searches", response_model=CallbackPage, responses=FILES, dependencies=[require(Right.SEE_CALLBACKS)]
)
async def search_callbacks(
    query: CallbackSearch,
    user: SignedInUser,
    reason: PossibleReason,
    session: LoggedSnapshot,
    database: OpenDatabase,
    now: Now,
    area_code: AreaCode,
    request: Request,
) -> CallbackPage | Response:
    """The same list by the caller's number, which stands in the body.

    Agents find what they have claimed; each search is logged, and there are some an hour.
    """
    number = caller_number(query.caller, area_code=area_code)
    wanted = replace(query.to_filter(), caller_number=number)
    async with database.sessions.begin() as own:
        is_own = await note_search(own, user, number, now, area_code=area_code)
    if is_own:
        claims = await claim_store.list_claims(session, user.user_id)
        wanted = replace(wanted, episode_ids=frozenset(episode_id for episode_id, until in claims if until > now))
    return await _answer(query, wanted, user, reason, session, now, area_code, request)


async def _answer(
    query: CallbackQuery,
    wanted: ListFilter,
    user: SignedIn,
    reason: str | None,
    session: AsyncSession,
    now: datetime,
    area_code: str,
    request: Request,
) -> CallbackPage | Response:
    is_page = query.format is Shape.JSON
    found = await service.list_callbacks(
        session,
        wanted,
        now=now,
        day=query.day,
        is_current=query.current,
        after=query.after(CALLBACK_CURSORS) if is_page else None,
        limit=(query.limit if is_page else MOST_CALLERS) + 1,
    )
    if not is_page and len(found.rows) > MOST_CALLERS:
        raise TooManyRowsError(MOST_CALLERS)
    seen, following = cut_page(found.rows, query, CALLBACK_CURSORS, place_of) if is_page else (found.rows, None)
    why = None if query.masked else reason
    is_unmasked = await may_unmask(session, why, user, [list_subject(query.day, seen)], now)
    rows = list(seen) if is_unmasked else [_masked(row, area_code) for row in seen]
    if not is_page:
        table = one_page(rows_of(rows, query.language))
        return await answer_file(request, CALLBACKS, table, query, of=str(query.day or "live"))
    hours = CallingHours.of(request.app.state.settings)
    return CallbackPage(
        items=await _views(session, rows, now),
        next=following,
        day=query.day,
        frozen_at=found.frozen_at,
        sha256=found.sha256,
        deadline_rule=describe_deadline(hours),
        hours=hours.list_workday(),
    )


@router.get("/callbacks/{episode_id:int}", dependencies=[require(Right.SEE_CALLBACKS)])
async def get_callback(
    episode_id: RowId,
    user: SignedInUser,
    reason: PossibleReason,
    database: OpenDatabase,
    now: Now,
    area_code: AreaCode,
) -> CallbackView:
    """One episode as it stands."""
    async with database.snapshots.begin() as session:
        row = await service.get_callback(session, episode_id, now=now)
        work = await list_present_work(session, [episode_id], now=now)
    async with database.sessions.begin() as session:
        is_unmasked = await may_unmask_one(session, reason, user, f"callbacks/{episode_id}", now)
    return callback_view(row if is_unmasked else _masked(row, area_code), work.get(episode_id, PresentWork()))


@router.post("/callbacks/{episode_id:int}/decision", status_code=201, dependencies=[require(Right.SIGN_UNREACHABLE)])
async def sign_decision(
    episode_id: RowId,
    decision: NewDecision,
    user: SignedInUser,
    session: Transaction,
    now: Now,
    area_code: AreaCode,
    request: Request,
) -> CallbackView:
    """Sign that the caller cannot be reached. A new lost call opens a new episode."""
    row = await service.decide_unreachable(
        session, episode_id, user=user, reason=decision.reason, now=now, settings=request.app.state.settings
    )
    (view,) = await _views(session, [_masked(row, area_code)], now)
    return view


async def _views(session: AsyncSession, rows: Sequence[CallbackRow], now: datetime) -> list[CallbackView]:
    work = await list_present_work(session, [row["episode_id"] for row in rows], now=now)
    return [callback_view(row, work.get(row["episode_id"], PresentWork())) for row in rows]


def _masked(row: CallbackRow, area_code: str) -> CallbackRow:
    return {
        **row,
        "caller_number": mask(row["caller_number"], area_code=area_code),
        "calls": [
            {
                **call,
                "caller_number": mask(call["caller_number"], area_code=area_code),
                "caller_name": mask_name(call["caller_name"]),
            }
            for call in row["calls"]
        ],
    }
