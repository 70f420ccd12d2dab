"""The SQL of the directory and of the do-not-call list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from callcenter.accounts.tables import User
from callcenter.dialling.rules import DialPurpose, NumberRefused, number_for
from callcenter.dialling.tables import DirectoryEntry, DoNotCall, PastDoNotCall
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError, InputError, NotFoundError
from callcenter.settings import Settings

_TAKEN = "There is an entry with this number already."


class DirectoryKind(StrEnum):
    """Who somebody in the directory is. A closed list."""

    MERCHANT = "merchant"
    OFFICE = "office"
    EXPERT = "expert"


def directory_number(text: str, settings: Settings) -> str:
    """A number that may be rung, normalised. Raises InputError."""
    try:
        number = number_for(DialPurpose.DIAL, text, area_code=settings.area_code, prefixes=settings.dial_prefixes)
    except NumberRefused:
        raise InputError(
            "This number may not be rung, so it cannot stand in the directory.", code=ErrorCode.NUMBER_NOT_ALLOWED
        ) from None
    return number.subject


async def list_entries(session: AsyncSession) -> Sequence[DirectoryEntry]:
    """By name."""
    return (await session.scalars(select(DirectoryEntry).order_by(DirectoryEntry.name, DirectoryEntry.id))).all()


async def find_entry(session: AsyncSession, entry_id: int) -> DirectoryEntry | None:
    return await session.get(DirectoryEntry, entry_id)


async def add_entry(session: AsyncSession, *, name: str, number: str, kind: DirectoryKind) -> DirectoryEntry:
    """Raises ConflictError where the number is there."""
    statement = insert_or(DirectoryEntry).values(name=name, number=number, kind=kind)
    added = await session.execute(statement.on_conflict_do_nothing().returning(DirectoryEntry))
    entry = added.scalar_one_or_none()
    if entry is None:
        raise ConflictError(_TAKEN, code=ErrorCode.NUMBER_IN_DIRECTORY)
    return entry


async def change_entry(
    session: AsyncSession, entry_id: int, *, name: str, number: str, kind: DirectoryKind
) -> DirectoryEntry:
    """Raises NotFoundError, ConflictError where another entry has the number."""
    statement = update(DirectoryEntry).where(DirectoryEntry.id == entry_id).values(name=name, number=number, kind=kind)
    try:
        async with session.begin_nested():
            entry = (await session.execute(statement.returning(DirectoryEntry))).scalar_one_or_none()
    except IntegrityError:
        raise ConflictError(_TAKEN, code=ErrorCode.NUMBER_IN_DIRECTORY) from None
    if entry is None:
        raise NotFoundError("There is no such entry.")
    return entry


async def delete_entry(session: AsyncSession, entry_id: int) -> None:
    """Raises NotFoundError."""
    gone = await session.execute(
        delete(DirectoryEntry).where(DirectoryEntry.id == entry_id).returning(DirectoryEntry.id)
    )
    if gone.first() is None:
        raise NotFoundError("There is no such entry.")


async def list_do_not_call(session: AsyncSession) -> Sequence[tuple[DoNotCall, str]]:
    """By number, each with the name of who put it there."""
    statement = select(DoNotCall, User.name).join(User, User.id == DoNotCall.added_by).order_by(DoNotCall.number)
    return [(entry, name) for entry, name in await session.execute(statement)]


async def is_do_not_call(session: AsyncSession, number: str) -> bool:
    return await session.get(DoNotCall, number) is not None


async def put_do_not_call(session: AsyncSession, number: str, *, reason: str, added_by: int, at: datetime) -> None:
    """The number is on the list from now on; what a new reason replaces is kept."""
    await _keep_past(session, number, ended_by=added_by, at=at)
    statement = insert_or(DoNotCall).values(number=number, reason=reason, added_by=added_by, added_at=at)
    new = {"reason": reason, "added_by": added_by, "added_at": at}
    await session.execute(statement.on_conflict_do_update(index_elements=["number"], set_=new))


async def delete_do_not_call(session: AsyncSession, number: str, *, ended_by: int, at: datetime) -> None:
    """What stood there is kept. Raises NotFoundError."""
    if not await _keep_past(session, number, ended_by=ended_by, at=at):
        raise NotFoundError("The number is not on the list.")
    await session.execute(delete(DoNotCall).where(DoNotCall.number == number))


async def _keep_past(session: AsyncSession, number: str, *, ended_by: int, at: datetime) -> bool:
    """Whether something stood there; it is locked against others who change it."""
    there = (
        select(DoNotCall).where(DoNotCall.number == number).with_for_update().execution_options(populate_existing=True)
    )
    entry = (await session.scalars(there)).one_or_none()
    if entry is None:
        return False
    past = {"number": number, "reason": entry.reason, "added_by": entry.added_by, "added_at": entry.added_at}
    await session.execute(insert_or(PastDoNotCall).values(**past, ended_by=ended_by, ended_at=at))
    return True


async def list_past_do_not_call(
    session: AsyncSession, *, before: int | None, limit: int
) -> Sequence[tuple[PastDoNotCall, str, str]]:
    """Newest first, each with the names of who put it there and who took it off."""
    adder, ender = aliased(User), aliased(User)
    statement = (
        select(PastDoNotCall, adder.name, ender.name)
        .join(adder, adder.id == PastDoNotCall.added_by)
        .join(ender, ender.id == PastDoNotCall.ended_by)
        .order_by(PastDoNotCall.id.desc())
        .limit(limit)
    )
    if before is not None:
        statement = statement.where(PastDoNotCall.id < before)
    return [(entry, added_by, ended_by) for entry, added_by, ended_by in await session.execute(statement)]
