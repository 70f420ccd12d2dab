"""Calls over HTTP: lists, one call with the reports of both witnesses, blind times and anomalies."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.api import SignedInUser, require
from callcenter.accounts.rights import Right, SignedIn
from callcenter.calls import store, witness_store
from callcenter.calls.day_summary import count_day
from callcenter.calls.export import CALLS, name_of, rows_of
from callcenter.calls.list_store import CallFilter, list_calls, place_of, stream_calls
from callcenter.calls.masked_records import mask_device, mask_record
from callcenter.calls.notes import list_notes, put_note
from callcenter.calls.number_access import caller_number, is_number, may_unmask, note_search, refuse_number
from callcenter.calls.record_json import devices_of
from callcenter.calls.rows import Key
from callcenter.calls.schemas import (
    CALL_CURSORS,
    AnomalyQuery,
    CallDetail,
    CallNoteView,
    CallPage,
    CallQuery,
    CallSearch,
    CallView,
    CountPage,
    CountView,
    DayFiguresView,
    DeadLetterPage,
    DeadLetterView,
    GapPage,
    GapQuery,
    GapView,
    NewCallNote,
    RecordView,
    SeatedView,
    call_cursors,
)
from callcenter.calls.tables import Call
from callcenter.error_codes import ErrorCode
from callcenter.errors import InputError
from callcenter.http.cursors import pair_cursors, value_cursors
from callcenter.http.dependencies import AreaCode, LoggedSnapshot, Now, OpenDatabase, Snapshot, Transaction
from callcenter.http.downloads import FILES, answer_file
from callcenter.http.fields import AskedName
from callcenter.http.pages import PageQuery, cut_page, cut_whole
from callcenter.http.reasons import PossibleReason
from callcenter.table_files import MOST_ROWS, Row, Shape

router = APIRouter(tags=["calls"])
call_router = APIRouter(tags=["calls"])
"""A call by its id, which may hold slashes: asked after every other address that begins with /calls/."""

_ANOMALIES = call_cursors("anomalies")
_COUNTS = pair_cursors("anomalies/counts", str, str, str)
_DEAD_LETTERS = value_cursors("dead-letters", int)
_GAPS = value_cursors("gaps", int)


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


class Seated(Protocol):
    """A user who was signed on at a device."""

    @property
    def device(self) -> str: ...
    @property
    def user(self) -> str: ...
    @property
    def display_name(self) -> str | None: ...


class PeopleOf(Protocol):
    """Who was signed on within [from_at, to_at) at the devices of a PBX, by device."""

    async def __call__(
        self, session: AsyncSession, pbx: str, devices: Collection[str], from_at: datetime, to_at: datetime
    ) -> Sequence[Seated]: ...


def get_people_of(request: Request) -> PeopleOf:
    """What the capability above knows of seats; the application puts the two together."""
    people_of: PeopleOf = request.app.state.people_of
    return people_of


People = Annotated[PeopleOf, Depends(get_people_of)]


@dataclass(frozen=True, kw_only=True, slots=True)
class CallLists:
    """What a request for a list of calls brings along."""

    user: SignedIn
    reason: str | None
    session: AsyncSession
    now: datetime
    area_code: str
    recordings_of: RecordingsOf
    request: Request

    async def answer(self, query: CallQuery, wanted: CallFilter) -> CallPage | Response:
        """A page, or the whole list as a file."""
        if query.format is not Shape.JSON:
            await may_unmask(self.session, self.reason, self.user, [], self.now)
            return await answer_file(self.request, CALLS, self._rows(query, wanted), query, of=name_of(query))
        found = await list_calls(self.session, wanted, after=query.after(CALL_CURSORS), limit=query.limit + 1)
        calls, following = cut_page(found, query, CALL_CURSORS, place_of)
        return CallPage(items=await self._views(calls), next=following)

    async def _rows(self, query: CallQuery, wanted: CallFilter) -> AsyncIterator[list[Row]]:
        async for part in stream_calls(self.session, wanted, limit=MOST_ROWS + 1):
            yield rows_of(await self._views(part), query.language)

    async def _views(self, calls: Sequence[Call]) -> list[CallView]:
        is_unmasked = await may_unmask(self.session, self.reason, self.user, _names(calls), self.now)
        kept = await self.recordings_of(self.session, [(call.pbx, call.call_id) for call in calls])
        return [_view(call, kept, area_code=self.area_code, is_unmasked=is_unmasked) for call in calls]


def get_call_lists(
    user: SignedInUser,
    reason: PossibleReason,
    session: LoggedSnapshot,
    now: Now,
    area_code: AreaCode,
    recordings_of: Recordings,
    request: Request,
) -> CallLists:
    """For a route that lists calls."""
    return CallLists(
        user=user,
        reason=reason,
        session=session,
        now=now,
        area_code=area_code,
        recordings_of=recordings_of,
        request=request,
    )


AskedLists = Annotated[CallLists, Depends(get_call_lists)]


@router.get("/calls", response_model=CallPage, responses=FILES, dependencies=[require(Right.SEE_CALLS)])
async def get_calls(query: Annotated[CallQuery, Query()], lists: AskedLists) -> CallPage | Response:
    """Calls, newest first. With a reason numbers are unmasked, for users with the right, and that is logged."""
    if query.agent is not None and is_number(query.agent, area_code=lists.area_code):
        raise InputError(
            "Ask for the calls of a telephone number by POST /calls/searches.", code=ErrorCode.NUMBER_IN_ADDRESS
        )
    return await lists.answer(query, query.to_filter())


@router.post("/calls/searches", response_model=CallPage, responses=FILES, dependencies=[require(Right.SEE_CALLS)])
async def search_calls(query: CallSearch, lists: AskedLists, database: OpenDatabase) -> CallPage | Response:
    """The same list by numbers too, which stand in the body.

    Agents find by `caller` the calls in which they talked; each such search is logged, and there are some an hour.
    """
    wanted, area_code = query.to_filter(), lists.area_code
    if query.caller is not None:
        number = caller_number(query.caller, area_code=area_code)
        async with database.sessions.begin() as session:
            is_own = await note_search(session, lists.user, number, lists.now, area_code=area_code)
        wanted = replace(wanted, caller_number=number, of_user=lists.user.user_id if is_own else None)
    if query.agent is not None and not lists.user.may(Right.UNMASK_NUMBERS):
        refuse_number(query.agent, area_code=area_code)
    return await lists.answer(query, wanted)


@router.get("/calls/summary", dependencies=[require(Right.SEE_CALLS)])
async def get_summary(day: date, session: Snapshot, settled_of: SettledOfDay) -> DayFiguresView:
    """How a business day stands: calls up, waiting, answered, missed, unconfirmed, settled."""
    settled = len(await settled_of(session, day))
    figures = asdict(await count_day(session, day))
    return DayFiguresView(**figures | {"unconfirmed": figures["unconfirmed"] - settled, "settled": settled})


@call_router.get("/calls/{pbx}/{call_id:path}", dependencies=[require(Right.SEE_CALLS)])
async def get_call(
    pbx: str,
    call_id: str,
    user: SignedInUser,
    reason: PossibleReason,
    session: LoggedSnapshot,
    now: Now,
    area_code: AreaCode,
    recordings_of: Recordings,
    people_of: People,
) -> CallDetail:
    """One call, its anomalies, who sat at its devices, what was noted, and what each witness reported of it.

    An id may hold slashes, plain or as %2F.
    """
    if "\0" in pbx + call_id:
        raise InputError("A call is named by text.")
    call = await store.get_call(session, pbx, call_id)
    is_unmasked = await may_unmask(session, reason, user, _names([call]), now)

    def view_of(record: dict[str, Any] | None) -> RecordView | None:
        if record is None:
            return None
        return RecordView.model_validate(record if is_unmasked else mask_record(record, area_code=area_code))

    recordings = await recordings_of(session, [(pbx, call_id)])
    people = await people_of(session, pbx, devices_of(call.record), call.started_at, call.ended_at or now)
    return CallDetail(
        call=_view(call, recordings, area_code=area_code, is_unmasked=is_unmasked),
        told_by_ami=view_of(call.told_by_ami),
        told_by_ledger=view_of(call.told_by_ledger),
        recorded_at=call.recorded_at,
        confirmed_at=call.confirmed_at,
        people=[
            SeatedView(
                device=one.device if is_unmasked else mask_device(one.device, area_code=area_code),
                user=one.user,
                display_name=one.display_name,
            )
            for one in people
        ],
        notes=[CallNoteView.of(note) for note in await list_notes(session, [(pbx, call_id)])],
    )


@call_router.put("/calls/{pbx}/{call_id:path}/note", status_code=204, dependencies=[require(Right.TAKE_CALLS)])
async def put_call_note(
    pbx: Annotated[AskedName, Path()],
    call_id: Annotated[AskedName, Path()],
    wanted: NewCallNote,
    user: SignedInUser,
    session: Transaction,
    now: Now,
) -> None:
    """Keep what you have to say about a call you were in, in place of what you said before."""
    await put_note(session, pbx, call_id, user, wanted.note, now)


@router.get("/anomalies", dependencies=[require(Right.SEE_CALLS)])
async def get_anomalies(
    query: Annotated[AnomalyQuery, Query()],
    user: SignedInUser,
    reason: PossibleReason,
    session: LoggedSnapshot,
    now: Now,
    area_code: AreaCode,
    recordings_of: Recordings,
) -> CallPage:
    """Calls with an anomaly, newest first. Unmasked numbers need a supervisor and a reason, and are logged."""
    wanted = CallFilter(business_date=query.day, anomaly=query.anomaly, is_odd=True)
    found = await list_calls(session, wanted, after=query.after(_ANOMALIES), limit=query.limit + 1)
    calls, following = cut_page(found, query, _ANOMALIES, place_of)
    is_unmasked = await may_unmask(session, reason, user, _names(calls), now)
    recordings = await recordings_of(session, [(call.pbx, call.call_id) for call in calls])
    items = [_view(call, recordings, area_code=area_code, is_unmasked=is_unmasked) for call in calls]
    return CallPage(items=items, next=following)


@router.get("/anomalies/counts", dependencies=[require(Right.SEE_CALLS)])
async def get_anomaly_counts(
    query: Annotated[PageQuery, Query()], user: SignedInUser, reason: PossibleReason, session: LoggedSnapshot, now: Now
) -> CountPage:
    """How often each witness reported something that could not be used. Samples need the right and a reason."""
    is_unmasked = await may_unmask(session, reason, user, ["anomalies/counts"], now)
    counts = [CountView.model_validate(count) for count in await witness_store.list_counts(session)]
    page, following = cut_whole(counts, query, _COUNTS, lambda count: (count.pbx, count.witness.value, count.name))
    items = page if is_unmasked else [count.model_copy(update={"sample": None}) for count in page]
    return CountPage(items=list(items), next=following)


@router.get("/dead-letters", dependencies=[require(Right.SEE_CALLS)])
async def get_dead_letters(query: Annotated[PageQuery, Query()], session: Snapshot) -> DeadLetterPage:
    """Rows of the ledger and records that could not be used, latest first."""
    before = query.after(_DEAD_LETTERS)
    found = await witness_store.list_dead_letters(session, before=before, limit=query.limit + 1)
    letters, following = cut_page(found, query, _DEAD_LETTERS, lambda letter: letter.id)
    return DeadLetterPage(items=[DeadLetterView.model_validate(letter) for letter in letters], next=following)


@router.get("/gaps", dependencies=[require(Right.SEE_CALLS)])
async def get_gaps(query: Annotated[GapQuery, Query()], session: Snapshot) -> GapPage:
    """Times during which a witness was blind, latest first; `from` and `to` ask for those that touch [from, to)."""
    found = await witness_store.list_gaps(
        session,
        pbx=query.pbx,
        from_at=query.from_,
        to_at=query.to,
        before=query.after(_GAPS),
        limit=query.limit + 1,
    )
    gaps, following = cut_page(found, query, _GAPS, lambda gap: gap.id)
    items = [
        GapView.model_validate(
            {"id": gap.id, "pbx": gap.pbx, "witness": gap.witness, "reason": gap.reason}
            | {"from": gap.from_at, "to": gap.to_at}
        )
        for gap in gaps
    ]
    return GapPage(items=items, next=following)


def _names(calls: Sequence[Call]) -> list[str]:
    return [f"{call.pbx}/{call.call_id}" for call in calls]


def _view(call: Call, recordings: Mapping[Key, list[str]], *, area_code: str, is_unmasked: bool) -> CallView:
    record = call.record if is_unmasked else mask_record(call.record, area_code=area_code)
    besides = {
        "recordings": recordings.get((call.pbx, call.call_id), []),
        "business_date": call.business_date,
        "confirmed": call.is_confirmed,
    }
    return CallView.model_validate(record | besides)
