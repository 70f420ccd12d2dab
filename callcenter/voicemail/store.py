"""The SQL of messages: who has heard them, and whose call back they belong to."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from callcenter.accounts.tables import User
from callcenter.audio.tables import AudioFile, Listening
from callcenter.callbacks.tables import EpisodeCall
from callcenter.calls.rows import Key
from callcenter.voicemail.rules import HEARD_FROM_PERCENT


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """Who was the first to hear a message, and when they began."""

    by: str
    at: datetime


def _listeners() -> Select[int, int, datetime]:
    """File, user and begin of all who were given enough of a file to have heard it."""
    file = aliased(AudioFile)
    began_at = func.min(Listening.at).label("began_at")
    statement = select(Listening.file_id, Listening.user_id, began_at).join(file, file.id == Listening.file_id)
    given = func.sum(Listening.bytes_sent) * 100 >= func.max(file.size) * HEARD_FROM_PERCENT
    return statement.group_by(Listening.file_id, Listening.user_id).having(given)


def is_heard() -> ColumnElement[bool]:
    """Whether somebody has heard the message, as a condition on AudioFile."""
    return _listeners().where(Listening.file_id == AudioFile.id).correlate(AudioFile).exists()


async def find_heard(session: AsyncSession, file_ids: Collection[int]) -> dict[int, Heard]:
    """The first listener of each of these files that somebody has heard."""
    listeners = _listeners().where(Listening.file_id.in_(file_ids)).subquery()
    statement = (
        select(listeners.c.file_id, listeners.c.began_at, User.name)
        .join(User, User.id == listeners.c.user_id)
        .order_by(listeners.c.began_at.desc())
    )
    return {file_id: Heard(by=name, at=at) for file_id, at, name in await session.execute(statement)}


async def find_episodes(session: AsyncSession, calls: Collection[Key]) -> dict[Key, int]:
    """The episodes of the callback list that hold these calls."""
    held = tuple_(EpisodeCall.pbx, EpisodeCall.call_id).in_(calls)
    rows = await session.execute(select(EpisodeCall.pbx, EpisodeCall.call_id, EpisodeCall.episode_id).where(held))
    return {(pbx, call_id): episode_id for pbx, call_id, episode_id in rows}
