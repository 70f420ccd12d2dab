"""The callback list over HTTP.

Numbers and names are masked. Supervisors unmask with a reason, agents one episode at a time and some an hour. Whatever
is shown unmasked is written to the access log.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from callcenter.accounts.api import SignedInUser, require
from callcenter.accounts.rights import Right
from callcenter.callbacks import claim_store, service
from callcenter.callbacks.deadlines import describe_deadline
from callcenter.callbacks.export import CALLBACKS, rows_of
from callcenter.callbacks.list_store import CallbackRow, list_subject, place_of
from callcenter.callbacks.schemas import (
    CallbackPage,
    CallbackQuery,
    CallbackView,
    EpisodeQuery,
    NewDecision,
    cursor_from_place,
)
from callcenter.calls.masked_records import mask_name
from callcenter.calls.number_access import may_unmask, may_unmask_one, note_search
from callcenter.calls.numbers import mask
from callcenter.hours.calling_hours import CallingHours
from callcenter.http.dependencies import AreaCode, Now, RowId, Transaction, page_of
from callcenter.http.downloads import FILES, answer_file, one_page
from callcenter.table_files import Shape, TooManyRowsError

router = APIRouter(tags=["callbacks"])

MOST_CALLERS = 10_000
"""In one file: their calls are read with them."""


@router.get("/callbacks", response_model=CallbackPage, responses=FILES, dependencies=[require(Right.SEE_CALLBACKS)])
async def get_callbacks(
    query: Annotated[CallbackQuery, Query()],
    user: SignedInUser,
    session: Transaction,
    now: Now,
    area_code: AreaCode,
    request: Request,
) -> CallbackPage | Response:
    """Everybody who waits for a call back now, or with `day` everybody of whom a call was lost that day.

    Agents find by `caller` what they have claimed; each such search is logged, and there are some an hour.
    """
    is_page = query.format is Shape.JSON
    wanted = query.to_filter(area_code=area_code)
    number = wanted.caller_number
    if number is not None and await note_search(session, user, number, now, area_code=area_code):
        claims = await claim_store.list_claims(session, user.user_id)
        wanted = replace(wanted, episode_ids=frozenset(episode_id for episode_id, until in claims if until > now))
    found = await service.list_callbacks(
        session,
        wanted,
        now=now,
        day=query.day,
        is_current=query.current,
        after=query.after if is_page else None,
        limit=(query.limit if is_page else MOST_CALLERS) + 1,
    )
    if not is_page and len(found.rows) > MOST_CALLERS:
        raise TooManyRowsError(MOST_CALLERS)
    seen, last = page_of(found.rows, query.limit) if is_page else (found.rows, None)
    is_unmasked = await may_unmask(session, query, user, [list_subject(query.day, seen)], now)
    rows = list(seen) if is_unmasked else [_masked(row, area_code) for row in seen]
    if not is_page:
        table = one_page(rows_of(rows, query.language))
        return await answer_file(request, CALLBACKS, table, query, of=str(query.day or "live"))
    return CallbackPage(
        items=[CallbackView.model_validate(row) for row in rows],
        next_cursor=None if last is None else cursor_from_place(place_of(last)),
        business_date=query.day,
        frozen_at=found.frozen_at,
        sha256=found.sha256,
        deadline_rule=describe_deadline(CallingHours.of(request.app.state.settings)),
    )


@router.get("/callbacks/{episode_id:int}", dependencies=[require(Right.SEE_CALLBACKS)])
async def get_callback(
    episode_id: RowId,
    query: Annotated[EpisodeQuery, Query()],
    user: SignedInUser,
    session: Transaction,
    now: Now,
    area_code: AreaCode,
) -> CallbackView:
    """One episode as it stands."""
    row = await service.get_callback(session, episode_id, now=now)
    is_unmasked = await may_unmask_one(session, query, user, f"callbacks/{episode_id}", now)
    return CallbackView.model_validate(row if is_unmasked else _masked(row, area_code))


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
    return CallbackView.model_validate(_masked(row, area_code))


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
