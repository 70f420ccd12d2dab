"""The SQL of episodes with very many calls: by indexes, never all of their calls, but for `sum_up`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Text, cast, func, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.callbacks.store import CHANNEL
from callcenter.callbacks.tables import EpisodeCall, EpisodeDecision, EpisodeRow
from callcenter.calls.records import Outcome


@dataclass(frozen=True, kw_only=True, slots=True)
class Bounds:
    """Of an episode's calls: the earliest start, the first and the last loss."""

    opened_at: datetime
    first_lost_at: datetime
    last_lost_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Sums:
    """What an episode's calls amount to."""

    longest_wait: timedelta
    has_message: bool
    emergency_at: datetime | None
    is_unknown: bool


async def list_long(session: AsyncSession, subjects: Collection[str], long: int) -> list[Mapping[str, Any]]:
    """The open episodes of these subjects with more calls than so many."""
    beyond = (
        select(EpisodeCall.call_id)
        .where(EpisodeCall.episode_id == EpisodeRow.id)
        .order_by(EpisodeCall.lost_at)
        .offset(long)
        .limit(1)
        .scalar_subquery()
    )
    of_subjects = EpisodeRow.subject == func.any(cast(list(subjects), ARRAY(Text)))
    statement = select(*EpisodeRow.__table__.columns).where(
        EpisodeRow.closed_at.is_(None), of_subjects, beyond.is_not(None)
    )
    return [dict(row) for row in (await session.execute(statement)).mappings()]


async def find_bounds(session: AsyncSession, episode_id: int) -> Bounds | None:
    """None where a row of an older version says nothing of a call."""
    of_episode = EpisodeCall.episode_id == episode_id
    columns = (EpisodeCall.started_at, EpisodeCall.lost_at)
    least = [select(column).where(of_episode).order_by(column).limit(1).scalar_subquery() for column in columns]
    # nulls come first from this end, and say that not every call is known
    last = select(EpisodeCall.lost_at).where(of_episode).order_by(EpisodeCall.lost_at.desc()).limit(1).scalar_subquery()
    opened_at, first_lost_at, last_lost_at = (await session.execute(select(least[0], least[1], last))).one()
    if opened_at is None or first_lost_at is None or last_lost_at is None:
        return None
    return Bounds(opened_at=opened_at, first_lost_at=first_lost_at, last_lost_at=last_lost_at)


async def find_latest_decision(session: AsyncSession, subject: str) -> datetime | None:
    """When something was last signed about a person."""
    statement = select(func.max(EpisodeDecision.decided_at)).where(EpisodeDecision.subject == subject)
    return (await session.scalars(statement)).one()


async def list_starts(session: AsyncSession, episode_id: int, begin: datetime, end: datetime) -> Sequence[datetime]:
    """When the calls of a time began, in order."""
    within = EpisodeCall.started_at.between(begin, end)
    statement = select(EpisodeCall.started_at).where(EpisodeCall.episode_id == episode_id, within)
    found = await session.scalars(statement.order_by(EpisodeCall.started_at))
    return [started_at for started_at in found if started_at is not None]


async def sum_up(session: AsyncSession, episode_id: int) -> Sums:
    """From all calls: where one that counted for most has become less."""
    message = EpisodeCall.has_message | (EpisodeCall.outcome == Outcome.VOICEMAIL.value)
    emergencies = EpisodeCall.outcome == Outcome.EMERGENCY_UNANSWERED.value
    statement = select(
        func.max(EpisodeCall.wait),
        func.bool_or(message),
        func.min(EpisodeCall.lost_at).filter(emergencies),
        func.bool_and(EpisodeCall.outcome == Outcome.UNKNOWN.value),
    ).where(EpisodeCall.episode_id == episode_id)
    wait, has_message, emergency_at, is_unknown = (await session.execute(statement)).one()
    return Sums(longest_wait=wait, has_message=has_message, emergency_at=emergency_at, is_unknown=is_unknown)


async def save_row(session: AsyncSession, before: Mapping[str, Any], row: Mapping[str, Any]) -> None:
    """Write an episode's columns, and say on CHANNEL that it has one more call."""
    if dict(before) != dict(row):
        await session.execute(update(EpisodeRow).where(EpisodeRow.id == row["id"]).values(**row))
    await session.execute(select(func.pg_notify(CHANNEL, "")))
