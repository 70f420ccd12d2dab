"""Doing the work of each business day that has ended: once, in order, and all of it after a time out of service."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date, datetime, time, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.errors import CallcenterError
from callcenter.jobs import store
from callcenter.postgres.database import Database

LEASE = timedelta(minutes=10)
"""How long a process may work on one day before another takes it for dead."""

Work = Callable[[AsyncSession, date], Awaitable[None]]
"""What there is to do for a day, in the transaction that marks it as done."""


class LeaseLost(CallcenterError):
    """The work of a day took longer than its lease, and another process has taken it over."""


def last_ended_day(now: datetime, timezone: ZoneInfo, nightly_at: time) -> date:
    """The latest business day whose work is due: it has ended, and `nightly_at` local time of a later day is past."""
    local = now.astimezone(timezone)
    is_past = local.time() >= nightly_at
    return local.date() - timedelta(days=1 if is_past else 2)


async def run_due_days(
    database: Database, job: str, *, first_day: date | None, last_day: date, work: Work, now: datetime
) -> list[date]:
    """Do what is due up to `last_day`, the earliest day first; the days done here.

    `first_day` is where the job begins if it never ran, None for not yet. Stops at a day that another process holds. An
    error in `work` leaves its day undone for the next run, and the days after it wait.
    """
    async with database.sessions.begin() as session:
        known = await store.find_last_day(session, job)
        first = first_day if known is None else known + timedelta(days=1)
        if first is not None:
            count = (last_day - first).days + 1
            await store.add_due_days(session, job, (first + timedelta(days=number) for number in range(count)))
    done = []
    while (day := await _run_one(database, job, work, now)) is not None:
        done.append(day)
    return done


async def _run_one(database: Database, job: str, work: Work, now: datetime) -> date | None:
    lease = uuid4().hex
    async with database.sessions.begin() as session:
        day = await store.claim_day(session, job, lease=lease, now=now, leased_until=now + LEASE)
    if day is None:
        return None
    try:
        async with database.sessions.begin() as session:
            await work(session, day)
            if not await store.finish_day(session, job, day, lease=lease, now=now):
                raise LeaseLost
    except BaseException:
        async with database.sessions.begin() as session:
            await store.release_day(session, job, day, lease=lease)
        raise
    return day
