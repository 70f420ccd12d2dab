"""The part of the backend that drafts the bulletin of each month, and notes what was not rectified in time."""

from __future__ import annotations

from datetime import datetime

import structlog

from callcenter.analysis.quality import store
from callcenter.analysis.quality.bulletin_service import draft
from callcenter.analysis.quality.finding_service import lapse_due
from callcenter.clock import Clock, utc_now
from callcenter.hours.rules import CalendarMissing
from callcenter.postgres.database import Database
from callcenter.postgres.follow_loop import follow
from callcenter.settings import Settings

POLL_SECONDS = 300.0

log = structlog.stdlib.get_logger(__name__)


async def keep_quality(database: Database, settings: Settings, clock: Clock = utc_now) -> None:
    """Until cancelled, in any number of processes. Outages of the database are waited out."""

    async def work() -> None:
        await do_due(database, settings, clock())

    await follow(database, work, task="quality", every=POLL_SECONDS)


async def do_due(database: Database, settings: Settings, now: datetime) -> None:
    """Draft what has no bulletin; let lapse what is over, which waits where the calendar is missing, and says so."""
    async with database.snapshots.begin() as session:
        snapshots = await store.list_without_bulletin(session)
    for snapshot_id in snapshots:
        async with database.sessions.begin() as session:
            await draft(session, snapshot_id, user=None, timezone=settings.timezone, now=now)
        log.info("bulletin_drafted", snapshot_id=snapshot_id)
    try:
        async with database.sessions.begin() as session:
            lapsed = await lapse_due(session, timezone=settings.timezone, now=now)
    except CalendarMissing as missing:
        log.warning("rectifications_wait_for_calendar", year=missing.year)
        return
    if lapsed:
        log.info("findings_not_rectified", count=lapsed)
