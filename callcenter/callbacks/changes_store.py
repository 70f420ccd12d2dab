"""The SQL of taking changed calls, one consumer among several. Every function works in its caller's transaction."""

from __future__ import annotations

from sqlalchemy import BigInteger, ColumnElement, Text, cast, delete, func, insert, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.callbacks.rules import CallKey
from callcenter.callbacks.tables import ChangedCall
from callcenter.calls.tables import Call

CONSUMER = "callbacks"
"""Our name among those for whom changed calls are noted."""

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
    ours = ChangedCall.consumer == CONSUMER
    oldest = select(ChangedCall.id, ChangedCall.customer_key).where(ours).order_by(ChangedCall.id).limit(limit)
    rows = (await session.execute(oldest)).all()
    ids = [row.id for row in rows]
    persons = list({row.customer_key for row in rows if row.customer_key is not None})
    same = select(ChangedCall.id).where(ours, ChangedCall.customer_key == func.any(cast(persons, ARRAY(Text))))
    ids += (await session.scalars(same.limit(limit_for_same))).all() if persons else []
    return await _take(session, ChangedCall.id == func.any(cast(ids, ARRAY(BigInteger))))


async def take_changed_of(session: AsyncSession, subject: str) -> set[CallKey]:
    """Changes of one person's calls that were not looked at yet."""
    _, keys = await _take(session, _is_change_of(subject))
    return keys


async def count_changed_of(session: AsyncSession, subject: str, limit: int) -> int:
    """How many of them wait, at most `limit`."""
    waiting = select(ChangedCall.id).where(_is_change_of(subject)).limit(limit).subquery()
    return (await session.execute(select(func.count()).select_from(waiting))).scalar_one()


async def note_changed(session: AsyncSession, key: CallKey, customer_key: str) -> None:
    """Have a call looked at again."""
    values = {"consumer": CONSUMER, "pbx": key.pbx, "call_id": key.call_id, "customer_key": customer_key}
    await session.execute(insert(ChangedCall).values(values))


async def has_many_calls(session: AsyncSession, subject: str, limit: int) -> bool:
    """Whether a person has more calls than so many."""
    calls = select(Call.call_id).where(Call.customer_key == subject).limit(limit + 1).subquery()
    return (await session.execute(select(func.count()).select_from(calls))).scalar_one() > limit


def _is_change_of(subject: str) -> ColumnElement[bool]:
    pbx, slash, call_id = subject.rpartition("/")
    ours = ChangedCall.consumer == CONSUMER
    if slash:
        return ours & (ChangedCall.pbx == pbx) & (ChangedCall.call_id == call_id)
    return ours & (ChangedCall.customer_key == subject)


async def _take(session: AsyncSession, wanted: ColumnElement[bool]) -> tuple[int, set[CallKey]]:
    statement = delete(ChangedCall).where(wanted).returning(ChangedCall.pbx, ChangedCall.call_id)
    rows = (await session.execute(statement)).all()
    return len(rows), {CallKey(row.pbx, row.call_id) for row in rows}
