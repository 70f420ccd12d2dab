"""Codes over HTTP: everybody reads them, supervisors add and end them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from callcenter.accounts.api import SignedInUser, require
from callcenter.accounts.rights import Right
from callcenter.casework.classification import store
from callcenter.casework.classification.rules import Axis, Code, check_end, check_new
from callcenter.casework.classification.schemas import CodeEnd, CodeName, CodePage, CodesQuery, CodeView, NewCode
from callcenter.http.cursors import value_cursors
from callcenter.http.dependencies import Now, Snapshot, Timezone, Transaction
from callcenter.http.pages import cut_whole

router = APIRouter(tags=["codes"])

_CODES = value_cursors("codes", str)


@router.get("/codes", dependencies=[require(Right.SEE_CODES)])
async def list_codes(query: Annotated[CodesQuery, Query()], session: Snapshot) -> CodePage:
    """The codes of one axis: those of a day, or all that there ever were."""
    codes = await store.list_codes(session, query.axis, query.on_day)
    page, following = cut_whole(codes, query, _CODES, lambda code: code.code)
    return CodePage(items=[CodeView.model_validate(code) for code in page], next=following)


@router.post("/codes", status_code=201, dependencies=[require(Right.MANAGE_CODES)])
async def add_code(new: NewCode, user: SignedInUser, session: Transaction, now: Now, timezone: Timezone) -> CodeView:
    """A new code. One that has ended is not given another meaning: take another name."""
    code = Code(**new.model_dump(), valid_to=None, maps_to=())
    parents = await store.find_codes(session, code.axis, [] if code.parent is None else [code.parent])
    check_new(code, parents, now.astimezone(timezone).date())
    await store.add_code(session, code, by=user.user_id, at=now)
    return CodeView.model_validate(code)


@router.post("/codes/{axis}/{code}/end", dependencies=[require(Right.MANAGE_CODES)])
async def end_code(
    axis: Axis,
    code: Annotated[CodeName, Path()],
    end: CodeEnd,
    user: SignedInUser,
    session: Transaction,
    now: Now,
    timezone: Timezone,
) -> CodeView:
    """Let a code end. Matters keep the code of their day; reports convert to its followers and say so."""
    # All at once and in order: two who end codes in favour of each other's wait, and do not block each other.
    found = {one.code: one for one in await store.find_codes(session, axis, sorted({code, *end.maps_to}))}
    maps_to = sorted(set(end.maps_to))
    check_end(found[code], end.valid_to, [found[name] for name in maps_to], now.astimezone(timezone).date())
    await store.end_code(session, axis, code, valid_to=end.valid_to, maps_to=maps_to, by=user.user_id, at=now)
    (ended,) = await store.find_codes(session, axis, [code])
    return CodeView.model_validate(ended)
