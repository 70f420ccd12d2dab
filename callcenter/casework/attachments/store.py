"""All SQL of kept files. Works in its caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.casework.attachments.kinds import FileKind
from callcenter.casework.attachments.tables import KeptFile


async def lock_file(session: AsyncSession, sha256: str, kind: FileKind, *, size: int, at: datetime) -> None:
    """Its row, new or known: nobody else writes or removes the file until this transaction has ended.

    One that was to be removed, or was, is kept again.
    """
    statement = insert(KeptFile).values(sha256=sha256, kind=kind.value, size=size, kept_at=at)
    kept_again = {"certificate_id": None, "removed_at": None}
    await session.execute(statement.on_conflict_do_update(index_elements=["sha256"], set_=kept_again))


async def list_sizes(session: AsyncSession) -> dict[str, int]:
    """The size of every file that has to be there, in bytes, by its hash."""
    statement = select(KeptFile.sha256, KeptFile.size).where(KeptFile.certificate_id.is_(None))
    return {row.sha256: row.size for row in await session.execute(statement)}


async def list_to_remove(session: AsyncSession, limit: int) -> list[str]:
    """Hashes of files whose deletion is certified and which are still there, locked against whoever keeps them anew."""
    statement = (
        select(KeptFile.sha256)
        .where(KeptFile.certificate_id.is_not(None), KeptFile.removed_at.is_(None))
        .order_by(KeptFile.sha256)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(await session.scalars(statement))


async def note_removed(session: AsyncSession, hashes: Sequence[str], at: datetime) -> None:
    """They are gone from the disk."""
    await session.execute(update(KeptFile).where(KeptFile.sha256.in_(hashes)).values(removed_at=at))
