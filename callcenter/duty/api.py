"""The duty roster over HTTP: agents read it, supervisors keep it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Path, Query, Request
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.api import SignedInUser, require
from callcenter.accounts.rights import Right
from callcenter.accounts.store import log_access
from callcenter.calls.number_access import may_unmask
from callcenter.calls.numbers import mask
from callcenter.calls.schemas import Unmasking
from callcenter.duty import service, store
from callcenter.duty.rules import Shift, SwapStep
from callcenter.duty.schemas import (
    AlarmPage,
    BusyList,
    BusyView,
    DutyAlarmView,
    DutyLoadView,
    HandoverPage,
    HandoverView,
    HoleList,
    HoleView,
    LoadList,
    NewBusyTime,
    NewHandover,
    NewShift,
    NewSwap,
    PersonChange,
    PersonList,
    PersonView,
    ShiftList,
    ShiftView,
    SwapList,
    SwapView,
)
from callcenter.duty.tables import DutyHandover, DutyPerson, OtherDuty
from callcenter.error_codes import ErrorCode
from callcenter.errors import InputError
from callcenter.http.dependencies import AreaCode, Now, Timezone, Transaction, page_of
from callcenter.settings import Settings

router = APIRouter(tags=["duty"])

LONGEST_RANGE = timedelta(days=366)
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2199, 12, 31)

RowId = Annotated[int, Path(ge=1, le=2**63 - 1)]
Before = Annotated[int | None, Query(ge=1, le=2**63 - 1)]
Limit = Annotated[int, Query(ge=1, le=200)]


def get_range(
    first: Annotated[date, Query(alias="from")], last: Annotated[date, Query(alias="to")]
) -> tuple[date, date]:
    """Days, both included. Raises InputError."""
    if not FIRST_DAY <= first <= last <= LAST_DAY or last - first > LONGEST_RANGE:
        raise InputError(
            f"`from` and `to` are days of {FIRST_DAY.year} to {LAST_DAY.year}, at most a year apart.",
            code=ErrorCode.RANGE_TOO_LONG,
            params={"most_days": LONGEST_RANGE.days},
        )
    return first, last


def get_settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


Days = Annotated[tuple[date, date], Depends(get_range)]
AskedSettings = Annotated[Settings, Depends(get_settings)]


@router.get("/duty/people", dependencies=[require(Right.SEE_DUTY)])
async def get_people(
    asked: Annotated[Unmasking, Query()], user: SignedInUser, session: Transaction, now: Now, settings: AskedSettings
) -> PersonList:
    """Everybody who can be on duty. Unmasked numbers need the right and a reason, and are logged."""
    views = [await _person_view(session, settings, now, *row) for row in await store.list_people(session)]
    if not await may_unmask(session, asked, user, ["duty/people"], now):
        area_code = settings.area_code
        views = [view.model_copy(update={"number": mask(view.number, area_code=area_code)}) for view in views]
    return PersonList(items=views)


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
async def get_shifts(days: Days, session: Transaction, timezone: Timezone) -> ShiftList:
    """Who is on duty on these days."""
    rows = await store.list_shifts(session, *_moments(days, timezone))
    return ShiftList(items=[ShiftView.model_validate(row) for row in rows])


@router.post("/duty/shifts", status_code=201, dependencies=[require(Right.MANAGE_DUTY)])
async def add_shift(
    shift: NewShift, user: SignedInUser, session: Transaction, now: Now, timezone: Timezone
) -> ShiftView:
    """Put somebody on duty. Refused where they are already, on another roster, or had another night of the last."""
    row = await service.add_shift(session, Shift(**dict(shift)), user=user, now=now, timezone=timezone)
    return ShiftView.model_validate(row)


@router.delete("/duty/shifts/{shift_id}", status_code=204, dependencies=[require(Right.MANAGE_DUTY)])
async def remove_shift(shift_id: RowId, session: Transaction) -> None:
    """Take somebody off duty, and the shift's swaps with it."""
    await service.remove_shift(session, shift_id)


@router.get("/duty/coverage", dependencies=[require(Right.SEE_DUTY)])
async def get_coverage(days: Days, session: Transaction, timezone: Timezone) -> HoleList:
    """Every hole in the roster: where a non-working day has no lead, agent, field contact or stand-by."""
    holes, unknown = await service.list_holes(session, *days, timezone)
    return HoleList(items=[HoleView.model_validate(hole) for hole in holes], unknown_days=list(unknown))


