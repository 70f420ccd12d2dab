"""The part of the backend that looks every night for letters that nobody has replied to in time."""

from __future__ import annotations

from datetime import date, datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.analysis.advisories.service import lapse_letters
from callcenter.clock import Clock, utc_now
from callcenter.hours.rules import DAY
from callcenter.jobs.service import last_ended_day, run_due_days
from callcenter.postgres.database import Database
from callcenter.postgres.follow_loop import follow
from callcenter.settings import Settings

log = structlog.stdlib.get_logger(__name__)

JOB = "overdue_letters"
POLL_SECONDS = 300.0


async def keep_letters(database: Database, settings: Settings, clock: Clock = utc_now) -> None:
    """Until cancelled. Outages of the database are waited out; any other error is raised."""

    async def work() -> None:
        await lapse_due(database, settings, clock())

    await follow(database, work, task="overdue letters", every=POLL_SECONDS)


async def lapse_due(database: Database, settings: Settings, now: datetime) -> list[date]:
    """Once a day: letters whose last day was that day, or before, are overdue. The days done here."""
    counts = {"overdue": 0, "calendar_missing": 0}

    async def lapse(session: AsyncSession, day: date) -> None:
        overdue, waiting = await lapse_letters(session, day + DAY, now)
        counts["overdue"] += overdue
        counts["calendar_missing"] = waiting

    last_day = last_ended_day(now, settings.timezone, settings.nightly_at)
    days = await run_due_days(database, JOB, first_day=last_day, last_day=last_day, work=lapse, now=now)
    if any(counts.values()):
        log.info("letters_overdue", **counts)
    return days
