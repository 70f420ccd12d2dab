"""All SQL of files about the items of patrols. Works in its caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.tables import User
from callcenter.casework.attachments.tables import KeptFile
from callcenter.casework.inspections.tables import InspectionAttachment
from callcenter.errors import NotFoundError


class Attached(NamedTuple):
    """An attachment, its file, and the login name of who attached it."""

    row: InspectionAttachment
    file: KeptFile
    by: str


async def add_attachment(
    session: AsyncSession, inspection_id: int, item: int, *, sha256: str, name: str, by: int, at: datetime
) -> None:
    """Once: nothing happens where the item has this file already."""
    values = {"inspection_id": inspection_id, "item": item, "sha256": sha256, "name": name}
    statement = insert(InspectionAttachment).values(**values, attached_by=by, attached_at=at)
    await session.execute(statement.on_conflict_do_nothing(index_elements=["inspection_id", "item", "sha256"]))


async def list_attachments(session: AsyncSession, ids: Collection[int]) -> Sequence[Attached]:
    """Of these patrols, oldest first."""
    statement = _attached().where(InspectionAttachment.inspection_id.in_(ids)).order_by(InspectionAttachment.id)
    return [Attached(row, file, by) for row, file, by in await session.execute(statement)]


async def get_attachment(session: AsyncSession, inspection_id: int, attachment_id: int) -> Attached:
    """Raises NotFoundError."""
    return await _get(session, inspection_id, InspectionAttachment.id == attachment_id)


async def get_by_hash(session: AsyncSession, inspection_id: int, item: int, sha256: str) -> Attached:
    """Raises NotFoundError."""
    wanted = (InspectionAttachment.item == item, InspectionAttachment.sha256 == sha256)
    return await _get(session, inspection_id, *wanted)


async def copy_attachments(session: AsyncSession, attached: Sequence[Attached], to_id: int) -> None:
    """The same files for another patrol, with who attached them when."""
    for row, _, _ in attached:
        kept = {name: getattr(row, name) for name in ("item", "sha256", "name", "attached_at", "attached_by")}
        await session.execute(insert(InspectionAttachment).values(inspection_id=to_id, **kept))


def _attached() -> Select[InspectionAttachment, KeptFile, str]:
    return (
        select(InspectionAttachment, KeptFile, User.name)
        .join(KeptFile, KeptFile.sha256 == InspectionAttachment.sha256)
        .join(User, User.id == InspectionAttachment.attached_by)
    )


async def _get(session: AsyncSession, inspection_id: int, *conditions: ColumnElement[bool]) -> Attached:
    statement = _attached().where(InspectionAttachment.inspection_id == inspection_id, *conditions)
    found = (await session.execute(statement)).one_or_none()
    if found is None:
        raise NotFoundError("The patrol has no such attachment.")
    row, file, by = found
    return Attached(row, file, by)
