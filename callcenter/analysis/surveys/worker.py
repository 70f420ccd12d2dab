"""The part of the backend that freezes and draws the survey of each month that the nightly job has frozen."""

from __future__ import annotations

from datetime import datetime

import structlog

from callcenter.analysis.surveys import store
from callcenter.analysis.surveys.draw import DEFAULT_SHARE
from callcenter.analysis.surveys.service import Size, draw_sample, freeze
from callcenter.clock import Clock, utc_now
from callcenter.errors import ConflictError
from callcenter.postgres.database import Database
from callcenter.postgres.follow_loop import follow
from callcenter.settings import Settings

POLL_SECONDS = 60.0

log = structlog.stdlib.get_logger(__name__)


async def keep_surveys(database: Database, settings: Settings, clock: Clock = utc_now) -> None:
    """Until cancelled, in any number of processes. Outages of the database are waited out."""

    async def work() -> None:
        await draw_due(database, settings, clock())

    await follow(database, work, task="surveys", every=POLL_SECONDS)


async def draw_due(database: Database, settings: Settings, now: datetime) -> int:
    """How many surveys were frozen or drawn: once each, in order. A draw waits for the sheet of the last day."""
    done = 0
    async with database.snapshots.begin() as session:
        months = await store.list_without_survey(session)
    for period in months:
        try:
            async with database.sessions.begin() as session:
                survey_id = await freeze(
                    session, period, Size(share=DEFAULT_SHARE), user=None, settings=settings, now=now
                )
        except ConflictError:  # somebody else has frozen it meanwhile
            continue
        log.info("survey_frozen", survey_id=survey_id, first=period.first.isoformat())
        done += 1
    async with database.snapshots.begin() as session:
        waiting = await store.list_to_draw(session)
    for survey_id in waiting:
        try:
            async with database.sessions.begin() as session:
                await draw_sample(session, survey_id, user=None, now=now)
        except ConflictError:  # somebody else has drawn it meanwhile
            continue
        log.info("survey_drawn", survey_id=survey_id)
        done += 1
    return done
