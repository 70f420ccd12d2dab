"""The part of the backend that drafts a report on each snapshot, once."""

from __future__ import annotations

from datetime import datetime

import structlog

from callcenter.analysis.periods import PeriodKind
from callcenter.analysis.reports import store
from callcenter.analysis.reports.service import draft
from callcenter.clock import Clock, utc_now
from callcenter.postgres.database import Database
from callcenter.postgres.follow_loop import follow
from callcenter.settings import Settings

log = structlog.stdlib.get_logger(__name__)

POLL_SECONDS = 60.0
DRAFTED = tuple(kind for kind in PeriodKind if kind is not PeriodKind.CUSTOM)
"""What nobody has to ask for."""


async def keep_drafting(database: Database, settings: Settings, clock: Clock = utc_now) -> None:
    """Until cancelled. Outages of the database are waited out; any other error is raised."""

    async def work() -> None:
        await draft_due(database, settings, clock())

    await follow(database, work, task="drafts of reports", every=POLL_SECONDS)


async def draft_due(database: Database, settings: Settings, now: datetime) -> list[int]:
    """Reports on all snapshots that have none, a transaction each; their ids."""
    async with database.sessions.begin() as session:
        due = await store.list_undrafted(session, DRAFTED)
    drafted = []
    for snapshot_id in due:
        async with database.sessions.begin() as session:
            report_id = await draft(session, snapshot_id, by=None, now=now, timezone=settings.timezone)
        if report_id is not None:
            drafted.append(report_id)
    if drafted:
        log.info("reports_drafted", reports=len(drafted))
    return drafted
