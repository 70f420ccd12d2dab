"""Whom a mediation may ring: by the rules of click-to-call, so that no room is a way around them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import SignedIn
from callcenter.calls.number_access import note_search
from callcenter.dialling.gate import Occasion, OutgoingLeg, ask_gate, pass_gate
from callcenter.dialling.rules import NumberRefused, RefusalReason
from callcenter.dialling.service import DialRefused, note_refusal
from callcenter.dialling.store import lock_dials
from callcenter.mediation import store
from callcenter.mediation.rules import number_to_dial
from callcenter.postgres.database import Database
from callcenter.settings import Settings

TARGET = "mediation"
"""As the log of refusals has it."""


async def check_appointment(
    database: Database, settings: Settings, user: SignedIn, typed: str, appointed_for: datetime, now: datetime
) -> None:
    """Whether a number might be rung at the appointed time, as far as is known now: it is asked again when it rings.

    Since the answer says whether a number ever rang us, it counts as a search by number. Raises InputError,
    RefusedError, TooManyRequestsError.
    """
    number = number_to_dial(typed, area_code=settings.area_code)
    async with database.sessions.begin() as session:
        await note_search(session, user, number, now, area_code=settings.area_code)
    try:
        async with database.sessions.begin() as session:
            await _check_known(session, settings, number)
            await ask_gate(session, _leg(user.user_id, number), settings, appointed_for)
    except NumberRefused as refused:
        raise await refuse(database, settings, user, number, refused, now) from None


async def pass_number(
    session: AsyncSession, settings: Settings, user_id: int, number: str, *, call_id: str, now: datetime
) -> None:
    """Let a number be rung now: it rang us, was rung by us, stands in the directory, or has a prefix that may be typed.

    Raises NumberRefused.
    """
    await lock_dials(session, user_id, number)
    await _check_known(session, settings, number)
    await pass_gate(session, _leg(user_id, number), settings, now, call_id=call_id)


async def refuse(
    database: Database, settings: Settings, user: SignedIn, number: str, refused: NumberRefused, now: datetime
) -> Exception:
    """Write a refusal down where those of click-to-call are; what the host is told."""
    why = DialRefused(refused.reason, number, refused.params)
    await note_refusal(database, why, user=user, target=TARGET, episode_id=None, settings=settings, now=now)
    return why.to_error()


async def _check_known(session: AsyncSession, settings: Settings, number: str) -> None:
    if not await store.is_known_number(session, number) and not number.startswith(settings.dial_prefixes):
        raise NumberRefused(RefusalReason.TYPED_NOT_ALLOWED)


def _leg(user_id: int, number: str) -> OutgoingLeg:
    return OutgoingLeg(user_id=user_id, number=number, occasion=Occasion.MEDIATION)
