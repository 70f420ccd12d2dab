"""What agents write down about a call they were in: one note each, which they may change. All its SQL."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, or_, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import SignedIn
from callcenter.accounts.tables import User
from callcenter.calls.own_calls import rang_out, took_part
from callcenter.calls.rows import Key
from callcenter.calls.store import get_call
from callcenter.calls.tables import Call, CallNote
from callcenter.error_codes import ErrorCode
from callcenter.errors import RefusedError


@dataclass(frozen=True, kw_only=True, slots=True)
class WrittenNote:
    """A note with the login name of who wrote it; `at` is the latest change."""

    key: Key
    user: str
    at: datetime
    note: str


async def put_note(
    session: AsyncSession, pbx: str, call_id: str, user: SignedIn, note: str | None, now: datetime
) -> None:
    """Keep the user's note in place of the one before; None takes it back.

    Raises NotFoundError, RefusedError for a call in which the user had no part.
    """
    await get_call(session, pbx, call_id)
    this = (Call.pbx == pbx) & (Call.call_id == call_id)
    is_own = or_(took_part(user.user_id), rang_out(user.user_id))
    if await session.scalar(select(Call.pbx).where(this, is_own)) is None:
        raise RefusedError("Only who was in the call writes a note about it.", code=ErrorCode.NOT_YOUR_CALL)
    key = {"pbx": pbx, "call_id": call_id, "user_id": user.user_id}
    if note is None:
        await session.execute(delete(CallNote).filter_by(**key))
        return
    kept = insert(CallNote).values(**key, written_at=now, changed_at=now, note=note)
    await session.execute(
        kept.on_conflict_do_update(
            index_elements=list(key), set_={"note": kept.excluded.note, "changed_at": kept.excluded.changed_at}
        )
    )


async def list_notes(session: AsyncSession, calls: Collection[Key]) -> list[WrittenNote]:
    """Of these calls, the oldest first."""
    if not calls:
        return []
    rows = await session.execute(
        select(CallNote, User.name)
        .join(User, User.id == CallNote.user_id)
        .where(tuple_(CallNote.pbx, CallNote.call_id).in_(sorted(calls)))
        .order_by(CallNote.changed_at, CallNote.user_id)
    )
    return [
        WrittenNote(key=(note.pbx, note.call_id), user=name, at=note.changed_at, note=note.note) for note, name in rows
    ]
