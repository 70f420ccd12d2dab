"""The outbox: no consumer misses a change, takes one from another, or follows one twice."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text

from callcenter.calls.records import Direction, Outcome
from callcenter.outbox import rules
from callcenter.outbox import store as outbox
from callcenter.outbox.rules import Change, Consumer, Kind
from callcenter.outbox.tables import PendingChange
from callcenter.postgres.database import Database
from tests.integration.callback_examples import LI, MEI, answered, lost, store

AT = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
"""Whenever the changes were made."""


def days(*keys: str) -> list[Change]:
    return [Change(kind=Kind.CALENDAR_DAY, key=key) for key in keys]


async def add(database: Database, changes: Iterable[Change]) -> None:
    async with database.sessions.begin() as session:
        await outbox.add(session, changes, at=AT)


async def take(database: Database, consumer: Consumer = Consumer.CALLBACKS) -> list[str]:
    async with database.sessions.begin() as session:
        return [change.key for change in await outbox.take(session, consumer, Kind.CALENDAR_DAY)]


async def pending(database: Database) -> list[tuple[Any, ...]]:
    """What waits: consumer, kind, PBX, key and subject."""
    columns = (PendingChange.consumer, PendingChange.kind, PendingChange.pbx, PendingChange.key, PendingChange.subject)
    async with database.sessions.begin() as session:
        return [tuple(row) for row in await session.execute(select(*columns).order_by(PendingChange.id))]


async def test_a_transaction_that_took_its_ids_first_and_commits_last_is_not_missed(database: Database) -> None:
    async with database.sessions.begin() as slow:
        await outbox.add(slow, days("2026-12-01"), at=AT)
        await add(database, days("2026-12-02"))
        assert await take(database) == ["2026-12-02"]
    await add(database, days("2026-12-03"))
    assert await take(database) == ["2026-12-01", "2026-12-03"]
    assert await take(database) == []


async def test_every_consumer_has_every_change_and_removes_only_its_own(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = (Consumer.CALLBACKS, Consumer.RECORDINGS)
    monkeypatch.setattr(outbox, "CONSUMERS", {**rules.CONSUMERS, Kind.CALENDAR_DAY: both})
    await add(database, days("2026-12-01", "2026-12-02"))
    assert await take(database, Consumer.CALLBACKS) == ["2026-12-01", "2026-12-02"]
    await add(database, days("2026-12-03"))
    assert await take(database, Consumer.RECORDINGS) == ["2026-12-01", "2026-12-02", "2026-12-03"]
    assert await pending(database) == [("callbacks", "calendar_day", None, "2026-12-03", None)]


async def test_what_was_taken_in_a_transaction_that_is_undone_is_taken_again(database: Database) -> None:
    await add(database, days("2026-12-01"))
    async with database.sessions() as session:
        assert len(await outbox.take(session, Consumer.CALLBACKS, Kind.CALENDAR_DAY)) == 1
        await session.rollback()
    assert await take(database) == ["2026-12-01"]


async def test_two_processes_of_one_consumer_take_each_change_once(database: Database) -> None:
    keys = [f"2026-12-{number:02}" for number in range(1, 31)]
    for key in keys:
        await add(database, days(key))
    taken = await asyncio.gather(*(take(database) for _ in range(5)))
    assert sorted(key for some in taken for key in some) == keys


async def test_each_stored_call_that_is_over_is_a_change_of_the_kinds_that_it_has(database: Database) -> None:
    message = replace(lost(2, 60, caller=LI), outcome=Outcome.VOICEMAIL)
    internal = replace(answered(3, 120), direction=Direction.INTERNAL)
    still_up = replace(answered(4, 180), outcome=None, ended_at=None)
    await store(database, [lost(1, 0), message, internal, still_up])
    assert await pending(database) == [
        ("callbacks", "call", "pbx1", "pbx1-1.0", f"+86{MEI}"),
        ("recordings", "customer_call", "pbx1", "pbx1-1.0", f"+86{MEI}"),
        ("callbacks", "call", "pbx1", "pbx1-2.0", f"+86{LI}"),
        ("recordings", "customer_call", "pbx1", "pbx1-2.0", f"+86{LI}"),
        ("messages", "message_call", "pbx1", "pbx1-2.0", f"+86{LI}"),
        ("callbacks", "call", "pbx1", "pbx1-3.0", None),
    ]
    await store(database, [lost(1, 0)])
    assert len(await pending(database)) == 6


async def test_a_call_that_the_database_refuses_is_no_change(database: Database) -> None:
    async with database.engine.begin() as connection:
        await connection.execute(text("ALTER TABLE calls ADD CONSTRAINT x CHECK (call_id <> 'pbx1-2.0')"))
    await store(database, [lost(1, 0), lost(2, 60), lost(3, 120)])
    assert [row[3] for row in await pending(database) if row[0] == "callbacks"] == ["pbx1-1.0", "pbx1-3.0"]


async def test_what_is_put_off_waits_and_what_has_changed_since_does_not(database: Database) -> None:
    followed = (Consumer.CALLBACKS, Kind.CALENDAR_DAY)
    await add(database, days("2026-12-01", "2026-12-02"))
    async with database.sessions.begin() as session:
        of_one = select(PendingChange.id).where(outbox.is_pending(*followed)).order_by(PendingChange.id)
        ids = list(await session.scalars(of_one))
        await outbox.postpone(session, *followed, ids[:1], timedelta(minutes=1))
        await outbox.finish(session, *followed, ids[1:])
    await add(database, days("2026-12-02"))
    async with database.sessions.begin() as session:
        is_due = (PendingChange.due_at <= func.now()).label("is_due")
        pending = select(PendingChange.key, is_due).where(outbox.is_pending(*followed)).order_by(PendingChange.id)
        rows = await session.execute(pending)
        assert [tuple(row) for row in rows] == [("2026-12-01", False), ("2026-12-02", True)]
