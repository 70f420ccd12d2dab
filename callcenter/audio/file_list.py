"""Listing the files of a purpose, for whoever may hear them."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.audio import store
from callcenter.audio.rules import Purpose, kinds_of
from callcenter.audio.schemas import AudioQuery
from callcenter.audio.store import Condition, KeptFile
from callcenter.audio.tables import AudioFile
from callcenter.calls.tables import Call


async def list_asked(
    session: AsyncSession, purpose: Purpose, query: AudioQuery, before: int | None, *conditions: Condition
) -> list[KeptFile]:
    """Files that a query asks for and that meet the conditions, newest first, and one more than it asks for.

    `before` is the id of the last one seen.
    """
    asked: list[Condition] = [AudioFile.kind.in_(kinds_of(purpose)), *conditions]
    if query.pbx is not None:
        asked.append(AudioFile.pbx == query.pbx)
    if query.call_id is not None:
        asked.append(AudioFile.call_id == query.call_id)
    if query.day is not None:
        asked.append(Call.business_date == query.day)
    return await store.list_files(session, *asked, before=before, limit=query.limit + 1)
