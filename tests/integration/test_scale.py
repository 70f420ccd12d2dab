"""What is asked of many calls reads few of them: counted by PostgreSQL itself, on a table with all kinds of calls."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import partial
from itertools import combinations
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.audit.store import find_directions, list_audited_calls
from callcenter.callbacks.day_list_store import count_inbound
from callcenter.callbacks.list_store import ListFilter, list_day, list_open
from callcenter.callbacks.rules import CallKey
from callcenter.callbacks.service import refresh_some
from callcenter.calls.day_summary import count_day
from callcenter.calls.list_store import CallPlace, list_calls
from callcenter.calls.number_access import caller_number
from callcenter.calls.record_json import record_from_json
from callcenter.calls.records import Outcome, Witness
from callcenter.calls.rows import Locality
from callcenter.calls.schemas import CallQuery, CallSearch
from callcenter.calls.store import list_open_reports, store_reports
from callcenter.calls.witness_store import list_gaps_of, save_heartbeat
from callcenter.desk.store import read_floor
from callcenter.postgres.database import Database
from callcenter.settings import Settings
from callcenter.statistics import store as statistics
from callcenter.statistics.intervals import Days
from callcenter.wallboard import store as wallboard
from hotline_bench.call_kinds import examples
from hotline_bench.call_pages import filters
from hotline_bench.stored_calls import COLUMNS, HEADER, TRAILER, Lines, rows_of_day
from tests.integration.conftest import NOW

DAY = date(2026, 11, 20)
DAYS, CALLS_A_DAY = 20, 500
SETTINGS = Settings(data_dir=Path("/nowhere"))
LOCALITY = Locality(area_code=SETTINGS.area_code, timezone=SETTINGS.timezone)


async def copy_rows(database: Database, rows: bytes) -> None:
    async with database.engine.begin() as connection:
        driver: Any = (await connection.get_raw_connection()).driver_connection

        async def source() -> Any:
            yield HEADER + rows + TRAILER

        await driver.copy_to_table("calls", source=source(), columns=COLUMNS, format="binary")


@pytest.fixture
async def many(database: Database) -> Database:
    """The database with twenty days of calls; the callbacks have not heard of them."""
    random = Random(1)
    usual, former = (Lines(examples(has_former=has, variants=20), has_witness_rows=not has) for has in (False, True))
    rows = [
        piece
        for back in range(DAYS)
        for piece in rows_of_day(
            DAY - timedelta(back), CALLS_A_DAY, former if back == DAYS - 1 else usual, random=random, numbers=4000
        )
    ]
    async with database.engine.begin() as connection:
        await connection.execute(text("ALTER TABLE calls DISABLE TRIGGER USER"))
    await copy_rows(database, b"".join(rows))
    async with database.engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(text("ALTER TABLE calls ENABLE TRIGGER USER"))
        await connection.execute(text("VACUUM ANALYZE calls"))
    return database


async def count_read(session: AsyncSession) -> int:
    """Rows of `calls` that this connection has looked at and not yet reported to the others."""
    query = "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'calls'"
    return int((await session.execute(text(query))).scalar_one())


async def reads(database: Database, work: Callable[[AsyncSession], Awaitable[Any]]) -> int:
    async with database.sessions() as session:
        await session.execute(text("SET LOCAL max_parallel_workers_per_gather = 0"))
        before = await count_read(session)
        await work(session)
        return await count_read(session) - before


async def test_a_page_of_calls_reads_few_of_them_whatever_is_asked_for(many: Database) -> None:
    alone = filters(DAY)
    pairs = [one | other for one, other in combinations(alone, 2) if not one.keys() & other.keys()]
    most: dict[str, int] = {}
    for wanted in [*alone, *pairs]:
        query = CallSearch.model_validate(wanted | {"outcome": [wanted["outcome"]]} if "outcome" in wanted else wanted)
        number = None if query.caller is None else caller_number(query.caller, area_code="0519")
        found = replace(query.to_filter(), caller_number=number)
        most[str(wanted)] = await reads(many, partial(list_calls, wanted=found, after=None, limit=10))
    # Ten of each kind that fits, and the way from kind to kind; a scan would read ten thousand.
    assert {wanted: read for wanted, read in most.items() if read > 1500} == {}


async def test_a_page_far_down_reads_no_more_than_the_first(many: Database) -> None:
    wanted = CallQuery.model_validate({"queue": "hotline"}).to_filter()
    place: CallPlace | None = None
    seen = 0

    async def next_page(session: AsyncSession) -> None:
        nonlocal place, seen
        page = await list_calls(session, wanted, after=place, limit=10)
        place = CallPlace(started_at=page[-1].started_at, pbx=page[-1].pbx, call_id=page[-1].call_id)
        seen += len(page)

    counts = [await reads(many, next_page) for _ in range(100)]
    assert seen == 1000
    assert max(counts) < 1.1 * counts[0]


async def test_what_is_asked_about_a_day_reads_its_calls_and_no_others(many: Database) -> None:
    begin = datetime.combine(DAY, time(), SETTINGS.timezone)
    async with many.sessions.begin() as session:
        await save_heartbeat(session, "pbx1", Witness.AMI, NOW)
    asked: dict[str, Callable[[AsyncSession], Awaitable[Any]]] = {
        "figures": lambda session: count_day(session, DAY),
        "inbound": lambda session: count_inbound(session, DAY),
        "audited": lambda session: list_audited_calls(session, DAY),
        "list": lambda session: list_day(session, DAY, ListFilter(), now=NOW, after=None, limit=None),
        "waiting": lambda session: list_open(session, ListFilter(), now=NOW, after=None, limit=None),
        "open": lambda session: list_open_reports(session, "pbx1", Witness.AMI, started_before=NOW),
        "directions": lambda session: find_directions(session, [CallKey("pbx1", "pbx1-1.1")]),
        "gaps": lambda session: list_gaps_of(session, begin, begin + timedelta(days=1)),
        "desks": lambda session: read_floor(session, NOW),
        "wallboard": lambda session: read_all(wallboard.stream_calls(session, DAY)),
        "statistics": lambda session: read_all(statistics.stream_calls(session, Days(first=DAY, last=DAY))),
    }
    # Nothing was heard live before the calls of the store: "gaps" has to look at all of them, once.
    bounds = dict.fromkeys(asked, CALLS_A_DAY + 10) | {"gaps": DAYS * CALLS_A_DAY}
    found = {name: await reads(many, work) for name, work in asked.items()}
    assert {name: read for name, read in found.items() if read > bounds[name]} == {}
    assert found["audited"] >= CALLS_A_DAY  # so reads are counted at all; it looks for settled calls besides


async def read_all(parts: AsyncIterator[Sequence[Any]]) -> None:
    async for _ in parts:
        pass


async def test_callbacks_after_one_more_call_read_the_calls_of_that_caller(many: Database) -> None:
    lost = next(
        example.record for example in examples(variants=1) if example.record.outcome is Outcome.ABANDONED_GREETING
    )
    told = replace(lost, call_id="pbx1-1795000000.7", witnesses=(Witness.AMI,), caller_raw="13000000000")
    async with many.sessions.begin() as session:
        await store_reports(session, [told], locality=LOCALITY, now=NOW)
    read = await reads(many, lambda session: refresh_some(session, SETTINGS))
    assert 1 <= read < 100


async def test_the_rows_of_the_bench_are_what_the_recorder_would_store(database: Database) -> None:
    rows = rows_of_day(
        DAY, 400, Lines(examples(has_former=True, variants=20), has_witness_rows=True), random=Random(2), numbers=100
    )
    await copy_rows(database, b"".join(rows))
    ours = "recorded_at, confirmed_at, changed_at"
    query = text(f"SELECT to_jsonb(calls) - string_to_array('{ours}', ', ') FROM calls ORDER BY pbx, call_id")
    async with database.sessions.begin() as session:
        generated = (await session.scalars(query)).all()
        await session.execute(text("DELETE FROM calls"))
    told = [
        record_from_json(row[witness])
        for row in generated
        for witness in ("told_by_ami", "told_by_ledger")
        if row[witness] is not None
    ]
    async with database.sessions.begin() as session:
        await store_reports(session, told, locality=LOCALITY, now=NOW)
        stored = (await session.scalars(query)).all()
    assert len(generated) == 400
    assert [row for row in generated if row not in stored] == []
    assert stored == generated
