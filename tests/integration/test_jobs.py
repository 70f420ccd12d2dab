"""The work of a day is done once, in order, however many processes try and whichever of them die."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.jobs import store
from callcenter.jobs.service import LEASE, LeaseLost, last_ended_day, run_due_days
from callcenter.postgres.database import Database, connect

NOW = datetime(2026, 11, 24, 16, 10, tzinfo=UTC)
"""00:10 on the 25th in Shanghai."""
MONDAY, TUESDAY, WEDNESDAY = date(2026, 11, 23), date(2026, 11, 24), date(2026, 11, 25)
JOB = "nightly"


async def write_down(session: AsyncSession, day: date) -> None:
    """Work that shows how often and in which order it was done."""
    await session.execute(text("INSERT INTO done (day) VALUES (:day)"), {"day": day})


@pytest.fixture
async def diary(database: Database) -> Database:
    async with database.engine.begin() as connection:
        await connection.execute(text("CREATE TABLE done (id int GENERATED ALWAYS AS IDENTITY, day date)"))
    return database


async def days_done(database: Database) -> list[date]:
    async with database.engine.connect() as connection:
        return list((await connection.execute(text("SELECT day FROM done ORDER BY id"))).scalars())


async def run(database: Database, last_day: date, first_day: date | None = MONDAY, now: datetime = NOW) -> list[date]:
    return await run_due_days(database, JOB, first_day=first_day, last_day=last_day, work=write_down, now=now)


@pytest.mark.parametrize(
    ("now", "day"),
    [
        ("2026-11-24T16:10:00+00:00", TUESDAY),
        ("2026-11-24T16:09:59+00:00", MONDAY),
        ("2026-11-24T15:59:00+00:00", MONDAY),
        ("2026-11-25T15:59:00+00:00", TUESDAY),
    ],
)
def test_a_day_is_due_at_ten_past_midnight_local_time(now: str, day: date) -> None:
    assert last_ended_day(datetime.fromisoformat(now), ZoneInfo("Asia/Shanghai"), time(0, 10)) == day


async def test_every_day_is_done_once_and_in_order(diary: Database) -> None:
    assert await run(diary, TUESDAY) == [MONDAY, TUESDAY]
    assert await run(diary, TUESDAY) == []
    assert await run(diary, WEDNESDAY, first_day=date(2020, 1, 1)) == [WEDNESDAY]
    assert await days_done(diary) == [MONDAY, TUESDAY, WEDNESDAY]


async def test_nothing_is_due_where_nothing_ever_happened(diary: Database) -> None:
    assert await run(diary, TUESDAY, first_day=None) == []
    assert await run(diary, TUESDAY, first_day=WEDNESDAY) == []
    assert await days_done(diary) == []


async def test_a_month_out_of_service_is_caught_up_day_by_day(diary: Database) -> None:
    await run(diary, MONDAY)
    month = [MONDAY + timedelta(days=number) for number in range(31)]
    assert await run(diary, month[-1]) == month[1:]
    assert await days_done(diary) == month


async def test_many_processes_at_once_do_each_day_once_and_in_order(diary: Database, database_url: str) -> None:
    async def one_process() -> list[date]:
        async with connect(database_url) as own:
            return [day for _ in range(5) for day in await run(own, MONDAY + timedelta(days=9))]

    done = await asyncio.gather(*(one_process() for _ in range(4)))
    days = [MONDAY + timedelta(days=number) for number in range(10)]
    assert sorted(day for of_process in done for day in of_process) == days
    assert await days_done(diary) == days


async def test_work_that_fails_leaves_its_day_for_the_next_run_and_later_days_wait(diary: Database) -> None:
    async def fail(session: AsyncSession, day: date) -> None:
        await write_down(session, day)
        if day == TUESDAY:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await run_due_days(diary, JOB, first_day=MONDAY, last_day=WEDNESDAY, work=fail, now=NOW)
    assert await days_done(diary) == [MONDAY]
    assert await run(diary, WEDNESDAY) == [TUESDAY, WEDNESDAY]


async def test_a_day_that_another_process_holds_is_left_until_its_lease_is_over(diary: Database) -> None:
    async with diary.sessions.begin() as session:
        await store.add_due_days(session, JOB, [MONDAY])
        assert await store.claim_day(session, JOB, lease="dead", now=NOW, leased_until=NOW + LEASE) == MONDAY
    assert await run(diary, TUESDAY) == []
    assert await run(diary, TUESDAY, now=NOW + LEASE) == [MONDAY, TUESDAY]


async def test_work_whose_lease_was_taken_over_is_undone(diary: Database) -> None:
    async def slow(session: AsyncSession, day: date) -> None:
        await write_down(session, day)
        assert await run(diary, MONDAY, now=NOW + LEASE) == [MONDAY]

    with pytest.raises(LeaseLost):
        await run_due_days(diary, JOB, first_day=MONDAY, last_day=MONDAY, work=slow, now=NOW)
    assert await days_done(diary) == [MONDAY]


async def test_jobs_do_not_hinder_each_other(diary: Database) -> None:
    await run(diary, MONDAY)
    assert await run_due_days(diary, "other", first_day=MONDAY, last_day=MONDAY, work=write_down, now=NOW) == [MONDAY]
