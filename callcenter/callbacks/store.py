"""The SQL that keeps episodes in step with calls and decisions. Every function works in its caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Text, cast, delete, func, insert, select, tuple_, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as insert_or
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.callbacks.call_store import unnested
from callcenter.callbacks.rules import CallKey, Decision
from callcenter.callbacks.tables import EpisodeCall, EpisodeDecision, EpisodeRow
from callcenter.errors import NotFoundError

CHANNEL = "callbacks"
"""What LISTEN has to name to hear that episodes have changed, or who works on them."""


async def notify(session: AsyncSession) -> None:
    """Notify listeners that the list has changed, once the transaction is committed."""
    await session.execute(select(func.pg_notify(CHANNEL, "")))


async def load_decisions(session: AsyncSession, subjects: Collection[str]) -> dict[str, list[Decision]]:
    """What was signed about these subjects."""
    statement = select(EpisodeDecision).where(EpisodeDecision.subject == func.any(cast(list(subjects), ARRAY(Text))))
    found: dict[str, list[Decision]] = {}
    for row in await session.scalars(statement):
        calls = frozenset(CallKey(pbx, call_id) for pbx, call_id in row.calls)
        decision = Decision(decision_id=row.id, decided_at=row.decided_at, calls=calls)
        found.setdefault(row.subject, []).append(decision)
    return found


async def add_decision(
    session: AsyncSession,
    *,
    subject: str,
    calls: Sequence[CallKey],
    decided_by: int,
    decided_at: datetime,
    reason: str,
) -> None:
    values = {
        "decided_at": decided_at,
        "decided_by": decided_by,
        "reason": reason,
        "calls": [list(key) for key in calls],
    }
    await session.execute(insert(EpisodeDecision).values(subject=subject, **values))


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredEpisodes:
    """Episodes as they are stored: rows by id, and which episode holds a call."""

    rows: Mapping[int, Mapping[str, Any]]
    holders: Mapping[CallKey, Mapping[str, Any]]
    """The whole row of each call held."""


async def load_episodes(
    session: AsyncSession, subjects: Collection[str], since: datetime | None = None
) -> StoredEpisodes:
    """The stored episodes of these subjects, or those that are open or were closed later than a moment."""
    of_subjects = EpisodeRow.subject == func.any(cast(list(subjects), ARRAY(Text)))
    if since is not None:
        of_subjects &= (EpisodeRow.closed_at > since) | EpisodeRow.closed_at.is_(None)
    columns = EpisodeRow.__table__.columns
    rows = {row["id"]: dict(row) for row in (await session.execute(select(*columns).where(of_subjects))).mappings()}
    statement = (
        select(*EpisodeCall.__table__.columns)
        .join(EpisodeRow, EpisodeRow.id == EpisodeCall.episode_id)
        .where(of_subjects)
    )
    return StoredEpisodes(rows=rows, holders=_by_key(await session.execute(statement)))


async def load_holders(session: AsyncSession, keys: Collection[CallKey]) -> dict[CallKey, Mapping[str, Any]]:
    """The rows of those of these calls that an episode holds."""
    wanted = tuple_(EpisodeCall.pbx, EpisodeCall.call_id).in_(unnested(keys))
    return _by_key(await session.execute(select(*EpisodeCall.__table__.columns).where(wanted)))


def _by_key(rows: Any) -> dict[CallKey, Mapping[str, Any]]:
    return {CallKey(row["pbx"], row["call_id"]): dict(row) for row in rows.mappings()}


async def take_episode_ids(session: AsyncSession, count: int) -> list[int]:
    """Ids that nobody else will get."""
    sequence = func.pg_get_serial_sequence(EpisodeRow.__tablename__, "id")
    statement = select(func.nextval(sequence)).select_from(func.generate_series(1, count))
    return list((await session.scalars(statement)).all())


async def save_episodes(
    session: AsyncSession,
    before: StoredEpisodes,
    *,
    rows: Iterable[Mapping[str, Any]],
    holders: Mapping[CallKey, Mapping[str, Any]],
) -> None:
    """Make the stored episodes of the subjects of `before` these, writing only what differs, and say so on CHANNEL."""
    by_id = {row["id"]: dict(row) for row in rows}
    gone = [key for key in before.holders if key not in holders]
    if gone:
        await session.execute(
            delete(EpisodeCall).where(tuple_(EpisodeCall.pbx, EpisodeCall.call_id).in_(unnested(gone)))
        )
    changed = [row for episode_id, row in by_id.items() if before.rows.get(episode_id) != row]
    if changed:
        upsert = insert_or(EpisodeRow)
        new = {name: upsert.excluded[name] for name in changed[0] if name != "id"}
        await session.execute(upsert.on_conflict_do_update(index_elements=["id"], set_=new), changed)
    moved = [row for key, row in holders.items() if before.holders.get(key) != row]
    await hold_calls(session, moved)
    orphans = [episode_id for episode_id in before.rows if episode_id not in by_id]
    if orphans:
        await session.execute(delete(EpisodeRow).where(EpisodeRow.id.in_(orphans)))
    if gone or changed or moved or orphans:
        await notify(session)


async def hold_calls(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write down which episode holds these calls, and what they add to it."""
    if rows:
        hold = insert_or(EpisodeCall)
        new = {name: hold.excluded[name] for name in rows[0] if name not in ("pbx", "call_id")}
        await session.execute(hold.on_conflict_do_update(index_elements=["pbx", "call_id"], set_=new), rows)


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """An open episode and its deadline, None where the calendar was missing."""

    id: int
    opened_at: datetime
    due_at: datetime | None


