"""All SQL of the recordings that broadcasts play. Works in its caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from callcenter.accounts.tables import User
from callcenter.casework.broadcasts.own_sound import OwnSound
from callcenter.casework.broadcasts.tables import BroadcastRecording, BroadcastRow
from callcenter.errors import NotFoundError

_WITHOUT_SOUND = defer(BroadcastRecording.wav, raiseload=True)


async def add_recording(session: AsyncSession, sound: OwnSound, name: str, *, by: int, now: datetime) -> int:
    """Its id; the same sound again is the one that is there, under the name that it has."""
    values = {
        "name": name,
        "sha256": sound.sha256,
        "duration": sound.duration,
        "wav": sound.wav,
        "added_by": by,
        "added_at": now,
    }
    statement = insert(BroadcastRecording).values(**values).on_conflict_do_nothing(index_elements=["sha256"])
    added = (await session.scalars(statement.returning(BroadcastRecording.id))).one_or_none()
    if added is not None:
        return added
    known = select(BroadcastRecording.id).where(BroadcastRecording.sha256 == sound.sha256)
    return (await session.scalars(known)).one()


async def list_recordings(
    session: AsyncSession, *, before: int | None, limit: int
) -> Sequence[tuple[BroadcastRecording, str]]:
    """Newest first, each with the name of who added it; without the sound."""
    statement = select(BroadcastRecording, User.name).join(User, User.id == BroadcastRecording.added_by)
    if before is not None:
        statement = statement.where(BroadcastRecording.id < before)
    rows = await session.execute(statement.order_by(BroadcastRecording.id.desc()).limit(limit).options(_WITHOUT_SOUND))
    return [(recording, name) for recording, name in rows]


async def get_recording(session: AsyncSession, recording_id: int) -> tuple[BroadcastRecording, str]:
    """With the name of who added it; without the sound. Raises NotFoundError."""
    statement = (
        select(BroadcastRecording, User.name)
        .join(User, User.id == BroadcastRecording.added_by)
        .where(BroadcastRecording.id == recording_id)
    )
    found = (await session.execute(statement.options(_WITHOUT_SOUND))).one_or_none()
    if found is None:
        raise NotFoundError("There is no such recording.")
    return found[0], found[1]


async def read_wav(session: AsyncSession, recording_id: int) -> bytes:
    """The sound of one that there is. Raises NotFoundError."""
    statement = select(BroadcastRecording.wav).where(BroadcastRecording.id == recording_id)
    found = (await session.scalars(statement)).one_or_none()
    if found is None:
        raise NotFoundError("There is no such recording.")
    return found


async def list_names_in_use(session: AsyncSession) -> Sequence[str]:
    """Of the files of those recordings that broadcasts play which have not ended."""
    statement = select(BroadcastRecording.sha256).join(BroadcastRow, BroadcastRow.recording_id == BroadcastRecording.id)
    return (await session.scalars(statement.where(BroadcastRow.ended_at.is_(None)))).all()
