"""Click-to-call over HTTP: dials, their judgement, refused attempts."""

from __future__ import annotations

import hashlib
import json
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response

from callcenter.accounts.api import SignedInUser, require
from callcenter.accounts.rights import Right
from callcenter.callbacks import work_service
from callcenter.click_to_call.service import DialTarget, dial
from callcenter.dialling import store
from callcenter.dialling.schemas import (
    DialPage,
    DialView,
    DialWithJudgement,
    IdempotencyKey,
    NewDial,
    NewJudgement,
    RefusalPage,
    RefusalView,
    dial_view,
    dial_with_judgement,
)
from callcenter.dialling.tables import Dial
from callcenter.errors import NotFoundError
from callcenter.http.commands import location
from callcenter.http.cursors import value_cursors
from callcenter.http.dependencies import AreaCode, Now, OpenDatabase, RowId, Snapshot, Transaction
from callcenter.http.pages import PageQuery, cut_page

router = APIRouter(tags=["click-to-call"])

_DIALS = value_cursors("dials", int)
_REFUSALS = value_cursors("dial-refusals", int)


@router.post("/dials", status_code=202, dependencies=[require(Right.DIAL)])
async def start_dial(
    wanted: NewDial,
    key: Annotated[IdempotencyKey, Header(alias="Idempotency-Key")],
    user: SignedInUser,
    database: OpenDatabase,
    now: Now,
    request: Request,
    response: Response,
) -> DialView:
    """Ring the agent's own phone, then the number, once. The same key and body again ring nothing.

    The result shows later, at the address in `Location`.
    """
    target = DialTarget(
        episode_id=wanted.episode_id,
        call=None if wanted.call is None else (wanted.call.pbx, wanted.call.call_id),
        directory_id=wanted.directory_id,
        survey_sample_id=wanted.survey_sample_id,
        typed=wanted.number,
        has_more=bool(wanted.model_extra),
    )
    state = request.app.state
    body = json.dumps(wanted.model_dump(mode="json"), sort_keys=True)
    started = await dial(
        database,
        state.pbxs,
        state.settings,
        user=user,
        target=target,
        key=key,
        request_sha256=hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest(),
        now=now,
    )
    response.headers.update(location(f"/dials/{started.id}"))
    return dial_view(started, area_code=state.settings.area_code)


@router.post("/dials/{dial_id}/judgements", status_code=201, dependencies=[require(Right.DIAL)])
async def judge_dial(
    dial_id: RowId, new: NewJudgement, user: SignedInUser, session: Transaction, now: Now, request: Request
) -> DialWithJudgement:
    """Say what was heard at the other end: a mailbox or somebody else closes no episode."""
    settings = request.app.state.settings
    await work_service.judge(session, dial_id, user, judgement=new.judgement, note=new.note, settings=settings, now=now)
    (row,) = await store.list_dials(session, Dial.id == dial_id, limit=1)
    return dial_with_judgement(*row, area_code=settings.area_code)


@router.get("/dials", dependencies=[require(Right.DIAL)])
async def get_dials(
    query: Annotated[PageQuery, Query()], user: SignedInUser, session: Snapshot, area_code: AreaCode
) -> DialPage:
    """Dials, newest first: all of them for users who see the dials of others, else the user's own."""
    before = query.after(_DIALS)
    conditions = [] if before is None else [Dial.id < before]
    if not user.may(Right.SEE_DIALS):
        conditions.append(Dial.user_id == user.user_id)
    found = await store.list_dials(session, *conditions, limit=query.limit + 1)
    rows, following = cut_page(found, query, _DIALS, lambda row: row[0].id)
    return DialPage(items=[dial_with_judgement(*row, area_code=area_code) for row in rows], next=following)


@router.get("/dials/{dial_id}", dependencies=[require(Right.DIAL)])
async def get_dial(dial_id: RowId, session: Snapshot, area_code: AreaCode) -> DialWithJudgement:
    """One dial as it stands."""
    rows = await store.list_dials(session, Dial.id == dial_id, limit=1)
    if not rows:
        raise NotFoundError("There is no such dial.")
    return dial_with_judgement(*rows[0], area_code=area_code)


@router.get("/dial-refusals", dependencies=[require(Right.SEE_DIALS)])
async def get_dial_refusals(query: Annotated[PageQuery, Query()], session: Snapshot) -> RefusalPage:
    """Attempts to ring a number that were refused, newest first."""
    found = await store.list_refusals(session, before=query.after(_REFUSALS), limit=query.limit + 1)
    rows, following = cut_page(found, query, _REFUSALS, lambda row: row[0].id)
    items = [
        RefusalView.model_validate(
            {
                "id": refusal.id,
                "at": refusal.at,
                "user": name,
                "target": refusal.target,
                "reason": refusal.reason,
                "masked_number": refusal.masked_number,
                "episode_id": refusal.episode_id,
            }
        )
        for refusal, name in rows
    ]
    return RefusalPage(items=items, next=following)
