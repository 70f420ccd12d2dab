"""The part of the backend that looks every night for late commitments, and for letters that lead to an interview."""

from __future__ import annotations

from datetime import date, datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.analysis.interviews.service import work_nightly
from callcenter.clock import Clock, utc_now
from callcenter.hours.rules import DAY
from callcenter.jobs.service import last_ended_day, run_due_days
from callcenter.postgres.database import Database
from callcenter.postgres.follow_loop import follow
from callcenter.settings import Settings

log = structlog.stdlib.get_logger(__name__)

JOB = "interviews"
POLL_SECONDS = 300.0


async def keep_interviews(database: Database, settings: Settings, clock: Clock = utc_now) -> None:
    """Until cancelled. Outages of the database are waited out; any other error is raised."""

    async def work() -> None:
        await follow_up(database, settings, clock())

    await follow(database, work, task="interviews", every=POLL_SECONDS)


async def follow_up(database: Database, settings: Settings, now: datetime) -> list[date]:
    """Once a day. The days done here."""
    counts = {"overdue": 0, "proposed": 0}

    async def work(session: AsyncSession, day: date) -> None:
        overdue, proposed = await work_nightly(session, day + DAY, now)
        counts["overdue"] += overdue
        counts["proposed"] += proposed

    last_day = last_ended_day(now, settings.timezone, settings.nightly_at)
    days = await run_due_days(database, JOB, first_day=last_day, last_day=last_day, work=work, now=now)
    if any(counts.values()):
        log.info("interviews_followed_up", **counts)
    return days
