"""The one gate that every number outside passes before it is rung, whoever rings it and for what, at that moment.

`rules.RULES` says what is asked for which purpose. What the gate lets through is written down with the ground; what it
refuses its caller writes down (`service.note_refusal`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.dialling import store
from callcenter.dialling.directory import is_do_not_call
from callcenter.dialling.rules import (
    RULES,
    DialPurpose,
    Number,
    NumberRefused,
    RefusalReason,
    Rule,
    has_prefix,
    number_for,
)
from callcenter.errors import Param
from callcenter.hours.calling_hours import PROMISE_WINDOW, CallingHours
from callcenter.hours.service import load_is_workday
from callcenter.settings import Settings


class Ground(StrEnum):
    """Why a number might be rung at that moment. A closed list."""

    CALLING_HOURS = "calling_hours"
    EMERGENCY = "emergency"
    """The caller had an emergency that nobody on duty took."""
    NAMED_TIME = "named_time"
    """The caller named this time, or asked to be rung when the turn comes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """A number that is to be rung: `number` is whose it is, `named_at` the time from which that person wants it."""

    number: str
    episode_id: int | None = None
    is_emergency: bool = False
    named_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """Whether a number may be rung: why not, or on what ground; where no hours are asked for there is no ground."""

    refusal: RefusalReason | None = None
    params: Mapping[str, Param] = field(default_factory=dict)
    """Of the refusal."""
    ground: Ground | None = None

    @property
    def is_allowed(self) -> bool:
        return self.refusal is None


async def judge(
    session: AsyncSession,
    target: Target,
    purpose: DialPurpose,
    settings: Settings,
    at: datetime,
    *,
    user_id: int | None = None,
) -> Verdict:
    """Whether the number might be rung for this purpose at that moment, by this user if one rings it."""
    rules = RULES[purpose]
    try:
        number = number_for(purpose, target.number, area_code=settings.area_code, prefixes=settings.dial_prefixes)
    except NumberRefused as refused:
        return Verdict(refusal=refused.reason, params=refused.params)
    if Rule.KNOWN in rules and not await _is_known(session, number, settings):
        return Verdict(refusal=RefusalReason.TYPED_NOT_ALLOWED)
    if Rule.DO_NOT_CALL in rules and await is_do_not_call(session, number.subject.partition(";")[0]):
        return Verdict(refusal=RefusalReason.DO_NOT_CALL)
    ground = None
    if Rule.HOURS in rules:
        hours, is_workday = CallingHours.of(settings), await load_is_workday(session)
        if Rule.WORKDAY in rules:
            hours, target = replace(hours, day_off=()), Target(number=target.number)
        ground = find_ground(target, at, is_calling_hour=hours.allow(at, is_workday))
        if ground is None:
            opens_at = hours.find_opening(at, is_workday)
            return Verdict(
                refusal=RefusalReason.OUTSIDE_HOURS, params={} if opens_at is None else {"retry_at": opens_at}
            )
    today = at.astimezone(settings.timezone).date()
    midnight, next_midnight = (
        datetime.combine(day, time(), settings.timezone) for day in (today, today + timedelta(days=1))
    )
    if Rule.AGENT_CAP in rules and await _count(session, midnight, user_id=user_id) >= settings.dials_per_agent:
        params: dict[str, Param] = {"limit": settings.dials_per_agent, "retry_at": next_midnight}
        return Verdict(refusal=RefusalReason.TOO_MANY_BY_AGENT, params=params)
    if Rule.NUMBER_CAP in rules and await _count(session, midnight, number=number.subject) >= settings.dials_per_number:
        params = {"limit": settings.dials_per_number, "retry_at": next_midnight}
        return Verdict(refusal=RefusalReason.TOO_MANY_TO_NUMBER, params=params)
    return Verdict(ground=ground)


async def pass_gate(
    session: AsyncSession,
    target: Target,
    purpose: DialPurpose,
    settings: Settings,
    now: datetime,
    *,
    user_id: int,
    call_id: str,
) -> None:
    """Let a number be rung by a user and write down on what ground, in the caller's transaction. Raises NumberRefused.

    `call_id` is that of the channel that rings it.
    """
    verdict = await judge(session, target, purpose, settings, now, user_id=user_id)
    if verdict.refusal is not None:
        raise NumberRefused(verdict.refusal, verdict.params)
    await store.add_outgoing_leg(
        session,
        at=now,
        user_id=user_id,
        number=target.number,
        occasion=purpose,
        ground=verdict.ground,
        episode_id=target.episode_id,
        call_id=call_id,
    )


async def is_calling_hour(session: AsyncSession, settings: Settings, at: datetime) -> bool:
    """Whether just anybody may be called at that moment."""
    return CallingHours.of(settings).allow(at, await load_is_workday(session))


def find_ground(target: Target, at: datetime, *, is_calling_hour: bool) -> Ground | None:
    """Why the number may be rung at that hour; None where it may not. Pure."""
    if is_calling_hour:
        return Ground.CALLING_HOURS
    if target.is_emergency:
        return Ground.EMERGENCY
    if target.named_at is not None and target.named_at <= at <= target.named_at + PROMISE_WINDOW:
        return Ground.NAMED_TIME
    return None


async def _is_known(session: AsyncSession, number: Number, settings: Settings) -> bool:
    return has_prefix(number.subject, settings.dial_prefixes) or await store.is_known_number(session, number.subject)


async def _count(
    session: AsyncSession, since: datetime, *, user_id: int | None = None, number: str | None = None
) -> int:
    """How often numbers were rung since a moment: as a dial, or as a leg of a mediation."""
    dials = await store.count_dials(session, since=since, user_id=user_id, subject=number)
    return dials + await store.count_outgoing_legs(
        session, since=since, user_id=user_id, number=number, purpose=DialPurpose.MEDIATION
    )
