"""What is being done for callers of the list at this moment: it changes without the list and is not frozen with it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.tables import User
from callcenter.callbacks.tables import EpisodeCall, EpisodeClaim, EpisodeRow
from callcenter.calls.tables import Call


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """Somebody works on a caller."""

    user: str
    expires_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class PresentWork:
    """What is being done for one caller; `next_try_at` is None where they may be rung at once, or wait no more."""

    claim: Claim | None = None
    next_try_at: datetime | None = None
    queues: tuple[str, ...] = ()
    """In which the caller was lost, by name."""


async def list_present_work(
    session: AsyncSession, episode_ids: Collection[int], *, now: datetime
) -> dict[int, PresentWork]:
    """By episode; each that is asked for and exists is there."""
    open_rows = select(EpisodeRow.id, EpisodeRow.next_try_at, EpisodeRow.closed_at)
    work = {
        row.id: PresentWork(next_try_at=None if row.closed_at is not None else row.next_try_at)
        for row in await session.execute(open_rows.where(EpisodeRow.id.in_(episode_ids)))
    }
    claims = (
        select(EpisodeClaim.episode_id, EpisodeClaim.expires_at, User.name)
        .join(User, User.id == EpisodeClaim.user_id)
        .join(EpisodeRow, EpisodeRow.id == EpisodeClaim.episode_id)
        .where(
            EpisodeClaim.episode_id.in_(work),
            EpisodeClaim.ended_at.is_(None),
            EpisodeClaim.expires_at > now,
            EpisodeRow.closed_at.is_(None),
        )
    )
    for row in await session.execute(claims):
        work[row.episode_id] = replace(work[row.episode_id], claim=Claim(user=row.name, expires_at=row.expires_at))
    queue = func.unnest(Call.queues).label("queue")
    lost_in = (
        select(EpisodeCall.episode_id, queue)
        .join(Call, (Call.pbx == EpisodeCall.pbx) & (Call.call_id == EpisodeCall.call_id))
        .where(EpisodeCall.episode_id.in_(work))
        .distinct()
        .order_by(EpisodeCall.episode_id, queue)
    )
    for row in await session.execute(lost_in):
        work[row.episode_id] = replace(work[row.episode_id], queues=(*work[row.episode_id].queues, row.queue))
    return work
