"""The part of the backend that counts every night how many contacts nobody has verified for long."""

from __future__ import annotations

from datetime import date, datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.casework.contacts import store
from callcenter.clock import Clock, utc_now
from callcenter.jobs.service import last_ended_day, run_due_days
from callcenter.postgres.database import Database
from callcenter.postgres.follow_loop import follow
from callcenter.settings import Settings

JOB = "stale_contacts"
POLL_SECONDS = 60.0

log = structlog.stdlib.get_logger(__name__)


async def count_nightly(database: Database, settings: Settings, clock: Clock = utc_now) -> None:
    """Until cancelled. Outages of the database are waited out; any other error is raised."""

    async def work() -> None:
        await count_due(database, settings, clock())

    await follow(database, work, task="stale contacts", every=POLL_SECONDS)


async def count_due(database: Database, settings: Settings, now: datetime) -> list[date]:
    """Count for every day that has ended and was not counted yet, once; the days."""

    async def count(session: AsyncSession, day: date) -> None:
        contacts, stale = await store.count_day(session, day, now, settings.contact_verified_for)
        log.info("contacts_counted", day=day.isoformat(), contacts=contacts, stale=stale)

    last_day = last_ended_day(now, settings.timezone, settings.nightly_at)
    return await run_due_days(database, JOB, first_day=last_day, last_day=last_day, work=count, now=now)
