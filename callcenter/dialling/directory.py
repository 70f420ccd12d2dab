"""The SQL of the directory and of the do-not-call list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.tables import User
from callcenter.calls.numbers import normalise
from callcenter.dialling.rules import NumberRefused, check_number
from callcenter.dialling.tables import DirectoryEntry, DoNotCall
from callcenter.errors import ConflictError, InputError, NotFoundError
from callcenter.settings import Settings

_TAKEN = "There is an entry with this number already."


class DirectoryKind(StrEnum):
    """Who somebody in the directory is. A closed list."""

    MERCHANT = "merchant"
    OFFICE = "office"
    EXPERT = "expert"


def directory_number(told: str, settings: Settings) -> str:
    """A number that may be rung, normalised. Raises InputError."""
    try:
        caller = normalise(told, area_code=settings.area_code)
        return check_number(caller, prefixes=settings.dial_prefixes).subject
    except NumberRefused:
        raise InputError("This number may not be rung, so it cannot stand in the directory.") from None


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
        raise ConflictError(_TAKEN)
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
        raise ConflictError(_TAKEN) from None
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
    """The number is on the list from now on; a new reason replaces the old."""
    statement = insert_or(DoNotCall).values(number=number, reason=reason, added_by=added_by, added_at=at)
    new = {"reason": reason, "added_by": added_by, "added_at": at}
    await session.execute(statement.on_conflict_do_update(index_elements=["number"], set_=new))


async def delete_do_not_call(session: AsyncSession, number: str) -> None:
    """Raises NotFoundError."""
    gone = await session.execute(delete(DoNotCall).where(DoNotCall.number == number).returning(DoNotCall.number))
    if gone.first() is None:
        raise NotFoundError("The number is not on the list.")
