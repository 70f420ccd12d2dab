"""What can be done with the duty roster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import Right, SignedIn
from callcenter.accounts.store import get_user
from callcenter.dialling.gate import Target, Verdict, judge
from callcenter.dialling.rules import DialPurpose
from callcenter.dialling.service import DialRefused
from callcenter.duty import store
from callcenter.duty.rules import (
    DAY,
    NIGHTS_APART,
    SENT_AHEAD,
    Hole,
    Load,
    Shift,
    SwapStep,
    check_busy,
    check_changeable,
    check_shift,
    check_swap_request,
    check_swap_step,
    check_times,
    find_holes,
    list_keys,
    sum_up,
    weigh_day,
)
from callcenter.duty.tables import DutyAlarm, DutyPerson, DutyShift, DutySwap, OtherDuty
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError
from callcenter.hours.rules import Calendar, CalendarMissing
from callcenter.hours.store import load_calendar
from callcenter.settings import Settings

AROUND = (NIGHTS_APART + 1) * DAY
"""How far from a shift another can still be in its way."""


class SwapState(StrEnum):
    """How far a swap has come. A closed list."""

    REQUESTED = "requested"
    ACCEPTED = "accepted"
    """The person who is to take the shift has agreed."""
    APPROVED = "approved"
    """The shift has gone to them."""
    REFUSED = "refused"


_COMES_AFTER = {
    SwapStep.ACCEPTANCE: (SwapState.REQUESTED,),
    SwapStep.APPROVAL: (SwapState.ACCEPTED,),
    SwapStep.REFUSAL: (SwapState.REQUESTED, SwapState.ACCEPTED),
}


async def save_person(
    session: AsyncSession,
    person_id: int | None,
    *,
    user: str | None,
    settings: Settings,
    now: datetime,
    number: str,
    **values: str,
) -> tuple[DutyPerson, str | None]:
    """Somebody new, or changed, and the user that they are.

    Raises NotFoundError, RefusedError where a new number may not be rung, ConflictError where another person is that
    user.
    """
    await store.lock_roster(session)
    if person_id is None or (await store.get_row(session, DutyPerson, person_id, "person")).number != number:
        verdict = await _judge(session, number, settings, now)
        if verdict.refusal is not None:
            raise DialRefused(verdict.refusal, params=verdict.params).to_error()
    account = None if user is None else await get_user(session, user)
    if account is not None:
        linked = await store.find_person_of(session, account.id)
        if linked is not None and linked.id != person_id:
            raise ConflictError(
                f"The user {user} is {linked.name} already.",
                code=ErrorCode.USER_LINKED_ALREADY,
                params={"user": user, "person": linked.name},
            )
    values_to_save = {**values, "number": number, "user_id": None if account is None else account.id}
    if person_id is None:
        return await store.add_row(session, DutyPerson, **values_to_save), user
    return await store.change_row(session, DutyPerson, person_id, "person", **values_to_save), user


async def may_be_rung(session: AsyncSession, person: DutyPerson, settings: Settings, now: datetime) -> bool:
    """Whether the PBX rings them for an emergency: by the number, and the do-not-call list as it is now."""
    return (await _judge(session, person.number, settings, now)).is_allowed


async def _judge(session: AsyncSession, number: str, settings: Settings, now: datetime) -> Verdict:
    return await judge(session, Target(number=number), DialPurpose.DUTY, settings, now)


async def add_shift(
    session: AsyncSession, shift: Shift, *, user: SignedIn, now: datetime, timezone: ZoneInfo
) -> DutyShift:
    """Put somebody on duty. Raises NotFoundError, InputError, ConflictError."""
    await store.lock_roster(session)
    await store.get_row(session, DutyPerson, shift.person_id, "person")
    await _check(session, shift, None, timezone)
    return await store.add_row(
        session,
        DutyShift,
        person_id=shift.person_id,
        starts_at=shift.starts_at,
        ends_at=shift.ends_at,
        position=shift.position,
        role=shift.role,
        changed_by=user.user_id,
        changed_at=now,
    )


async def remove_shift(session: AsyncSession, shift_id: int, *, now: datetime) -> None:
    """Raises NotFoundError, ConflictError for a shift that is over."""
    await store.lock_roster(session)
    check_changeable(store.as_shift(await store.get_row(session, DutyShift, shift_id, "shift")), now)
    await store.remove_row(session, DutyShift, shift_id, "shift")


async def add_busy(
    session: AsyncSession, *, person_id: int, starts_at: datetime, ends_at: datetime, what: str
) -> OtherDuty:
    """Somebody is on another roster. Raises NotFoundError, InputError, ConflictError where they are on ours then."""
    await store.lock_roster(session)
    check_times(starts_at, ends_at)
    await store.get_row(session, DutyPerson, person_id, "person")
    busy = await store.add_row(session, OtherDuty, person_id=person_id, starts_at=starts_at, ends_at=ends_at, what=what)
    for row in await store.list_shifts(session, starts_at, ends_at):
        check_busy(store.as_shift(row), store.as_busy([busy]))
    return busy


async def request_swap(
    session: AsyncSession, *, shift_id: int, to_person_id: int, reason: str, user: SignedIn, now: datetime,
    timezone: ZoneInfo,
) -> DutySwap:  # fmt: skip
    """Ask that somebody else takes a shift.

    Raises NotFoundError, RefusedError by `check_swap_request`, ConflictError where that cannot be.
    """
    await store.lock_roster(session)
    row = await store.get_row(session, DutyShift, shift_id, "shift")
    holder = await store.get_row(session, DutyPerson, row.person_id, "person")
    check_swap_request(user_id=user.user_id, manages_duty=user.may(Right.MANAGE_DUTY), holder_id=holder.user_id)
    await store.get_row(session, DutyPerson, to_person_id, "person")
    await _check(session, replace(store.as_shift(row), person_id=to_person_id), shift_id, timezone)
    return await store.add_row(
        session,
        DutySwap,
        shift_id=shift_id,
        from_person_id=row.person_id,
        to_person_id=to_person_id,
        reason=reason,
        state=SwapState.REQUESTED,
        requested_by=user.user_id,
        requested_at=now,
    )


async def take_swap_step(
    session: AsyncSession, swap_id: int, step: SwapStep, *, user: SignedIn, now: datetime, timezone: ZoneInfo
) -> DutySwap:
    """Accept, approve or refuse; with the approval the shift goes over, if it still can.

    Raises NotFoundError, RefusedError by `check_swap_step`, ConflictError.
    """
    await store.lock_roster(session)
    swap = await store.get_row(session, DutySwap, swap_id, "swap")
    taker = await store.get_row(session, DutyPerson, swap.to_person_id, "person")
    check_swap_step(
        step,
        user_id=user.user_id,
        manages_duty=user.may(Right.MANAGE_DUTY),
        taker_id=taker.user_id,
        requested_by=swap.requested_by,
        accepted_by=swap.accepted_by,
    )
    if swap.state not in _COMES_AFTER[step]:
        raise ConflictError(
            f"The swap is {swap.state} already; no {step} follows on that.",
            code=ErrorCode.SWAP_STEP_NOT_POSSIBLE,
            params={"state": swap.state, "step": step},
        )
    if step is SwapStep.ACCEPTANCE:
        accepted = {"state": SwapState.ACCEPTED, "accepted_by": user.user_id, "accepted_at": now}
        return await store.change_row(session, DutySwap, swap_id, "swap", **accepted)
    if step is SwapStep.APPROVAL:
        row = await store.get_row(session, DutyShift, swap.shift_id, "shift")
        check_changeable(store.as_shift(row), now)
        if row.person_id != swap.from_person_id:
            raise ConflictError("The shift has gone to somebody else meanwhile.", code=ErrorCode.SHIFT_REASSIGNED)
        await _check(session, replace(store.as_shift(row), person_id=swap.to_person_id), row.id, timezone)
        await store.change_row(
            session, DutyShift, row.id, "shift", person_id=swap.to_person_id, changed_by=user.user_id, changed_at=now
        )
    state = SwapState.APPROVED if step is SwapStep.APPROVAL else SwapState.REFUSED
    return await store.change_row(
        session, DutySwap, swap_id, "swap", state=state, decided_by=user.user_id, decided_at=now
    )


async def list_holes(
    session: AsyncSession, first: date, last: date, timezone: ZoneInfo
) -> tuple[tuple[Hole, ...], tuple[date, ...]]:
    """Where the non-working days from `first` to `last` have nobody for a role, and of which days nobody can say."""
    calendar = await load_calendar(session, first, last)
    unknown = _unknown_days(calendar, first, last)
    days_off = [day for day in _days(first, last) if day not in unknown and not calendar.is_workday(day)]
    rows = await store.list_shifts(session, _midnight(first, timezone), _midnight(last + DAY, timezone))
    return find_holes(map(store.as_shift, rows), days_off, timezone), unknown


async def list_loads(
    session: AsyncSession, first: date, last: date, timezone: ZoneInfo
) -> tuple[list[Load], tuple[date, ...]]:
    """Who had how much duty in the shifts that touch these days, and which of the days could only count once."""
    calendar = await load_calendar(session, first - DAY, last + DAY)
    rows = await store.list_shifts(session, _midnight(first, timezone), _midnight(last + DAY, timezone))
    loads = sum_up(map(store.as_shift, rows), timezone, lambda day: weigh_day(calendar, day))
    return loads, _unknown_days(calendar, first, last)


async def list_wanted(session: AsyncSession, today: date, timezone: ZoneInfo) -> dict[str, str]:
    """What the PBX should have of the roster."""
    begin, end = _midnight(today - DAY, timezone), _midnight(today + SENT_AHEAD + DAY, timezone)
    rows: Sequence[DutyShift] = await store.list_shifts(session, begin, end)
    numbers = {person.id: person.number for person, _ in await store.list_people(session)}
    return dict(list_keys([store.as_shift(row) for row in rows], numbers, today, timezone))


async def acknowledge_alarm(session: AsyncSession, alarm_id: int, *, user: SignedIn, now: datetime) -> store.Alarm:
    """A supervisor has taken it in hand. Raises NotFoundError, ConflictError where somebody has."""
    await store.lock_roster(session)
    alarm = await store.get_row(session, DutyAlarm, alarm_id, "alarm")
    if alarm.acknowledged_at is not None:
        raise ConflictError("Somebody has taken this alarm in hand already.", code=ErrorCode.ALARM_ACKNOWLEDGED)
    await store.change_row(session, DutyAlarm, alarm_id, "alarm", acknowledged_by=user.user_id, acknowledged_at=now)
    (shown,) = await store.list_alarms(session, alarm_id=alarm_id)
    return shown


async def _check(session: AsyncSession, shift: Shift, own_id: int | None, timezone: ZoneInfo) -> None:
    check_times(shift.starts_at, shift.ends_at)
    begin, end = shift.starts_at - AROUND, shift.ends_at + AROUND
    others = [store.as_shift(row) for row in await store.list_shifts(session, begin, end) if row.id != own_id]
    check_shift(shift, others, store.as_busy(await store.list_busy(session, begin, end)), timezone)


def _midnight(day: date, timezone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), timezone)


def _days(first: date, last: date) -> list[date]:
    return [first + number * DAY for number in range((last - first).days + 1)]


def _unknown_days(calendar: Calendar, first: date, last: date) -> tuple[date, ...]:
    """Workdays or not, nobody can say."""
    return tuple(day for day in _days(first, last) if _is_unknown(calendar, day))


def _is_unknown(calendar: Calendar, day: date) -> bool:
    try:
        calendar.kind_of(day)
    except CalendarMissing:
        return True
    return False
