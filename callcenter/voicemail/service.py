"""What can be asked about messages."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.audio.file_list import list_asked
from callcenter.audio.rules import Purpose
from callcenter.audio.store import Condition, KeptFile
from callcenter.audio.tables import AudioFile
from callcenter.voicemail.schemas import MessageQuery
from callcenter.voicemail.store import is_heard


async def list_messages(session: AsyncSession, query: MessageQuery, *, before: int | None) -> list[KeptFile]:
    """Newest first; `before` is the id of the last one seen."""
    conditions: list[Condition] = []
    if query.mailbox is not None:
        conditions.append(AudioFile.mailbox == query.mailbox)
    if query.silent is not None:
        conditions.append(AudioFile.is_silent == query.silent)
    if query.heard is not None:
        conditions.append(is_heard() if query.heard else ~is_heard())
    return await list_asked(session, Purpose.MESSAGE, query, before, *conditions)