@router.get("/duty/fairness", dependencies=[require(Right.SEE_DUTY)])
async def get_fairness(days: Days, session: Transaction, timezone: Timezone) -> LoadList:
    """What everybody's duty on these days came to."""
    loads, unknown = await service.list_loads(session, *days, timezone)
    return LoadList(items=[DutyLoadView.model_validate(load) for load in loads], unknown_days=list(unknown))


@router.get("/duty/busy", dependencies=[require(Right.SEE_DUTY)])
async def get_busy(days: Days, session: Transaction, timezone: Timezone) -> BusyList:
    """Who is on another roster, or away, on these days."""
    rows = await store.list_busy(session, *_moments(days, timezone))
    return BusyList(items=[BusyView.model_validate(row) for row in rows])


@router.post("/duty/busy", status_code=201, dependencies=[require(Right.MANAGE_DUTY)])
async def add_busy(busy: NewBusyTime, session: Transaction) -> BusyView:
    """Somebody is on another roster. Refused where they are on duty then."""
    return BusyView.model_validate(await service.add_busy(session, **dict(busy)))


@router.delete("/duty/busy/{busy_id}", status_code=204, dependencies=[require(Right.MANAGE_DUTY)])
async def remove_busy(busy_id: RowId, session: Transaction) -> None:
    """They are free again."""
    await store.remove_row(session, OtherDuty, busy_id, "busy time")


@router.get("/duty/swaps", dependencies=[require(Right.SEE_DUTY)])
async def get_swaps(session: Transaction) -> SwapList:
    """The newest swaps."""
    rows = await store.list_swaps(session, limit=200)
    return SwapList(items=[SwapView.model_validate(row) for row in rows])


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
async def get_handovers(session: Transaction, before: Before = None, limit: Limit = 50) -> HandoverPage:
    """What each shift told the next, newest first."""
    rows, last = page_of(await store.list_handovers(session, before=before, limit=limit + 1), limit)
    items = [HandoverView(id=row.id, written_by=name, written_at=row.written_at, note=row.note) for row, name in rows]
    return HandoverPage(items=items, next_before=None if last is None else last[0].id)


@router.post("/duty/handovers", status_code=201, dependencies=[require(Right.MANAGE_DUTY)])
async def add_handover(handover: NewHandover, user: SignedInUser, session: Transaction, now: Now) -> HandoverView:
    """Tell the next shift something. It stays as it is written."""
    row = await store.add_row(session, DutyHandover, written_by=user.user_id, written_at=now, note=handover.note)
    return HandoverView(id=row.id, written_by=user.name, written_at=row.written_at, note=row.note)


@router.get("/duty/alarms", dependencies=[require(Right.SEE_DUTY)])
async def get_duty_alarms(
    session: Transaction,
    area_code: AreaCode,
    is_open: Annotated[bool, Query(alias="open")] = False,
    before: Before = None,
    limit: Limit = 50,
) -> AlarmPage:
    """Emergencies that nobody on duty answered, newest first; with `open` those that nobody has taken in hand."""
    found = await store.list_alarms(session, is_open=is_open, before=before, limit=limit + 1)
    alarms, last = page_of(found, limit)
    items = [_alarm_view(alarm, area_code) for alarm in alarms]
    return AlarmPage(items=items, next_before=None if last is None else last.id)


@router.post("/duty/alarms/{alarm_id}/acknowledgement", dependencies=[require(Right.HANDLE_ALARMS)])
async def acknowledge_alarm(
    alarm_id: RowId, user: SignedInUser, session: Transaction, now: Now, area_code: AreaCode
) -> DutyAlarmView:
    """Take an alarm in hand."""
    return _alarm_view(await service.acknowledge_alarm(session, alarm_id, user=user, now=now), area_code)


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


def _alarm_view(alarm: store.Alarm, area_code: str) -> DutyAlarmView:
    view = DutyAlarmView.model_validate(alarm)
    return view.model_copy(update={"caller_number": mask(alarm.caller_number, area_code=area_code)})


def _moments(days: tuple[date, date], timezone: ZoneInfo) -> tuple[datetime, datetime]:
    first, last = days
    return datetime.combine(first, time(), timezone), datetime.combine(last + timedelta(days=1), time(), timezone)
