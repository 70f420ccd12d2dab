"""What can be asked about messages."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.audio import store
from callcenter.audio.rules import AudioKind
from callcenter.audio.store import Condition, KeptFile
from callcenter.audio.tables import AudioFile
from callcenter.calls.tables import Call
from callcenter.voicemail.schemas import MessageQuery


async def list_messages(session: AsyncSession, query: MessageQuery) -> list[KeptFile]:
    """Newest first."""
    conditions: list[Condition] = [AudioFile.kind == AudioKind.MESSAGE]
    if query.pbx is not None:
        conditions.append(AudioFile.pbx == query.pbx)
    if query.call_id is not None:
        conditions.append(AudioFile.call_id == query.call_id)
    if query.day is not None:
        conditions.append(Call.business_date == query.day)
    if query.mailbox is not None:
        conditions.append(AudioFile.mailbox == query.mailbox)
    if query.silent is not None:
        conditions.append(AudioFile.is_silent == query.silent)
    return await store.list_files(session, *conditions, before=query.before, limit=query.limit)
