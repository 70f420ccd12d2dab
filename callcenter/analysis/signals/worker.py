"""The part of the backend that applies the rules of signals: on Mondays to the week, and to each month once frozen."""

from __future__ import annotations

from datetime import date, datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.analysis.signals.service import find_signals, find_weekly, month_of, week_of
from callcenter.analysis.snapshots.service import freeze_period
from callcenter.analysis.snapshots.store import find_snapshot
from callcenter.analysis.snapshots.worker import AT
from callcenter.clock import Clock, utc_now
from callcenter.errors import CallcenterError
from callcenter.hours.rules import CalendarMissing
from callcenter.jobs.service import last_ended_day, run_due_days
from callcenter.postgres.database import Database
from callcenter.postgres.follow_loop import follow
from callcenter.settings import Settings

JOB = "signals"
POLL_SECONDS = 60.0

log = structlog.stdlib.get_logger(__name__)


class NotFrozenYet(CallcenterError):
    """The month is not frozen: its signals wait for that."""


async def watch_signals(database: Database, settings: Settings, clock: Clock = utc_now) -> None:
    """Until cancelled. Outages of the database are waited out; any other error is raised."""

    async def work() -> None:
        await find_due_signals(database, settings, clock())

    await follow(database, work, task="signals", every=POLL_SECONDS)


async def find_due_signals(database: Database, settings: Settings, now: datetime) -> list[date]:
    """Look at every week and every month that has ended, once and in order; the days done.

    A week is frozen for that here. A month waits until it is frozen, and until the calendar of its base is there.
    """
    done: list[date] = []

    async def find(session: AsyncSession, day: date) -> None:
        week = week_of(day)
        if week is not None:
            frozen = await freeze_period(session, week, settings=settings, now=now)
            findings = await find_weekly(session, frozen, timezone=settings.timezone, now=now)
            log.info("signals_found", week=week.first.isoformat(), found=len(findings))
        month = month_of(day)
        if month is not None:
            snapshot = await find_snapshot(session, month)
            if snapshot is None:
                raise NotFrozenYet
            findings = await find_signals(session, snapshot, timezone=settings.timezone, now=now)
            log.info("signals_found", month=f"{month.first:%Y-%m}", found=len(findings))
        done.append(day)

    last_day = last_ended_day(now, settings.timezone, AT)
    try:
        return await run_due_days(database, JOB, first_day=last_day, last_day=last_day, work=find, now=now)
    except CalendarMissing as missing:
        log.warning("signals_wait_for_calendar", year=missing.year)
    except NotFrozenYet:
        log.info("signals_wait_for_snapshot")
    return done
