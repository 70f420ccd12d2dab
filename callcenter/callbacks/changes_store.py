"""The SQL of taking changed calls out of the outbox. Every function works in its caller's transaction."""

from __future__ import annotations

from sqlalchemy import BigInteger, ColumnElement, Text, cast, delete, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.callbacks.rules import CallKey
from callcenter.calls.tables import Call
from callcenter.outbox import store as outbox
from callcenter.outbox.rules import Change, Consumer, Kind
from callcenter.outbox.tables import PendingChange

_OURS = outbox.is_pending(Consumer.CALLBACKS, Kind.CALL)

_EPISODES = func.hashtextextended("callback episodes", 0)


async def lock_episodes(session: AsyncSession) -> None:
    """Let nobody else build episodes until this transaction ends; what they built before is seen from here on."""
    await _read_by_indexes(session)
    await session.execute(select(func.pg_advisory_xact_lock(_EPISODES)))


async def try_lock_episodes(session: AsyncSession) -> bool:
    """The same where nobody else builds episodes just now."""
    await _read_by_indexes(session)
    return bool((await session.execute(select(func.pg_try_advisory_xact_lock(_EPISODES)))).scalar_one())


async def _read_by_indexes(session: AsyncSession) -> None:
    """Without statistics, as after a bulk load, whole tables would be read."""
    await session.execute(text("SET LOCAL enable_seqscan = off"))


async def take_changed(session: AsyncSession, limit: int, limit_for_same: int) -> tuple[int, set[CallKey]]:
    """Changes not looked at yet: how many, and the calls they are about.

    The oldest, and with them whatever else waits of the same persons, so that each is looked at once.
    """
    oldest = select(PendingChange.id, PendingChange.subject).where(_OURS).order_by(PendingChange.id).limit(limit)
    rows = (await session.execute(oldest)).all()
    ids = [row.id for row in rows]
    persons = list({row.subject for row in rows if row.subject is not None})
    same = select(PendingChange.id).where(_OURS, PendingChange.subject == func.any(cast(persons, ARRAY(Text))))
    ids += (await session.scalars(same.limit(limit_for_same))).all() if persons else []
    return await _take(session, _OURS & (PendingChange.id == func.any(cast(ids, ARRAY(BigInteger)))))


async def take_changed_of(session: AsyncSession, subject: str) -> set[CallKey]:
    """Changes of one person's calls that were not looked at yet."""
    _, keys = await _take(session, _is_change_of(subject))
    return keys


async def count_changed_of(session: AsyncSession, subject: str, limit: int) -> int:
    """How many of them wait, at most `limit`."""
    waiting = select(PendingChange.id).where(_is_change_of(subject)).limit(limit).subquery()
    return (await session.execute(select(func.count()).select_from(waiting))).scalar_one()


async def note_changed(session: AsyncSession, key: CallKey, subject: str) -> None:
    """Have a call looked at again."""
    change = Change(kind=Kind.CALL, pbx=key.pbx, key=key.call_id, subject=subject)
    await outbox.add_for(session, Consumer.CALLBACKS, change)


async def has_many_calls(session: AsyncSession, subject: str, limit: int) -> bool:
    """Whether a person has more calls than so many."""
    calls = select(Call.call_id).where(Call.customer_key == subject).limit(limit + 1).subquery()
    return (await session.execute(select(func.count()).select_from(calls))).scalar_one() > limit


def _is_change_of(subject: str) -> ColumnElement[bool]:
    pbx, slash, call_id = subject.rpartition("/")
    if slash:
        return _OURS & (PendingChange.pbx == pbx) & (PendingChange.key == call_id)
    return _OURS & (PendingChange.subject == subject)


async def _take(session: AsyncSession, wanted: ColumnElement[bool]) -> tuple[int, set[CallKey]]:
    statement = delete(PendingChange).where(wanted).returning(PendingChange.pbx, PendingChange.key)
    rows = (await session.execute(statement)).all()
    return len(rows), {CallKey(row.pbx, row.key) for row in rows if row.pbx is not None}
