"""Who sees numbers and names of customers as they are, and who may look for a number: asked, limited and logged."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rules import Role, SignedIn
from callcenter.accounts.store import log_accesses, take_look_up
from callcenter.calls.numbers import mask, normalise
from callcenter.calls.schemas import Unmasking
from callcenter.errors import InputError, RefusedError

UNMASKED = "caller_number"


async def may_unmask(
    session: AsyncSession, asked: Unmasking, user: SignedIn, subjects: Sequence[str], at: datetime
) -> bool:
    """Whether a supervisor asked to see numbers as they are; each subject is logged.

    Raises RefusedError for others who ask, InputError without a reason.
    """
    if not asked.unmask:
        return False
    if not user.role.includes(Role.SUPERVISOR):
        raise RefusedError("Only the role supervisor may see numbers unmasked.")
    await log_accesses(session, user, f"{UNMASKED} ({reason_of(asked)})", subjects, at)
    return True


async def may_unmask_one(session: AsyncSession, asked: Unmasking, user: SignedIn, subject: str, at: datetime) -> bool:
    """The same for the one caller whom an agent works on: agents may too, some an hour.

    Raises InputError without a reason, TooManyRequestsError.
    """
    if not asked.unmask or user.role.includes(Role.SUPERVISOR):
        return await may_unmask(session, asked, user, [subject], at)
    await take_look_up(session, user, f"{UNMASKED} ({reason_of(asked)})", subject, at)
    return True


async def note_search(session: AsyncSession, user: SignedIn, number: str, at: datetime, *, area_code: str) -> bool:
    """Whether whoever looks for a number finds their own alone: agents, so that nobody guesses a masked number.

    Each search is logged. Raises TooManyRequestsError for an agent's too many.
    """
    if user.role.includes(Role.SUPERVISOR):
        return False
    await take_look_up(session, user, "search by number", mask(number, area_code=area_code) or "", at)
    return True


def refuse_number(device: str, *, area_code: str) -> None:
    """A member of a queue may be somebody's mobile. Raises RefusedError."""
    is_number = normalise(device, area_code=area_code).number is not None
    if is_number and mask(device, area_code=area_code) != device:
        raise RefusedError("Only the role supervisor may ask for the calls of a telephone number.")


def reason_of(asked: Unmasking) -> str:
    """Raises InputError without one."""
    if asked.reason is None:
        raise InputError("Seeing numbers unmasked needs a reason.")
    return asked.reason
