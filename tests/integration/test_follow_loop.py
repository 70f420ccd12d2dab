"""The loop of the workers: what begins a round, and what an outage of the database does to it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from sqlalchemy import text

from callcenter.postgres import follow_loop, outages
from callcenter.postgres.database import Database
from callcenter.postgres.follow_loop import follow

LONG = 600.0


class Rounds:
    """Work that counts its rounds, the first of which fail with these errors."""

    def __init__(self, *errors: Exception) -> None:
        self.count = 0
        self._errors = list(errors)

    async def work(self) -> None:
        self.count += 1
        if self._errors:
            raise self._errors.pop(0)

    async def reach(self, count: int) -> None:
        async with asyncio.timeout(10):
            while self.count < count:
                await asyncio.sleep(0.005)


@pytest.fixture(autouse=True)
def haste(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow_loop, "PACE_SECONDS", 0.0)
    monkeypatch.setattr(follow_loop, "OUTAGE_PAUSE_SECONDS", 0.01)


@asynccontextmanager
async def running(task: asyncio.Task[None]) -> AsyncIterator[None]:
    try:
        yield
        assert not task.done()
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_a_notification_begins_a_round_long_before_the_interval_is_over(database: Database) -> None:
    rounds = Rounds()
    task = asyncio.create_task(follow(database, rounds.work, task="x", every=LONG, channels=("calls", "seats")))
    async with running(task):
        await rounds.reach(1)
        for count, channel in enumerate(("seats", "calls", "seats"), start=2):
            async with database.engine.begin() as connection:
                await connection.execute(text("SELECT pg_notify(:channel, '')"), {"channel": channel})
            await rounds.reach(count)
        assert rounds.count == 4


async def test_an_event_of_the_process_begins_a_round_long_before_the_interval_is_over(database: Database) -> None:
    rounds, wake = Rounds(), asyncio.Event()
    task = asyncio.create_task(follow(database, rounds.work, task="x", every=LONG, wake=wake))
    async with running(task):
        await rounds.reach(1)
        wake.set()
        await rounds.reach(2)
        await asyncio.sleep(0.05)
        assert rounds.count == 2


async def test_without_a_notification_the_interval_begins_the_next_round(database: Database) -> None:
    rounds = Rounds()
    task = asyncio.create_task(follow(database, rounds.work, task="x", every=0.01, channels=("calls",)))
    async with running(task):
        await rounds.reach(3)


@pytest.mark.parametrize("channels", [(), ("calls",)])
async def test_an_outage_has_one_event_at_its_begin_and_one_at_its_end_however_long_it_lasts(
    database: Database, caplog: pytest.LogCaptureFixture, channels: tuple[str, ...]
) -> None:
    caplog.set_level(logging.INFO, outages.__name__)
    rounds = Rounds(ConnectionRefusedError("refused"), TimeoutError(), ConnectionRefusedError("refused"))
    task = asyncio.create_task(follow(database, rounds.work, task="dials", every=0.01, channels=channels))
    async with running(task):
        await rounds.reach(6)
    events = [(record.levelname, record.message, vars(record)["task"]) for record in caplog.records]
    assert events == [("WARNING", "database_unavailable", "dials"), ("INFO", "database_available", "dials")]
    assert vars(caplog.records[0])["reason"] == "refused"


async def test_a_connection_that_was_cut_is_made_anew_and_hears_again(database: Database) -> None:
    rounds = Rounds()
    task = asyncio.create_task(follow(database, rounds.work, task="x", every=LONG, channels=("calls",)))
    async with running(task):
        await rounds.reach(1)
        async with database.engine.begin() as connection:
            await connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )
        await rounds.reach(2)
        async with database.engine.begin() as connection:
            await connection.execute(text("NOTIFY calls"))
        await rounds.reach(3)


async def test_an_error_that_will_not_pass_is_raised(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        await follow(database, Rounds(ZeroDivisionError()).work, task="x", every=LONG, channels=("calls",))
