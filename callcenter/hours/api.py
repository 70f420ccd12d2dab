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
    LONGEST_RANGE,
    DayChange,
    DayList,
    DayView,
    NowView,
    SpanView,
    WarningList,
    WarningView,
    WeekdayChange,
    WeekdayList,
    WeekdayView,
    to_spans,
)
from callcenter.http.commands import PossibleCommands
from callcenter.http.dependencies import Now, Transaction

router = APIRouter(tags=["hours"])

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2199, 12, 31)
"""Outside there is no hotline."""

Weekday = Annotated[int, Path(ge=0, le=6, description="0 is Monday.")]


@router.get("/hours", dependencies=[require(Right.SEE_HOURS)])
async def get_hours(
    session: Transaction,
    request: Request,
    first: Annotated[date, Query(alias="from")],
    last: Annotated[date, Query(alias="to")],
) -> DayList:
    """The dates from `from` to `to`, both included, at most a year."""
    if not FIRST_DAY <= first <= last <= LAST_DAY or last - first > LONGEST_RANGE:
        raise InputError(
            f"`from` and `to` are days of {FIRST_DAY.year} to {LAST_DAY.year}, at most a year apart.",
            code=ErrorCode.RANGE_TOO_LONG,
            params={"most_days": LONGEST_RANGE.days},
        )
    days = await service.list_days(session, first, last, pbx=request.app.state.settings.pbx)
    return DayList(items=[DayView.model_validate(day) for day in days])


@router.put("/hours/days/{business_date}", dependencies=[require(Right.MANAGE_HOURS)])
async def set_day(
    business_date: date, change: DayChange, user: SignedInUser, session: Transaction, now: Now, request: Request
) -> DayView:
    """Decide about a date: closed for repairs, open on a day off, other hours. Goes before what was published.

    Today or a later day: what the hours of a past one were, stays.
    """
    if not FIRST_DAY <= business_date <= LAST_DAY:
        raise InputError(
            f"The day is one of {FIRST_DAY.year} to {LAST_DAY.year}.",
            code=ErrorCode.OUT_OF_RANGE,
            params={"first_day": FIRST_DAY, "last_day": LAST_DAY},
        )
    spans = None if change.spans is None else to_spans(change.spans)
    entry = CalendarEntry(
        business_date=business_date, kind=change.kind, source=Source.LOCAL, spans=spans, note=change.note
    )
    settings = request.app.state.settings
    await service.set_day(session, entry, user=user, now=now, timezone=settings.timezone)
    (day,) = await service.list_days(session, business_date, business_date, pbx=settings.pbx)
    return DayView.model_validate(day)


@router.delete("/hours/days/{business_date}", status_code=204, dependencies=[require(Right.MANAGE_HOURS)])
async def unset_day(business_date: date, user: SignedInUser, session: Transaction, now: Now, request: Request) -> None:
    """The date, today or a later one, is again what was published."""
    timezone = request.app.state.settings.timezone
    await service.unset_day(session, business_date, user=user, now=now, timezone=timezone)


@router.get("/hours/weekdays", dependencies=[require(Right.SEE_HOURS)])
async def get_weekday_hours(session: Transaction, now: Now) -> WeekdayList:
    """The usual hours of workdays."""
    hours = await service.list_weekday_hours(session, now.date())
    views = [
        WeekdayView(weekday=weekday, spans=[SpanView.model_validate(span) for span in spans])
        for weekday, spans in hours
    ]
    return WeekdayList(items=views)


@router.put("/hours/weekdays/{weekday}", dependencies=[require(Right.MANAGE_HOURS)])
async def set_weekday_hours(
    weekday: Weekday, change: WeekdayChange, user: SignedInUser, session: Transaction, now: Now
) -> WeekdayView:
    """Set the hours that a weekday has when it is a workday; a Saturday worked in exchange has Saturday's."""
    spans = to_spans(change.spans)
    await service.set_weekday_hours(session, weekday, spans, user=user, now=now)
    return WeekdayView(weekday=weekday, spans=[SpanView.model_validate(span) for span in spans])


@router.get("/hours/now", dependencies=[require(Right.SEE_HOURS)])
async def get_hours_now(session: Transaction, now: Now, request: Request, commands: PossibleCommands) -> NowView:
    """Whether the hotline is open, by the calendar or by hand, and when it opens next by the calendar."""
    settings = request.app.state.settings
    by_calendar = await service.get_now(session, now=now, settings=settings)
    by_hand = None if commands is None else await read_by_hand(commands, settings.hotline_number)
    return NowView(
        is_open=by_calendar.is_open if by_hand is None else by_hand,
        by_hand=by_hand,
        next_opening_at=by_calendar.next_opening_at,
        pushed_at=by_calendar.pushed_at,
    )


@router.get("/hours/warnings", dependencies=[require(Right.SEE_HOURS)])
async def get_hours_warnings(session: Transaction, now: Now, request: Request) -> WarningList:
    """A calendar that is missing, and a PBX that was not told of it for more than a day."""
    warnings = await service.list_warnings(session, now=now, settings=request.app.state.settings)
    return WarningList(items=[WarningView.model_validate(warning) for warning in warnings])
