"""What of the database's errors passes by itself, and what the work does meanwhile."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from callcenter.calls.records import Witness
from callcenter.errors import DatabaseError
from callcenter.postgres import outages, retry
from callcenter.postgres.database import Database
from callcenter.postgres.outages import Outage, is_outage
from callcenter.postgres.retry import persist


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.ReadOnlySQLTransactionError("cannot execute INSERT in a read-only transaction"),
        asyncpg.DiskFullError("could not extend file"),
        asyncpg.TooManyConnectionsError("sorry, too many clients already"),
        asyncpg.DeadlockDetectedError("deadlock detected"),
        asyncpg.SerializationError("could not serialize access"),
        asyncpg.LockNotAvailableError("canceling statement due to lock timeout"),
        asyncpg.AdminShutdownError("terminating connection due to administrator command"),
        asyncpg.CannotConnectNowError("the database system is in recovery mode"),
        asyncpg.InterfaceError("connection is closed"),
        PoolTimeoutError("QueuePool limit reached"),
        DatabaseError(),
        TimeoutError(),
        ConnectionResetError(),
        DBAPIError("INSERT", {}, asyncpg.ReadOnlySQLTransactionError("read-only")),
        DBAPIError("INSERT", {}, Exception(), connection_invalidated=True),
    ],
)
def test_what_is_about_the_server_passes(error: Exception) -> None:
    assert is_outage(error)


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.UndefinedTableError("relation does not exist"),
        asyncpg.UniqueViolationError("duplicate key"),
        asyncpg.InvalidPasswordError("password authentication failed"),
        DBAPIError("SELECT", {}, asyncpg.UndefinedColumnError("column does not exist")),
    ],
)
def test_what_is_about_the_question_does_not(error: Exception) -> None:
    assert not is_outage(error)


@dataclass
class _Sessions:
    """Sessions that take anything."""

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[None]:
        yield


@dataclass
class _Database:
    sessions: _Sessions


async def test_work_is_tried_until_it_is_done_and_the_log_has_the_begin_and_the_end_of_the_outage(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retry, "FIRST_PAUSE", 0.001)
    caplog.set_level(logging.INFO, outages.__name__)
    errors = [asyncpg.DiskFullError("could not extend file"), asyncpg.DiskFullError("could not extend file")]

    async def work(_session: Any) -> int:
        if errors:
            raise errors.pop()
        return 7

    database = cast(Database, _Database(_Sessions()))
    assert await persist(database, work, pbx="pbx1", witness=Witness.AMI) == 7
    assert [(record.message, vars(record)["task"]) for record in caplog.records] == [
        ("database_unavailable", "ami of pbx1"),
        ("database_available", "ami of pbx1"),
    ]
    assert vars(caplog.records[0])["reason"] == "could not extend file"


async def test_who_is_cancelled_while_the_connection_is_lost_ends() -> None:
    outage, has_begun = Outage("test"), asyncio.Event()

    async def work() -> None:
        has_begun.set()
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0)
            raise ConnectionResetError("The connection was lost in the clean-up.")

    async def part() -> None:
        while True:
            with outage.waited_out():
                await work()

    task = asyncio.create_task(part())
    await has_begun.wait()
    task.cancel()
    await asyncio.wait({task}, timeout=10)
    assert task.cancelled()
    assert not outage.is_on
