"""The part of the backend that freezes every period in the night after its last day."""

from __future__ import annotations

from datetime import date, datetime, time

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.analysis.periods import list_ended_on
from callcenter.analysis.snapshots.service import freeze_period
from callcenter.clock import Clock, utc_now
from callcenter.hours.rules import CalendarMissing
from callcenter.hours.store import load_calendar
from callcenter.jobs.service import last_ended_day, run_due_days
from callcenter.postgres.database import Database
from callcenter.postgres.follow_loop import follow
from callcenter.settings import Settings

JOB = "snapshots"
AT = time(2)
"""Local time: what was done late in the evening has been entered by then."""
POLL_SECONDS = 60.0

log = structlog.stdlib.get_logger(__name__)


async def keep_snapshots(database: Database, settings: Settings, clock: Clock = utc_now) -> None:
    """Until cancelled. Outages of the database are waited out; any other error is raised."""

    async def work() -> None:
        await freeze_due(database, settings, clock())

    await follow(database, work, task="snapshots", every=POLL_SECONDS)


async def freeze_due(database: Database, settings: Settings, now: datetime) -> list[date]:
    """Freeze the periods of each day that has ended, once and in order; the days.

    A day of a year whose calendar is not published waits, and the days after it too: which holiday ends on it, and how
    many working days its month has, is not known.
    """
    done: list[date] = []

    async def freeze(session: AsyncSession, day: date) -> None:
        calendar = await load_calendar(session, date(day.year, 1, 1), date(day.year, 12, 31))
        for period in list_ended_on(day, calendar):
            made = await freeze_period(session, period, settings=settings, now=now)
            log.info("snapshot_frozen", kind=period.kind.value, first=period.first.isoformat(), rows=made.rows)
        done.append(day)

    last_day = last_ended_day(now, settings.timezone, AT)
    try:
        return await run_due_days(database, JOB, first_day=last_day, last_day=last_day, work=freeze, now=now)
    except CalendarMissing as missing:
        log.warning("snapshots_wait_for_calendar", year=missing.year)
        return done
