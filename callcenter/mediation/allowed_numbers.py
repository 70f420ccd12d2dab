"""Whom a mediation may ring: by the rules of click-to-call, so that no room is a way around them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import SignedIn
from callcenter.calls.number_access import note_search
from callcenter.dialling.gate import Target, judge, pass_gate
from callcenter.dialling.rules import DialPurpose, Number, NumberRefused, number_for
from callcenter.dialling.service import DialRefused, note_refusal
from callcenter.dialling.store import lock_dials
from callcenter.postgres.database import Database
from callcenter.settings import Settings

TARGET = "mediation"
"""As the log of refusals has it."""


def find_number(settings: Settings, typed: str) -> Number:
    """The number behind what the host typed. Raises NumberRefused."""
    return number_for(DialPurpose.MEDIATION, typed, area_code=settings.area_code, prefixes=settings.dial_prefixes)


async def check_appointment(
    database: Database, settings: Settings, user: SignedIn, typed: str, appointed_for: datetime, now: datetime
) -> None:
    """Whether a number might be rung at the appointed time, as far as is known now: it is asked again when it rings.

    Since the answer says whether a number ever rang us, it counts as a search by number. Raises RefusedError,
    TooManyRequestsError.
    """
    try:
        number = find_number(settings, typed).subject
    except NumberRefused as refused:
        raise await refuse(database, settings, user, typed, refused, now) from None
    async with database.sessions.begin() as session:
        await note_search(session, user, number, now, area_code=settings.area_code)
    async with database.sessions.begin() as session:
        target = Target(number=number)
        verdict = await judge(session, target, DialPurpose.MEDIATION, settings, appointed_for, user_id=user.user_id)
    if verdict.refusal is not None:
        raise await refuse(database, settings, user, number, NumberRefused(verdict.refusal, verdict.params), now)


async def pass_number(
    session: AsyncSession, settings: Settings, user_id: int, number: str, *, call_id: str, now: datetime
) -> None:
    """Let a number be rung now. Raises NumberRefused."""
    await lock_dials(session, user_id, number)
    target = Target(number=number)
    await pass_gate(session, target, DialPurpose.MEDIATION, settings, now, user_id=user_id, call_id=call_id)


async def refuse(
    database: Database, settings: Settings, user: SignedIn, number: str, refused: NumberRefused, now: datetime
) -> Exception:
    """Write a refusal down where those of click-to-call are; the refusal that the host gets."""
    why = DialRefused(refused.reason, number, refused.params)
    await note_refusal(database, why, user=user, target=TARGET, episode_id=None, settings=settings, now=now)
    return why.to_error()
