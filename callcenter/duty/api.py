"""The duty roster over HTTP: agents read it, supervisors keep it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query, Request
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.api import SignedInUser, require
from callcenter.accounts.rights import Right
from callcenter.accounts.store import log_access
from callcenter.calls.number_access import may_unmask
from callcenter.calls.numbers import mask
from callcenter.duty import service, store
from callcenter.duty.rules import Load, Shift, SwapStep
from callcenter.duty.schemas import (
    BusyPage,
    BusyView,
    DutyLoadView,
    HandoverPage,
    HandoverView,
    HolePage,
    HoleView,
    LoadPage,
    NewBusyTime,
    NewHandover,
    NewShift,
    NewSwap,
    PersonChange,
    PersonPage,
    PersonView,
    RosterQuery,
    ShiftPage,
    ShiftView,
    SwapPage,
    SwapView,
)
from callcenter.duty.tables import DutyHandover, DutyPerson, OtherDuty
from callcenter.http.cursors import pair_cursors, value_cursors
from callcenter.http.dependencies import LoggedSnapshot, Now, RowId, Snapshot, Timezone, Transaction
from callcenter.http.pages import PageQuery, cut_page, cut_whole
from callcenter.http.reasons import PossibleReason
from callcenter.settings import Settings

router = APIRouter(tags=["duty"])

_PEOPLE = pair_cursors("duty/people", str, int)
_SHIFTS = pair_cursors("duty/shifts", datetime, int, int)
_HOLES = pair_cursors("duty/coverage", datetime, datetime)
_LOADS = pair_cursors("duty/fairness", int, int)
_BUSY = pair_cursors("duty/busy", datetime, int)
_SWAPS = value_cursors("duty/swaps", int)
_HANDOVERS = value_cursors("duty/handovers", int)


def get_settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


Roster = Annotated[RosterQuery, Query()]
AskedSettings = Annotated[Settings, Depends(get_settings)]


@router.get("/duty/people", dependencies=[require(Right.SEE_DUTY)])
async def get_people(
    query: Annotated[PageQuery, Query()],
    user: SignedInUser,
    reason: PossibleReason,
    session: LoggedSnapshot,
    now: Now,
    settings: AskedSettings,
) -> PersonPage:
    """Everybody who can be on duty. Unmasked numbers need the right and a reason, and are logged."""
    people = await store.list_people(session)
    page, following = cut_whole(people, query, _PEOPLE, lambda row: (row[0].name, row[0].id))
    views = [await _person_view(session, settings, now, *row) for row in page]
    if not await may_unmask(session, reason, user, ["duty/people"], now):
        area_code = settings.area_code
        views = [view.model_copy(update={"number": mask(view.number, area_code=area_code)}) for view in views]
    return PersonPage(items=views, next=following)


@router.post("/duty/people", status_code=201, dependencies=[require(Right.MANAGE_DUTY)])
async def add_person(
    person: PersonChange, user: SignedInUser, session: Transaction, now: Now, settings: AskedSettings
) -> PersonView:
    """Somebody new who can be on duty, with a number that may be rung as any other that we ring."""
    saved = await service.save_person(session, None, settings=settings, now=now, **person.model_dump())
    view = await _person_view(session, settings, now, *saved)
    await log_access(session, user, "new person on duty", f"duty/people/{view.id}", now)
    return view


@router.put("/duty/people/{person_id}", dependencies=[require(Right.MANAGE_DUTY)])
async def change_person(
    person_id: RowId, person: PersonChange, user: SignedInUser, session: Transaction, now: Now, settings: AskedSettings
) -> PersonView:
    """Another name, number or unit, or another user that they are."""
    saved = await service.save_person(session, person_id, settings=settings, now=now, **person.model_dump())
    view = await _person_view(session, settings, now, *saved)
    await log_access(session, user, "person on duty changed", f"duty/people/{person_id}", now)
    return view


@router.get("/duty/shifts", dependencies=[require(Right.SEE_DUTY)])
async def get_shifts(query: Roster, session: Snapshot, timezone: Timezone) -> ShiftPage:
    """Who is on duty on these days."""
    rows = await store.list_shifts(session, *_moments(query.days, timezone))
    page, following = cut_whole(rows, query, _SHIFTS, lambda row: (row.starts_at, row.position, row.id))
    return ShiftPage(items=[ShiftView.model_validate(row) for row in page], next=following)


@router.post("/duty/shifts", status_code=201, dependencies=[require(Right.MANAGE_DUTY)])
async def add_shift(
    shift: NewShift, user: SignedInUser, session: Transaction, now: Now, timezone: Timezone
) -> ShiftView:
    """Put somebody on duty. Refused where they are already, on another roster, or had another night of the last."""
    row = await service.add_shift(session, Shift(**dict(shift)), user=user, now=now, timezone=timezone)
    return ShiftView.model_validate(row)


@router.delete("/duty/shifts/{shift_id}", status_code=204, dependencies=[require(Right.MANAGE_DUTY)])
async def remove_shift(shift_id: RowId, session: Transaction, now: Now) -> None:
    """Take somebody off duty, and the shift's swaps with it. A shift that is over stays as it was."""
    await service.remove_shift(session, shift_id, now=now)


@router.get("/duty/coverage", dependencies=[require(Right.SEE_DUTY)])
async def get_coverage(query: Roster, session: Snapshot, timezone: Timezone) -> HolePage:
    """Every hole in the roster: where a non-working day has no lead, agent, field contact or stand-by."""
    holes, unknown = await service.list_holes(session, *query.days, timezone)
    page, following = cut_whole(holes, query, _HOLES, lambda hole: (hole.starts_at, hole.ends_at))
    items = [HoleView.model_validate(hole) for hole in page]
    return HolePage(items=items, next=following, unknown_days=list(unknown))


