"""Writing down what failed in this process; while the database is away, it waits."""

from __future__ import annotations

import asyncio
import logging
import socket
from contextlib import suppress

from callcenter.clock import Clock
from callcenter.database import Database
from callcenter.outages import DATABASE_ERRORS, is_outage
from callcenter.process_alarms import store
from callcenter.supervision import Supervisor

log = logging.getLogger(__name__)

OUTAGE_PAUSE_SECONDS = 1.0
FAREWELL_SECONDS = 5.0
"""How long a process that ends tries to write down why."""


async def save_alarms(database: Database, supervisor: Supervisor, clock: Clock) -> None:
    """Until cancelled. Outages of the database are waited out; any other error is raised."""
    host = socket.gethostname()
    is_fresh = True
    try:
        while True:
            try:
                if is_fresh:
                    async with database.sessions.begin() as session:
                        await store.end_incidents(session, host=host, at=clock())
                    is_fresh = False
                await _save(database, supervisor, host)
            except DATABASE_ERRORS as error:
                if not is_outage(error):
                    raise
                log.warning("The database is away; alarms of the process wait for it.")
                await asyncio.sleep(OUTAGE_PAUSE_SECONDS)
            else:
                await supervisor.has_news.wait()
    finally:
        with suppress(*DATABASE_ERRORS):
            async with asyncio.timeout(FAREWELL_SECONDS):
                await _save(database, supervisor, host)


async def _save(database: Database, supervisor: Supervisor, host: str) -> None:
    incidents = supervisor.take_incidents()
    try:
        async with database.sessions.begin() as session:
            await store.save_incidents(session, incidents, host=host)
    except BaseException:
        supervisor.put_back(incidents)
        raise
