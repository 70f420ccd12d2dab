"""The part of the backend that takes the persons out of matters every night, and then the files off the disk."""

from __future__ import annotations

from datetime import date, datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.casework.attachments.folder import kept_folder
from callcenter.casework.retention.service import AT_ONCE, archive_some, remove_files
from callcenter.casework.tickets.fields import Place
from callcenter.clock import Clock, utc_now
from callcenter.jobs.service import last_ended_day, run_due_days
from callcenter.postgres.database import Database
from callcenter.postgres.follow_loop import follow
from callcenter.settings import Settings

log = structlog.stdlib.get_logger(__name__)

JOB = "ticket_retention"
POLL_SECONDS = 300.0
MOST_A_NIGHT = 10
"""Certificates of a night; what is left over is done the next."""


async def keep_retention(database: Database, settings: Settings, clock: Clock = utc_now) -> None:
    """Until cancelled. Outages of the database are waited out; any other error is raised."""

    async def work() -> None:
        await archive_due(database, settings, clock())

    await follow(database, work, task="retention of tickets", every=POLL_SECONDS)


async def archive_due(database: Database, settings: Settings, now: datetime) -> list[date]:
    """Once a day what is due; files that are certified are removed at every look. The days done here."""
    place = Place.of(settings)
    archived = 0

    async def archive(session: AsyncSession, _day: date) -> None:
        nonlocal archived
        for _ in range(MOST_A_NIGHT):
            number = await archive_some(session, place=place, now=now)
            archived += number
            if number < AT_ONCE:
                return

    last_day = last_ended_day(now, settings.timezone, settings.nightly_at)
    days = await run_due_days(database, JOB, first_day=last_day, last_day=last_day, work=archive, now=now)
    removed = await remove_files(database, kept_folder(settings), now)
    if archived or removed:
        log.info("tickets_archived", archived=archived, files_removed=removed)
    return days