async def list_waiting_over(session: AsyncSession, begin: datetime, end: datetime) -> list[Waiting]:
    """Those not tried yet, between whose first loss and deadline the time from `begin` to `end` lies, or part of it.

    Those without a deadline are always among them: a calendar that comes late has few days, and settles all.
    Emergencies are left out: their deadline knows no calendar.
    """
    statement = select(EpisodeRow.id, EpisodeRow.opened_at, EpisodeRow.due_at).where(
        EpisodeRow.closed_at.is_(None),
        EpisodeRow.first_attempt_at.is_(None),
        EpisodeRow.is_emergency.is_(False),
        EpisodeRow.due_at.is_(None) | ((EpisodeRow.opened_at < end) & (EpisodeRow.due_at >= begin)),
    )
    rows = await session.execute(statement.order_by(EpisodeRow.id))
    return [Waiting(id=row.id, opened_at=row.opened_at, due_at=row.due_at) for row in rows]


async def set_due_at(session: AsyncSession, episode_id: int, due_at: datetime | None) -> None:
    """A new deadline, said on CHANNEL."""
    await session.execute(update(EpisodeRow).where(EpisodeRow.id == episode_id).values(due_at=due_at))
    await notify(session)


async def get_episode(session: AsyncSession, episode_id: int) -> EpisodeRow:
    """Raises NotFoundError."""
    row = await session.get(EpisodeRow, episode_id, populate_existing=True)
    if row is None:
        raise NotFoundError("There is no such episode.")
    return row


async def find_open_episode(session: AsyncSession, subject: str) -> EpisodeRow | None:
    """The episode in which this person waits for a call back."""
    statement = select(EpisodeRow).where(EpisodeRow.subject == subject, EpisodeRow.closed_at.is_(None))
    newest_first = statement.order_by(EpisodeRow.id.desc()).limit(1).execution_options(populate_existing=True)
    return (await session.scalars(newest_first)).one_or_none()


async def list_calls_held(session: AsyncSession, episode_id: int) -> list[CallKey]:
    """The lost calls of an episode."""
    statement = select(EpisodeCall.pbx, EpisodeCall.call_id).where(EpisodeCall.episode_id == episode_id)
    rows = await session.execute(statement.order_by(EpisodeCall.pbx, EpisodeCall.call_id))
    return [CallKey(row.pbx, row.call_id) for row in rows]
