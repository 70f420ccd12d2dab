"""The business calendar over HTTP: agents read it, supervisors edit it."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request

from callcenter.accounts.api import SignedInUser, require
from callcenter.accounts.rights import Right
from callcenter.error_codes import ErrorCode
from callcenter.errors import InputError
from callcenter.hours import service
from callcenter.hours.astdb_sync import read_by_hand
from callcenter.hours.rules import CalendarEntry, Source
from callcenter.hours.schemas import (
    DayChange,
    DayPage,
    DayView,
    HoursQuery,
    NowView,
    PbxNowView,
    SpanView,
    WeekdayChange,
    WeekdayPage,
    WeekdayView,
    agreed,
    to_spans,
)
from callcenter.http.commands import Pbxs
from callcenter.http.cursors import value_cursors
from callcenter.http.days import FIRST_DAY, LAST_DAY
from callcenter.http.dependencies import Now, OpenDatabase, Snapshot, Transaction
from callcenter.http.pages import PageQuery, cut_whole
from callcenter.settings import Settings

router = APIRouter(tags=["hours"])

_DAYS = value_cursors("hours", date)
_WEEKDAYS = value_cursors("hours/weekdays", int)

Weekday = Annotated[int, Path(ge=0, le=6, description="0 is Monday.")]


@router.get("/hours", dependencies=[require(Right.SEE_HOURS)])
async def get_hours(query: Annotated[HoursQuery, Query()], session: Snapshot, request: Request) -> DayPage:
    """The days from `from_day` to `to_day`, both included, at most a year."""
    days = await service.list_days(session, *query.days, pbxs=request.app.state.settings.pbx_names)
    page, following = cut_whole(days, query, _DAYS, lambda one: one.day)
    return DayPage(items=[DayView.model_validate(day) for day in page], next=following)


@router.put("/hours/days/{day}", dependencies=[require(Right.MANAGE_HOURS)])
async def set_day(
    day: date, change: DayChange, user: SignedInUser, session: Transaction, now: Now, request: Request
) -> DayView:
    """Decide about a day: closed for repairs, open on a day off, other hours. Goes before what was published.

    Today or a later day: what the hours of a past one were, stays.
    """
    if not FIRST_DAY <= day <= LAST_DAY:
        raise InputError(
            f"The day is one of {FIRST_DAY.year} to {LAST_DAY.year}.",
            code=ErrorCode.OUT_OF_RANGE,
            params={"first_day": FIRST_DAY, "last_day": LAST_DAY},
        )
    spans = None if change.spans is None else to_spans(change.spans)
    entry = CalendarEntry(business_date=day, kind=change.kind, source=Source.LOCAL, spans=spans, note=change.note)
    settings = request.app.state.settings
    await service.set_day(session, entry, user=user, now=now, timezone=settings.timezone)
    (hours,) = await service.list_days(session, day, day, pbxs=settings.pbx_names)
    return DayView.model_validate(hours)


@router.delete("/hours/days/{day}", status_code=204, dependencies=[require(Right.MANAGE_HOURS)])
async def unset_day(day: date, user: SignedInUser, session: Transaction, now: Now, request: Request) -> None:
    """The day, today or a later one, is again what was published."""
    timezone = request.app.state.settings.timezone
    await service.unset_day(session, day, user=user, now=now, timezone=timezone)


@router.get("/hours/weekdays", dependencies=[require(Right.SEE_HOURS)])
async def get_weekday_hours(query: Annotated[PageQuery, Query()], session: Snapshot, now: Now) -> WeekdayPage:
    """The usual hours of workdays."""
    hours = await service.list_weekday_hours(session, now.date())
    page, following = cut_whole(hours, query, _WEEKDAYS, lambda row: row[0])
    views = [
        WeekdayView(weekday=weekday, spans=[SpanView.model_validate(span) for span in spans]) for weekday, spans in page
    ]
    return WeekdayPage(items=views, next=following)


@router.put("/hours/weekdays/{weekday}", dependencies=[require(Right.MANAGE_HOURS)])
async def set_weekday_hours(
    weekday: Weekday, change: WeekdayChange, user: SignedInUser, session: Transaction, now: Now
) -> WeekdayView:
    """Set the hours that a weekday has when it is a workday; a Saturday worked in exchange has Saturday's."""
    spans = to_spans(change.spans)
    await service.set_weekday_hours(session, weekday, spans, user=user, now=now)
    return WeekdayView(weekday=weekday, spans=[SpanView.model_validate(span) for span in spans])


@router.get("/hours/now", dependencies=[require(Right.SEE_HOURS)])
async def get_hours_now(database: OpenDatabase, now: Now, request: Request, pbxs: Pbxs) -> NowView:
    """Whether the hotline is open, by the calendar or by hand, and when it opens next by the calendar."""
    settings: Settings = request.app.state.settings
    async with database.snapshots.begin() as session:  # not held while a PBX is asked, which may not answer
        by_calendar = await service.get_now(session, now=now, settings=settings)
    views = []
    for pbx in settings.pbxs:
        commands = pbxs.find(pbx.name)
        by_hand = None if commands is None else await read_by_hand(commands, pbx.hotline_number)
        is_open = by_calendar.is_open if by_hand is None else by_hand
        views.append(PbxNowView(pbx=pbx.name, is_open=is_open, by_hand=by_hand))
    return NowView(
        is_open=agreed([view.is_open for view in views]),
        by_hand=agreed([view.by_hand for view in views]),
        pbxs=views,
        next_opening_at=by_calendar.next_opening_at,
        pushed_at=by_calendar.pushed_at,
    )
