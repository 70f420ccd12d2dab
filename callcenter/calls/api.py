"""Calls over HTTP: lists, one call with both tellings, blind times and anomalies."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.api import SignedInUser, require
from callcenter.accounts.rights import Right
from callcenter.calls import store, witness_store
from callcenter.calls.day_summary import count_day
from callcenter.calls.export import CALLS, name_of, rows_of
from callcenter.calls.list_store import CallFilter, CallPlace, list_calls, stream_calls
from callcenter.calls.masked_records import mask_record
from callcenter.calls.number_access import may_unmask, note_search, refuse_number
from callcenter.calls.rows import Key
from callcenter.calls.schemas import (
    AnomalyPage,
    AnomalyQuery,
    CallDetail,
    CallPage,
    CallQuery,
    CallView,
    CountView,
    DayFiguresView,
    GapPage,
    GapView,
    RecordView,
    RefusedView,
    Unmasking,
    cursor_from_place,
)
from callcenter.calls.tables import Call
from callcenter.errors import InputError
from callcenter.http.dependencies import AreaCode, Before, Now, Transaction, page_of
from callcenter.http.downloads import FILES, answer_file
from callcenter.http.fields import AskedMoment, AskedName
from callcenter.table_files import MOST_ROWS, Row, Shape

router = APIRouter(tags=["calls"])
call_router = APIRouter(tags=["calls"])
"""A call by its id, which may hold slashes: asked after every other address that begins with /calls/."""


class RecordingsOf(Protocol):
    """The names of the sound files that are kept of calls, by pbx and call id; calls without any may be left out."""

    async def __call__(self, session: AsyncSession, calls: Collection[Key]) -> Mapping[Key, list[str]]: ...


def get_recordings_of(request: Request) -> RecordingsOf:
    """What the capability above knows of recordings; the application puts the two together."""
    recordings_of: RecordingsOf = request.app.state.recordings_of
    return recordings_of


Recordings = Annotated[RecordingsOf, Depends(get_recordings_of)]


class SettledOf(Protocol):
    """The unconfirmed calls of a business day that a supervisor has settled."""

    async def __call__(self, session: AsyncSession, first: date) -> Collection[Key]: ...


def get_settled_of(request: Request) -> SettledOf:
    """What the capability above knows of settlements; the application puts the two together."""
    settled_of: SettledOf = request.app.state.settled_of
    return settled_of


SettledOfDay = Annotated[SettledOf, Depends(get_settled_of)]


@router.get("/calls", response_model=CallPage, responses=FILES, dependencies=[require(Right.SEE_CALLS)])
async def get_calls(
    query: Annotated[CallQuery, Query()],
    user: SignedInUser,
    session: Transaction,
    now: Now,
    area_code: AreaCode,
    recordings_of: Recordings,
    request: Request,
) -> CallPage | Response:
    """Calls, newest first. Unmasked numbers need the right and a reason, and are logged.

    Agents find by `caller` the calls in which they talked; each such search is logged, and there are some an hour.
    """
    wanted = query.to_filter(area_code=area_code)
    if wanted.caller_number is not None:
        is_own = await note_search(session, user, wanted.caller_number, now, area_code=area_code)
        wanted = replace(wanted, of_user=user.user_id if is_own else None)
    if wanted.agent is not None and not user.may(Right.UNMASK_NUMBERS):
        refuse_number(wanted.agent, area_code=area_code)
    if query.format is not Shape.JSON:

        async def rows() -> AsyncIterator[list[Row]]:
            async for part in stream_calls(session, wanted, limit=MOST_ROWS + 1):
                is_unmasked = await may_unmask(session, query, user, _names(part), now)
                kept = await recordings_of(session, [(call.pbx, call.call_id) for call in part])
                views = [_view(call, kept, area_code=area_code, is_unmasked=is_unmasked) for call in part]
                yield rows_of(views, query.language)

        await may_unmask(session, query, user, [], now)
        return await answer_file(request, CALLS, rows(), query, of=name_of(query))
    found = await list_calls(session, wanted, after=query.after, limit=query.limit + 1)
    calls, last = page_of(found, query.limit)
    is_unmasked = await may_unmask(session, query, user, _names(calls), now)
    recordings = await recordings_of(session, [(call.pbx, call.call_id) for call in calls])
    return _page(calls, last, recordings, area_code=area_code, is_unmasked=is_unmasked)


@router.get("/calls/summary", dependencies=[require(Right.SEE_CALLS)])
async def get_summary(day: date, session: Transaction, settled_of: SettledOfDay) -> DayFiguresView:
    """How a business day stands: calls up, waiting, answered, missed, unconfirmed, settled."""
    settled = len(await settled_of(session, day))
    figures = asdict(await count_day(session, day))
    return DayFiguresView(**figures | {"unconfirmed": figures["unconfirmed"] - settled, "settled": settled})


@call_router.get("/calls/{pbx}/{call_id:path}", dependencies=[require(Right.SEE_CALLS)])
async def get_call(
    pbx: str,
    call_id: str,
    query: Annotated[Unmasking, Query()],
    user: SignedInUser,
    session: Transaction,
    now: Now,
    area_code: AreaCode,
    recordings_of: Recordings,
) -> CallDetail:
    """One call, its anomalies, and what each witness told of it. An id may hold slashes, plain or as %2F."""
    if "\0" in pbx + call_id:
        raise InputError("A call is named by text.")
    call = await store.get_call(session, pbx, call_id)
    is_unmasked = await may_unmask(session, query, user, _names([call]), now)

    def told(record: dict[str, Any] | None) -> RecordView | None:
        if record is None:
            return None
        return RecordView.model_validate(record if is_unmasked else mask_record(record, area_code=area_code))

    recordings = await recordings_of(session, [(pbx, call_id)])
    return CallDetail(
        call=_view(call, recordings, area_code=area_code, is_unmasked=is_unmasked),
        told_by_ami=told(call.told_by_ami),
        told_by_ledger=told(call.told_by_ledger),
        recorded_at=call.recorded_at,
        confirmed_at=call.confirmed_at,
    )


@router.get("/anomalies", dependencies=[require(Right.SEE_CALLS)])
async def get_anomalies(
    query: Annotated[AnomalyQuery, Query()],
    user: SignedInUser,
    session: Transaction,
    now: Now,
    area_code: AreaCode,
    recordings_of: Recordings,
) -> AnomalyPage:
    """Everything odd: calls with an anomaly, messages and rows nobody understood, records the database refused."""
    wanted = CallFilter(business_date=query.day, anomaly=query.anomaly, is_odd=True)
    found = await list_calls(session, wanted, after=query.after, limit=query.limit + 1)
    calls, last = page_of(found, query.limit)
    # The examples of what nobody understood belong to no call.
    subjects = [f"anomalies/{query.day or 'all'}", *_names(calls)]
    is_unmasked = await may_unmask(session, query, user, subjects, now)
    recordings = await recordings_of(session, [(call.pbx, call.call_id) for call in calls])
    page = _page(calls, last, recordings, area_code=area_code, is_unmasked=is_unmasked)
    counts = [CountView.model_validate(count) for count in await witness_store.list_counts(session)]
    return AnomalyPage(
        items=page.items,
        next_cursor=page.next_cursor,
        # An example is as it was told, numbers and all.
        counts=counts if is_unmasked else [count.model_copy(update={"sample": None}) for count in counts],
        refused=[RefusedView.model_validate(letter) for letter in await witness_store.list_dead_letters(session)],
    )


@router.get("/gaps", dependencies=[require(Right.SEE_CALLS)])
async def get_gaps(
    session: Transaction,
    pbx: AskedName | None = None,
    from_: Annotated[AskedMoment | None, Query(alias="from")] = None,
    to: AskedMoment | None = None,
    before: Before = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> GapPage:
    """Times during which a witness was blind, latest first; `from` and `to` ask for those that touch [from, to)."""
    found = await witness_store.list_gaps(session, pbx=pbx, from_at=from_, to_at=to, before=before, limit=limit + 1)
    gaps, last = page_of(found, limit)
    items = [
        GapView.model_validate(
            {"id": gap.id, "pbx": gap.pbx, "witness": gap.witness, "reason": gap.reason}
            | {"from": gap.from_at, "to": gap.to_at}
        )
        for gap in gaps
    ]
    return GapPage(items=items, next_before=None if last is None else last.id)


def _names(calls: Sequence[Call]) -> list[str]:
    return [f"{call.pbx}/{call.call_id}" for call in calls]


def _page(
    calls: Sequence[Call], last: Call | None, recordings: Mapping[Key, list[str]], *, area_code: str, is_unmasked: bool
) -> CallPage:
    cursor = None
    if last is not None:
        cursor = cursor_from_place(CallPlace(started_at=last.started_at, pbx=last.pbx, call_id=last.call_id))
    items = [_view(call, recordings, area_code=area_code, is_unmasked=is_unmasked) for call in calls]
    return CallPage(items=items, next_cursor=cursor)


def _view(call: Call, recordings: Mapping[Key, list[str]], *, area_code: str, is_unmasked: bool) -> CallView:
    told = call.record if is_unmasked else mask_record(call.record, area_code=area_code)
    besides = {
        "recordings": recordings.get((call.pbx, call.call_id), []),
        "business_date": call.business_date,
        "confirmed": call.is_confirmed,
    }
    return CallView.model_validate(told | besides)