@router.get("/duty/fairness", dependencies=[require(Right.SEE_DUTY)])
async def get_fairness(query: Roster, session: Snapshot, timezone: Timezone) -> LoadPage:
    """What everybody's duty on these days came to."""
    loads, unknown = await service.list_loads(session, *query.days, timezone)
    page, following = cut_whole(loads, query, _LOADS, _load_place)
    items = [_load_view(load) for load in page]
    return LoadPage(items=items, next=following, unknown_days=list(unknown))


@router.get("/duty/busy", dependencies=[require(Right.SEE_DUTY)])
async def get_busy(query: Roster, session: Snapshot, timezone: Timezone) -> BusyPage:
    """Who is on another roster, or away, on these days."""
    rows = await store.list_busy(session, *_moments(query.days, timezone))
    page, following = cut_whole(rows, query, _BUSY, lambda row: (row.starts_at, row.id))
    return BusyPage(items=[BusyView.model_validate(row) for row in page], next=following)


@router.post("/duty/busy", status_code=201, dependencies=[require(Right.MANAGE_DUTY)])
async def add_busy(busy: NewBusyTime, session: Transaction) -> BusyView:
    """Somebody is on another roster. Refused where they are on duty then."""
    return BusyView.model_validate(await service.add_busy(session, **dict(busy)))


@router.delete("/duty/busy/{busy_id}", status_code=204, dependencies=[require(Right.MANAGE_DUTY)])
async def remove_busy(busy_id: RowId, session: Transaction) -> None:
    """They are free again."""
    await store.remove_row(session, OtherDuty, busy_id, "busy time")


@router.get("/duty/swaps", dependencies=[require(Right.SEE_DUTY)])
async def get_swaps(query: Annotated[PageQuery, Query()], session: Snapshot) -> SwapPage:
    """Swaps, newest first."""
    found = await store.list_swaps(session, before=query.after(_SWAPS), limit=query.limit + 1)
    rows, following = cut_page(found, query, _SWAPS, lambda row: row.id)
    return SwapPage(items=[SwapView.model_validate(row) for row in rows], next=following)


@router.post("/duty/swaps", status_code=201, dependencies=[require(Right.SWAP_DUTY)])
async def request_swap(
    swap: NewSwap, user: SignedInUser, session: Transaction, now: Now, timezone: Timezone
) -> SwapView:
    """Ask that somebody else takes a shift: an agent for a shift of their own, a supervisor for anybody's."""
    row = await service.request_swap(session, **dict(swap), user=user, now=now, timezone=timezone)
    return SwapView.model_validate(row)


@router.post("/duty/swaps/{swap_id}/{step}", dependencies=[require(Right.SWAP_DUTY)])
async def take_swap_step(
    swap_id: RowId, step: SwapStep, user: SignedInUser, session: Transaction, now: Now, timezone: Timezone
) -> SwapView:
    """Accept, approve or refuse a swap; with the approval the shift goes over, unless something has come in between.

    Who asked never accepts or approves. The person who takes the shift accepts in person, and another supervisor
    approves; for one who is no user a supervisor accepts, who may approve too.
    """
    row = await service.take_swap_step(session, swap_id, step, user=user, now=now, timezone=timezone)
    return SwapView.model_validate(row)


@router.get("/duty/handovers", dependencies=[require(Right.SEE_DUTY)])
async def get_handovers(query: Annotated[PageQuery, Query()], session: Snapshot) -> HandoverPage:
    """What each shift wrote for the next, newest first."""
    found = await store.list_handovers(session, before=query.after(_HANDOVERS), limit=query.limit + 1)
    rows, following = cut_page(found, query, _HANDOVERS, lambda row: row[0].id)
    items = [HandoverView(id=row.id, written_by=name, written_at=row.written_at, note=row.note) for row, name in rows]
    return HandoverPage(items=items, next=following)


@router.post("/duty/handovers", status_code=201, dependencies=[require(Right.MANAGE_DUTY)])
async def add_handover(handover: NewHandover, user: SignedInUser, session: Transaction, now: Now) -> HandoverView:
    """Write something for the next shift. It stays as it is written."""
    row = await store.add_row(session, DutyHandover, written_by=user.user_id, written_at=now, note=handover.note)
    return HandoverView(id=row.id, written_by=user.name, written_at=row.written_at, note=row.note)


async def _person_view(
    session: AsyncSession, settings: Settings, now: datetime, person: DutyPerson, user: str | None
) -> PersonView:
    return PersonView(
        id=person.id,
        name=person.name,
        number=person.number,
        unit=person.unit,
        user=user,
        may_be_rung=await service.may_be_rung(session, person, settings, now),
    )


def _load_view(load: Load) -> DutyLoadView:
    return DutyLoadView(
        person_id=load.person_id,
        shifts=load.shifts,
        nights=load.nights,
        seconds=load.time.total_seconds(),
        weighted_seconds=load.weighted.total_seconds(),
    )


def _load_place(load: Load) -> tuple[int, int]:
    return -(load.weighted // timedelta(microseconds=1)), load.person_id


def _moments(days: tuple[date, date], timezone: ZoneInfo) -> tuple[datetime, datetime]:
    first, last = days
    return datetime.combine(first, time(), timezone), datetime.combine(last + timedelta(days=1), time(), timezone)
