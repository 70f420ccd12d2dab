"""Working the callback list over HTTP: click-to-call, taking and handing over episodes, judgements, alarms."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.api import SignedInUser, require
from callcenter.accounts.rights import Right
from callcenter.callbacks import claim_store, claims, promise_store, work_service
from callcenter.callbacks.promises import promise
from callcenter.callbacks.rules import CallKey
from callcenter.callbacks.work_schemas import (
    CallbackFigures,
    ClaimView,
    HandedOver,
    HistoryView,
    NewPromise,
    Note,
    OwnClaim,
    OwnClaims,
    callback_figures,
    history_view,
)
from callcenter.error_codes import ErrorCode
from callcenter.errors import NotFoundError
from callcenter.http.cursors import value_cursors
from callcenter.http.dependencies import AreaCode, Now, RowId, Snapshot, Transaction
from callcenter.http.fields import AskedName
from callcenter.http.pages import PageQuery, cut_whole

router = APIRouter(tags=["callback work"])

_CLAIMS = value_cursors("claims", int)


@router.post("/callbacks/claim", dependencies=[require(Right.WORK_CALLBACKS)])
async def claim_next(
    user: SignedInUser, session: Transaction, now: Now, area_code: AreaCode, request: Request
) -> ClaimView:
    """Take the most urgent caller who may be rung now: promised times first, then the order of the list.

    A second click gives the same again, as does asking with as many as an agent may have and one of them not rung.
    """
    episode_id = await claims.claim_next(session, user, request.app.state.settings, now)
    return await _claimed(session, episode_id, area_code)


@router.get("/callbacks/claims", dependencies=[require(Right.WORK_CALLBACKS)])
async def get_claims(
    query: Annotated[PageQuery, Query()], user: SignedInUser, session: Transaction, now: Now
) -> OwnClaims:
    """What the agent has to work on."""
    await claims.end_claims_over(session, now)
    held = await claim_store.list_claims(session, user.user_id)
    page, following = cut_whole(held, query, _CLAIMS, lambda claim: claim[0])
    items = [OwnClaim(episode_id=episode_id, expires_at=until) for episode_id, until in page]
    return OwnClaims(items=items, next=following)


@router.post("/callbacks/hand-over", dependencies=[require(Right.WORK_CALLBACKS)])
async def hand_over(note: Note, user: SignedInUser, session: Transaction, now: Now) -> HandedOver:
    """At the end of a shift: give back everything unfinished, with a note for whoever takes it."""
    return HandedOver(episode_ids=await claims.hand_over(session, user, note.note, now))


@router.get("/callbacks/figures", dependencies=[require(Right.SEE_ALARMS)])
async def get_callback_figures(session: Snapshot, now: Now) -> CallbackFigures:
    """How fast callers of the last seven days were called back and talked to."""
    return callback_figures(await work_service.find_median_times(session, now))


@router.post("/callbacks/{episode_id:int}/claim", dependencies=[require(Right.WORK_CALLBACKS)])
async def claim_episode(
    episode_id: RowId, user: SignedInUser, session: Transaction, now: Now, area_code: AreaCode, request: Request
) -> ClaimView:
    """Take this caller, or keep them for longer."""
    await claims.claim(session, episode_id, user, request.app.state.settings, now)
    return await _claimed(session, episode_id, area_code)


@router.delete("/callbacks/{episode_id:int}/claim", status_code=204, dependencies=[require(Right.WORK_CALLBACKS)])
async def release_episode(episode_id: RowId, user: SignedInUser, session: Transaction, now: Now) -> None:
    """Give the caller back."""
    await claims.release(session, episode_id, user, now)


@router.post("/callbacks/{episode_id:int}/notes", status_code=204, dependencies=[require(Right.WORK_CALLBACKS)])
async def add_note(episode_id: RowId, note: Note, user: SignedInUser, session: Transaction, now: Now) -> None:
    """Write something down for whoever works on the caller next."""
    await work_service.add_note(session, episode_id, user, note.note, now)


@router.put("/callbacks/{episode_id:int}/promise", status_code=204, dependencies=[require(Right.WORK_CALLBACKS)])
async def put_promise(
    episode_id: RowId, wanted: NewPromise, user: SignedInUser, session: Transaction, now: Now
) -> None:
    """Who works on the caller, or a supervisor, promised a call at this time; the history keeps what stood there."""
    named_in = None if wanted.call is None else CallKey(wanted.call.pbx, wanted.call.call_id)
    await promise(session, episode_id, user, wanted.at, named_by=wanted.named_by, named_in=named_in, now=now)


@router.get("/callbacks/{episode_id:int}/history", dependencies=[require(Right.SEE_CALLBACKS)])
async def get_episode_history(episode_id: RowId, session: Snapshot, area_code: AreaCode) -> HistoryView:
    """Everything known of the caller: calls, episodes, dials, notes."""
    return history_view(await work_service.get_history_of_episode(session, episode_id), area_code=area_code)


@router.get("/calls/{pbx}/{call_id:path}/history", dependencies=[require(Right.SEE_CALLBACKS)])
async def get_call_history(
    pbx: Annotated[AskedName, Path()], call_id: Annotated[AskedName, Path()], session: Snapshot, area_code: AreaCode
) -> HistoryView:
    """Everything known of the person in this call, for whoever answers it."""
    return history_view(await work_service.get_history_of_call(session, pbx, call_id), area_code=area_code)


async def _claimed(session: AsyncSession, episode_id: int, area_code: str) -> ClaimView:
    found = await claim_store.find_claim(session, episode_id)
    if found is None:
        raise NotFoundError("Nobody is working on this episode.", code=ErrorCode.NOT_CLAIMED)
    history = await work_service.get_history_of_episode(session, episode_id)
    promised = await promise_store.find_promise(session, episode_id)
    return ClaimView(
        episode_id=episode_id,
        expires_at=found[0].expires_at,
        promised_at=None if promised is None else promised.promised_at,
        history=history_view(history, area_code=area_code),
    )
