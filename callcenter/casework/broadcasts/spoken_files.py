"""The part of the backend that deletes, every night, the sounds that no open instruction and no broadcast needs."""

from __future__ import annotations

import asyncio
from datetime import date, datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.casework.broadcasts.recording_store import list_names_in_use
from callcenter.casework.broadcasts.store import list_spoken_texts
from callcenter.casework.deadlines.rules import Priority
from callcenter.casework.dispatch.ring_store import list_open
from callcenter.casework.dispatch.rules import spoken_of
from callcenter.casework.key_calls.sound import delete_unused, name_sound
from callcenter.clock import Clock, utc_now
from callcenter.jobs.service import last_ended_day, run_due_days
from callcenter.postgres.database import Database
from callcenter.postgres.follow_loop import follow
from callcenter.settings import Settings

log = structlog.stdlib.get_logger(__name__)

JOB = "spoken_files"
POLL_SECONDS = 300.0


async def keep_spoken_files(database: Database, settings: Settings, clock: Clock = utc_now) -> None:
    """Until cancelled. Outages of the database are waited out; any other error is raised."""

    async def work() -> None:
        await delete_due(database, settings, clock())

    await follow(database, work, task="spoken files", every=POLL_SECONDS)


async def delete_due(database: Database, settings: Settings, now: datetime) -> list[date]:
    """Once a day what nothing needs; the days that are done here."""
    folders = {pbx.spoken_dir for pbx in settings.pbxs if pbx.spoken_dir is not None}

    async def delete(session: AsyncSession, _day: date) -> None:
        needed = {name_sound(text) for text in await _list_texts(session)} | set(await list_names_in_use(session))
        for folder in folders:
            try:
                number = await asyncio.to_thread(delete_unused, folder, needed, now)
            except OSError as error:
                log.warning("spoken_files_not_deleted", folder=str(folder), reason=str(error))
            else:
                log.info("spoken_files_deleted", folder=str(folder), files=number)

    last_day = last_ended_day(now, settings.timezone, settings.nightly_at)
    return await run_due_days(database, JOB, first_day=last_day, last_day=last_day, work=delete, now=now)


async def _list_texts(session: AsyncSession) -> list[str]:
    instructions = await list_open(session)
    return [
        *(spoken_of(one.number, Priority(one.priority)) for one in instructions),
        *await list_spoken_texts(session),
    ]
