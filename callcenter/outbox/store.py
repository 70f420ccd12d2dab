"""The SQL of the outbox. Every function works in its caller's transaction."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, ColumnElement, cast, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.outbox.rules import CONSUMERS, Change, Consumer, Kind
from callcenter.outbox.tables import PendingChange

_ADD = text(
    "INSERT INTO outbox (consumer, kind, pbx, key, subject, changed_at, changed_by)"
    " SELECT consumer, kind, pbx, key, subject, coalesce(:at, now()), :by"
    " FROM json_to_recordset(CAST(:rows AS json)) AS row(consumer text, kind text, pbx text, key text, subject text)"
)


async def add(session: AsyncSession, changes: Iterable[Change], *, at: datetime, by: int | None = None) -> None:
    """Have every consumer follow the changes. Belongs into the transaction that makes them."""
    await _add(session, [(consumer, change) for change in changes for consumer in CONSUMERS[change.kind]], at, by)


async def add_for(session: AsyncSession, consumer: Consumer, change: Change) -> None:
    """Have one consumer follow a change again."""
    await _add(session, [(consumer, change)], None, None)


async def _add(
    session: AsyncSession, changes: Sequence[tuple[Consumer, Change]], at: datetime | None, by: int | None
) -> None:
    """In one statement and one parameter, as the recorder writes many."""
    if changes:
        rows = [
            {
                "consumer": consumer,
                "kind": change.kind,
                "pbx": change.pbx,
                "key": change.key,
                "subject": change.subject,
            }
            for consumer, change in changes
        ]
        await session.execute(_ADD, {"rows": json.dumps(rows), "at": at, "by": by})


def is_pending(consumer: Consumer, kind: Kind) -> ColumnElement[bool]:
    """The changes of a kind that a consumer has not followed yet."""
    return (PendingChange.consumer == consumer) & (PendingChange.kind == kind)


async def take(session: AsyncSession, consumer: Consumer, kind: Kind) -> list[PendingChange]:
    """All that the consumer has not followed yet, in order; it follows them in this transaction."""
    taken = await session.scalars(delete(PendingChange).where(is_pending(consumer, kind)).returning(PendingChange))
    return sorted(taken, key=lambda change: change.id)


async def finish(session: AsyncSession, consumer: Consumer, kind: Kind, ids: Collection[int]) -> None:
    """These were followed. What has changed since has a row of its own, and stays."""
    await session.execute(delete(PendingChange).where(_is_one_of(consumer, kind, ids)))


async def postpone(
    session: AsyncSession, consumer: Consumer, kind: Kind, ids: Collection[int], delay: timedelta
) -> None:
    """These are to be followed later."""
    statement = update(PendingChange).where(_is_one_of(consumer, kind, ids)).values(due_at=func.now() + delay)
    await session.execute(statement)


def _is_one_of(consumer: Consumer, kind: Kind, ids: Collection[int]) -> ColumnElement[bool]:
    """Those that another process of the consumer finishes at this moment are passed over: it does the same."""
    ours = is_pending(consumer, kind)
    wanted = PendingChange.id == func.any(cast(list(ids), ARRAY(BigInteger)))
    return ours & PendingChange.id.in_(select(PendingChange.id).where(ours, wanted).with_for_update(skip_locked=True))
