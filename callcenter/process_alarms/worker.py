"""Writing down what failed in this process; while the database is away, it waits."""

from __future__ import annotations

import asyncio
import logging
import socket

from callcenter.clock import Clock
from callcenter.database import Database
from callcenter.outages import DATABASE_ERRORS, is_outage
from callcenter.process_alarms import store
from callcenter.supervision import Supervisor

log = logging.getLogger(__name__)

OUTAGE_PAUSE_SECONDS = 1.0


async def save_alarms(database: Database, supervisor: Supervisor, clock: Clock) -> None:
    """Until cancelled. Outages of the database are waited out; any other error is raised."""
    host = socket.gethostname()
    is_fresh = True
    while True:
        incidents = supervisor.take_incidents()
        try:
            async with database.sessions.begin() as session:
                if is_fresh:
                    await store.end_incidents(session, host=host, at=clock())
                await store.save_incidents(session, incidents, host=host)
            is_fresh = False
        except DATABASE_ERRORS as error:
            supervisor.put_back(incidents)
            if not is_outage(error):
                raise
            log.warning("The database is away; alarms of the process wait for it.")
            await asyncio.sleep(OUTAGE_PAUSE_SECONDS)
            continue
        await supervisor.has_news.wait()
