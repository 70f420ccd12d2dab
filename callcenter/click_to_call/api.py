"""Click-to-call over HTTP: dials, their judgement, refused attempts."""

from __future__ import annotations

import hashlib
import json
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request

from callcenter.accounts.api import SignedInUser, require
from callcenter.accounts.rights import Right
from callcenter.callbacks import work_service
from callcenter.click_to_call.service import DialTarget, dial
from callcenter.dialling import store
from callcenter.dialling import store as dials
from callcenter.dialling.schemas import (
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
from callcenter.http.dependencies import AreaCode, Before, Now, OpenDatabase, RowId, Transaction, page_of

router = APIRouter(tags=["click-to-call"])


@router.post("/dial", status_code=201, dependencies=[require(Right.DIAL)])
async def start_dial(
    wanted: NewDial,
    key: Annotated[IdempotencyKey, Header(alias="Idempotency-Key")],
    user: SignedInUser,
    database: OpenDatabase,
    now: Now,
    request: Request,
) -> DialView:
    """Ring the agent's own phone, then the number, once. The same key and body again ring nothing."""
    target = DialTarget(
        episode_id=wanted.episode_id,
        call=None if wanted.call is None else (wanted.call.pbx, wanted.call.call_id),
        directory_id=wanted.directory_id,
        typed=wanted.number,
        has_more=bool(wanted.model_extra),
    )
    state = request.app.state
    body = json.dumps(wanted.model_dump(mode="json"), sort_keys=True)
    started = await dial(
        database,
        state.commands,
        state.settings,
        user=user,
        target=target,
        key=key,
        request_sha256=hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest(),
        now=now,
    )
    return dial_view(started, area_code=state.settings.area_code)


@router.post("/dials/{dial_id}/judgements", status_code=201, dependencies=[require(Right.DIAL)])
async def judge_dial(
    dial_id: RowId, told: NewJudgement, user: SignedInUser, session: Transaction, now: Now, request: Request
) -> DialWithJudgement:
    """Say what was heard at the other end: a mailbox or somebody else closes no episode."""
    settings = request.app.state.settings
    await work_service.judge(
        session, dial_id, user, judgement=told.judgement, note=told.note, settings=settings, now=now
    )
    (row,) = await dials.list_dials(session, Dial.id == dial_id, limit=1)
    return dial_with_judgement(*row, area_code=settings.area_code)


@router.get("/dials/{dial_id}", dependencies=[require(Right.DIAL)])
async def get_dial(dial_id: RowId, session: Transaction, area_code: AreaCode) -> DialWithJudgement:
    """One dial as it stands."""
    rows = await store.list_dials(session, Dial.id == dial_id, limit=1)
    if not rows:
        raise NotFoundError("There is no such dial.")
    return dial_with_judgement(*rows[0], area_code=area_code)


@router.get("/dial-refusals", dependencies=[require(Right.SEE_DIALS)])
async def get_dial_refusals(
    session: Transaction,
    before: Before = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> RefusalPage:
    """Attempts to ring a number that were refused, newest first."""
    rows, last = page_of(await store.list_refusals(session, before=before, limit=limit + 1), limit)
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
    return RefusalPage(items=items, next_before=None if last is None else last[0].id)
