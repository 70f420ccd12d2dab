"""Who sees numbers and names of customers as they are, and who may look for a number: asked, limited and logged."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import Right, SignedIn
from callcenter.accounts.store import log_accesses, take_look_up
from callcenter.calls.numbers import mask, normalise
from callcenter.error_codes import ErrorCode
from callcenter.errors import InputError, RefusedError

UNMASKED = "caller_number"


async def may_unmask(
    session: AsyncSession, reason: str | None, user: SignedIn, subjects: Sequence[str], at: datetime
) -> bool:
    """Whether numbers are shown as they are: to a user with the right who says why; each subject is logged.

    Raises RefusedError for others who give a reason.
    """
    if reason is None:
        return False
    user.check(Right.UNMASK_NUMBERS)
    await log_accesses(session, user, f"{UNMASKED} ({reason})", subjects, at)
    return True


async def may_unmask_one(session: AsyncSession, reason: str | None, user: SignedIn, subject: str, at: datetime) -> bool:
    """The same for the one caller whom a user works on: the right to look numbers up is enough for some an hour.

    Raises RefusedError, TooManyRequestsError.
    """
    if reason is None or user.may(Right.UNMASK_NUMBERS):
        return await may_unmask(session, reason, user, [subject], at)
    user.check(Right.LOOK_UP_NUMBERS)
    await take_look_up(session, user, f"{UNMASKED} ({reason})", subject, at)
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


def caller_number(text: str, *, area_code: str) -> str:
    """The number that a search asks for. Raises InputError."""
    number = normalise(text, area_code=area_code).number
    if number is None:
        raise InputError("The caller that was asked for is not a telephone number.", code=ErrorCode.NOT_A_NUMBER)
    return number


def is_number(device: str, *, area_code: str) -> bool:
    """Whether what rings is a telephone number, as that of a member of a queue may be."""
    is_normal = normalise(device, area_code=area_code).number is not None
    return is_normal and mask(device, area_code=area_code) != device


def refuse_number(device: str, *, area_code: str) -> None:
    """A member of a queue may be somebody's mobile. Raises RefusedError."""
    if is_number(device, area_code=area_code):
        raise RefusedError(
            f"Only users with the right {Right.UNMASK_NUMBERS} may ask for the calls of a telephone number.",
            code=ErrorCode.RIGHT_REQUIRED,
            params={"right": Right.UNMASK_NUMBERS},
        )
