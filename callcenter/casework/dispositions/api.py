"""What became of answered calls, over HTTP: said by whoever talked, missing for supervisors."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.api import SignedInUser, require
from callcenter.accounts.rights import Right
from callcenter.calls.store import get_call
from callcenter.casework.dispositions import service, store
from callcenter.casework.dispositions.schemas import (
    DispositionView,
    MissingDispositions,
    MissingQuery,
    MissingView,
    NewDisposition,
)
from callcenter.casework.masks import mask_text
from callcenter.casework.tickets.store import list_of_call
from callcenter.http.cursors import pair_cursors
from callcenter.http.dependencies import AreaCode, Now, Snapshot, Timezone, Transaction
from callcenter.http.fields import AskedName
from callcenter.http.pages import cut_page

router = APIRouter(tags=["dispositions"])

_MISSING = pair_cursors("missing-dispositions", datetime, str, str)

AskedPbx = Annotated[AskedName, Path()]
AskedCall = Annotated[AskedName, Path()]


@router.get("/calls/{pbx}/{call_id:path}/disposition", dependencies=[require(Right.SEE_CALLS)])
async def get_disposition(pbx: AskedPbx, call_id: AskedCall, session: Snapshot, area_code: AreaCode) -> DispositionView:
    """The tickets of a call, or the reason why it has none; neither where nobody has said it."""
    await get_call(session, pbx, call_id)
    return await _view(session, pbx, call_id, area_code)


@router.put("/calls/{pbx}/{call_id:path}/disposition", dependencies=[require(Right.REGISTER_TICKETS)])
async def put_disposition(
    pbx: AskedPbx,
    call_id: AskedCall,
    body: NewDisposition,
    user: SignedInUser,
    session: Transaction,
    now: Now,
    area_code: AreaCode,
) -> DispositionView:
    """Say what became of a call: link it with its tickets, or give the reason why it became none."""
    await service.put_disposition(
        session, pbx, call_id, tickets_of_call=body.tickets, reason=body.reason, remark=body.remark, user=user, now=now
    )
    return await _view(session, pbx, call_id, area_code)


@router.get("/dispositions/missing", dependencies=[require(Right.SEE_DISPOSITIONS)])
async def list_missing(
    query: Annotated[MissingQuery, Query()], session: Snapshot, now: Now, timezone: Timezone
) -> MissingDispositions:
    """Answered calls of a day that became neither a ticket nor have a reason, and how many did: 0 missing is wanted."""
    day = query.day or now.astimezone(timezone).date()
    after = query.after(_MISSING)
    calls = await store.list_missing(
        session, day, after=None if after is None else (after[0], after[1], after[2]), limit=query.limit + 1
    )
    page, following = cut_page(calls, query, _MISSING, lambda call: (call.started_at, call.pbx, call.call_id))
    counts = await store.count_dispositions(session, day)
    items = [
        MissingView(pbx=call.pbx, call_id=call.call_id, started_at=call.started_at, agents=call.agents) for call in page
    ]
    return MissingDispositions(
        items=items,
        next=following,
        day=day,
        answered=counts.answered,
        with_ticket=counts.with_ticket,
        with_reason=counts.with_reason,
        missing=counts.missing,
    )


async def _view(session: AsyncSession, pbx: str, call_id: str, area_code: str) -> DispositionView:
    found = await store.find_reason(session, pbx, call_id)
    return DispositionView(
        tickets=[row.number for row in await list_of_call(session, pbx, call_id)],
        reason=None if found is None else found.reason,
        remark=None if found is None else mask_text(found.remark, area_code=area_code),
        said_by=None if found is None else found.said_by,
        said_at=None if found is None else found.said_at,
    )
