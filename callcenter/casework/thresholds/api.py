"""Thresholds over HTTP: whoever works on matters reads them, who decides on rules adds the next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from typing import Annotated

from fastapi import APIRouter, Query

from callcenter.accounts.api import SignedInUser, require
from callcenter.accounts.rights import Right
from callcenter.casework.classification.rules import Axis
from callcenter.casework.classification.store import find_codes
from callcenter.casework.deadlines.rules import Certainty
from callcenter.casework.thresholds import store
from callcenter.casework.thresholds.rules import Threshold, ThresholdUnit, check_new
from callcenter.casework.thresholds.schemas import NewThreshold, ThresholdPage, ThresholdView
from callcenter.http.cursors import pair_cursors
from callcenter.http.dependencies import Now, Snapshot, Timezone, Transaction
from callcenter.http.pages import PageQuery, cut_whole

router = APIRouter(tags=["thresholds"])

_THRESHOLDS = pair_cursors("thresholds", str, datetime)
_AXES = {ThresholdUnit.GOODS_CODES: Axis.GOODS, ThresholdUnit.PROBLEM_CODES: Axis.PROBLEM}


@router.get("/thresholds", dependencies=[require(Right.SEE_DEADLINES)])
async def list_thresholds(query: Annotated[PageQuery, Query()], session: Snapshot, now: Now) -> ThresholdPage:
    """The numbers by which matters are judged and that no law gives, with who says so; those of before too."""
    known = await store.list_thresholds(session)
    page, following = cut_whole(known, query, _THRESHOLDS, lambda one: (one.code.value, one.valid_from))
    return ThresholdPage(items=[_view(one, known, now) for one in page], next=following)


@router.post("/thresholds", status_code=201, dependencies=[require(Right.DECIDE_RULES)])
async def add_threshold(
    new: NewThreshold, user: SignedInUser, session: Transaction, now: Now, timezone: Timezone
) -> ThresholdView:
    """What the office has decided. What was judged before stays as it was judged."""
    decided = Threshold(
        code=new.code,
        valid_from=datetime.combine(new.valid_from, time(), timezone),
        number=new.number,
        names=None if new.names is None else tuple(sorted(set(new.names))),
        certainty=Certainty.OFFICE,
        source=new.source,
    )
    check_new(decided, now)
    if decided.names is not None:
        await find_codes(session, _AXES[decided.unit], decided.names)
    await store.add_threshold(session, decided, by=user.user_id, at=now)
    return _view(decided, await store.list_thresholds(session), now)


def _view(one: Threshold, known: Sequence[Threshold], now: datetime) -> ThresholdView:
    of_code = [other.valid_from for other in known if other.code is one.code]
    # The first holds for what was before it too, as the rules have it.
    in_force = max((begin for begin in of_code if begin <= now), default=min(of_code))
    return ThresholdView(
        code=one.code,
        valid_from=one.valid_from,
        is_in_force=one.valid_from == in_force,
        unit=one.unit,
        number=None if one.number is None else float(one.number),
        names=None if one.names is None else sorted(one.names),
        certainty=one.certainty,
        source=one.source,
    )
