"""Legal holds: asked for with one file, and kept for everything that was recorded of its call."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import SignedIn
from callcenter.audio import retention_store
from callcenter.audio.rules import Purpose
from callcenter.audio.store import KeptFile, get_file


async def place_hold(
    session: AsyncSession, file_id: int, purpose: Purpose, *, user: SignedIn, reason: str, now: datetime
) -> KeptFile:
    """Stop the deletion of the call's files; the file as it is then. Raises NotFoundError, ConflictError."""
    file = (await get_file(session, file_id, purpose)).file
    await retention_store.place_hold(session, pbx=file.pbx, call_id=file.call_id, user=user, reason=reason, now=now)
    return await get_file(session, file_id, purpose)


async def release_hold(
    session: AsyncSession, file_id: int, purpose: Purpose, *, user: SignedIn, reason: str, now: datetime
) -> KeptFile:
    """Let the call's files go when their time has come. Raises NotFoundError."""
    file = (await get_file(session, file_id, purpose)).file
    await retention_store.release_hold(session, pbx=file.pbx, call_id=file.call_id, user=user, reason=reason, now=now)
    return await get_file(session, file_id, purpose)
