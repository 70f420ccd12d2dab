"""The part of the backend that keeps the clocks of tickets: warnings as their time comes, changes of the calendar."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from callcenter.casework.tickets.clock_service import AT_ONCE, follow_calendar, follow_time
from callcenter.clock import Clock, utc_now
from callcenter.postgres.database import Database
from callcenter.postgres.follow_loop import follow

POLL_SECONDS = 60.0


async def keep_clocks(database: Database, timezone: ZoneInfo, clock: Clock = utc_now) -> None:
    """Until cancelled. Outages of the database are waited out; any other error is raised."""

    async def work() -> None:
        await look_at_clocks(database, timezone, clock)

    await follow(database, work, task="time limits of tickets", every=POLL_SECONDS)


async def look_at_clocks(database: Database, timezone: ZoneInfo, clock: Clock) -> None:
    """One round: every clock of which something has changed, some tickets in each transaction."""
    async with database.sessions.begin() as session:
        await follow_calendar(session, timezone=timezone, now=clock())
    number = AT_ONCE
    while number == AT_ONCE:
        async with database.sessions.begin() as session:
            number = await follow_time(session, timezone=timezone, now=clock())
