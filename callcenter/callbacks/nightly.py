"""Every night the list and the figures of the day that ended are frozen: once, in order, whatever else happens."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.callbacks import service, store
from callcenter.callbacks.day_sheet import hash_list, hash_sheet, sum_up
from callcenter.callbacks.listing import ListFilter, list_day
from callcenter.database import Database
from callcenter.jobs.service import last_ended_day, run_due_days
from callcenter.settings import Settings

JOB = "callback_list"

LOOK_AGAIN = timedelta(minutes=5)
"""How soon a day is tried again that could not be frozen yet."""

IsRecorded = Callable[[datetime], Awaitable[bool]]
"""Whether what witnesses told of the time before a moment is stored, as far as it can be."""

log = structlog.get_logger(__name__)


async def freeze_due_days(database: Database, settings: Settings, now: datetime) -> list[date]:
    """Freeze every business day that has ended and is not frozen yet, from that of the first call on; the days."""

    async def freeze(session: AsyncSession, day: date) -> None:
        await freeze_day(session, day, settings, now)

    await service.refresh(database, settings)
    async with database.sessions.begin() as session:
        first_day = await store.find_first_day(session)
    last_day = last_ended_day(now, settings.timezone, settings.nightly_at)
    return await run_due_days(database, JOB, first_day=first_day, last_day=last_day, work=freeze, now=now)


async def freeze_day(session: AsyncSession, day: date, settings: Settings, now: datetime) -> None:
    """Write the list and the sheet of a day, in the caller's transaction."""
    await service.refresh_in(session, settings)
    rows = await list_day(session, day, ListFilter(), now=now, after=None, limit=None)
    list_sha256 = hash_list(day, now, rows)
    inbound = await store.count_inbound(session, day)
    sheet = sum_up(day, rows, inbound=inbound, frozen_at=now, list_sha256=list_sha256)
    previous = await store.find_sheet_before(session, day)
    await store.add_frozen_day(
        session,
        day,
        frozen_at=now,
        rows=rows,
        list_sha256=list_sha256,
        sheet=sheet,
        previous_sha256=previous,
        sha256=hash_sheet(sheet, previous),
    )


async def run_nightly(database: Database, settings: Settings, is_recorded: IsRecorded) -> None:
    """Freeze days as they end, until cancelled; at the start whatever became due meanwhile.

    A day is frozen as soon as `is_recorded` says that all of it was heard: after a time out of service the ledger is
    read first.
    """
    tick = asyncio.Event()
    tick.set()

    async def wake() -> None:
        tick.set()

    at, timezone = settings.nightly_at, settings.timezone
    nightly = CronTrigger(hour=at.hour, minute=at.minute, second=at.second, timezone=timezone)
    scheduler = AsyncIOScheduler(timezone=timezone)
    for trigger in (nightly, IntervalTrigger(seconds=int(LOOK_AGAIN.total_seconds()), timezone=timezone)):
        scheduler.add_job(wake, trigger, misfire_grace_time=None, coalesce=True)
    scheduler.start()
    try:
        while True:
            await tick.wait()
            tick.clear()
            now = datetime.now(UTC)
            if await is_recorded(end_of(last_ended_day(now, settings.timezone, settings.nightly_at), settings)):
                for day in await freeze_due_days(database, settings, now):
                    log.info("The callback list was frozen.", day=day.isoformat())
    finally:
        scheduler.shutdown(wait=False)


def end_of(day: date, settings: Settings) -> datetime:
    """The midnight that ends a business day."""
    following = day + timedelta(days=1)
    return datetime(following.year, following.month, following.day, tzinfo=settings.timezone)
