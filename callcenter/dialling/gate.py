"""The one gate that every number outside passes before it is rung, whoever rings it and for what, at that moment.

It knows the do-not-call list, the hours in which people may be called, the prefixes, and the daily caps of an agent and
of a number. What it lets through is written down with the ground; what it refuses its caller writes down
(`service.note_refusal`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.calls.numbers import normalise
from callcenter.dialling import store
from callcenter.dialling.directory import is_do_not_call
from callcenter.dialling.rules import NumberRefused, RefusalReason, check_number
from callcenter.errors import Param
from callcenter.hours.calling_hours import PROMISE_WINDOW, CallingHours
from callcenter.hours.service import load_is_workday
from callcenter.settings import Settings


class Occasion(StrEnum):
    """What a number is rung for. A closed list."""

    DIAL = "dial"
    """An agent rings it, or it is a caller's turn who kept the place in a queue."""
    MEDIATION = "mediation"


class Ground(StrEnum):
    """Why a number might be rung at that moment. A closed list."""

    CALLING_HOURS = "calling_hours"
    EMERGENCY = "emergency"
    """The caller had an emergency that nobody on duty took."""
    NAMED_TIME = "named_time"
    """The caller named this time, or asked to be rung when the turn comes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OutgoingLeg:
    """A number that is to be rung: `number` is whose it is, `named_at` the time from which that person wants it."""

    user_id: int
    number: str
    occasion: Occasion
    episode_id: int | None = None
    is_emergency: bool = False
    named_at: datetime | None = None


async def pass_gate(
    session: AsyncSession, leg: OutgoingLeg, settings: Settings, now: datetime, *, call_id: str
) -> Ground:
    """Let the leg through and write down why, in the caller's transaction. Raises NumberRefused."""
    ground = await ask_gate(session, leg, settings, now)
    await store.add_outgoing_leg(
        session,
        at=now,
        user_id=leg.user_id,
        number=leg.number,
        occasion=leg.occasion,
        ground=ground,
        episode_id=leg.episode_id,
        call_id=call_id,
    )
    return ground


async def ask_gate(session: AsyncSession, leg: OutgoingLeg, settings: Settings, at: datetime) -> Ground:
    """Whether the number might be rung at that moment, and why. Raises NumberRefused."""
    await check_may_be_rung(session, leg.number.partition(";")[0], settings)
    hours, is_workday = CallingHours.of(settings), await load_is_workday(session)
    ground = find_ground(leg, at, is_calling_hour=hours.allow(at, is_workday))
    if ground is None:
        opens_at = hours.find_opening(at, is_workday)
        raise NumberRefused(RefusalReason.OUTSIDE_HOURS, None if opens_at is None else {"retry_at": opens_at})
    today = at.astimezone(settings.timezone).date()
    midnight, next_midnight = (
        datetime.combine(day, time(), settings.timezone) for day in (today, today + timedelta(days=1))
    )
    if await _count(session, midnight, user_id=leg.user_id) >= settings.dials_per_agent:
        params: dict[str, Param] = {"limit": settings.dials_per_agent, "retry_at": next_midnight}
        raise NumberRefused(RefusalReason.TOO_MANY_BY_AGENT, params)
    if await _count(session, midnight, number=leg.number) >= settings.dials_per_number:
        params = {"limit": settings.dials_per_number, "retry_at": next_midnight}
        raise NumberRefused(RefusalReason.TOO_MANY_TO_NUMBER, params)
    return ground


async def check_may_be_rung(session: AsyncSession, number: str, settings: Settings) -> None:
    """Whether the number may be rung at all, at whatever hour. Raises NumberRefused."""
    caller = normalise(number, area_code=settings.area_code)
    if await is_do_not_call(session, check_number(caller, prefixes=settings.dial_prefixes).subject):
        raise NumberRefused(RefusalReason.DO_NOT_CALL)


async def is_calling_hour(session: AsyncSession, settings: Settings, at: datetime) -> bool:
    """Whether just anybody may be called at that moment."""
    return CallingHours.of(settings).allow(at, await load_is_workday(session))


def find_ground(leg: OutgoingLeg, at: datetime, *, is_calling_hour: bool) -> Ground | None:
    """Why the number may be rung at that hour; None where it may not. Pure."""
    if is_calling_hour:
        return Ground.CALLING_HOURS
    if leg.is_emergency:
        return Ground.EMERGENCY
    if leg.named_at is not None and leg.named_at <= at <= leg.named_at + PROMISE_WINDOW:
        return Ground.NAMED_TIME
    return None


async def _count(
    session: AsyncSession, since: datetime, *, user_id: int | None = None, number: str | None = None
) -> int:
    dials = await store.count_dials(session, since=since, user_id=user_id, subject=number)
    return dials + await store.count_outgoing_legs(
        session, since=since, user_id=user_id, number=number, other_than=Occasion.DIAL
    )
