"""The SQL of episodes with very many calls: by indexes, never all of their calls, but for `sum_up`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Text, cast, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.callbacks.call_store import unnested
from callcenter.callbacks.rules import CallKey
from callcenter.callbacks.store import CHANNEL
from callcenter.callbacks.tables import EpisodeCall, EpisodeDecision, EpisodeRow
from callcenter.calls.records import Outcome
from callcenter.calls.tables import Call


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


async def list_long(
    session: AsyncSession, subjects: Collection[str], long: int, *, held_by: Collection[int], closed_since: datetime
) -> list[Mapping[str, Any]]:
    """The episodes of these subjects with more calls than so many that may be concerned, the earliest first.

    Those that are open, are among `held_by`, or were closed since a moment.
    """
    beyond = (
        select(EpisodeCall.call_id)
        .where(EpisodeCall.episode_id == EpisodeRow.id)
        .order_by(EpisodeCall.lost_at)
        .offset(long)
        .limit(1)
        .scalar_subquery()
    )
    of_subjects = EpisodeRow.subject == func.any(cast(list(subjects), ARRAY(Text)))
    recent = select(EpisodeRow.id).where(
        of_subjects, EpisodeRow.closed_at.is_(None) | (EpisodeRow.closed_at >= closed_since)
    )
    ids = {*(await session.scalars(recent)).all(), *held_by}
    statement = select(*EpisodeRow.__table__.columns).where(
        EpisodeRow.id == func.any(cast(list(ids), ARRAY(BigInteger))), of_subjects, beyond.is_not(None)
    )
    rows = await session.execute(statement.order_by(EpisodeRow.opened_at, EpisodeRow.id))
    return [dict(row) for row in rows.mappings()]


async def list_with_many_calls(session: AsyncSession, subjects: Collection[str], most: int) -> Sequence[str]:
    """Those of these subjects with more calls than so many."""
    subject = func.unnest(cast(list(subjects), ARRAY(Text))).column_valued("subject")
    beyond = select(Call.call_id).where(Call.customer_key == subject).offset(most).limit(1)
    return (await session.scalars(select(subject).where(beyond.exists()))).all()


async def list_subjects_holding(session: AsyncSession, keys: Collection[CallKey]) -> dict[CallKey, str]:
    """Whose episode holds each of these calls, of those that are held."""
    wanted = tuple_(EpisodeCall.pbx, EpisodeCall.call_id).in_(unnested(keys))
    statement = select(EpisodeCall.pbx, EpisodeCall.call_id, EpisodeRow.subject).join(
        EpisodeRow, EpisodeRow.id == EpisodeCall.episode_id
    )
    return {CallKey(pbx, call_id): subject for pbx, call_id, subject in await session.execute(statement.where(wanted))}


async def find_last_closed(
    session: AsyncSession, subject: str, before: datetime
) -> tuple[int, datetime, CallKey] | None:
    """A person's episode that a talk before a moment closed last: its id, when the talk began, and in which call."""
    statement = (
        select(EpisodeRow.id, EpisodeRow.closed_at, EpisodeRow.closed_by_pbx, EpisodeRow.closed_by_call_id)
        .where(EpisodeRow.subject == subject, EpisodeRow.closed_at < before, EpisodeRow.closed_by_call_id.is_not(None))
        .order_by(EpisodeRow.closed_at.desc())
        .limit(1)
    )
    row = (await session.execute(statement)).one_or_none()
    if row is None or row.closed_at is None:
        return None
    return row.id, row.closed_at, CallKey(row.closed_by_pbx, row.closed_by_call_id)


async def find_bounds(session: AsyncSession, episode_id: int, lost_before: datetime | None = None) -> Bounds | None:
    """Of all calls or those lost before a moment. None where a row of an older version says nothing of a call."""
    of_episode = EpisodeCall.episode_id == episode_id
    if lost_before is not None:
        of_episode &= (EpisodeCall.lost_at < lost_before) | EpisodeCall.lost_at.is_(None)
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


async def find_closing_call(session: AsyncSession, episode_id: int) -> CallKey | None:
    """The call whose talk closed an episode."""
    statement = select(EpisodeRow.closed_by_pbx, EpisodeRow.closed_by_call_id).where(EpisodeRow.id == episode_id)
    row = (await session.execute(statement)).one_or_none()
    if row is None or row.closed_by_pbx is None or row.closed_by_call_id is None:
        return None
    return CallKey(row.closed_by_pbx, row.closed_by_call_id)


async def list_latest_starts(
    session: AsyncSession, episode_id: int, lost_before: datetime, most: int | None
) -> Sequence[datetime]:
    """When the calls began that were lost last before a moment, at most so many."""
    statement = (
        select(EpisodeCall.started_at)
        .where(EpisodeCall.episode_id == episode_id, EpisodeCall.lost_at < lost_before)
        .order_by(EpisodeCall.lost_at.desc())
        .limit(most)
    )
    return [started_at for started_at in await session.scalars(statement) if started_at is not None]


async def sum_up(session: AsyncSession, episode_id: int, lost_before: datetime | None = None) -> Sums:
    """From all calls: where one that counted for most has become less, or calls leave the episode."""
    message = EpisodeCall.has_message | (EpisodeCall.outcome == Outcome.VOICEMAIL.value)
    emergencies = EpisodeCall.outcome == Outcome.EMERGENCY_UNANSWERED.value
    statement = select(
        func.max(EpisodeCall.wait),
        func.bool_or(message),
        func.min(EpisodeCall.lost_at).filter(emergencies),
        func.bool_and(EpisodeCall.outcome == Outcome.UNKNOWN.value),
    ).where(EpisodeCall.episode_id == episode_id)
    if lost_before is not None:
        statement = statement.where(EpisodeCall.lost_at < lost_before)
    wait, has_message, emergency_at, is_unknown = (await session.execute(statement)).one()
    return Sums(longest_wait=wait, has_message=has_message, emergency_at=emergency_at, is_unknown=is_unknown)


async def save_row(session: AsyncSession, before: Mapping[str, Any], row: Mapping[str, Any]) -> None:
    """Write an episode's columns, and say on CHANNEL that it has one more call."""
    if dict(before) != dict(row):
        await session.execute(update(EpisodeRow).where(EpisodeRow.id == row["id"]).values(**row))
    await session.execute(select(func.pg_notify(CHANNEL, "")))
