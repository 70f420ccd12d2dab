"""A throw-away database with any number of calls: a year of them, and one day that is measured."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import asyncpg

from callcenter.callbacks.service import refresh
from callcenter.postgres.database import open_database
from callcenter.postgres.embedded import embedded_postgres
from callcenter.settings import Settings
from hotline_bench.call_kinds import examples
from hotline_bench.stored_calls import COLUMNS, HEADER, TRAILER, Lines, rows_of_day

DAY = date(2026, 11, 20)
"""The day that is measured, the last one stored."""

DAYS_BEFORE = 366
FORMER_DAYS = 20
"""The first days, when the former agent and queue were still there."""

_LOAD = (
    # No WAL for a table filled in the transaction that emptied it, and none for new indexes.
    "ALTER SYSTEM SET wal_level = minimal",
    "ALTER SYSTEM SET max_wal_senders = 0",
    "ALTER SYSTEM SET fsync = off",
    "ALTER SYSTEM SET max_wal_size = '16GB'",
    "ALTER SYSTEM SET maintenance_work_mem = '1500MB'",
    "ALTER SYSTEM SET max_parallel_maintenance_workers = 0",
)

_EPISODES = """
INSERT INTO episodes (id, subject, caller_number, state, opened_at, last_lost_at, closed_at, closed_by_pbx,
                      closed_by_call_id, attempts, attempts_counted, has_message, is_emergency, tries_within_window,
                      longest_wait, priority)
SELECT row_number() OVER (), customer_key, customer_key, 'self_recovered', started_at, ended_at,
       ended_at + interval '1 h', pbx, call_id, 0, 0, outcome = 'voicemail', false, 1, wait,
       ARRAY[0, -1, -1000 * extract(epoch FROM wait), 1000 * extract(epoch FROM started_at)]::bigint[]
  FROM calls WHERE direction = 'inbound' AND outcome <> 'answered' AND business_date < $1
"""
_HELD = """
INSERT INTO episode_calls (pbx, call_id, episode_id, business_date)
SELECT closed_by_pbx, closed_by_call_id, id, (opened_at AT TIME ZONE 'Asia/Shanghai')::date FROM episodes
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Filled:
    """A store full of calls. Seconds are those of COPY and of the indexes after it."""

    home: Path
    url: str
    calls: int
    calls_of_day: int
    copy_seconds: float
    index_seconds: float


@asynccontextmanager
async def filled_store(calls: int, calls_of_day: int) -> AsyncIterator[Filled]:
    """A throw-away database; afterwards the server has its usual settings again."""
    base = Path("/var/lib") if os.geteuid() == 0 else None
    home = Path(tempfile.mkdtemp(prefix="callcenter-bench-", dir=base))
    home.chmod(0o755)
    try:
        async with open_database(None, home) as database:
            await database.migrate()
        async with _connected(home, 1) as (connection,):
            for statement in _LOAD:
                await connection.execute(statement)
        async with _connected(home, 2) as connections:
            begin = time.perf_counter()
            indexes = await _take_indexes(connections[0])
            await _copy(connections[0], calls, calls_of_day)
            copied = time.perf_counter()
            await asyncio.gather(*(_make_indexes(connection, indexes) for connection in connections))
            indexed = time.perf_counter()
            await _add_episodes(connections[0])
            await connections[0].execute("ALTER SYSTEM RESET ALL")
        async with embedded_postgres(home) as url:
            async with open_database(url, home) as database:
                await refresh(database, Settings(data_dir=home))
            async with _connected(home, 1) as (connection,):
                await connection.execute("VACUUM ANALYZE")
            yield Filled(
                home=home,
                url=url,
                calls=calls,
                calls_of_day=calls_of_day,
                copy_seconds=copied - begin,
                index_seconds=indexed - copied,
            )
    finally:
        shutil.rmtree(home, ignore_errors=True)


@asynccontextmanager
async def _connected(home: Path, count: int) -> AsyncIterator[list[Any]]:
    """Connections of the driver itself, to which COPY belongs."""
    async with embedded_postgres(home) as url:
        connections = [await asyncpg.connect(url.replace("+asyncpg", "")) for _ in range(count)]
        yield connections
        for connection in connections:
            await connection.close()


async def _take_indexes(connection: Any) -> list[str]:
    """Drop the indexes of `calls`; what makes them again, the ones that take longest first."""
    found = await connection.fetch("SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'calls'")
    await connection.execute("ALTER TABLE calls DROP CONSTRAINT pk_calls")
    for name, _ in found:
        await connection.execute(f"DROP INDEX IF EXISTS {name}")
    return sorted((definition for _, definition in found), key=len)


async def _make_indexes(connection: Any, indexes: list[str]) -> None:
    while indexes:
        definition = indexes.pop()
        await connection.execute(definition)
        if " pk_calls " in definition:
            await connection.execute("ALTER TABLE calls ADD CONSTRAINT pk_calls PRIMARY KEY USING INDEX pk_calls")


async def _copy(connection: Any, calls: int, calls_of_day: int) -> None:
    async with connection.transaction():
        await connection.execute("TRUNCATE calls")
        source = _pieces(calls, calls_of_day)

        async def pieces() -> AsyncIterator[bytes]:
            for piece in source:
                yield piece

        await connection.copy_to_table("calls", source=pieces(), columns=COLUMNS, format="binary", freeze=True)


def _pieces(calls: int, calls_of_day: int) -> Iterator[bytes]:
    """The rows of each witness are stored for the last days only: all would be two thirds of the bytes, and no list or
    count reads them."""
    random = Random(12315)  # noqa: S311
    former, usual = Lines(examples(has_former=True), has_witness_rows=False), Lines(examples(), has_witness_rows=False)
    full = Lines(examples(), has_witness_rows=True)
    numbers = max(1, calls * 2 // 5)
    yield HEADER
    left = calls - calls_of_day
    for number in range(DAYS_BEFORE):
        count = left * (number + 1) // DAYS_BEFORE - left * number // DAYS_BEFORE
        lines = former if number < FORMER_DAYS else full if number >= DAYS_BEFORE - 2 else usual
        yield from rows_of_day(DAY - timedelta(DAYS_BEFORE - number), count, lines, random=random, numbers=numbers)
    yield from rows_of_day(DAY, calls_of_day, full, random=random, numbers=numbers)
    yield TRAILER


async def _add_episodes(connection: Any) -> None:
    """Those of earlier days as if each caller had rung again; the day's are left to the callbacks themselves."""
    await connection.execute("ANALYZE calls")
    await connection.execute(_EPISODES, DAY)
    await connection.execute(_HELD)
    await connection.execute(
        "SELECT setval(pg_get_serial_sequence('episodes', 'id'), (SELECT count(*) + 1 FROM episodes))"
    )
    await connection.execute(
        "INSERT INTO outbox (consumer, kind, pbx, key, subject, changed_at)"
        " SELECT 'callbacks', 'call', pbx, call_id, customer_key, now() FROM calls WHERE business_date = $1",
        DAY,
    )
