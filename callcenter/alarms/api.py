"""Alarms of every kind over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request

from callcenter.accounts.api import SignedInUser, require
from callcenter.accounts.rights import Right
from callcenter.alarms import service
from callcenter.alarms.rules import Alarm, AlarmKind
from callcenter.alarms.schemas import AlarmPage, AlarmQuery, AlarmView
from callcenter.calls.numbers import mask
from callcenter.http.cursors import pair_cursors
from callcenter.http.dependencies import AreaCode, Now, Snapshot, Transaction
from callcenter.http.pages import cut_whole

router = APIRouter(tags=["alarms"])

_ALARMS = pair_cursors("alarms", int, str)


@router.get("/alarms", dependencies=[require(Right.SEE_DUTY)])
async def list_all_alarms(
    query: Annotated[AlarmQuery, Query()],
    user: SignedInUser,
    session: Snapshot,
    now: Now,
    area_code: AreaCode,
    request: Request,
) -> AlarmPage:
    """Everything that somebody should look after: unanswered emergencies, a missing calendar, and for users with the
    right late callbacks and parts of the system that failed. Failures that have ended are kept for 90 days."""
    is_whole = user.may(Right.SEE_ALARMS)
    found = await service.list_alarms(session, request.app.state.settings, now, is_whole=is_whole)
    kinds = query.kind or list(AlarmKind)
    wanted = [alarm for alarm in found if alarm.kind in kinds and (alarm.is_open or not query.open)]
    page, following = cut_whole(wanted, query, _ALARMS, lambda alarm: alarm.place)
    return AlarmPage(items=[_view(alarm, area_code) for alarm in page], next=following)


@router.post("/alarms/{alarm_id}/acknowledgement", dependencies=[require(Right.HANDLE_ALARMS)])
async def acknowledge_alarm(
    alarm_id: Annotated[str, Path(max_length=100)],
    user: SignedInUser,
    session: Transaction,
    now: Now,
    area_code: AreaCode,
) -> AlarmView:
    """Take an alarm in hand. Alarms that go by themselves, when their cause goes, cannot be acknowledged (409)."""
    return _view(await service.acknowledge(session, alarm_id, user=user, now=now), area_code)


def _view(alarm: Alarm, area_code: str) -> AlarmView:
    view = AlarmView.model_validate(alarm)
    if view.call is not None:
        view.call.caller_number = mask(view.call.caller_number, area_code=area_code)
    return view
