"""Broadcasts over HTTP: started, looked at while they go on, acknowledged by hand, ended."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.api import SignedInUser, require
from callcenter.accounts.rights import Right
from callcenter.accounts.store import log_access
from callcenter.casework.broadcasts import service, store
from callcenter.casework.broadcasts.schemas import (
    BroadcastPage,
    BroadcastsQuery,
    BroadcastView,
    NewBroadcastBody,
    NotedAcknowledgement,
    StartedBroadcast,
    TargetPage,
    TargetsQuery,
    TargetView,
)
from callcenter.casework.broadcasts.service import NewBroadcast
from callcenter.casework.broadcasts.tables import BroadcastRow, BroadcastTarget
from callcenter.casework.broadcasts.views import RESULT, stream_result, view_broadcasts, view_targets
from callcenter.dialling.schemas import IdempotencyKey
from callcenter.http.cursors import value_cursors
from callcenter.http.dependencies import AreaCode, AskedSettings, LoggedSnapshot, Now, RowId, Snapshot, Transaction
from callcenter.http.downloads import FILES, answer_file
from callcenter.http.pages import cut_page
from callcenter.table_files import Shape

router = APIRouter(tags=["broadcasts"])

_BROADCASTS = value_cursors("broadcasts", int)
_TARGETS = value_cursors("broadcast-targets", int)


@router.get("/broadcasts", dependencies=[require(Right.SEE_BROADCASTS)])
async def list_broadcasts(query: Annotated[BroadcastsQuery, Query()], session: Snapshot) -> BroadcastPage:
    """Newest first, each with how its organisations stand."""
    conditions = []
    if query.kind is not None:
        conditions.append(BroadcastRow.kind == query.kind)
    if query.open is not None:
        conditions.append(BroadcastRow.ended_at.is_(None) if query.open else BroadcastRow.ended_at.is_not(None))
    before = query.after(_BROADCASTS)
    if before is not None:
        conditions.append(BroadcastRow.id < before)
    found = await store.list_broadcasts(session, *conditions, limit=query.limit + 1)
    page, following = cut_page(found, query, _BROADCASTS, lambda one: one[0].id)
    return BroadcastPage(items=await view_broadcasts(session, page), next=following)


@router.post("/broadcasts", status_code=201, dependencies=[require(Right.LEAD_BROADCASTS)])
async def start_broadcast(
    body: NewBroadcastBody,
    key: Annotated[IdempotencyKey, Header(alias="Idempotency-Key")],
    user: SignedInUser,
    session: Transaction,
    now: Now,
    settings: AskedSettings,
) -> StartedBroadcast:
    """Ring everybody whom it concerns, from now on. The same key again starts nothing new."""
    new = NewBroadcast(
        kind=body.kind,
        subject=body.subject,
        spoken_text=body.spoken_text,
        recording_id=body.recording_id,
        wanted=body.filter.to_filter(),
        filter_json=body.filter.model_dump(mode="json"),
        key=key,
        hash=service.hash_request(body.model_dump_json()),
    )
    broadcast_id = await service.start(session, new, settings=settings, user=user, now=now)
    expected = await service.expect_of(session, new, settings)
    return StartedBroadcast(
        broadcast=await _view(session, broadcast_id),
        shortest_seconds=int(expected.shortest.total_seconds()),
        longest_seconds=int(expected.longest.total_seconds()),
    )


@router.get("/broadcasts/{broadcast_id}", dependencies=[require(Right.SEE_BROADCASTS)])
async def get_broadcast(broadcast_id: RowId, session: Snapshot) -> BroadcastView:
    """One broadcast, and how its organisations stand."""
    return await _view(session, broadcast_id)


@router.get(
    "/broadcasts/{broadcast_id}/targets",
    dependencies=[require(Right.SEE_BROADCASTS)],
    response_model=TargetPage,
    responses=FILES,
)
async def list_broadcast_targets(
    broadcast_id: RowId,
    query: Annotated[TargetsQuery, Query()],
    request: Request,
    user: SignedInUser,
    session: LoggedSnapshot,
    now: Now,
    area_code: AreaCode,
) -> TargetPage | Response:
    """The organisations, each with who was rung. A file is the result, and is logged."""
    await store.get_broadcast(session, broadcast_id)
    conditions = [BroadcastTarget.broadcast_id == broadcast_id]
    if query.state is not None:
        conditions.append(BroadcastTarget.state == query.state)
    if query.format is not Shape.JSON:
        await log_access(session, user, "export of a broadcast", f"broadcasts/{broadcast_id}", now)
        targets = await store.list_targets(session, *conditions)
        rows = stream_result(session, targets, area_code=area_code, language=query.language)
        return await answer_file(request, RESULT, rows, query, of=str(broadcast_id))
    after = query.after(_TARGETS)
    if after is not None:
        conditions.append(BroadcastTarget.id > after)
    found = await store.list_targets(session, *conditions, limit=query.limit + 1)
    page, following = cut_page(found, query, _TARGETS, lambda one: one.id)
    return TargetPage(items=await view_targets(session, page, area_code=area_code), next=following)


@router.put(
    "/broadcasts/{broadcast_id}/targets/{target_id}/acknowledgement", dependencies=[require(Right.LEAD_BROADCASTS)]
)
async def note_acknowledgement(
    broadcast_id: RowId,
    target_id: RowId,
    body: NotedAcknowledgement,
    user: SignedInUser,
    session: Transaction,
    now: Now,
    area_code: AreaCode,
) -> TargetView:
    """Write down who of an organisation that is not rung now said that they know, and how."""
    await service.note_acknowledgement(session, broadcast_id, target_id, body.name, body.how, user=user, now=now)
    targets = await store.list_targets(session, BroadcastTarget.id == target_id)
    (view,) = await view_targets(session, targets, area_code=area_code)
    return view


@router.post("/broadcasts/{broadcast_id}/end", dependencies=[require(Right.LEAD_BROADCASTS)])
async def end_broadcast(broadcast_id: RowId, user: SignedInUser, session: Transaction, now: Now) -> BroadcastView:
    """Ring nobody more. Whoever is rung at this moment is hung up, unless they answer first."""
    await service.end(session, broadcast_id, user=user, now=now)
    return await _view(session, broadcast_id)


async def _view(session: AsyncSession, broadcast_id: int) -> BroadcastView:
    await store.get_broadcast(session, broadcast_id)
    found = await store.list_broadcasts(session, BroadcastRow.id == broadcast_id, limit=1)
    (view,) = await view_broadcasts(session, found)
    return view
