"""Who sees numbers and names of customers as they are, and who may look for a number: asked, limited and logged."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import Right, SignedIn
from callcenter.accounts.store import log_accesses, take_look_up
from callcenter.calls.numbers import mask, normalise
from callcenter.calls.schemas import Unmasking
from callcenter.error_codes import ErrorCode
from callcenter.errors import InputError, RefusedError

UNMASKED = "caller_number"


async def may_unmask(
    session: AsyncSession, asked: Unmasking, user: SignedIn, subjects: Sequence[str], at: datetime
) -> bool:
    """Whether a user with the right asked to see numbers as they are; each subject is logged.

    Raises RefusedError for others who ask, InputError without a reason.
    """
    if not asked.unmask:
        return False
    user.check(Right.UNMASK_NUMBERS)
    await log_accesses(session, user, f"{UNMASKED} ({reason_of(asked)})", subjects, at)
    return True


async def may_unmask_one(session: AsyncSession, asked: Unmasking, user: SignedIn, subject: str, at: datetime) -> bool:
    """The same for the one caller whom a user works on: the right to look numbers up is enough for some an hour.

    Raises RefusedError, InputError without a reason, TooManyRequestsError.
    """
    if not asked.unmask or user.may(Right.UNMASK_NUMBERS):
        return await may_unmask(session, asked, user, [subject], at)
    user.check(Right.LOOK_UP_NUMBERS)
    await take_look_up(session, user, f"{UNMASKED} ({reason_of(asked)})", subject, at)
    return True


async def note_search(session: AsyncSession, user: SignedIn, number: str, at: datetime, *, area_code: str) -> bool:
    """Whether a search for a number finds the user's own calls alone, so that nobody guesses a masked number.

    Each search is logged. Raises RefusedError, TooManyRequestsError.
    """
    if user.may(Right.UNMASK_NUMBERS):
        return False
    user.check(Right.LOOK_UP_NUMBERS)
    await take_look_up(session, user, "search by number", mask(number, area_code=area_code) or "", at)
    return True


def refuse_number(device: str, *, area_code: str) -> None:
    """A member of a queue may be somebody's mobile. Raises RefusedError."""
    is_number = normalise(device, area_code=area_code).number is not None
    if is_number and mask(device, area_code=area_code) != device:
        raise RefusedError(
            f"Only users with the right {Right.UNMASK_NUMBERS} may ask for the calls of a telephone number.",
            code=ErrorCode.RIGHT_REQUIRED,
            params={"right": Right.UNMASK_NUMBERS},
        )


def reason_of(asked: Unmasking) -> str:
    """Raises InputError without one."""
    if asked.reason is None:
        raise InputError("Seeing numbers unmasked needs a reason.", code=ErrorCode.REASON_REQUIRED)
    return asked.reason
